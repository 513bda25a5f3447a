// What a dtype promises, and how much of it a result may lose.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>

namespace pyrnn::check {

template <class T>
struct Precision;

template <>
struct Precision<float> {
  static constexpr const char* name = "float32";
  using bits = std::uint32_t;
};

template <>
struct Precision<double> {
  static constexpr const char* name = "float64";
  using bits = std::uint64_t;
};

/// u, the largest relative error of one rounding: 2^-24 or 2^-53.
template <class T>
constexpr double kRoundoff = static_cast<double>(std::numeric_limits<T>::epsilon()) / 2;

/// How far a result may lie from what is expected, in units of the largest magnitude of its array
/// (at least 1).
///
/// Every operation errs by at most u of its result. Over a chain of n operations the errors add up
/// to n u at worst, and to about sqrt(n) u when their signs vary, as they do here: recurrent
/// weights are drawn small enough that no error grows from step to step. kSlack covers the spread
/// over the many thousand elements that are compared; the largest share of the tolerance that is
/// ever used is printed, so that both a tolerance too wide and one too tight can be seen.
constexpr double kSlack = 8;

template <class T>
double tolerance(std::int64_t chain) {
  return kSlack * std::sqrt(static_cast<double>(chain)) * kRoundoff<T>;
}

}  // namespace pyrnn::check
