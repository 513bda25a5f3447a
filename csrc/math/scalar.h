// The operations that math/activations.h and cells/ need, on plain float and double: the value
// type of the scalar instruction set and of a CUDA thread.
// simd/ gives the same operations on vectors.
#pragma once

#include <cstdint>

#include "math/annotate.h"

namespace pyrnn::PYRNN_ISA {
namespace {

/// Element<V>::type is the scalar in a value type; Element<V>::bits its integer of equal size.
template <class V>
struct Element;

template <>
struct Element<float> {
  using type = float;
  using bits = std::int32_t;
};

template <>
struct Element<double> {
  using type = double;
  using bits = std::int64_t;
};

template <class V>
PYRNN_INLINE V splat(typename Element<V>::type value);

template <>
PYRNN_INLINE float splat<float>(float value) {
  return value;
}

template <>
PYRNN_INLINE double splat<double>(double value) {
  return value;
}

// Without FMA in the instruction set a fused product would be a call into the C library, fifty
// times slower: the product is rounded there. With it, the bits are those of the vector sets.
PYRNN_INLINE float fma(float a, float b, float c) {
#if defined(__FMA__) || defined(__ARM_FEATURE_FMA) || defined(__CUDA_ARCH__)
  return __builtin_fmaf(a, b, c);
#else
  return a * b + c;
#endif
}

PYRNN_INLINE double fma(double a, double b, double c) {
#if defined(__FMA__) || defined(__ARM_FEATURE_FMA) || defined(__CUDA_ARCH__)
  return __builtin_fma(a, b, c);
#else
  return a * b + c;
#endif
}

// Of an unordered pair both return the second argument, as the x86 instructions do: a NaN in the
// second place passes through.
PYRNN_INLINE float max(float a, float b) { return a > b ? a : b; }
PYRNN_INLINE double max(double a, double b) { return a > b ? a : b; }
PYRNN_INLINE float min(float a, float b) { return a < b ? a : b; }
PYRNN_INLINE double min(double a, double b) { return a < b ? a : b; }

PYRNN_INLINE float abs(float x) { return __builtin_fabsf(x); }
PYRNN_INLINE double abs(double x) { return __builtin_fabs(x); }
PYRNN_INLINE float copysign(float x, float sign) { return __builtin_copysignf(x, sign); }
PYRNN_INLINE double copysign(double x, double sign) { return __builtin_copysign(x, sign); }

PYRNN_INLINE float square_root(float x) { return __builtin_sqrtf(x); }
PYRNN_INLINE double square_root(double x) { return __builtin_sqrt(x); }

/// `value` where gate > 0, else 0.
PYRNN_INLINE float where_positive(float gate, float value) { return gate > 0 ? value : 0; }
PYRNN_INLINE double where_positive(double gate, double value) { return gate > 0 ? value : 0; }

/// `value`, but 0 where x < limit.
PYRNN_INLINE float zero_below(float x, float limit, float value) { return x < limit ? 0 : value; }
PYRNN_INLINE double zero_below(double x, double limit, double value) {
  return x < limit ? 0 : value;
}

/// 2^n, given n + 1.5 * 2^23 (float) or n + 1.5 * 2^52 (double): the low bits hold n.
PYRNN_INLINE float power_of_two(float shifted) {
  std::uint32_t bits;
  __builtin_memcpy(&bits, &shifted, sizeof bits);
  bits = (bits << 23) + 0x3f800000u;
  float result;
  __builtin_memcpy(&result, &bits, sizeof result);
  return result;
}

PYRNN_INLINE double power_of_two(double shifted) {
  std::uint64_t bits;
  __builtin_memcpy(&bits, &shifted, sizeof bits);
  bits = (bits << 52) + 0x3ff0000000000000u;
  double result;
  __builtin_memcpy(&result, &bits, sizeof result);
  return result;
}

}  // namespace
}  // namespace pyrnn::PYRNN_ISA
