// Tiles of a plain product, from where their sums begin to where these are stored. k rises in each;
// a product in several parts resumes what it has stored: the same bits as in one.
#pragma once

#include "cpu/kernels/workspace.h"
#include "simd/transpose.h"

namespace pyrnn::PYRNN_ISA {
namespace {

/// A tile's place in C.
template <class T>
struct Target {
  T* c;
  i64 stride;     // elements between its rows
  i64 left;       // columns from here to the end of C, more than all vectors of a tile but the last
  const T* bias;  // of these columns, or null
  bool resumed;   // whether C holds the sums of smaller k
};

/// A tile's columns of the right operand: of B itself, or a panel of a copy.
template <class T>
struct Right {
  const T* b;  // [K, stride]
  i64 stride;
};

/// Vector v of a tile's columns. END: C ends within the last one.
template <bool END, class T>
PYRNN_INLINE Vec<T> load_columns(const T* p, int v, int width, i64 left) {
  const i64 column = v * kWidth<T>;
  return END && v == width - 1 ? load_first(p + column, left - column) : load(p + column);
}

template <bool END, class T, int ROWS, int WIDTH>
PYRNN_INLINE void begin_sums(const Target<T>& to, Vec<T> (&acc)[ROWS][WIDTH]) {
#pragma GCC unroll 4
  for (int v = 0; v < WIDTH; ++v) {
    if (to.resumed) {
#pragma GCC unroll 6
      for (int r = 0; r < ROWS; ++r) {
        acc[r][v] = load_columns<END>(to.c + r * to.stride, v, WIDTH, to.left);
      }
    } else {
      const Vec<T> start = to.bias ? load_columns<END>(to.bias, v, WIDTH, to.left) : Vec<T>{};
#pragma GCC unroll 6
      for (int r = 0; r < ROWS; ++r) acc[r][v] = start;
    }
  }
}

template <bool END, class T, int ROWS, int WIDTH>
PYRNN_INLINE void store_sums(const Target<T>& to, const Vec<T> (&acc)[ROWS][WIDTH]) {
#pragma GCC unroll 6
  for (int r = 0; r < ROWS; ++r) {
    T* const c = to.c + r * to.stride;
#pragma GCC unroll 4
    for (int v = 0; v < WIDTH; ++v) {
      const i64 column = v * kWidth<T>;
      if (END && v == WIDTH - 1) {
        store_first(c + column, acc[r][v], to.left - column);
      } else {
        store(c + column, acc[r][v]);
      }
    }
  }
}

/// c[r][v] += a(r, k) b[k][v],  k = 0 .. K-1 in order
///   a(r, k): a[r stride + k], or LANES: a[k stride + r].   END: as above.
/// AHEAD: asks for the next tile's columns, which in rows far apart the processor does not foresee.
template <class T, bool LANES, bool END, bool AHEAD, int ROWS, int WIDTH>
[[gnu::noinline]] void product_tile_of(const T* a, i64 stride, const Right<T>& right, i64 K,
                                       const Target<T>& to) {
  Vec<T> acc[ROWS][WIDTH];
  begin_sums<END>(to, acc);
  const T* rows[ROWS];
#pragma GCC unroll 6
  for (int r = 0; r < ROWS; ++r) rows[r] = LANES ? a + r : a + r * stride;
  const T* b = right.b;
#pragma GCC unroll 1
  for (i64 k = 0; k < K; ++k, b += right.stride) {
    const i64 at = LANES ? k * stride : k;
#pragma GCC unroll 4
    for (int v = 0; v < WIDTH; ++v) {
      Vec<T> bv = load_columns<END>(b, v, WIDTH, to.left);
      if constexpr (AHEAD) __builtin_prefetch(b + (v + WIDTH) * kWidth<T>);
      pin(bv);
#pragma GCC unroll 6
      for (int r = 0; r < ROWS; ++r) acc[r][v] = fma(splat<Vec<T>>(rows[r][at]), bv, acc[r][v]);
    }
  }
  store_sums<END>(to, acc);
}

/// The same for few rows and a transposed B: squares of it are transposed into registers.
///   b: [to.left, stride], contiguous in k
template <class T, bool END, int ROWS, int WIDTH>
[[gnu::noinline]] void transposed_tile_of(const T* a, i64 a_stride, const T* b, i64 b_stride, i64 K,
                                          const Target<T>& to) {
  constexpr int kLanes = kWidth<T>;
  Vec<T> acc[ROWS][WIDTH];
  begin_sums<END>(to, acc);
  const auto add = [&](int v, i64 k, Vec<T> column) __attribute__((always_inline)) {
#pragma GCC unroll 6
    for (int r = 0; r < ROWS; ++r) {
      acc[r][v] = fma(splat<Vec<T>>(a[r * a_stride + k]), column, acc[r][v]);
    }
  };
#pragma GCC unroll 1
  for (i64 k = 0; k < K; k += kLanes) {
    const i64 run = lesser(kLanes, K - k);
#pragma GCC unroll 2
    for (int v = 0; v < WIDTH; ++v) {
      const T* const from = b + v * kLanes * b_stride + k;
      Vec<T> square[kLanes];
      if (!END && run == kLanes) {
        load_transposed<true>(from, b_stride, kLanes, kLanes, square);
#pragma GCC unroll 16
        for (int i = 0; i < kLanes; ++i) add(v, k + i, square[i]);
      } else {
        load_square<false>(from, b_stride, END ? to.left - v * kLanes : kLanes, run, square);
#pragma GCC unroll 1
        for (int i = 0; i < run; ++i) add(v, k + i, square[i]);
      }
    }
  }
  store_sums<END>(to, acc);
}

}  // namespace
}  // namespace pyrnn::PYRNN_ISA
