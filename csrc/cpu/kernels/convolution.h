// One-dimensional convolution and its maximum over time.
//
//   a_t = b + sum over k = 0 .. W-1 of w_k x_{t + k - L},   L = floor((W - 1) / 2),
//   y   = max over t = 0 .. N-1 of a_t,   0 where N = 0,
//
// x = 0 outside 0 .. N-1. Of equal activations the first counts, and NaN is larger than any number.
//
// A sequence is copied with its zeros into rows of I: window t then begins at row t and is W I
// contiguous numbers, so windows are the overlapping rows of a matrix with row stride I, and a_t
// its product with the packed weights. The maximum is kept while the tiles pass; no a_t is stored.
#pragma once

#include "cpu/kernels/dense.h"
#include "problem/convolution.h"
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

/// Those of a tile of filters, while the windows of a chunk pass.
template <class T>
struct TileLargest {
  using Place = typename Element<T>::bits;
  using Places = typename Element<Vec<T>>::bits;

  i64 filter, left;  // the first one, and how many there are from it on
  int width;
  Vec<T> best[kMaxVectors];
  Places place[kMaxVectors];  // which window of the chunk it was; -1: an earlier one

  /// `fresh`: there is nothing before the chunk.
  PYRNN_INLINE TileLargest(const Columns<T>& columns, i64 tile, const Largest<T>& before,
                           bool fresh)
      : filter(columns.begin(tile) * kWidth<T>),
        left(columns.columns - filter),
        width(columns.width(tile)) {
    for (int v = 0; v < width; ++v) {
      const i64 f = v * kWidth<T>;
      best[v] =
          fresh ? splat<Vec<T>>(-__builtin_inf()) : load_upto(before.y + filter + f, left - f);
      place[v] = Places{} - Place(!fresh);
    }
  }

  PYRNN_INLINE void meet(const Vec<T>* sums, i64 window) {
    const Places here = Places{} + static_cast<Place>(window);
    for (int v = 0; v < width; ++v) {
      const auto keep = stays(best[v], sums[v]);
      best[v] = keep ? best[v] : sums[v];
      place[v] = keep ? place[v] : here;
    }
  }

  /// `first`: the step of the chunk's first window.
  PYRNN_INLINE void store_to(const Largest<T>& after, i64 first) const {
    for (int v = 0; v < width; ++v) {
      const i64 f = v * kWidth<T>;
      store_upto(after.y + filter + f, best[v], left - f);
      Place places[kWidth<T>];
      __builtin_memcpy(places, &place[v], sizeof places);
      for (i64 lane = 0; lane < lesser(kWidth<T>, left - f); ++lane) {
        if (places[lane] >= 0) after.steps[filter + f + lane] = first + places[lane];
      }
    }
  }
};

/// A chunk of `count` windows, whose rows these are, under one tile of filters.
template <class T>
void convolve_tile(const ConvolutionMax<T>& task, const T* windows, i64 count,
                   TileLargest<T>& largest) {
  const Convolution<T>& of = task.of;
  const i64 filter = largest.filter, K = of.W * of.I;
  const int width = largest.width;
  Vec<T> start[kMaxVectors];
  for (int v = 0; v < width; ++v) {
    const i64 f = filter + v * kWidth<T>;
    start[v] = of.bias ? load_upto(of.bias + f, of.F - f) : Vec<T>{};
  }
  const Groups groups(count);
  for (i64 g = 0; g < groups.count; ++g) {
    const int n = groups.size(g);
    const T* a[kMaxRows];
    Vec<T> sums[kTileVectors];
    for (int r = 0; r < n; ++r) {
      a[r] = windows + (groups.begin(g) + r) * of.I;
      for (int v = 0; v < width; ++v) sums[r * width + v] = start[v];
    }
    dense_tile(a, n, task.panels + filter * K, width, K, sums);
    for (int r = 0; r < n; ++r) largest.meet(sums + r * width, groups.begin(g) + r);
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
          TileLargest<T> largest(columns, tile, to, t == own.first);
          convolve_tile(task, windows, count, largest);
          largest.store_to(to, t);
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

}  // namespace
}  // namespace pyrnn::PYRNN_ISA
