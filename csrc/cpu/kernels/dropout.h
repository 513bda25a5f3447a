// Dropout by a counter-based generator: no state, so any thread and any recomputation finds the
// same bits, and no mask is stored. pyrnn/kernels/dropout.py is the specification.
#pragma once

#include "cpu/kernels/workspace.h"

namespace pyrnn::PYRNN_ISA {
namespace {

constexpr std::uint64_t kGamma = 0x9E3779B97F4A7C15u;

/// SplitMix64's finalizer (Steele, Lea and Flood 2014).
PYRNN_INLINE std::uint64_t mix(std::uint64_t z) {
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

/// to[i] = mask[i] from[i] for the worker's share of n numbers; from may be to. The loops over
/// integers are the compiler's to make vectors of: whatever it does, the bits are the same.
template <class T>
void dropout(const DropoutMask& mask, const T* from, T* to, i64 n, const Worker& worker) {
  constexpr i64 kBlock = 256;
  const T scale = static_cast<T>(mask.scale);
  const auto threshold = static_cast<std::int32_t>(mask.threshold);
  const std::uint64_t key = mix(mask.seed + kGamma) + (mask.first + 1) * kGamma;
  const Share own = share(n, worker);
  for (i64 begin = own.begin; begin < own.end; begin += kBlock) {
    std::int32_t top[kBlock];  // of each number's bits the upper 24
    T factor[kBlock];
    for (i64 i = 0; i < kBlock; ++i) {
      top[i] = static_cast<std::int32_t>(
          mix(key + static_cast<std::uint64_t>(begin + i) * kGamma) >> 40);
    }
    for (i64 i = 0; i < kBlock; ++i) factor[i] = top[i] >= threshold ? scale : T(0);
    const i64 count = lesser(kBlock, own.end - begin);
    for (i64 i = 0; i < count; i += kWidth<T>) {
      const Vec<T> x = load_upto(from + begin + i, count - i);
      store_upto(to + begin + i, x * load(factor + i), count - i);
    }
  }
}

}  // namespace
}  // namespace pyrnn::PYRNN_ISA
