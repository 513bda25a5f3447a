// AVX2 with FMA (x86-64-v3): eight floats or four doubles.
#pragma once

#include <immintrin.h>

#include "math/scalar.h"

namespace pyrnn::PYRNN_ISA {
namespace {

typedef float VecF __attribute__((vector_size(32)));
typedef double VecD __attribute__((vector_size(32)));
typedef std::int32_t BitsF __attribute__((vector_size(32)));
typedef std::int64_t BitsD __attribute__((vector_size(32)));

/// 16 registers: 3 x 4 accumulators + 3 broadcasts + 1 weight.
constexpr int kMaxRows = 3;

PYRNN_INLINE VecF fma(VecF a, VecF b, VecF c) { return _mm256_fmadd_ps(a, b, c); }
PYRNN_INLINE VecD fma(VecD a, VecD b, VecD c) { return _mm256_fmadd_pd(a, b, c); }
PYRNN_INLINE VecF max(VecF a, VecF b) { return _mm256_max_ps(a, b); }
PYRNN_INLINE VecD max(VecD a, VecD b) { return _mm256_max_pd(a, b); }
PYRNN_INLINE VecF min(VecF a, VecF b) { return _mm256_min_ps(a, b); }
PYRNN_INLINE VecD min(VecD a, VecD b) { return _mm256_min_pd(a, b); }

/// Keeps a loaded value in its register, lest the compiler load it again for every use.
PYRNN_INLINE void pin(VecF& v) { asm("" : "+x"(v)); }
PYRNN_INLINE void pin(VecD& v) { asm("" : "+x"(v)); }

// Lane i of a mask is set where i < n.
PYRNN_INLINE __m256i first_f(std::int64_t n) {
  return _mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int>(n)),
                            _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}
PYRNN_INLINE __m256i first_d(std::int64_t n) {
  return _mm256_cmpgt_epi64(_mm256_set1_epi64x(n), _mm256_setr_epi64x(0, 1, 2, 3));
}

PYRNN_INLINE VecF load_first(const float* p, std::int64_t n) {
  return _mm256_maskload_ps(p, first_f(n));
}
PYRNN_INLINE VecD load_first(const double* p, std::int64_t n) {
  return _mm256_maskload_pd(p, first_d(n));
}
PYRNN_INLINE void store_first(float* p, VecF v, std::int64_t n) {
  _mm256_maskstore_ps(p, first_f(n), v);
}
PYRNN_INLINE void store_first(double* p, VecD v, std::int64_t n) {
  _mm256_maskstore_pd(p, first_d(n), v);
}

}  // namespace
}  // namespace pyrnn::PYRNN_ISA
