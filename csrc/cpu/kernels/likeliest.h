// The largest numbers of each row, and the logarithm of the sum of its exponentials.
#pragma once

#include "cpu/kernels/loss.h"

namespace pyrnn::PYRNN_ISA {
namespace {

/// A heap of `count` numbers and where they stood; at its root the one that the next better one
/// replaces: the smallest and, of equal ones, the last.
template <class T>
struct Best {
  T* values;
  i64* ids;

  PYRNN_INLINE static bool worse(T a, i64 i, T b, i64 j) { return a < b || (a == b && i > j); }

  [[gnu::noinline]] void replace_root(i64 count, T value, i64 id) const {
    i64 at = 0;
    for (i64 below = 1; below < count; below = 2 * at + 1) {
      const i64 other = below + 1;
      if (other < count && worse(values[other], ids[other], values[below], ids[below])) {
        below = other;
      }
      if (!worse(values[below], ids[below], value, id)) break;
      values[at] = values[below];
      ids[at] = ids[below];
      at = below;
    }
    values[at] = value;
    ids[at] = id;
  }

  /// Largest first.
  void sort(i64 count) const {
    for (i64 last = count - 1; last > 0; --last) {
      const T value = values[last];
      const i64 id = ids[last];
      values[last] = values[0];
      ids[last] = ids[0];
      replace_root(last, value, id);
    }
  }
};

/// A row x [V] into its best; of numbers that may be -inf only those above it.
template <class T>
void collect(const T* x, const unsigned char* allowed, i64 V, const Best<T>& best, i64 count) {
  constexpr i64 kChunk = 64;  // most hold none of the largest, which their own largest tells
  for (i64 k = 0; k < count; ++k) {
    best.values[k] = -static_cast<T>(__builtin_inf());
    best.ids[k] = 0;
  }
  for (i64 first = 0; first < V; first += kChunk) {
    const i64 end = lesser(first + kChunk, V);
    if (!(largest(x + first, end - first) > best.values[0])) continue;
    for (i64 v = first; v < end; ++v) {
      if (x[v] > best.values[0] && (!allowed || allowed[v])) best.replace_root(count, x[v], v);
    }
  }
  best.sort(count);
}

///   norm = ln sum e^x   row by row, and the largest of x
template <class T>
void likeliest(const Likeliest<T>& task, const Worker& worker) {
  const Share own = share(task.rows, worker);
  const i64 V = task.columns;
  for (i64 n = own.begin; n < own.end; ++n) {
    const T* x = task.x + n * V;
    if (task.norms) {
      const T shift = largest(x, V);
      const T total = exp_shifted(x, V, shift, static_cast<T*>(nullptr));
      task.norms[n] = static_cast<double>(shift) + log(static_cast<double>(total));
    }
    const Best<T> best{task.values + n * task.count, task.ids + n * task.count};
    collect(x, task.allowed ? task.allowed + n * task.stride : nullptr, V, best, task.count);
  }
}

}  // namespace
}  // namespace pyrnn::PYRNN_ISA
