// The largest numbers of each row, and the logarithm of the sum of its exponentials.
#pragma once

#include "cpu/kernels/loss.h"

namespace pyrnn::PYRNN_ISA {
namespace {

template <class T>
constexpr T kLeast = -static_cast<T>(__builtin_inf());

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

/// The largest of a row's numbers by their places modulo kCount: whole vectors, so that no step
/// crosses lanes. Most classes hold none of the largest, which their maxima tell.
template <class T>
struct Classes {
  static constexpr int kVectors = 8;
  static constexpr i64 kCount = kVectors * kWidth<T>;

  alignas(64) T most[kCount];

  void take(const T* x, i64 V) {
    Vec<T> best[kVectors];
    for (Vec<T>& each : best) each = splat<Vec<T>>(kLeast<T>);
    i64 i = 0;
    for (; i + kCount <= V; i += kCount) {
      for (int v = 0; v < kVectors; ++v) best[v] = max(load(x + i + v * kWidth<T>), best[v]);
    }
    for (int v = 0; v < kVectors; ++v) store(most + v * kWidth<T>, best[v]);
    for (i64 at = 0; i + at < V; ++at) most[at] = max(x[i + at], most[at]);
  }

  i64 largest() const {
    i64 found = 0;
    for (i64 at = 1; at < kCount; ++at) found = most[at] > most[found] ? at : found;
    return found;
  }
};

/// A row x [V] into its best, class by class, those with the largest first.
template <class T>
void collect(const T* x, const unsigned char* allowed, i64 V, Classes<T>& classes,
             const Best<T>& best, i64 count) {
  for (i64 k = 0; k < count; ++k) {
    best.values[k] = kLeast<T>;
    best.ids[k] = 0;
  }
  for (;;) {
    const i64 at = classes.largest();
    if (!(classes.most[at] > kLeast<T> && classes.most[at] >= best.values[0])) break;
    for (i64 v = at; v < V; v += Classes<T>::kCount) {
      if (Best<T>::worse(best.values[0], best.ids[0], x[v], v) && (!allowed || allowed[v])) {
        best.replace_root(count, x[v], v);
      }
    }
    classes.most[at] = kLeast<T>;
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
    Classes<T> classes;
    classes.take(x, V);
    if (task.norms) {
      const T shift = classes.most[classes.largest()];
      const T total = exp_shifted(x, V, shift, static_cast<T*>(nullptr));
      task.norms[n] = static_cast<double>(shift) + log(static_cast<double>(total));
    }
    const Best<T> best{task.values + n * task.count, task.ids + n * task.count};
    const unsigned char* allowed = task.allowed ? task.allowed + n * task.stride : nullptr;
    collect(x, allowed, V, classes, best, task.count);
  }
}

}  // namespace
}  // namespace pyrnn::PYRNN_ISA
