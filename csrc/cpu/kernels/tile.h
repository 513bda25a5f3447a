// The micro-kernels: a tile of rows x vectors of accumulators that stay in registers while k rises.
#pragma once

#include "simd/vec.h"

// After simd/vec.h, whose operations it calls: vectors are not classes, so a template finds only
// the functions declared before it.
#include "cells/cell.h"
#include "problem/arrays.h"
#include "problem/recurrent.h"
#include "problem/worker.h"

namespace pyrnn::PYRNN_ISA {
namespace {

using i64 = std::int64_t;

/// Widest tile, in vectors.
constexpr int kMaxVectors = 4;

/// The largest tile of sums.
constexpr int kTileVectors = kMaxRows * kMaxVectors;

/// Columns cut evenly into tiles of at most `widest` vectors: 13 vectors are 4, 3, 3, 3, so that
/// no tile is nearly empty.
template <class T>
struct Columns {
  i64 columns, vectors, tiles;
  i64 each, rest;  // vectors of a tile; the first `rest` tiles have one more

  PYRNN_INLINE Columns(i64 n, int widest)
      : columns(n),
        vectors((n + kWidth<T> - 1) / kWidth<T>),
        tiles((vectors + widest - 1) / widest),
        each(tiles > 0 ? vectors / tiles : 0),
        rest(vectors - each * tiles) {}

  PYRNN_INLINE i64 begin(i64 tile) const { return tile * each + (tile < rest ? tile : rest); }
  PYRNN_INLINE int width(i64 tile) const { return static_cast<int>(each + (tile < rest)); }
};

/// n rows cut evenly into groups of at most kMaxRows: 16 are 6, 5, 5.
struct Groups {
  i64 rows, count;
  i64 each, rest;  // rows of a group; the first `rest` groups have one more

  PYRNN_INLINE explicit Groups(i64 n)
      : rows(n),
        count((n + kMaxRows - 1) / kMaxRows),
        each(count > 0 ? n / count : 0),
        rest(n - each * count) {}

  PYRNN_INLINE i64 begin(i64 group) const { return group * each + (group < rest ? group : rest); }
  PYRNN_INLINE int size(i64 group) const { return static_cast<int>(each + (group < rest)); }
};

template <class T>
PYRNN_INLINE const T* row(const Rows<T>& rows, i64 k) {
  const i64 i = rows.index ? rows.index[k] : k;
  if (i >= 0) return rows.base + i * rows.stride;
  return rows.initial && i != kZeroRow ? rows.initial + ~i * rows.initial_stride : rows.zeros;
}

/// Where vector j of a panel's row is added: the plain map of a matrix product.
struct EachToItsOwn {
  template <int VECTORS>
  static constexpr int slot(int j) {
    return j;
  }
};

/// acc[q][r][slot(j)] += a[r][k] w[q][k][j],  k = 0 .. K-1 in order.
///   a: K contiguous values for each row;  w: [K][COUNT vectors], panels `stride` apart
/// A step holds the broadcasts of its rows and loads one weight after the other; pinned, as the
/// compiler else loads some of them again and again.
template <class T, int ROWS, int PANELS, int SLOTS, int COUNT, class SLOT>
PYRNN_INLINE void accumulate(Vec<T> (&acc)[PANELS][ROWS][SLOTS], const T* const (&a)[ROWS],
                             const T* w, i64 stride, i64 K, SLOT slot) {
#pragma GCC unroll 1
  for (i64 k = 0; k < K; ++k) {
    Vec<T> ak[ROWS];
#pragma GCC unroll 6
    for (int r = 0; r < ROWS; ++r) {
      ak[r] = splat<Vec<T>>(a[r][k]);
      pin(ak[r]);
    }
#pragma GCC unroll 2
    for (int q = 0; q < PANELS; ++q) {
      const T* wk = w + q * stride + k * (COUNT * kWidth<T>);
#pragma GCC unroll 4
      for (int j = 0; j < COUNT; ++j) {
        Vec<T> wj = load(wk + j * kWidth<T>);
        pin(wj);
#pragma GCC unroll 6
        for (int r = 0; r < ROWS; ++r) {
          acc[q][r][slot(j)] = fma(ak[r], wj, acc[q][r][slot(j)]);
        }
      }
    }
  }
}

/// acc[m][j] += a[k stride + m] b[k][j],  k = 0 .. K-1 in order: the product whose sum runs over
/// rows, as in dW = dsᵀ x.   a: [K, stride], lanes m contiguous;  b: [K][VECTORS vectors]
template <class T, int LANES, int VECTORS>
PYRNN_INLINE void accumulate_outer(Vec<T> (&acc)[LANES][VECTORS], const T* a, i64 stride,
                                   const T* b, i64 K) {
  constexpr i64 kAhead = 16;  // rows stand too far apart for the processor to foresee them
#pragma GCC unroll 1
  for (i64 k = 0; k < K; ++k) {
    __builtin_prefetch(a + (k + kAhead) * stride);
#pragma GCC unroll 4
    for (int j = 0; j < VECTORS; ++j) {
      Vec<T> bj = load(b + (k * VECTORS + j) * kWidth<T>);
      pin(bj);
#pragma GCC unroll 6
      for (int m = 0; m < LANES; ++m) {
        acc[m][j] = fma(splat<Vec<T>>(a[k * stride + m]), bj, acc[m][j]);
      }
    }
  }
}

/// Calls f with the constant n, 1 <= n <= N: the run-time size of a tile becomes a compile-time
/// one.
template <int N>
struct Constant {
  static constexpr int value = N;
};

template <int N, class F>
PYRNN_INLINE void with_constant(int n, F&& f) {
  if constexpr (N > 1) {
    if (n < N) return with_constant<N - 1>(n, static_cast<F&&>(f));
  }
  f(Constant<N>{});
}

/// The part of 0 .. n-1 that a worker has.
struct Share {
  i64 begin, end;
};

PYRNN_INLINE Share share(i64 n, const Worker& worker) {
  return {n * worker.index / worker.count, n * (worker.index + 1) / worker.count};
}

}  // namespace
}  // namespace pyrnn::PYRNN_ISA
