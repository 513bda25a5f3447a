// Numbers on which kernels that agree elsewhere may part: signed zeros, denormals, infinities, NaN.
#pragma once

#include <cmath>
#include <limits>

#include "check/problems.h"
#include "check/random.h"

namespace pyrnn::check {

enum class Hard {
  kTiny,  // half of the numbers are zeros of either sign, denormals and the smallest normal ones
  kInfinite,  // a few are infinite or as large as can be
  kNaN,       // one or two are NaN
};

constexpr Hard kAllHard[] = {Hard::kTiny, Hard::kInfinite, Hard::kNaN};

inline const char* text_of(Hard hard) {
  constexpr const char* kTexts[] = {" tiny", " infinite", " NaN"};
  return kTexts[static_cast<int>(hard)];
}

// One number is drawn in each statement: compilers evaluate the arguments of a call from either
// end, and the same seed would give other numbers on another processor.

/// Zeros of either sign, denormals from the least to the largest, small normal numbers.
template <class T>
T tiny(Random& random) {
  using Limits = std::numeric_limits<T>;
  const T all[] = {0, 0, Limits::denorm_min(), Limits::min() / 3, Limits::min(), 3 * Limits::min()};
  const T sign = random.uniform() < 0 ? T(-1) : T(1);
  return std::copysign(all[random.below(6)], sign);
}

/// Hardens an array of T, or of double that will be rounded to T. What is NaN already stays.
template <class T, class Array>
void harden(Array& values, Hard hard, Random& random) {
  using Limits = std::numeric_limits<T>;
  const auto count = static_cast<i64>(values.size());
  const auto put = [&](i64 i, T value) {
    auto& place = values.data()[i];
    if (!std::isnan(place)) place = value;
  };
  if (count == 0) return;
  if (hard == Hard::kTiny) {
    for (i64 i = 0; i < count; ++i) {
      if (random.below(2) == 0) put(i, tiny<T>(random));
    }
    return;
  }
  const T infinite[] = {Limits::infinity(), -Limits::infinity(), Limits::max(), -Limits::max()};
  for (i64 places = 1 + random.below(2); places > 0; --places) {
    const T value = hard == Hard::kNaN ? Limits::quiet_NaN() : infinite[random.below(4)];
    put(random.below(count), value);
  }
}

/// A problem of T with hard numbers in some of its arrays: infinities everywhere would leave
/// nothing but NaN to compare.
template <class T>
Problem hardened(Problem p, Hard hard) {
  Random random(p.shape.seed + 17);
  const auto some = [&](std::vector<double>& values) {
    if (hard == Hard::kTiny || random.below(3) == 0) harden<T>(values, hard, random);
  };
  for (auto* values : {&p.x, &p.table, &p.h0, &p.c0, &p.dy, &p.dcells, &p.dh_n, &p.dc_n}) {
    some(*values);
  }
  for (std::vector<double>& weight : p.weights) some(weight);
  return p;
}

/// A problem whose sums are -0: inputs are minus the least denormal, whose products underflow,
/// states and vectors -0, matrices positive and small. A kernel that makes +0 of a -0 in the
/// product with the state loses that sign, which ReLU and tanh keep.
template <class T>
Problem with_negative_zeros(Problem p) {
  const auto fill = [](std::vector<double>& values, double with) {
    for (double& value : values) value = std::isnan(value) ? value : with;
  };
  for (auto* values : {&p.x, &p.table})
    fill(*values, -double{std::numeric_limits<T>::denorm_min()});
  for (auto* values : {&p.h0, &p.c0}) fill(*values, -0.0);
  auto weight = p.weights.begin();
  for (i64 layer = 0; layer < p.shape.L; ++layer) {
    for (i64 d = 0; d < p.shape.D; ++d) {
      for (const WeightShape& of : weight_shapes(p.cell, p.shape, layer)) {
        for (double& value : *weight) value = of.columns == 1 ? -0.0 : std::abs(value) / 4;
        ++weight;
      }
    }
  }
  return p;
}

/// What was met among results: a comparison that met none of these has compared nothing hard.
struct Met {
  i64 negative_zeros = 0, denormals = 0, infinities = 0, nans = 0, others = 0;

  template <class T>
  void count(const T* values, i64 n) {
    for (i64 i = 0; i < n; ++i) {
      switch (std::fpclassify(values[i])) {
        case FP_ZERO:
          negative_zeros += std::signbit(values[i]);
          break;
        case FP_SUBNORMAL:
          ++denormals;
          break;
        case FP_INFINITE:
          ++infinities;
          break;
        case FP_NAN:
          ++nans;
          break;
        default:
          ++others;
      }
    }
  }
  std::string text() const {
    return std::to_string(negative_zeros) + " negative zeros, " + std::to_string(denormals) +
           " denormals, " + std::to_string(infinities) + " infinities, " + std::to_string(nans) +
           " NaN, " + std::to_string(others) + " others";
  }
  bool all() const { return negative_zeros && denormals && infinities && nans && others; }
};

}  // namespace pyrnn::check
