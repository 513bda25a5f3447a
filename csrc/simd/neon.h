// NEON (AArch64): four floats or two doubles.
#pragma once

#include <arm_neon.h>

#include "math/scalar.h"

namespace pyrnn::PYRNN_ISA {
namespace {

typedef float VecF __attribute__((vector_size(16)));
typedef double VecD __attribute__((vector_size(16)));
typedef std::int32_t BitsF __attribute__((vector_size(16)));
typedef std::int64_t BitsD __attribute__((vector_size(16)));

/// 32 registers: rows x 4 accumulators + 4 weights + 1 broadcast.
constexpr int kMaxRows = 6;

PYRNN_INLINE VecF fma(VecF a, VecF b, VecF c) { return vfmaq_f32(c, a, b); }
PYRNN_INLINE VecD fma(VecD a, VecD b, VecD c) { return vfmaq_f64(c, a, b); }

// By comparison, not by vmaxq: an unordered pair must give the second argument, as on x86.
PYRNN_INLINE VecF max(VecF a, VecF b) { return vbslq_f32(vcgtq_f32(a, b), a, b); }
PYRNN_INLINE VecD max(VecD a, VecD b) { return vbslq_f64(vcgtq_f64(a, b), a, b); }
PYRNN_INLINE VecF min(VecF a, VecF b) { return vbslq_f32(vcltq_f32(a, b), a, b); }
PYRNN_INLINE VecD min(VecD a, VecD b) { return vbslq_f64(vcltq_f64(a, b), a, b); }

/// Keeps a loaded value in its register, lest the compiler load it again for every use.
PYRNN_INLINE void pin(VecF& v) { asm("" : "+w"(v)); }
PYRNN_INLINE void pin(VecD& v) { asm("" : "+w"(v)); }

/// n is 1 .. width - 1; said so that the compiler sees it too.
template <class V, class T>
PYRNN_INLINE std::size_t bytes_of_first(std::int64_t n) {
  return (static_cast<std::size_t>(n) & (sizeof(V) / sizeof(T) - 1)) * sizeof(T);
}

PYRNN_INLINE VecF load_first(const float* p, std::int64_t n) {
  VecF v = {};
  __builtin_memcpy(&v, p, bytes_of_first<VecF, float>(n));
  return v;
}
PYRNN_INLINE VecD load_first(const double* p, std::int64_t n) {
  VecD v = {};
  __builtin_memcpy(&v, p, bytes_of_first<VecD, double>(n));
  return v;
}
PYRNN_INLINE void store_first(float* p, VecF v, std::int64_t n) {
  __builtin_memcpy(p, &v, bytes_of_first<VecF, float>(n));
}
PYRNN_INLINE void store_first(double* p, VecD v, std::int64_t n) {
  __builtin_memcpy(p, &v, bytes_of_first<VecD, double>(n));
}

}  // namespace
}  // namespace pyrnn::PYRNN_ISA
