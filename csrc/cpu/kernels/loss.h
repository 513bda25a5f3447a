// The softmax; its cross-entropy, fused with the gradient.
#pragma once

#include "cpu/kernels/workspace.h"
#include "math/logarithm.h"

namespace pyrnn::PYRNN_ISA {
namespace {

/// A row's vectors are added into as many lanes as a unit block has, whatever the vector's width,
/// and the lanes in a fixed order: the sum is the same on every instruction set.
template <class T>
PYRNN_INLINE T sum_of_lanes(const T* lanes) {
  T sum = 0;
  for (i64 i = 0; i < kUnitBlock<T>; ++i) sum += lanes[i];
  return sum;
}

/// The number of n >= 1 that f(x, y), a maximum or a minimum, picks; four vectors at a time, since
/// it has no order to keep.
template <class T, class F>
PYRNN_INLINE T picked_of(const T* x, i64 n, F&& f) {
  constexpr int kVectors = 4;
  constexpr i64 kStride = kVectors * kWidth<T>;
  T one = x[0];
  if (n < kWidth<T>) {
    for (i64 i = 1; i < n; ++i) one = f(x[i], one);
    return one;
  }
  Vec<T> best[kVectors];
  for (int v = 0; v < kVectors; ++v) best[v] = splat<Vec<T>>(one);
  i64 i = 0;
  for (; i + kStride <= n; i += kStride) {
    for (int v = 0; v < kVectors; ++v) best[v] = f(load(x + i + v * kWidth<T>), best[v]);
  }
  for (; i + kWidth<T> <= n; i += kWidth<T>) best[0] = f(load(x + i), best[0]);
  best[1] = f(load(x + n - kWidth<T>), best[1]);  // some of them again
  best[0] = f(f(best[3], best[2]), f(best[1], best[0]));
  alignas(64) T lanes[kWidth<T>];
  store(lanes, best[0]);
#pragma GCC unroll 4
  for (int half = kWidth<T> / 2; half > 0; half /= 2) {
#pragma GCC unroll 8
    for (int lane = 0; lane < half; ++lane) lanes[lane] = f(lanes[lane + half], lanes[lane]);
  }
  return lanes[0];
}

template <class T>
PYRNN_INLINE T largest(const T* x, i64 n) {
  return picked_of(x, n, [](auto a, auto b) { return max(a, b); });
}

/// The sum of exp(x[i] - shift), each stored in out[i] where there is an out.
template <class T>
[[gnu::noinline]] T exp_shifted(const T* x, i64 n, T shift, T* out) {
  constexpr int kVectors = kUnitBlock<T> / kWidth<T>;
  alignas(64) T lanes[kUnitBlock<T>];
  Vec<T> sums[kVectors] = {};
  for (i64 i = 0; i < n; i += kUnitBlock<T>) {
#pragma GCC unroll 16
    for (int v = 0; v < kVectors; ++v) {
      const i64 at = i + v * kWidth<T>;
      const i64 left = n - at;
      if (left <= 0) break;
      const Vec<T> d = load_upto(x + at, left) - splat<Vec<T>>(shift);
      // Below the limit exp would be denormal, and exp(-inf) must be 0.
      Vec<T> e = zero_below(d, splat<Vec<T>>(-Exponential<T>::kLimit), exp(d));
      if (left < kWidth<T>) {  // lanes past the end hold exp(-shift)
        store(lanes, e);
        e = load_first(lanes, left);
      }
      if (out) store_upto(out + at, e, left);
      sums[v] = sums[v] + e;
    }
  }
  for (int v = 0; v < kVectors; ++v) store(lanes + v * kWidth<T>, sums[v]);
  return sum_of_lanes(lanes);
}

///   y = e^x / sum e^x   row by row
template <class T>
void softmax(const Softmax<T>& task, const Worker& worker) {
  const Share own = share(task.rows, worker);
  const i64 V = task.columns;
  for (i64 n = own.begin; n < own.end; ++n) {
    const T* x = task.x + n * V;
    T* y = task.y + n * V;
    const Vec<T> total = splat<Vec<T>>(exp_shifted(x, V, largest(x, V), y));
    for (i64 i = 0; i < V; i += kWidth<T>) {
      store_upto(y + i, load_upto(y + i, V - i) / total, V - i);
    }
  }
}

///   p = softmax(x)   loss = -w log p_target   dx = scale w (p - onehot(target))
/// dx may take the place of x.
template <class T>
void cross_entropy(const CrossEntropy<T>& task, const Worker& worker) {
  const Share own = share(task.rows, worker);
  const i64 V = task.columns;
  for (i64 n = own.begin; n < own.end; ++n) {
    const T* x = task.logits + n * V;
    T* d = task.dlogits ? task.dlogits + n * V : nullptr;
    const i64 target = task.targets[n];
    const T w = task.weights[n];
    const T shift = largest(x, V);
    const T picked = x[target] - shift;
    const T total = exp_shifted(x, V, shift, d);
    // A row that does not count may hold an infinite loss.
    task.losses[n] = w == 0 ? T(0) : w * (log(total) - picked);
    if (!d) continue;
    const T factor = w * task.scale;
    const Vec<T> scale = splat<Vec<T>>(factor / total);
    for (i64 i = 0; i < V; i += kWidth<T>) {
      store_upto(d + i, load_upto(d + i, V - i) * scale, V - i);
    }
    d[target] -= factor;
  }
}

}  // namespace
}  // namespace pyrnn::PYRNN_ISA
