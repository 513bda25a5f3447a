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

/// to[i] = mask[begin + i] from[i] for i < count, number j's bits being mix(key + (j + 1) γ). The
/// loops over integers are the compiler's to make vectors of: whatever it does, the bits are the
/// same.
template <class T>
PYRNN_INLINE void drop_numbers(const DropoutMask& mask, std::uint64_t key, i64 begin, i64 count,
                               const T* from, T* to) {
  constexpr i64 kBlock = 256;
  const T scale = static_cast<T>(mask.scale);
  const auto threshold = static_cast<std::int32_t>(mask.threshold);
  for (i64 done = 0; done < count; done += kBlock) {
    std::int32_t top[kBlock];  // of each number's bits the upper 24
    T factor[kBlock];
    for (i64 i = 0; i < kBlock; ++i) {
      const auto number = static_cast<std::uint64_t>(begin + done + i);
      top[i] = static_cast<std::int32_t>(mix(key + (number + 1) * kGamma) >> 40);
    }
    for (i64 i = 0; i < kBlock; ++i) factor[i] = top[i] >= threshold ? scale : T(0);
    const i64 left = lesser(kBlock, count - done);
    for (i64 i = 0; i < left; i += kWidth<T>) {
      const Vec<T> x = load_upto(from + done + i, left - i);
      store_upto(to + done + i, x * load(factor + i), left - i);
    }
  }
}

/// to[i] = mask[i] from[i] for the worker's share of n numbers; from may be to.
template <class T>
void dropout(const DropoutMask& mask, const T* from, T* to, i64 n, const Worker& worker) {
  const Share own = share(n, worker);
  drop_numbers(mask, mix(mask.seed + kGamma) + mask.first * kGamma, own.begin, own.end - own.begin,
               from + own.begin, to + own.begin);
}

/// The mask behind a layer. Its key is that of the layer, the step and the sequence, so that it
/// depends neither on the batch nor on its padding:
///   key = mix(mix(mix(mix(seed + γ) + (layer + 1) γ) + (t + 1) γ) + (sequence + 1) γ)
template <class T>
void drop_rows(const LayerDropout<T>& task, const Worker& worker) {
  const LayerMask& behind = task.behind;
  const auto counted = [](i64 n) { return (static_cast<std::uint64_t>(n) + 1) * kGamma; };
  const std::uint64_t layer = mix(mix(behind.mask.seed + kGamma) + counted(behind.layer));
  const Share own = share(task.last - task.first, worker);
  for (i64 k = task.first + own.begin; k < task.first + own.end; ++k) {
    const i64 place = task.batch->position[k];
    const i64 t = place / task.batch->B, b = place % task.batch->B;
    const i64 sequence = behind.sequences ? behind.sequences[b] : b;
    const std::uint64_t key = mix(mix(layer + counted(t)) + counted(sequence));
    drop_numbers(behind.mask, key, 0, task.width, task.from + place * task.width,
                 task.to + place * task.width);
  }
}

}  // namespace
}  // namespace pyrnn::PYRNN_ISA
