// Tiles of a plain product: rows of a (contiguous in k) times a panel [K][width vectors].
#pragma once

#include "cpu/kernels/workspace.h"

namespace pyrnn::PYRNN_ISA {
namespace {

/// Rows of K elements that stay in the second-level cache beside a panel, while the panels pass.
template <class T>
PYRNN_INLINE i64 resident_rows(i64 K) {
  constexpr i64 kBytes = 384 * 1024;
  return greater(kBytes / (K * static_cast<i64>(sizeof(T)) + 1) / kMaxRows, 4) * kMaxRows;
}

/// sums[r][v] += a[r] · panel,  k = 0 .. K-1 in order
template <class T, int ROWS, int WIDTH>
[[gnu::noinline]] void dense_tile_of(const T* const* a, const T* panel, i64 K, Vec<T>* sums) {
  Vec<T> acc[1][ROWS][WIDTH];
  const T* rows[ROWS];
#pragma GCC unroll 6
  for (int r = 0; r < ROWS; ++r) {
    rows[r] = a[r];
#pragma GCC unroll 4
    for (int v = 0; v < WIDTH; ++v) acc[0][r][v] = sums[r * WIDTH + v];
  }
  accumulate<T, ROWS, 1, WIDTH, WIDTH>(acc, rows, panel, 0, K, [](int j) { return j; });
#pragma GCC unroll 6
  for (int r = 0; r < ROWS; ++r) {
#pragma GCC unroll 4
    for (int v = 0; v < WIDTH; ++v) sums[r * WIDTH + v] = acc[0][r][v];
  }
}

template <class T>
[[gnu::noinline]] void dense_tile(const T* const* a, int rows, const T* panel, int width, i64 K,
                                  Vec<T>* sums) {
  with_constant<kMaxVectors>(width, [&](auto w) {
    with_constant<kMaxRows>(rows, [&](auto r) {
      dense_tile_of<T, decltype(r)::value, decltype(w)::value>(a, panel, K, sums);
    });
  });
}

/// Rows of a workspace as the left operand: k runs over blocks, the sums of a feed, lanes.
template <class T>
struct GateRows {
  Workspace<T> of;
  i64 lanes;  // units, or outputs
  Feed feed;
  bool far = false;  // not in the second-level cache: each block's runs are asked for in time
};

/// sums[r][v] += dgates[first + r] · panel
template <int SUMS, class T, int ROWS, int WIDTH>
[[gnu::noinline]] void gate_tile_of(const GateRows<T>& rows, i64 first, const T* panel,
                                    Vec<T>* sums) {
  Vec<T> acc[1][ROWS][WIDTH];
#pragma GCC unroll 6
  for (int r = 0; r < ROWS; ++r) {
#pragma GCC unroll 4
    for (int v = 0; v < WIDTH; ++v) acc[0][r][v] = sums[r * WIDTH + v];
  }
  constexpr i64 stride = SUMS * kUnitBlock<T>;
  for (i64 unit = 0; unit < rows.lanes; unit += kUnitBlock<T>) {
    const i64 lanes = lesser(kUnitBlock<T>, rows.lanes - unit);
    const T* block = rows.of.base + (unit / kUnitBlock<T> * rows.of.capacity + first) * stride;
    for (int j = 0; j < rows.feed.count;) {
      // Sums that stand side by side in a full block are one run.
      int together = 1;
      if (lanes == kUnitBlock<T>) {
        while (j + together < rows.feed.count &&
               rows.feed.sum[j + together] == rows.feed.sum[j] + together) {
          ++together;
        }
      }
      const T* a[ROWS];
#pragma GCC unroll 6
      for (int r = 0; r < ROWS; ++r) a[r] = block + r * stride + rows.feed.sum[j] * kUnitBlock<T>;
      // The next block's run stands a whole block away, which no prefetcher foresees.
      for (int r = 0; rows.far && r < ROWS; ++r) {
        for (int s = 0; s < together; ++s) {
          __builtin_prefetch(a[r] + rows.of.capacity * stride + s * kUnitBlock<T>);
        }
      }
      accumulate<T, ROWS, 1, WIDTH, WIDTH>(acc, a, panel, 0, together * lanes,
                                           [](int v) { return v; });
      panel += together * lanes * (WIDTH * kWidth<T>);
      j += together;
    }
  }
#pragma GCC unroll 6
  for (int r = 0; r < ROWS; ++r) {
#pragma GCC unroll 4
    for (int v = 0; v < WIDTH; ++v) sums[r * WIDTH + v] = acc[0][r][v];
  }
}

template <int SUMS, class T>
[[gnu::noinline]] void gate_tile(const GateRows<T>& rows, i64 first, int count, const T* panel,
                                 int width, Vec<T>* sums) {
  with_constant<kMaxVectors>(width, [&](auto w) {
    with_constant<kMaxRows>(count, [&](auto r) {
      gate_tile_of<SUMS, T, decltype(r)::value, decltype(w)::value>(rows, first, panel, sums);
    });
  });
}

}  // namespace
}  // namespace pyrnn::PYRNN_ISA
