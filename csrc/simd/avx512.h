// AVX-512 (x86-64-v4): sixteen floats or eight doubles.
#pragma once

#include <immintrin.h>

#include "math/scalar.h"

namespace pyrnn::PYRNN_ISA {
namespace {

typedef float VecF __attribute__((vector_size(64)));
typedef double VecD __attribute__((vector_size(64)));
typedef std::int32_t BitsF __attribute__((vector_size(64)));
typedef std::int64_t BitsD __attribute__((vector_size(64)));

/// 32 registers: rows x 4 accumulators + 4 weights + 1 broadcast.
constexpr int kMaxRows = 6;

PYRNN_INLINE VecF fma(VecF a, VecF b, VecF c) { return _mm512_fmadd_ps(a, b, c); }
PYRNN_INLINE VecD fma(VecD a, VecD b, VecD c) { return _mm512_fmadd_pd(a, b, c); }
PYRNN_INLINE VecF max(VecF a, VecF b) { return _mm512_max_ps(a, b); }
PYRNN_INLINE VecD max(VecD a, VecD b) { return _mm512_max_pd(a, b); }
PYRNN_INLINE VecF min(VecF a, VecF b) { return _mm512_min_ps(a, b); }
PYRNN_INLINE VecD min(VecD a, VecD b) { return _mm512_min_pd(a, b); }

/// Keeps a loaded value in its register, lest the compiler load it again for every use.
PYRNN_INLINE void pin(VecF& v) { asm("" : "+v"(v)); }
PYRNN_INLINE void pin(VecD& v) { asm("" : "+v"(v)); }

PYRNN_INLINE __mmask16 first_f(std::int64_t n) { return static_cast<__mmask16>((1u << n) - 1u); }
PYRNN_INLINE __mmask8 first_d(std::int64_t n) { return static_cast<__mmask8>((1u << n) - 1u); }

PYRNN_INLINE VecF load_first(const float* p, std::int64_t n) {
  return _mm512_maskz_loadu_ps(first_f(n), p);
}
PYRNN_INLINE VecD load_first(const double* p, std::int64_t n) {
  return _mm512_maskz_loadu_pd(first_d(n), p);
}
PYRNN_INLINE void store_first(float* p, VecF v, std::int64_t n) {
  _mm512_mask_storeu_ps(p, first_f(n), v);
}
PYRNN_INLINE void store_first(double* p, VecD v, std::int64_t n) {
  _mm512_mask_storeu_pd(p, first_d(n), v);
}

}  // namespace
}  // namespace pyrnn::PYRNN_ISA
