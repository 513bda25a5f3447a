// σ and tanh, and what their derivatives are in terms of their values.
//
// One polynomial, one reduction and true division on every instruction set: the same bits
// everywhere that has FMA. csrc/check measures the error of each against long double.
//
//   exp(x) = 2^n (1 + r + r² q(r)),  n = round(x / ln 2),  r = x - n ln 2,  |r| <= ln 2 / 2
//
// The reduction subtracts n ln 2 in two parts (Cody and Waite 1980). q is a minimax polynomial of
// degree 4 (float, error of exp 1.3e-8) or 9 (double, 1.8e-17), fitted with the weight |r|, so
// that it serves expm1 near zero as well.
#pragma once

#include "math/scalar.h"

namespace pyrnn::PYRNN_ISA {
namespace {

template <class T>
struct Exponential;

template <>
struct Exponential<float> {
  static constexpr float kLog2e = 1.44269504f;
  static constexpr float kLn2High = 0.693145752f;  // 15 bits: n * kLn2High is exact
  static constexpr float kLn2Low = 1.42860677e-6f;
  static constexpr float kRounder = 12582912.0f;  // 1.5 * 2^23: adding it rounds to an integer
  static constexpr float kLimit = 87.0f;          // exp(±kLimit) is finite and normal
  static constexpr float kTanhLimit = 9.02f;      // tanh rounds to 1 from here on
  static constexpr int kDegree = 4;
  static constexpr float kQ[kDegree + 1] = {
      0.500000006193575f,   0.166665429922902f,   0.0416662820266296f,
      0.00836658395392698f, 0.00139464500901497f,
  };
};

template <>
struct Exponential<double> {
  static constexpr double kLog2e = 1.4426950408889634;
  static constexpr double kLn2High = 0.693147180369123816490;  // 32 bits
  static constexpr double kLn2Low = 1.90821492927058770002e-10;
  static constexpr double kRounder = 6755399441055744.0;  // 1.5 * 2^52
  static constexpr double kLimit = 708.0;
  static constexpr double kTanhLimit = 19.1;
  static constexpr int kDegree = 9;
  static constexpr double kQ[kDegree + 1] = {
      0.50000000000000055502,     0.16666666666666685987,   0.041666666666573622574,
      0.0083333333333146004755,   0.0013888888932379470671, 0.00019841269903009597953,
      0.000024801504445219276603, 2.7557227973968011571e-6, 2.7626326798293444162e-7,
      2.5114466411978035887e-8,
  };
};

/// exp(x) = (1 + m) 2^n
template <class V>
struct ReducedExponential {
  V m;      // expm1 of the remainder
  V power;  // 2^n
};

/// q(r) by Horner's rule, from coefficient I on. A recursion, since a coefficient picked by a
/// constant needs no array on a CUDA device, nor a loop that each compiler must be told to unroll.
template <int I = 0, class V>
PYRNN_INLINE V remainder_polynomial(V r) {
  using E = Exponential<typename Element<V>::type>;
  constexpr auto kCoefficient = E::kQ[I];
  if constexpr (I == E::kDegree) {
    return splat<V>(kCoefficient);
  } else {
    return fma(remainder_polynomial<I + 1>(r), r, splat<V>(kCoefficient));
  }
}

template <class V>
PYRNN_INLINE ReducedExponential<V> reduced_exponential(V x) {
  using E = Exponential<typename Element<V>::type>;
  const V shifted = fma(x, splat<V>(E::kLog2e), splat<V>(E::kRounder));
  const V n = shifted - splat<V>(E::kRounder);
  const V r = fma(n, splat<V>(-E::kLn2Low), fma(n, splat<V>(-E::kLn2High), x));
  return {fma(remainder_polynomial(r), r * r, r), power_of_two(shifted)};
}

/// exp(x) within the limits of a normal result; beyond them the nearest such result.
template <class V>
PYRNN_INLINE V exp(V x) {
  using E = Exponential<typename Element<V>::type>;
  const auto e = reduced_exponential(max(splat<V>(-E::kLimit), min(splat<V>(E::kLimit), x)));
  return fma(e.m, e.power, e.power);
}

/// σ(x) = 1 / (1 + exp(-x)), and 0 where that would be denormal.
template <class V>
PYRNN_INLINE V sigmoid(V x) {
  using E = Exponential<typename Element<V>::type>;
  const V one = splat<V>(1);
  return zero_below(x, splat<V>(-E::kLimit), one / (one + exp(-x)));
}

/// tanh(x) = sign(x) m / (m + 2),  m = exp(2|x|) - 1
template <class V>
PYRNN_INLINE V tanh(V x) {
  using E = Exponential<typename Element<V>::type>;
  const V bounded = min(splat<V>(E::kTanhLimit), abs(x));
  const auto e = reduced_exponential(bounded + bounded);
  const V m = fma(e.m, e.power, e.power - splat<V>(1));
  return copysign(m / (m + splat<V>(2)), x);
}

// An activation is a noun with two verbs: its value at x, and its slope there, told by its value y.

struct Tanh {
  template <class V>
  static PYRNN_INLINE V value(V x) {
    return tanh(x);
  }
  /// tanh'(x) = 1 - y²
  template <class V>
  static PYRNN_INLINE V chain(V y, V dy) {
    return dy * fma(-y, y, splat<V>(1));
  }
};

struct Sigmoid {
  template <class V>
  static PYRNN_INLINE V value(V x) {
    return sigmoid(x);
  }
  /// σ'(x) = y (1 - y)
  template <class V>
  static PYRNN_INLINE V chain(V y, V dy) {
    return dy * y * (splat<V>(1) - y);
  }
};

struct Relu {
  template <class V>
  static PYRNN_INLINE V value(V x) {
    return max(splat<V>(0), x);
  }
  /// relu'(x) = 1 where y > 0, else 0
  template <class V>
  static PYRNN_INLINE V chain(V y, V dy) {
    return where_positive(y, dy);
  }
};

}  // namespace
}  // namespace pyrnn::PYRNN_ISA
