// Back-propagation through time: the time loop backward, a step's stages from the last to the
// first. The gates in the workspace become the gradients of the sums, in place; input_gradient and
// weight_gradient make large products of them.
//
//   dh_t = dy_t + ds_{t+1} · R + (what the cell passes on directly)
#pragma once

#include "cpu/kernels/dense.h"
#include "cpu/kernels/workspace.h"

namespace pyrnn::PYRNN_ISA {
namespace {

/// The gradients of the sums that a term feeds, as rows of its backward product.
template <class Cell, int TERM, class T>
PYRNN_INLINE GateRows<T> gradient_rows(const Pass<T>& pass) {
  using At = StageOf<Cell, Cell::kTerms.of[TERM].stage>;
  return {At::sums(pass), At::lanes(pass), At::kSums, Cell::kTerms.of[TERM].feed};
}

template <class Cell, class T>
struct Backward {
  using V = Vec<T>;

  const Pass<T>& pass;
  const Batch& batch;
  const Worker& worker;
  const Territory mine;

  Backward(const Pass<T>& p, const Worker& w)
      : pass(p), batch(*p.batch), worker(w), mine(territory(p, w)) {}

  void run(const Steps& steps) const {
    for (i64 step = steps.last - 1; step >= steps.first; --step) {
      run_stages<Cell::kStages - 1>(step);
    }
    if (pass.needs_state && steps.first == 0 && batch.steps > 0) {
      each_tile(pass.P, mine.first, lesser(mine.last, batch.active[0]),
                [&](i64 b, int n, const Tile& tile) { initial_state(b, n, tile); });
    }
  }

 private:
  /// Vectors of lanes of a stage: where they begin, and how many.
  struct Tile {
    i64 first;
    int width;
  };

  template <int S>
  PYRNN_INLINE void run_stages(i64 step) const {
    const i64 lanes = StageOf<Cell, S>::lanes(pass);
    const i64 last = lesser(mine.last, batch.active[step]);
    // Of the last stage, those that have a later step, and those that have none.
    const i64 later = StageOf<Cell, S>::kLast ? lesser(mine.last, batch.active[step + 1]) : last;
    each_tile(lanes, mine.first, later,
              [&](i64 b, int n, const Tile& tile) { stage<S>(step, b, n, tile, true); });
    each_tile(lanes, greater(mine.first, later), last,
              [&](i64 b, int n, const Tile& tile) { stage<S>(step, b, n, tile, false); });
    if (mine.by_units) wait(worker.barrier);
    if constexpr (S > 0) run_stages<S - 1>(step);
  }

  /// f(sequence, how many, tile) over the worker's part of the lanes and [first, last).
  template <class F>
  PYRNN_INLINE void each_tile(i64 lanes, i64 first, i64 last, F&& f) const {
    const Columns<T> columns(lanes, kMaxVectors);
    const Groups groups(greater(last - first, 0));
    const Share own = mine.panels(columns.tiles, worker);
    for (i64 t = own.begin; t < own.end; ++t) {
      const Tile tile{columns.begin(t), columns.width(t)};
      for (i64 g = 0; g < groups.count; ++g) f(first + groups.begin(g), groups.size(g), tile);
    }
  }

  /// sums[r][v] = ds · (rows of a term's weight) for n rows of the workspace and a tile of the
  /// term's operand.
  template <int TERM>
  PYRNN_INLINE void product(i64 k, int n, const Tile& tile, V* sums) const {
    const GateRows<T> rows = gradient_rows<Cell, TERM>(pass);
    clear(sums, n * tile.width);
    gate_tile(rows, k, n,
              pass.operands.rows[TERM] + tile.first * kWidth<T> * rows.feed.count * rows.lanes,
              tile.width, sums);
  }

  static PYRNN_INLINE void clear(V* sums, int n) {
    for (int i = 0; i < n; ++i) sums[i] = V{};
  }

  /// What flows into a stage's results: through R from the step after, or from the next stage.
  template <int S>
  PYRNN_INLINE void stage(i64 step, i64 b, int n, const Tile& tile, bool has_product) const {
    constexpr bool kLast = StageOf<Cell, S>::kLast;
    constexpr int kTerm = term_with<Cell>(kLast ? Operand::kState : Operand::kScratch);
    V sums[kMaxRows * kMaxVectors];
    if (has_product) {
      product<kTerm>(batch.offset[kLast ? step + 1 : step] + b, n, tile, sums);
    } else {
      clear(sums, n * tile.width);
    }
    for (int r = 0; r < n; ++r) {
      const RowPlace place = look_up(step, b + r);
      for (int v = 0; v < tile.width; ++v) {
        pointwise<S>(place, UnitVector<T>(tile.first + v), sums[r * tile.width + v], has_product);
      }
    }
  }

