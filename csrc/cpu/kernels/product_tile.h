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
  i64 left;       // columns from here to the end of C: fewer than the tile's in the last one
  const T* bias;  // of these columns, or null
  bool resumed;   // whether C holds the sums of smaller k
};

/// A tile's columns of the right operand: of B itself, or a panel of a copy.
template <class T>
struct Right {
  const T* b;  // [K, stride]
  i64 stride;
  i64 available;  // columns that may be read
};

/// Columns of vector v that are there.
template <class T>
PYRNN_INLINE i64 left_of(const Target<T>& to, int v) {
  return greater(0, to.left - v * kWidth<T>);
}

template <class T, int ROWS, int WIDTH>
PYRNN_INLINE void begin_sums(const Target<T>& to, Vec<T> (&acc)[ROWS][WIDTH]) {
#pragma GCC unroll 4
  for (int v = 0; v < WIDTH; ++v) {
    const i64 column = v * kWidth<T>;
    const i64 left = left_of(to, v);
    const Vec<T> start = to.bias ? load_upto(to.bias + column, left) : Vec<T>{};
#pragma GCC unroll 6
    for (int r = 0; r < ROWS; ++r) {
      acc[r][v] = to.resumed ? load_upto(to.c + r * to.stride + column, left) : start;
    }
  }
}

template <class T, int ROWS, int WIDTH>
PYRNN_INLINE void store_sums(const Target<T>& to, const Vec<T> (&acc)[ROWS][WIDTH]) {
#pragma GCC unroll 6
  for (int r = 0; r < ROWS; ++r) {
#pragma GCC unroll 4
    for (int v = 0; v < WIDTH; ++v) {
      const i64 column = v * kWidth<T>;
      store_upto(to.c + r * to.stride + column, acc[r][v], left_of(to, v));
    }
  }
}

/// c[r][v] += a(r, k) b[k][v],  k = 0 .. K-1 in order
///   a(r, k): a[r stride + k], or LANES: a[k stride + r].   END: the last vector ends with B.
/// AHEAD: asks for the next tile's columns, which in rows far apart the processor does not foresee.
template <class T, bool LANES, bool END, bool AHEAD, int ROWS, int WIDTH>
[[gnu::noinline]] void product_tile_of(const T* a, i64 stride, const Right<T>& right, i64 K,
                                       const Target<T>& to) {
  Vec<T> acc[ROWS][WIDTH];
  begin_sums(to, acc);
  const T* rows[ROWS];
#pragma GCC unroll 6
  for (int r = 0; r < ROWS; ++r) rows[r] = LANES ? a + r : a + r * stride;
  const i64 last = right.available - (WIDTH - 1) * kWidth<T>;
  const T* b = right.b;
#pragma GCC unroll 1
  for (i64 k = 0; k < K; ++k, b += right.stride) {
    const i64 at = LANES ? k * stride : k;
#pragma GCC unroll 4
    for (int v = 0; v < WIDTH; ++v) {
      const T* const from = b + v * kWidth<T>;
      Vec<T> bv = END && v == WIDTH - 1 ? load_first(from, last) : load(from);
      if constexpr (AHEAD) __builtin_prefetch(from + WIDTH * kWidth<T>);
      pin(bv);
#pragma GCC unroll 6
      for (int r = 0; r < ROWS; ++r) acc[r][v] = fma(splat<Vec<T>>(rows[r][at]), bv, acc[r][v]);
    }
  }
  store_sums(to, acc);
}

/// The same for few rows and a transposed B: squares of it are transposed into registers.
///   b: [to.left, stride], contiguous in k
template <class T, int ROWS, int WIDTH>
[[gnu::noinline]] void transposed_tile_of(const T* a, i64 a_stride, const T* b, i64 b_stride, i64 K,
                                          const Target<T>& to) {
  constexpr int kLanes = kWidth<T>;
  Vec<T> acc[ROWS][WIDTH];
  begin_sums(to, acc);
#pragma GCC unroll 1
  for (i64 k = 0; k < K; k += kLanes) {
    const i64 run = lesser(kLanes, K - k);
#pragma GCC unroll 2
    for (int v = 0; v < WIDTH; ++v) {
      Vec<T> square[kLanes];
      const T* const from = b + v * kLanes * b_stride + k;
      if (run == kLanes && to.left >= WIDTH * kLanes) {
        load_transposed<true>(from, b_stride, kLanes, kLanes, square);
      } else {
        load_transposed<false>(from, b_stride, to.left - v * kLanes, run, square);
      }
#pragma GCC unroll 16
      for (int i = 0; i < kLanes; ++i) {
        if (i == run) break;
#pragma GCC unroll 6
        for (int r = 0; r < ROWS; ++r) {
          acc[r][v] = fma(splat<Vec<T>>(a[r * a_stride + k + i]), square[i], acc[r][v]);
        }
      }
    }
  }
  store_sums(to, acc);
}

}  // namespace
}  // namespace pyrnn::PYRNN_ISA
