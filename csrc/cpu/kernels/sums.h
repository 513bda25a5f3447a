// The tile of a cell's first stage: bias (or where else its sums start) + x W + h R.
#pragma once

#include "cpu/kernels/workspace.h"

namespace pyrnn::PYRNN_ISA {
namespace {

/// Panels that one tile takes: two for a single row, which would otherwise wait for its own sums.
constexpr int kMaxPanels = 2;

/// The largest tile of sums.
constexpr int kTileVectors = kMaxRows * kMaxVectors;
static_assert(kMaxPanels <= kMaxRows, "two panels of one row have room in a tile");

/// What a tile reads: where each row's sums start, and the operands of its two products.
template <class T>
struct TileRows {
  const T* start[kMaxRows];  // [sums, UB] of block 0
  i64 start_stride;          // elements from block to block
  const T* x[kMaxRows];
  const T* h[kMaxRows];
};

/// Columns [first, first + count) of all I columns of W.
struct InputColumns {
  i64 first, count, all;
};

/// The packed operands of a tile, and how much of them it multiplies.
template <class T>
struct SumsPanels {
  const Operands<T>& operands;
  InputColumns x;
  i64 h_count;  // P, or 0 where only x W is wanted
};

/// Which sums a cell has and what feeds them: all that the tile needs to know of it, so that cells
/// of one shape share its code. WIDTH: vectors of units in a panel.
template <int SUMS, int WIDTH, Feed INPUT, Feed STATE>
struct SumsShape {
  static constexpr int kSlots = SUMS * WIDTH;
  static constexpr int kWidthOf = WIDTH;
  static constexpr int kIn = INPUT.count * WIDTH, kRec = STATE.count * WIDTH;
  static_assert(kSlots <= kMaxVectors && kIn <= kMaxVectors && kRec <= kMaxVectors);

  static constexpr int input_slot(int j) { return INPUT.sum[j / WIDTH] * WIDTH + j % WIDTH; }
  static constexpr int state_slot(int j) { return STATE.sum[j / WIDTH] * WIDTH + j % WIDTH; }
};

/// out[q][r][sum * WIDTH + v] = start + x W + h R for the units of `PANELS` panels.
template <class Shape, class T, int ROWS, int PANELS>
[[gnu::noinline]] void sums_tile(const TileRows<T>& rows, const SumsPanels<T>& panels, i64 first,
                                 Vec<T>* out) {
  constexpr int kSlots = Shape::kSlots, kWide = Shape::kWidthOf;
  Vec<T> acc[PANELS][ROWS][kSlots];
#pragma GCC unroll 2
  for (int q = 0; q < PANELS; ++q) {
#pragma GCC unroll 6
    for (int r = 0; r < ROWS; ++r) {
#pragma GCC unroll 4
      for (int j = 0; j < kSlots; ++j) {
        const UnitVector<T> u(first + q * kWide + j % kWide);
        acc[q][r][j] =
            load(rows.start[r] + u.block * rows.start_stride + j / kWide * kUnitBlock<T> + u.lane);
      }
    }
  }
  const T* x[ROWS];
  const T* h[ROWS];
#pragma GCC unroll 6
  for (int r = 0; r < ROWS; ++r) {
    x[r] = rows.x[r];
    h[r] = rows.h[r];
  }
  const i64 column = first * kWidth<T>;
  constexpr i64 kInRow = Shape::kIn * kWidth<T>, kRecRow = Shape::kRec * kWidth<T>;
  accumulate<T, ROWS, PANELS, kSlots, Shape::kIn>(
      acc, x,
      panels.operands.panels[0] + column * (Shape::kIn / kWide) * panels.x.all +
          panels.x.first * kInRow,
      kInRow * panels.x.all, panels.x.count, [](int j) { return Shape::input_slot(j); });
  accumulate<T, ROWS, PANELS, kSlots, Shape::kRec>(
      acc, h, panels.operands.panels[1] + column * (Shape::kRec / kWide) * panels.h_count,
      kRecRow * panels.h_count, panels.h_count, [](int j) { return Shape::state_slot(j); });
#pragma GCC unroll 2
  for (int q = 0; q < PANELS; ++q) {
#pragma GCC unroll 6
    for (int r = 0; r < ROWS; ++r) {
#pragma GCC unroll 4
      for (int j = 0; j < kSlots; ++j) out[(q * ROWS + r) * kSlots + j] = acc[q][r][j];
    }
  }
}

}  // namespace
}  // namespace pyrnn::PYRNN_ISA
