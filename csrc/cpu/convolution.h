// One-dimensional convolution and its maximum over time, forward and backward.
//
//   a_t = b + sum over k = 0 .. W-1 of w_k x_{t + k - L},   L = floor((W - 1) / 2),
//   y   = max over t = 0 .. N-1 of a_t,   0 where N = 0,
//
// x = 0 outside 0 .. N-1. Of equal activations the first counts, and NaN is larger than any number.
//
// A sequence is copied with its zeros into rows of I: window t then begins at row t and is W I
// contiguous numbers, so windows are the overlapping rows of a matrix with row stride I, and a_t
// its product with the packed weights. The maximum is kept while the tiles pass; no a_t is stored.
// Backward, only the window of each maximum has a gradient:
//
//   dw = sum over b of dy window(b),   dx += dy w at that window, filters rising,   db = sum of dy.
#pragma once

#include "cpu/dense.h"
#include "simd/transpose.h"

namespace pyrnn::PYRNN_ISA {
namespace {

/// Windows that are copied at once: their rows stay in the second-level cache while panels pass.
template <class T>
PYRNN_INLINE i64 chunk_of(const Convolution<T>& of) {
  return greater(1, lesser(of.longest, resident_rows<T>(of.I)));
}

template <class T>
ConvolutionScratch convolution_scratch(const Convolution<T>& of) {
  return {Columns<T>(of.F, kMaxVectors).vectors * kWidth<T> * of.W * of.I,
          (chunk_of(of) + of.W - 1) * of.I};
}

/// panels[tile][k][i][width] = weight[filter][i][k]; each worker packs its share of I.
template <class T>
void pack_filters(const Convolution<T>& of, T* panels, const Worker& worker) {
  const Columns<T> columns(of.F, kMaxVectors);
  const Share own = share(of.I, worker);
  const i64 K = of.W * of.I;
  for (i64 t = 0; t < columns.tiles; ++t) {
    const i64 width = columns.width(t) * kWidth<T>;
    for (i64 u = 0; u < width; u += kWidth<T>) {
      const i64 filter = columns.begin(t) * kWidth<T> + u;
      T* const to = panels + columns.begin(t) * kWidth<T> * K + u;
      i64 i = own.begin, k = -1;
      transpose_columns_to(of.weight + filter * K + own.begin * of.W, K,
                           lesser(kWidth<T>, of.F - filter), (own.end - own.begin) * of.W,
                           [&](i64) {
                             if (++k == of.W) k = 0, ++i;
                             return to + (k * of.I + i) * width;
                           });
    }
  }
}

/// The rows of the windows [first, first + count) of sequence b, zeros outside of it.
template <class T>
void copy_windows(const Convolution<T>& of, i64 b, i64 first, i64 count, T* rows) {
  const std::size_t bytes = static_cast<std::size_t>(of.I) * sizeof(T);
  const T* const x = of.x + b * of.sequence;
  i64 t = first - (of.W - 1) / 2;
  for (i64 r = 0; r < count + of.W - 1; ++r, ++t) {
    if (t >= 0 && t < of.lengths[b]) {
      __builtin_memcpy(rows + r * of.I, x + t * of.step, bytes);
    } else {
      __builtin_memset(rows + r * of.I, 0, bytes);
    }
  }
}

/// Whether the value that is there stays, beside one that comes later.
template <class V>
PYRNN_INLINE auto stays(V best, V value) {
  return (value <= best) | (best != best);
}

/// Largest activations of one sequence, as they stand before and after some windows.
template <class T>
struct Largest {
  T* y;        // [F]
  i64* steps;  // [F]
};

/// The windows [first, first + count), whose rows these are, under one tile of filters; `fresh`:
/// there is nothing before them.
template <class T>
void convolve_tile(const ConvolutionMax<T>& task, const Columns<T>& columns, i64 tile,
                   const T* windows, i64 first, i64 count, bool fresh, const Largest<T>& to) {
  using Bits = typename Element<Vec<T>>::bits;  // the place of a window, from 0; -1: an earlier one
  using Place = typename Element<T>::bits;
  const Convolution<T>& of = task.of;
  const i64 filter = columns.begin(tile) * kWidth<T>, K = of.W * of.I;
  const int width = columns.width(tile);
  Vec<T> start[kMaxVectors], best[kMaxVectors];
  Bits place[kMaxVectors];
  for (int v = 0; v < width; ++v) {
    const i64 f = filter + v * kWidth<T>;
    start[v] = of.bias ? load_upto(of.bias + f, of.F - f) : Vec<T>{};
    best[v] = fresh ? splat<Vec<T>>(-__builtin_inf()) : load_upto(to.y + f, of.F - f);
    place[v] = Bits{} - Place(!fresh);
  }
  const Groups groups(count);
  for (i64 g = 0; g < groups.count; ++g) {
    const int n = groups.size(g);
    const T* a[kMaxRows];
    Vec<T> sums[kMaxRows * kMaxVectors];
    for (int r = 0; r < n; ++r) {
      a[r] = windows + (groups.begin(g) + r) * of.I;
      for (int v = 0; v < width; ++v) sums[r * width + v] = start[v];
    }
    dense_tile(a, n, task.panels + filter * K, width, K, sums);
    for (int r = 0; r < n; ++r) {
      const Bits here = Bits{} + static_cast<Place>(groups.begin(g) + r);
      for (int v = 0; v < width; ++v) {
        const auto keep = stays(best[v], sums[r * width + v]);
        best[v] = keep ? best[v] : sums[r * width + v];
        place[v] = keep ? place[v] : here;
      }
    }
  }
  for (int v = 0; v < width; ++v) {
    const i64 f = filter + v * kWidth<T>;
    store_upto(to.y + f, best[v], of.F - f);
    Place places[kWidth<T>];
    __builtin_memcpy(places, &place[v], sizeof places);
    for (i64 lane = 0; lane < lesser(kWidth<T>, of.F - f); ++lane) {
      if (places[lane] >= 0) to.steps[f + lane] = first + places[lane];
    }
  }
}

/// The steps [first, last) of sequence b.
struct Stretch {
  i64 b, first, last;
};

/// Calls f with every stretch of the rows that a worker has, all sequences one after the other.
template <class T, class F>
PYRNN_INLINE void each_stretch(const Convolution<T>& of, const Share& own, F&& f) {
  i64 row = 0;
  for (i64 b = 0; b < of.B && row < own.end; row += of.lengths[b], ++b) {
    const Stretch stretch{b, greater(0, own.begin - row), lesser(of.lengths[b], own.end - row)};
    if (stretch.first < stretch.last) f(stretch);
  }
}

/// The largest of a stretch that begins within a sequence, which another worker has begun, is
/// carried to its end.
template <class T>
PYRNN_INLINE Largest<T> largest_of(const ConvolutionMax<T>& task, const Stretch& stretch,
                                   int part) {
  const i64 F = task.of.F;
  if (stretch.first > 0) return {task.carried + part * F, task.carried_steps + part * F};
  return {task.y + stretch.b * F, task.steps + stretch.b * F};
}

/// Joins what was carried to what came before, in the order of time.
template <class T>
void join_stretches(const ConvolutionMax<T>& task, int parts) {
  const Convolution<T>& of = task.of;
  for (int part = 1; part < parts; ++part) {
    each_stretch(of, share(of.rows, {part, parts, nullptr}), [&](const Stretch& stretch) {
      if (stretch.first == 0) return;
      const Largest<T> later = largest_of(task, stretch, part);
      const Largest<T> to = largest_of(task, {stretch.b, 0, 0}, part);
      for (i64 f = 0; f < of.F; ++f) {
        if (stays(to.y[f], later.y[f])) continue;
        to.y[f] = later.y[f];
        to.steps[f] = later.steps[f];
      }
    });
  }
}

/// Workers share the rows of all sequences evenly, whatever their lengths.
template <class T>
void convolution_max(const ConvolutionMax<T>& task, const Worker& worker) {
  const Convolution<T>& of = task.of;
  const Columns<T> columns(of.F, kMaxVectors);
  const int parts = static_cast<int>(lesser(worker.count, task.parts));
  pack_filters(of, task.panels, worker);
  wait(worker.barrier);
  if (worker.index < parts) {
    T* const windows = task.windows + worker.index * convolution_scratch(of).windows;
    const i64 chunk = chunk_of(of);
    each_stretch(of, share(of.rows, {worker.index, parts, nullptr}), [&](const Stretch& own) {
      const Largest<T> to = largest_of(task, own, worker.index);
      for (i64 t = own.first; t < own.last; t += chunk) {
        const i64 count = lesser(chunk, own.last - t);
        copy_windows(of, own.b, t, count, windows);
        for (i64 tile = 0; tile < columns.tiles; ++tile) {
          convolve_tile(task, columns, tile, windows, t, count, t == own.first, to);
        }
      }
    });
  }
  wait(worker.barrier);
  if (worker.index > 0) return;
  join_stretches(task, parts);
  for (i64 b = 0; b < of.B; ++b) {
    for (i64 f = 0; f < of.F && of.lengths[b] == 0; ++f) {
      task.y[b * of.F + f] = 0;
      task.steps[b * of.F + f] = -1;
    }
  }
}

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
