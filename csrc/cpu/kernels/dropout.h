// Dropout: masks are made anew wherever they are needed, forward and backward.
#pragma once

#include "cpu/kernels/masks.h"

namespace pyrnn::PYRNN_ISA {
namespace {

/// to[i] = mask[begin + i] from[i] for i < count, number j's bits being next(key, j).
template <class T>
PYRNN_INLINE void drop_numbers(const DropoutMask& mask, u64 key, i64 begin, i64 count,
                               const T* from, T* to) {
  constexpr int kBlock = 256;
  const T scale = static_cast<T>(mask.scale);
  for (i64 done = 0; done < count; done += kBlock) {
    T factor[kBlock];
    choose<kBlock>(key, begin + done, mask.threshold, scale, T(0), factor);
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
  drop_numbers(mask, key_of(mask.seed) + mask.first * kGamma, own.begin, own.end - own.begin,
               from + own.begin, to + own.begin);
}

/// The mask behind a layer. Its key is that of the layer, the step and the sequence, so that it
/// depends neither on the batch nor on its padding:
///   key = next(next(next(key of the seed, layer), t), sequence)
template <class T>
void drop_rows(const LayerDropout<T>& task, const Worker& worker) {
  const LayerMask& behind = task.behind;
  const u64 layer = next(key_of(behind.mask.seed), behind.layer);
  const Share own = share(task.last - task.first, worker);
  for (i64 k = task.first + own.begin; k < task.first + own.end; ++k) {
    const i64 place = task.batch->position[k];
    const i64 t = place / task.batch->B, b = place % task.batch->B;
    const u64 key = next(next(layer, t), number_of(behind.sequences, b));
    drop_numbers(behind.mask, key, 0, task.width, task.from + place * task.width,
                 task.to + place * task.width);
  }
}

/// Recurrent dropout (Gal and Ghahramani 2016): one mask for all steps of a sequence.
///   key = next(next(key of the seed, stream), sequence)
template <class T>
void state_masks(const StateMasks<T>& task, const Worker& worker) {
  const Share own = share(task.batch->B, worker);
  for (i64 b = own.begin; b < own.end; ++b) {
    const u64 key = next(key_of(task.masks), number_of(task.sequences, task.batch->order[b]));
    T* const out = task.out + b * task.padded_out;
    for (i64 u = 0; u < task.padded_out; ++u) out[u] = u < task.P ? T(1) : T(0);
    drop_numbers(task.mask, key, 0, task.P, out, out);
  }
}

}  // namespace
}  // namespace pyrnn::PYRNN_ISA