  /// What one row of a step reads and writes.
  struct RowPlace {
    i64 k, position;
    const T* h;       // the output before
    const T* c;       // the cell state before
    const T* c_next;  // and after
    T* dh;
    T* dc;
  };

  PYRNN_INLINE RowPlace look_up(i64 step, i64 b) const {
    const i64 k = batch.offset[step] + b;
    RowPlace place{};
    place.k = k;
    place.position = batch.position[k];
    if constexpr (Cell::kReadsState) place.h = row(pass.h, k);
    place.dh = pass.dh + b * pass.padded_out;
    if constexpr (Cell::kHasCell) {
      place.c = step == 0 ? pass.c_start + b * pass.padded
                          : pass.cells + (k - batch.active[step - 1]) * pass.padded;
      place.c_next = pass.cells + k * pass.padded;
      place.dc = pass.dc + b * pass.padded;
    }
    return place;
  }

  template <int S>
  PYRNN_INLINE void pointwise(const RowPlace& place, const UnitVector<T>& u, V sum,
                              bool has_later) const {
    using At = StageOf<Cell, S>;
    constexpr bool kUnits = !At::kOutputs;
    Unit<V, Cell> unit;
    if constexpr (At::kLast) {
      unit.dnext.h = output_gradient(place, u, sum, has_later, At::lanes(pass));
    } else {
      unit.dscratch = sum;
      if constexpr (Cell::kCarries) unit.dstate.h = load(place.dh + u.unit);
    }
    if constexpr (kUnits) {
      load_unit(place, u, unit);
#pragma GCC unroll 4
      for (int j = 0; j < At::kSums; ++j) {
        unit.s[j] = load(sum_at<At::kSums>(At::sums(pass), place.k, u, j));
      }
    }
    Cell::backward(Stage<S>{}, unit);
#pragma GCC unroll 4
    for (int j = 0; j < At::kSums; ++j) {
      store(sum_at<At::kSums>(At::sums(pass), place.k, u, j), unit.s[j]);
    }
    if constexpr (kUnits && Cell::kHasCell) store(place.dc + u.unit, unit.dstate.c);
    if constexpr (kUnits && Cell::kCarries) store(place.dh + u.unit, unit.dstate.h);
  }

  /// dh holds dL/dh_n before a sequence's last step, what the cell carried past the product after.
  PYRNN_INLINE V output_gradient(const RowPlace& place, const UnitVector<T>& u, V sum,
                                 bool has_later, i64 lanes) const {
    if (Cell::kCarries || !has_later) sum = sum + load(place.dh + u.unit);
    if (!pass.dy) return sum;
    return sum + load_upto(pass.dy + place.position * pass.y_stride + u.unit, lanes - u.unit);
  }

  PYRNN_INLINE void load_unit(const RowPlace& place, const UnitVector<T>& u,
                              Unit<V, Cell>& unit) const {
    const i64 left = pass.H - u.unit;
    if constexpr (Cell::kReadsState) unit.state.h = load_upto(place.h + u.unit, left);
    if constexpr (Cell::kHasCell) {
      unit.dnext.c = load(place.dc + u.unit);
      if (pass.dcells) {
        const T* const dcells = pass.dcells + place.position * pass.cells_stride + u.unit;
        unit.dnext.c = unit.dnext.c + load_upto(dcells, left);
      }
      unit.next.c = load(place.c_next + u.unit);
      unit.state.c = load(place.c + u.unit);
    }
#pragma GCC unroll 4
    for (int j = 0; j < Cell::kOwn.count; ++j) {
      unit.own[j] = load(pass.operands.own + j * pass.padded + u.unit);
    }
  }

  /// dL/dh_0 = ds_0 · R + (what the cell carried)
  PYRNN_INLINE void initial_state(i64 b, int n, const Tile& tile) const {
    V sums[kMaxRows * kMaxVectors];
    product<term_with<Cell>(Operand::kState)>(b, n, tile, sums);
    for (int r = 0; r < n; ++r) {
      for (int v = 0; v < tile.width; ++v) {
        T* dh = pass.dh + (b + r) * pass.padded_out + UnitVector<T>(tile.first + v).unit;
        V sum = sums[r * tile.width + v];
        if (Cell::kCarries) sum = sum + load(dh);
        store(dh, sum);
      }
    }
  }
};

template <class Cell, class T>
void backward(const Pass<T>& pass, const Steps& steps, const Worker& worker) {
  Backward<Cell, T>(pass, worker).run(steps);
}

}  // namespace
}  // namespace pyrnn::PYRNN_ISA
