// The time loop forward. A step is one stage for most cells: a tile of sums (bias, x W, h R), then
// the cell's pointwise part while the tile is in the nearest cache. A cell with a gated operand
// has a second stage: its product needs the first stage of all units.
#pragma once

#include "cpu/kernels/dense.h"
#include "cpu/kernels/workspace.h"

namespace pyrnn::PYRNN_ISA {
namespace {

/// What a tile reads: where each row's sums start, and the operands of its two products.
template <class T>
struct TileRows {
  const T* start[kMaxRows];  // [sums, UB] of block 0
  i64 start_stride;          // elements from block to block
  const T* x[kMaxRows];      // [x_count]
  i64 x_count;               // I, or 0 where the sums start at x W already
  const T* h[kMaxRows];      // [h_count]
  i64 h_count;               // H, or 0 where only x W is wanted
};

/// out[q][r][sum * WIDTH + v] = start + x W + h R for the units of `PANELS` panels.
template <class Cell, class T, int ROWS, int PANELS, int WIDTH>
[[gnu::noinline]] void sums_tile(const TileRows<T>& rows, const Weights<T>& weights, i64 first,
                                 Vec<T>* out) {
  constexpr int kSlots = Cell::kSums * WIDTH;
  constexpr int kIn = Cell::kInput.count, kRec = Cell::kState.count;
  Vec<T> acc[PANELS][ROWS][kSlots];
#pragma GCC unroll 2
  for (int q = 0; q < PANELS; ++q) {
#pragma GCC unroll 6
    for (int r = 0; r < ROWS; ++r) {
#pragma GCC unroll 4
      for (int j = 0; j < kSlots; ++j) {
        const UnitVector<T> u(first + q * WIDTH + j % WIDTH);
        acc[q][r][j] =
            load(rows.start[r] + u.block * rows.start_stride + j / WIDTH * kUnitBlock<T> + u.lane);
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
  accumulate<T, ROWS, PANELS, kSlots, kIn * WIDTH>(
      acc, x, weights.w + column * kIn * rows.x_count, WIDTH * kWidth<T> * kIn * rows.x_count,
      rows.x_count, [](int j) { return Cell::kInput.sum[j / WIDTH] * WIDTH + j % WIDTH; });
  accumulate<T, ROWS, PANELS, kSlots, kRec * WIDTH>(
      acc, h, weights.r + column * kRec * rows.h_count, WIDTH * kWidth<T> * kRec * rows.h_count,
      rows.h_count, [](int j) { return Cell::kState.sum[j / WIDTH] * WIDTH + j % WIDTH; });
#pragma GCC unroll 2
  for (int q = 0; q < PANELS; ++q) {
#pragma GCC unroll 6
    for (int r = 0; r < ROWS; ++r) {
#pragma GCC unroll 4
      for (int j = 0; j < kSlots; ++j) out[(q * ROWS + r) * kSlots + j] = acc[q][r][j];
    }
  }
}

/// Panels that one tile takes: two for a single row, which would otherwise wait for its own sums.
constexpr int kMaxPanels = 2;

/// The largest tile of sums.
template <class T>
constexpr int kTileVectors = kMaxRows * kMaxVectors;

template <class Cell, class T>
struct Forward {
  using V = Vec<T>;
  static constexpr int kWidest = kPanelVectors<Cell>;

  const Pass<T>& pass;
  const Worker& worker;
  const Territory mine;
  const Columns<T> panels;
  i64 chunk_first = 0;  // the first step whose sums are in `gates`, where nothing is saved

  Forward(const Pass<T>& p, const Worker& w)
      : pass(p), worker(w), mine(territory(p, w)), panels(p.H, kWidest) {}

  /// Forms the sums of `n` rows for the panels [panel, panel + count), then calls
  /// finish(row, unit vector, sums) for every row and vector of units.
  template <class F>
  PYRNN_INLINE void tile(const TileRows<T>& rows, int n, i64 panel, int count, F&& finish) const {
    V sums[kTileVectors<T>];
    const i64 first = panels.begin(panel);
    const int width = panels.width(panel);
    with_constant<kWidest>(width, [&](auto w) {
      constexpr int kW = decltype(w)::value;
      if (count == kMaxPanels) {
        sums_tile<Cell, T, 1, kMaxPanels, kW>(rows, pass.weights, first, sums);
      } else {
        with_constant<kMaxRows>(n, [&](auto r) {
          sums_tile<Cell, T, decltype(r)::value, 1, kW>(rows, pass.weights, first, sums);
        });
      }
    });
    for (int q = 0; q < count; ++q) {
      for (int r = 0; r < n; ++r) {
        for (int v = 0; v < width; ++v) {
          V s[Cell::kSums];
#pragma GCC unroll 4
          for (int j = 0; j < Cell::kSums; ++j) {
            s[j] = sums[(q * n + r) * Cell::kSums * width + j * width + v];
          }
          finish(r, first + q * width + v, s);
        }
      }
    }
  }

  /// Walks the worker's panels of a step, back and forth from one step to the next: the last
  /// panels are still in the cache. f(panel, how many at once).
  template <class F>
  PYRNN_INLINE void each_panel(i64 step, bool pairs, F&& f) const {
    const Share own = mine.panels(panels.tiles, worker);
    for (i64 i = own.begin; i < own.end;) {
      const i64 left = own.end - i;
      const i64 panel = step % 2 ? own.begin + own.end - 1 - i : i;
      // A pair is this panel and its neighbour in the direction of the walk.
      const i64 lower = step % 2 ? panel - 1 : panel;
      if (pairs && left > 1 && panels.width(lower) == panels.width(lower + 1)) {
        f(lower, 2);
        i += 2;
      } else {
        f(panel, 1);
        i += 1;
      }
    }
  }

  void run() {
    const Batch& batch = *pass.batch;
    for (i64 step = 0; step < batch.steps; ++step) {
      if (pass.plan.hoist && step % pass.plan.chunk == 0) hoist(step);
      if (!pass.plan.hoist) chunk_first = step;
      const i64 last = lesser(mine.last, batch.active[step]);
      const Groups groups(greater(last - mine.first, 0));
      each_panel(step, groups.rows == 1, [&](i64 panel, int count) {
        for (i64 g = 0; g < groups.count; ++g) {
          first_stage(step, mine.first + groups.begin(g), groups.size(g), panel, count);
        }
      });
      if (mine.by_units) wait(worker.barrier);
      if constexpr (Cell::kGated.count > 0) {
        second_stage(step, groups);
        if (mine.by_units) wait(worker.barrier);
      }
    }
  }

  /// x W + bias of the worker's sequences and panels, for a chunk of steps.
  void hoist(i64 step) {
    const Batch& batch = *pass.batch;
    const i64 end = lesser(step + pass.plan.chunk, batch.steps);
    const Share own = mine.panels(panels.tiles, worker);
    chunk_first = step;
    // Rows of the whole chunk stand together unless they are another worker's, or gone.
    const bool whole =
        mine.first == 0 && mine.last == batch.B && (pass.saved || batch.active[end - 1] == batch.B);
    for (i64 s = step; s < end; s = whole ? end : s + 1) {
      const i64 first = batch.offset[s] + mine.first;
      const i64 last = whole ? batch.offset[end - 1] + batch.active[end - 1]
                             : batch.offset[s] + lesser(mine.last, batch.active[s]);
      if (last > first) {
        project(pass.x, first, last, own, pass.gates, pass.capacity,
                first - place(first, s, mine.first));
      }
    }
  }

  /// Where the sums of workspace row k, sequence b of a step, stand in `gates`.
  PYRNN_INLINE i64 place(i64 k, i64 step, i64 b) const {
    return pass.saved ? k : (step - chunk_first) * pass.batch->B + b;
  }

  /// gates[row - origin] = bias + x W for the rows [first, last) of an operand.
  void project(const Rows<T>& operand, i64 first, i64 last, Share own, T* gates, i64 capacity,
               i64 origin) const {
    const Groups groups(last - first);
    for (i64 panel = own.begin; panel < own.end; ++panel) {
      for (i64 g = 0; g < groups.count; ++g) {
        const i64 k = first + groups.begin(g);
        const int n = groups.size(g);
        TileRows<T> rows;
        rows.start_stride = kRowStride<Cell, T>;
        rows.x_count = pass.I;
        rows.h_count = 0;
        for (int r = 0; r < n; ++r) {
          rows.start[r] = pass.weights.bias;
          rows.x[r] = rows.h[r] = row(operand, k + r);
        }
        tile(rows, n, panel, 1, [&](int r, i64 vector, const V(&s)[Cell::kSums]) {
          const UnitVector<T> u(vector);
          for (int j = 0; j < Cell::kSums; ++j) {
            store(sum_at<Cell, T>(gates, capacity, k + r - origin, u, j), s[j]);
          }
        });
      }
    }
  }

  /// Where the sums of n rows start, and what feeds them.
  PYRNN_INLINE TileRows<T> tile_rows(i64 step, i64 b, int n) const {
    const i64 k = pass.batch->offset[step] + b;
    TileRows<T> rows;
    rows.x_count = pass.plan.hoist || pass.projected ? 0 : pass.I;
    rows.h_count = pass.H;
    for (int r = 0; r < n; ++r) {
      rows.h[r] = row(pass.h, k + r);
      if (pass.projected) {
        const i64 token = pass.token[pass.batch->position[k + r]];
        rows.start[r] = pass.projected + token * kRowStride<Cell, T>;
        rows.start_stride = pass.tokens * kRowStride<Cell, T>;
        rows.x[r] = rows.h[r];
      } else if (pass.plan.hoist) {
        rows.start[r] = pass.gates + place(k + r, step, b + r) * kRowStride<Cell, T>;
        rows.start_stride = pass.capacity * kRowStride<Cell, T>;
        rows.x[r] = rows.h[r];
      } else {
        rows.start[r] = pass.weights.bias;
        rows.start_stride = kRowStride<Cell, T>;
        rows.x[r] = row(pass.x, k + r);
      }
    }
    return rows;
  }

  PYRNN_INLINE void first_stage(i64 step, i64 b, int n, i64 panel, int count) const {
    const i64 k = pass.batch->offset[step] + b;
    tile(tile_rows(step, b, n), n, panel, count, [&](int r, i64 vector, V(&s)[Cell::kSums]) {
      const UnitVector<T> u(vector);
      if constexpr (Cell::kGated.count > 0) {
        V gated;
        Cell::gate(s, state_before(k + r, step, b + r, u), gated);
        store(gated_row(k + r, b + r) + u.unit, gated);
        for (int j = 0; j < Cell::kSums; ++j) {
          store(sum_at<Cell, T>(pass.gates, pass.capacity, place(k + r, step, b + r), u, j), s[j]);
        }
      } else {
        finish(s, k + r, step, b + r, u);
      }
    });
  }

  /// The second stage: s_n += R_n · gated.
  void second_stage(i64 step, const Groups& groups) const {
    if constexpr (Cell::kGated.count > 0) {
      constexpr int kSum = Cell::kGated.sum[0];
      const Columns<T> columns(pass.H, kMaxVectors);
      const Share own = mine.panels(columns.tiles, worker);
      for (i64 t = own.begin; t < own.end; ++t) {
        for (i64 g = 0; g < groups.count; ++g) {
          const i64 b = mine.first + groups.begin(g);
          const i64 k = pass.batch->offset[step] + b;
          const int n = groups.size(g), width = columns.width(t);
          V sums[kTileVectors<T>];
          const T* a[kMaxRows];
          for (int r = 0; r < n; ++r) {
            a[r] = gated_row(k + r, b + r);
            for (int v = 0; v < width; ++v) {
              const UnitVector<T> u(columns.begin(t) + v);
              sums[r * width + v] = load(
                  sum_at<Cell, T>(pass.gates, pass.capacity, place(k + r, step, b + r), u, kSum));
            }
          }
          dense_tile(a, n, pass.weights.gated + columns.begin(t) * kWidth<T> * pass.H, width,
                     pass.H, sums);
          for (int r = 0; r < n; ++r) {
            for (int v = 0; v < width; ++v) {
              const UnitVector<T> u(columns.begin(t) + v);
              V s[Cell::kSums];
              for (int j = 0; j < Cell::kSums; ++j) {
                s[j] = load(
                    sum_at<Cell, T>(pass.gates, pass.capacity, place(k + r, step, b + r), u, j));
              }
              s[kSum] = sums[r * width + v];
              finish(s, k + r, step, b + r, u);
            }
          }
        }
      }
    }
  }

  PYRNN_INLINE T* gated_row(i64 k, i64 b) const {
    return pass.gated + (pass.saved ? k : b) * pass.padded;
  }

  PYRNN_INLINE const T* cell_before(i64 k, i64 step, i64 b) const {
    if (step == 0) return pass.c_start + b * pass.padded;
    return pass.cells + (pass.saved ? k - pass.batch->active[step - 1] : b) * pass.padded;
  }

  PYRNN_INLINE State<V> state_before(i64 k, i64 step, i64 b, const UnitVector<T>& u) const {
    State<V> state{};
    if constexpr (Cell::kReadsState) {
      state.h = load_upto(row(pass.h, k) + u.unit, pass.H - u.unit);
    }
    if constexpr (Cell::kHasCell) state.c = load(cell_before(k, step, b) + u.unit);
    return state;
  }

  /// The pointwise part of one row and one vector of units.
  PYRNN_INLINE void finish(const V (&s)[Cell::kSums], i64 k, i64 step, i64 b,
                           const UnitVector<T>& u) const {
    State<V> next;
    V saved[Cell::kSums];
    Cell::forward(s, state_before(k, step, b, u), next, saved);
    store_upto(pass.y + pass.batch->position[k] * pass.y_stride + u.unit, next.h, pass.H - u.unit);
    if constexpr (Cell::kHasCell) {
      store(pass.cells + (pass.saved ? k : b) * pass.padded + u.unit, next.c);
    }
    if (pass.saved) {
#pragma GCC unroll 4
      for (int j = 0; j < Cell::kSums; ++j) {
        store(sum_at<Cell, T>(pass.gates, pass.capacity, k, u, j), saved[j]);
      }
    }
  }
};

template <class Cell, class T>
void forward(const Pass<T>& pass, const Worker& worker) {
  Forward<Cell, T>(pass, worker).run();
}

template <class Cell, class T>
void project(const Pass<T>& pass, const Rows<T>& operand, i64 rows, T* out, const Worker& worker) {
  const Forward<Cell, T> forward(pass, worker);
  if (rows > 0) {
    forward.project(operand, 0, rows, share(forward.panels.tiles, worker), out, rows, 0);
  }
}

}  // namespace
}  // namespace pyrnn::PYRNN_ISA
