// The natural logarithm of plain numbers. C libraries differ in its last bits; this one is the same
// on every machine that has FMA.
//
//   x = 2^n (1 + f),  sqrt(1/2) <= 1 + f < sqrt(2),  s = f / (2 + f)
//   log x = n ln 2 + 2 artanh s = n ln 2 + f - s (f - R),  R = 2 s² (1/3 + s²/5 + s⁴/7 + ...)
//
// f - s (f - R) keeps f exact, so that only the small product is rounded. |s| <= 0.1716: the first
// term left out is below 4e-9 (float, 4 terms) or 7e-19 (double, 10 terms) of the whole.
#pragma once

#include "math/activations.h"

namespace pyrnn::PYRNN_ISA {
namespace {

template <class T>
struct Logarithm;

template <>
struct Logarithm<float> {
  using Bits = std::int32_t;
  static constexpr int kFraction = 23;           // bits of the fraction
  static constexpr Bits kHalfRoot = 0x3f3504f3;  // sqrt(1/2)
  static constexpr Bits kInfinity = 0x7f800000;
  static constexpr int kTerms = 4;
};

template <>
struct Logarithm<double> {
  using Bits = std::int64_t;
  static constexpr int kFraction = 52;
  static constexpr Bits kHalfRoot = 0x3fe6a09e667f3bcd;
  static constexpr Bits kInfinity = 0x7ff0000000000000;
  static constexpr int kTerms = 10;
};

/// 2/3 + 2/5 s² + 2/7 s⁴ + ..., from term I on.
template <class V, int I = 1>
PYRNN_INLINE V artanh_terms(V square) {
  using T = typename Element<V>::type;
  constexpr T kCoefficient = T(2) / T(2 * I + 1);
  if constexpr (I == Logarithm<T>::kTerms) {
    return splat<V>(kCoefficient);
  } else {
    return fma(artanh_terms<V, I + 1>(square), square, splat<V>(kCoefficient));
  }
}

/// R of the equations above.
template <class V>
PYRNN_INLINE V artanh_remainder(V s) {
  const V square = s * s;
  return artanh_terms(square) * square;
}

/// log x - shift ln 2 of a normal positive number; of 0 something finite, NaN for NaN.
template <class V>
PYRNN_INLINE V log_of_normal(V x, int shift = 0) {
  using T = typename Element<V>::type;
  using L = Logarithm<T>;
  using E = Exponential<T>;
  using Bits = typename Element<V>::bits;
  Bits bits, rounded;
  __builtin_memcpy(&bits, &x, sizeof bits);
  const Bits exponent = (bits - L::kHalfRoot) >> L::kFraction;
  bits -= exponent << L::kFraction;
  V m, n = splat<V>(E::kRounder);  // m: 1 + f; the low bits of n hold an integer
  __builtin_memcpy(&m, &bits, sizeof m);
  __builtin_memcpy(&rounded, &n, sizeof rounded);
  rounded += exponent - shift;
  __builtin_memcpy(&n, &rounded, sizeof n);
  n = n - splat<V>(E::kRounder);
  const V f = m - splat<V>(1);
  const V s = f / (splat<V>(2) + f);
  const V low = f - fma(s, f - artanh_remainder(s), -n * splat<V>(E::kLn2Low));
  return fma(n, splat<V>(E::kLn2High), low) + (x - x);
}

/// log x; -inf at 0, NaN below it and for NaN.
template <class T>
PYRNN_INLINE T log(T x) {
  using L = Logarithm<T>;
  using Bits = typename L::Bits;
  constexpr int kShift = L::kFraction + 1;
  Bits bits;
  __builtin_memcpy(&bits, &x, sizeof bits);
  if (bits >= L::kInfinity || x != x) return x;  // inf, NaN
  if (x == 0) return -__builtin_inf();
  if (x < 0) return static_cast<T>(__builtin_nan(""));
  if (bits < (Bits(1) << L::kFraction)) {  // denormal
    return log_of_normal(x * T(Bits(1) << kShift), kShift);
  }
  return log_of_normal(x);
}

}  // namespace
}  // namespace pyrnn::PYRNN_ISA
