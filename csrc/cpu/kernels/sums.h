// The tile of a cell's first stage: bias (or where else its sums start) + x W + h R.
#pragma once

#include "cpu/kernels/workspace.h"

namespace pyrnn::PYRNN_ISA {
namespace {

/// Panels that one tile takes: two for a single row, which would otherwise wait for its own sums.
constexpr int kMaxPanels = 2;

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

/// Vectors of units in a panel: with all sums, four vectors of accumulators a row, or as many as
/// fit.
constexpr int widest_panel(int sums) { return sums < 3 ? kMaxVectors / sums : 1; }

/// Which sums a cell has and what feeds them: all that its first stage's tile needs to know of it,
/// so that cells of one form share their code.
template <int SUMS, Feed INPUT, Feed STATE>
struct SumsOf {
  static constexpr int kSums = SUMS;
  static constexpr int kWidest = widest_panel(SUMS);

  /// The tile of a panel of WIDTH vectors.
  template <int WIDTH>
  struct Tile {
    static constexpr int kSlots = SUMS * WIDTH;
    static constexpr int kWide = WIDTH;
    static constexpr int kIn = INPUT.count * WIDTH, kRec = STATE.count * WIDTH;
    static_assert(kSlots <= kMaxVectors && kIn <= kMaxVectors && kRec <= kMaxVectors);

    static constexpr int input_slot(int j) { return INPUT.sum[j / WIDTH] * WIDTH + j % WIDTH; }
    static constexpr int state_slot(int j) { return STATE.sum[j / WIDTH] * WIDTH + j % WIDTH; }
  };
};

template <class Cell>
struct SumsOfCellType {
  static_assert(term_with<Cell>(Operand::kInput) == 0 && term_with<Cell>(Operand::kState) == 1,
                "where sums_tile looks for the packed weights");
  using type = SumsOf<Cell::kSums, Cell::kTerms.of[0].feed, Cell::kTerms.of[1].feed>;
};
template <class Cell>
using SumsOfCell = typename SumsOfCellType<Cell>::type;

/// out[q][r][sum * WIDTH + v] = start + x W + h R for the units of `PANELS` panels.
template <class Shape, class T, int ROWS, int PANELS>
[[gnu::noinline]] void sums_tile(const TileRows<T>& rows, const SumsPanels<T>& panels, i64 first,
                                 Vec<T>* out) {
  constexpr int kSlots = Shape::kSlots, kWide = Shape::kWide;
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

/// Forms the sums of n rows for the panels [panel, panel + together), then calls
/// finish(row, unit vector, sums) for every row and vector of units.
template <class Sums, class T, class F>
PYRNN_INLINE void form_sums(const Columns<T>& panels, const TileRows<T>& rows, int n,
                            const SumsPanels<T>& operands, i64 panel, int together, F&& finish) {
  constexpr int kSums = Sums::kSums;
  Vec<T> sums[kTileVectors];
  const i64 first = panels.begin(panel);
  const int width = panels.width(panel);
  with_constant<Sums::kWidest>(width, [&](auto w) {
    using Tile = typename Sums::template Tile<decltype(w)::value>;
    if (together == kMaxPanels) {
      sums_tile<Tile, T, 1, kMaxPanels>(rows, operands, first, sums);
    } else {
      with_constant<kMaxRows>(n, [&](auto r) {
        sums_tile<Tile, T, decltype(r)::value, 1>(rows, operands, first, sums);
      });
    }
  });
  for (int q = 0; q < together; ++q) {
    for (int r = 0; r < n; ++r) {
      for (int v = 0; v < width; ++v) {
        Vec<T> s[kSums];
#pragma GCC unroll 4
        for (int j = 0; j < kSums; ++j) s[j] = sums[((q * n + r) * kSums + j) * width + v];
        finish(r, first + q * width + v, s);
      }
    }
  }
}

/// Rows [first, last) of an operand of W.
template <class T>
struct InputRows {
  const Rows<T>* rows;
  i64 first, last;
  InputColumns columns;
  bool tokens;  // their sums start where their tokens' do, not at the bias
};

/// Where the sums of row k start before x W: at its token's, or at the bias.
template <class Sums, class T>
PYRNN_INLINE const T* start_of(const Pass<T>& pass, i64 k) {
  if (!pass.projected) return pass.operands.bias;
  return pass.projected + pass.token[pass.batch->position[k]] * kRowStride<Sums::kSums, T>;
}

/// to[at + row - first] = start + x W, for a share of the panels
template <class Sums, class T>
[[gnu::noinline]] void project_rows(const Pass<T>& pass, const InputRows<T>& x, const Share& own,
                                    const Workspace<T>& to, i64 at) {
  constexpr i64 kStride = kRowStride<Sums::kSums, T>;
  const Columns<T> panels(pass.H, Sums::kWidest);
  const SumsPanels<T> operands{pass.operands, x.columns, 0};
  const Groups groups(x.last - x.first);
  for (i64 panel = own.begin; panel < own.end; ++panel) {
    for (i64 g = 0; g < groups.count; ++g) {
      const i64 k = x.first + groups.begin(g);
      const int n = groups.size(g);
      TileRows<T> rows;
      rows.start_stride = x.tokens ? pass.tokens * kStride : kStride;
      for (int r = 0; r < n; ++r) {
        rows.start[r] = x.tokens ? start_of<Sums>(pass, k + r) : pass.operands.bias;
        rows.x[r] = rows.h[r] = row(*x.rows, k + r);
      }
      form_sums<Sums>(panels, rows, n, operands, panel, 1,
                      [&](int r, i64 vector, const Vec<T>(&s)[Sums::kSums]) {
                        const UnitVector<T> u(vector);
                        for (int j = 0; j < Sums::kSums; ++j) {
                          store(sum_at<Sums::kSums>(to, at + k + r - x.first, u, j), s[j]);
                        }
                      });
    }
  }
}

}  // namespace
}  // namespace pyrnn::PYRNN_ISA
