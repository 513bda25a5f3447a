// A mask as the kernels take it, from what a caller says of it.
#pragma once

#include <cmath>

#include "problem/recurrent.h"

namespace pyrnn {

/// Each number is lost with probability p in [0, 1], the others are scaled by 1 / (1 - p). The
/// numbers count from `first` on.
inline DropoutMask dropout_mask(double p, std::uint64_t seed, std::uint64_t first = 0) {
  return {seed, first, static_cast<std::uint64_t>(std::ceil(p * 16777216.0)),
          p < 1 ? 1.0 / (1.0 - p) : 0.0};
}

}  // namespace pyrnn
