// Dropout between layers by a counter-based generator: no state, so any thread and any
// recomputation finds the same bits. pyrnn/kernels/dropout.py is the specification.
#pragma once

#include <cmath>
#include <cstdint>

#include "cpu/problem.h"

namespace pyrnn {

struct DropoutMask {
  std::uint64_t key;
  std::uint64_t first_counter;
  std::uint64_t threshold;
  double scale;

  /// The mask behind `layer` (0 is the first), of `count` outputs.
  DropoutMask(double p, std::uint64_t seed, std::int64_t layer, std::int64_t count)
      : key(mix(seed + kGamma)),
        first_counter(static_cast<std::uint64_t>(layer) * static_cast<std::uint64_t>(count)),
        threshold(static_cast<std::uint64_t>(std::ceil(p * 16777216.0))),
        scale(1.0 / (1.0 - p)) {}

  bool keeps(std::int64_t i) const {
    const std::uint64_t counter = first_counter + static_cast<std::uint64_t>(i);
    return mix(key + (counter + 1) * kGamma) >> 40 >= threshold;
  }

  /// to[i] = mask[i] from[i] for the worker's share of n outputs; from may be to.
  template <class T>
  void apply(const T* from, T* to, std::int64_t n, const Worker& worker) const {
    const T factor = static_cast<T>(scale);
    const std::int64_t end = n * (worker.index + 1) / worker.count;
    for (std::int64_t i = n * worker.index / worker.count; i < end; ++i) {
      to[i] = from[i] * (keeps(i) ? factor : T(0));
    }
  }

 private:
  static constexpr std::uint64_t kGamma = 0x9E3779B97F4A7C15u;

  /// SplitMix64's finalizer (Steele, Lea and Flood 2014).
  static std::uint64_t mix(std::uint64_t z) {
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
  }
};

}  // namespace pyrnn
