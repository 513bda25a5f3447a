// The vector of the instruction set that this file is compiled for, as a value type: + - * / are
// the compiler's own, the rest is fma, min, max, loads and stores (simd/<set>.h) and what follows
// from the layout of IEEE numbers (here, once for all sets).
#pragma once

#if defined(PYRNN_SIMD_AVX512)
#include "simd/avx512.h"
#elif defined(PYRNN_SIMD_AVX2)
#include "simd/avx2.h"
#elif defined(PYRNN_SIMD_NEON)
#include "simd/neon.h"
#else
#include "simd/generic.h"
#endif

namespace pyrnn::PYRNN_ISA {
namespace {

template <class T>
struct VecOf;
template <>
struct VecOf<float> {
  using type = VecF;
};
template <>
struct VecOf<double> {
  using type = VecD;
};

/// Vec<T>: the vector of T's. kWidth<T>: how many it holds.
template <class T>
using Vec = typename VecOf<T>::type;
template <class T>
constexpr int kWidth = sizeof(Vec<T>) / sizeof(T);

#if defined(PYRNN_SIMD_AVX512) || defined(PYRNN_SIMD_AVX2) || defined(PYRNN_SIMD_NEON)

template <>
struct Element<VecF> {
  using type = float;
  using bits = BitsF;
};
template <>
struct Element<VecD> {
  using type = double;
  using bits = BitsD;
};

template <>
PYRNN_INLINE VecF splat<VecF>(float value) {
  return value - VecF{};
}
template <>
PYRNN_INLINE VecD splat<VecD>(double value) {
  return value - VecD{};
}

PYRNN_INLINE VecF abs(VecF x) { return (VecF)((BitsF)x & 0x7fffffff); }
PYRNN_INLINE VecD abs(VecD x) { return (VecD)((BitsD)x & 0x7fffffffffffffff); }

PYRNN_INLINE VecF copysign(VecF x, VecF sign) {
  return (VecF)(((BitsF)x & 0x7fffffff) | ((BitsF)sign & ~0x7fffffff));
}
PYRNN_INLINE VecD copysign(VecD x, VecD sign) {
  return (VecD)(((BitsD)x & 0x7fffffffffffffff) | ((BitsD)sign & ~0x7fffffffffffffff));
}

PYRNN_INLINE VecF where_positive(VecF gate, VecF value) {
  return (VecF)((BitsF)(gate > VecF{}) & (BitsF)value);
}
PYRNN_INLINE VecD where_positive(VecD gate, VecD value) {
  return (VecD)((BitsD)(gate > VecD{}) & (BitsD)value);
}

PYRNN_INLINE VecF zero_below(VecF x, VecF limit, VecF value) {
  return (VecF)(~(BitsF)(x < limit) & (BitsF)value);
}
PYRNN_INLINE VecD zero_below(VecD x, VecD limit, VecD value) {
  return (VecD)(~(BitsD)(x < limit) & (BitsD)value);
}

PYRNN_INLINE VecF power_of_two(VecF shifted) { return (VecF)(((BitsF)shifted << 23) + 0x3f800000); }
PYRNN_INLINE VecD power_of_two(VecD shifted) {
  return (VecD)(((BitsD)shifted << 52) + 0x3ff0000000000000);
}

#endif

template <class T>
PYRNN_INLINE Vec<T> load(const T* p) {
  Vec<T> v;
  __builtin_memcpy(&v, p, sizeof v);
  return v;
}

template <class T>
PYRNN_INLINE void store(T* p, Vec<T> v) {
  __builtin_memcpy(p, &v, sizeof v);
}

/// The first n lanes, zeros behind them; n may exceed the width.
template <class T>
PYRNN_INLINE Vec<T> load_upto(const T* p, std::int64_t n) {
  return n >= kWidth<T> ? load(p) : load_first(p, n);
}

template <class T>
PYRNN_INLINE void store_upto(T* p, Vec<T> v, std::int64_t n) {
  if (n >= kWidth<T>) {
    store(p, v);
  } else {
    store_first(p, v, n);
  }
}

}  // namespace
}  // namespace pyrnn::PYRNN_ISA
