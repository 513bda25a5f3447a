// Back through the maxima of a convolution (cpu/convolution.h): only their windows have a gradient.
//
//   dw = sum over b of dy window(b),   dx += dy w at that window, filters rising,   db = sum of dy
#pragma once

#include "cpu/kernels/workspace.h"
#include "problem/convolution.h"

namespace pyrnn::PYRNN_ISA {
namespace {

/// to[i] += factor from[i] for i < n
template <class T>
PYRNN_INLINE void add_scaled(T factor, const T* from, T* to, i64 n) {
  const Vec<T> f = splat<Vec<T>>(factor);
  for (i64 i = 0; i < n; i += kWidth<T>) {
    store_upto(to + i, fma(f, load_upto(from + i, n - i), load_upto(to + i, n - i)), n - i);
  }
}

/// Calls f(k, t) for every step t of sequence b that the window at `step` covers with its tap k.
template <class T, class F>
PYRNN_INLINE void each_tap(const Convolution<T>& of, i64 b, i64 step, F&& f) {
  const i64 begin = step - (of.W - 1) / 2;
  const i64 last = lesser(of.W, of.lengths[b] - begin);
  for (i64 k = greater(0, -begin); k < last; ++k) f(k, begin + k);
}

/// dw and db: each worker has its filters; sequences rise.
template <class T>
void filter_gradients(const ConvolutionGradient<T>& task, const Share& own, T* window) {
  const Convolution<T>& of = task.of;
  const i64 I = of.I, F = of.F, W = of.W;
  for (i64 f = own.begin; f < own.end; ++f) {
    __builtin_memset(window, 0, static_cast<std::size_t>(W * I) * sizeof(T));
    T sum = 0;
    for (i64 b = 0; b < of.B; ++b) {
      const i64 step = task.steps[b * F + f];
      if (step < 0) continue;
      const T d = task.dy[b * F + f];
      sum += d;
      if (!task.dweight) continue;
      each_tap(of, b, step, [&](i64 k, i64 t) {
        add_scaled(d, of.x + b * of.sequence + t * of.step, window + k * I, I);
      });
    }
    if (task.dbias) task.dbias[f] = sum;
    if (!task.dweight) continue;
    for (i64 i = 0; i < I; ++i) {
      for (i64 k = 0; k < W; ++k) task.dweight[(f * I + i) * W + k] = window[k * I + i];
    }
  }
}

/// dx: each worker has its sequences; filters rise.
template <class T>
void sequence_gradients(const ConvolutionGradient<T>& task, const Share& own) {
  const Convolution<T>& of = task.of;
  const i64 I = of.I, F = of.F, W = of.W;
  for (i64 b = own.begin; b < own.end; ++b) {
    T* const dx = task.dx + b * of.sequence;
    for (i64 t = 0; t < of.time; ++t) {
      __builtin_memset(dx + t * of.step, 0, static_cast<std::size_t>(I) * sizeof(T));
    }
    for (i64 f = 0; f < F; ++f) {
      const i64 step = task.steps[b * F + f];
      if (step < 0) continue;
      each_tap(of, b, step, [&](i64 k, i64 t) {
        add_scaled(task.dy[b * F + f], task.taps + (f * W + k) * I, dx + t * of.step, I);
      });
    }
  }
}

template <class T>
void convolution_gradient(const ConvolutionGradient<T>& task, const Worker& worker) {
  const Convolution<T>& of = task.of;
  const i64 I = of.I, W = of.W;
  const int parts = static_cast<int>(lesser(worker.count, task.parts));
  if (worker.index < parts && (task.dweight || task.dbias)) {
    filter_gradients(task, share(of.F, {worker.index, parts, nullptr}),
                     task.windows + worker.index * W * I);
  }
  if (!task.dx) return;
  const Share own = share(of.F, worker);
  for (i64 f = own.begin; f < own.end; ++f) {
    for (i64 i = 0; i < I; ++i) {
      for (i64 k = 0; k < W; ++k) {
        task.taps[(f * W + k) * I + i] = of.weight[(f * I + i) * W + k];
      }
    }
  }
  wait(worker.barrier);
  sequence_gradients(task, share(of.B, worker));
}

}  // namespace
}  // namespace pyrnn::PYRNN_ISA
