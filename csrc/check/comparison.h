// How outcomes are compared: with what is expected within a tolerance, with each other by their
// bits.
#pragma once

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "check/guarded.h"
#include "check/outcome.h"
#include "check/precision.h"
#include "check/problems.h"
#include "check/report.h"

namespace pyrnn::check {

std::string text_of(double value);

/// got[i] = want[i] within `allowed`, in units of the largest |want|, at least 1.
template <class T>
void expect_close(Report& report, const std::string& name, const Guarded<T>& got,
                  const std::vector<double>& want, double allowed) {
  if (got.size() != static_cast<std::int64_t>(want.size())) {
    report.expect(false, [&] {
      return name + ": " + std::to_string(got.size()) + " elements, expected " +
             std::to_string(want.size());
    });
    return;
  }
  double scale = 1, worst = 0;
  std::size_t at = 0;
  for (double value : want) scale = std::max(scale, std::abs(value));
  for (std::size_t i = 0; i < want.size(); ++i) {
    const double value = static_cast<double>(got[static_cast<std::int64_t>(i)]);
    const double error = std::isnan(value) ? INFINITY : std::abs(value - want[i]) / scale;
    if (error > worst) {
      worst = error;
      at = i;
    }
  }
  if (std::isfinite(worst)) report.used(worst / allowed);
  report.expect(worst <= allowed, [&] {
    return name + "[" + std::to_string(at) + "]: got " +
           text_of(static_cast<double>(got[static_cast<std::int64_t>(at)])) + ", expected " +
           text_of(want[at]) + "; off by " + text_of(worst) + ", allowed " + text_of(allowed);
  });
  report.expect(got.intact(), [&] { return name + ": written beyond its end"; });
}

template <class T>
void expect_same_bits(Report& report, const std::string& name, const Guarded<T>& got,
                      const Guarded<T>& want) {
  report.expect(got.same_bits(want), [&] {
    if (got.size() != want.size()) return name + ": another number of elements";
    const std::int64_t i = got.first_difference(want);
    return name + "[" + std::to_string(i) + "]: got " + text_of(static_cast<double>(got[i])) +
           ", expected the bits of " + text_of(static_cast<double>(want[i]));
  });
}

template <class T>
void expect_same_bits(Report& report, const Outcome<Guarded<T>>& got,
                      const Outcome<Guarded<T>>& want) {
  each_pair(got, want, [&](const std::string& name, const Guarded<T>& a, const Guarded<T>& b) {
    expect_same_bits(report, name, a, b);
  });
}

/// Every array of a call within its tolerance; four times that where sums are normalised, which
/// divides their roundings by how far they spread (1.3 times it is the most that was ever used).
template <class T>
void expect_close(Report& report, const Problem& problem, const Outcome<Guarded<T>>& got,
                  const Outcome<std::vector<double>>& want) {
  each_pair(got, want, [&](const std::string& name, const Guarded<T>& a, const auto& b) {
    const bool gradient = name[0] == 'd';
    const auto chain = gradient ? problem.backward_chain() : problem.forward_chain();
    const double steepness = problem.cell.normalises ? 4 : 1;
    expect_close(report, name, a, b, steepness * tolerance<T>(chain));
  });
  report.expect(got.dweights.size() == want.dweights.size(), [] { return "dweights: too few"; });
}

}  // namespace pyrnn::check
