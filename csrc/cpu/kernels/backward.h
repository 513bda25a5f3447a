// Back-propagation through time: the time loop backward, a step's stages from the last to the
// first. The gates in the workspace become the gradients of the sums, in place; input_gradient and
// weight_gradient make large products of them.
//
//   dh_t = dy_t + ds_{t+1} · R + (what the cell passes on directly)
#pragma once

#include "cpu/kernels/dense.h"
#include "cpu/kernels/masks.h"

namespace pyrnn::PYRNN_ISA {
namespace {

/// The gradients of the sums that a term feeds, as rows of its backward product.
template <class Cell, int TERM, class T>
PYRNN_INLINE GateRows<T> gradient_rows(const Pass<T>& pass) {
  using At = StageOf<Cell, Cell::kTerms.of[TERM].stage>;
  const Feed& feed = Cell::kTerms.of[TERM].feed;
  // What comes back through a norm is no gradient of the sums: see normed_backward.h.
  if constexpr (Cell::kNormalises) return {pass.norms.step, At::lanes(pass), feed};
  return {At::sums(pass), At::lanes(pass), feed};
}

/// What one row of a step reads and writes; absent arrays are null.
template <class T>
struct FlowPlace {
  T* sums;          // of block 0
  const T* h;       // the output before
  const T* c;       // the cell state before
  const T* c_next;  // and after
  const T* dy;
  const T* dcells;
  T* dh;
  T* dc;
  const T* dh_after;  // what the step after has left in dh and dc, or zeros
  const T* dc_after;
};

/// What masks have to know of a stage on the way back.
struct MaskedBack {
  bool last, first, projects, has_cell, carries;
};

/// What flows into one row of a stage, where masks split it; the row's own part reads no more than
/// the sums and dc then.
template <class T>
MaskedFlow<T> masked_flow(const Pass<T>& pass, const MaskedBack& stage, i64 k, i64 b,
                          bool has_product, FlowPlace<T>& place) {
  MaskedFlow<T> flow{};
  flow.zone = zone_keys(pass, k);
  flow.product = has_product;
  flow.carries = stage.carries || pass.zone_h.p > 0;
  if (pass.state_mask && (stage.last || !stage.projects)) {
    flow.state_mask = pass.state_mask + b * pass.padded_out;
  }
  if (stage.last) {
    flow.dh = place.dh;
    flow.dh_after = place.dh_after;
    flow.dy = place.dy;
    place.dh_after = pass.h.zeros;
    place.dy = nullptr;
  }
  if (stage.has_cell && stage.first && pass.zone_c.p > 0) {
    flow.dc = place.dc;
    flow.dc_after = place.dc_after;
    flow.dcells = place.dcells;
    place.dc_after = place.dc;
    place.dcells = nullptr;
  }
  return flow;
}

/// What flows past n rows of a stage, from sequence b of a step on, while the cell has the rest.
template <class T>
struct PastFlows {
  MaskedFlow<T> flow[kMaxRows];
  Vec<T> h[kTileVectors], c[kTileVectors];

  [[gnu::noinline]] void split(const Pass<T>& pass, const MaskedBack& stage, i64 step, i64 b, int n,
                               bool has_product, FlowPlace<T>* place, const LaneVectors<T>& vectors,
                               Vec<T>* sums) {
    const i64 width = vectors.end - vectors.begin;
    for (int r = 0; r < n; ++r) {
      const i64 k = pass.batch->offset[step] + b + r;
      flow[r] = masked_flow(pass, stage, k, b + r, has_product, place[r]);
      split_flow(pass, flow[r], vectors, sums + r * width, h + r * width, c + r * width);
    }
  }

  [[gnu::noinline]] void join(const Pass<T>& pass, bool carries, int n,
                              const LaneVectors<T>& vectors) const {
    const i64 width = vectors.end - vectors.begin;
    for (int r = 0; r < n; ++r) {
      join_flow(pass, flow[r], carries, vectors, h + r * width, c + r * width);
    }
  }
};

/// dL/dh_0 = ds_0 · R + (what was carried past the product), for n rows, from sequence b on, whose
/// gradients of sums begin at row k, and vectors [first, first + width).
template <int SUMS, class T>
[[gnu::noinline]] void initial_state(const Pass<T>& pass, const GateRows<T>& rows, const T* panels,
                                     bool carries, i64 k, i64 b, int n, i64 first, int width) {
  Vec<T> sums[kTileVectors];
  for (int i = 0; i < n * width; ++i) sums[i] = Vec<T>{};
  gate_tile<SUMS>(rows, k, n, panels + first * kWidth<T> * rows.feed.count * rows.lanes, width,
                  sums);
  for (int r = 0; r < n; ++r) {
    for (int v = 0; v < width; ++v) {
      const i64 at = (b + r) * pass.padded_out + UnitVector<T>(first + v).unit;
      Vec<T> sum = sums[r * width + v];
      if (pass.state_mask) sum = load(pass.state_mask + at) * sum;
      if (carries || pass.zone_h.p > 0) sum = sum + load(pass.dh + at);
      store(pass.dh + at, sum);
    }
  }
}

template <class Cell, class T>
struct Backward {
  using V = Vec<T>;
  using RowPlace = FlowPlace<T>;

  const Pass<T>& pass;
  const Batch& batch;
  const Worker& worker;
  const Territory mine;
  const bool masks;

  Backward(const Pass<T>& p, const Worker& w)
      : pass(p), batch(*p.batch), worker(w), mine(territory(p, w)), masks(has_masks(p)) {}

  void run(const Steps& steps) const {
    for (i64 step = steps.last - 1; step >= steps.first; --step) {
      run_stages<Cell::kStages - 1>(step);
    }
    if (pass.needs_state && steps.first == 0 && batch.steps > 0) {
      initial_states();
    }
  }

 protected:
  /// Vectors of lanes of a stage: where they begin, and how many.
  struct Tile {
    i64 first;
    int width;
  };

  template <int S>
  PYRNN_INLINE void run_stages(i64 step) const {
    const i64 last = lesser(mine.last, batch.active[step]);
    // Of the last stage, those that have a later step, and those that have none.
    const i64 later = StageOf<Cell, S>::kLast ? lesser(mine.last, batch.active[step + 1]) : last;
    run_stage<S>(step, mine.first, later, true);
    if (later < last) run_stage<S>(step, greater(mine.first, later), last, false);
    if (mine.by_units) wait(worker.barrier);
    if constexpr (S > 0) run_stages<S - 1>(step);
  }

  /// A stage of sequences [first, last).
  template <int S>
  [[gnu::noinline]] void run_stage(i64 step, i64 first, i64 last, bool has_product) const {
    each_tile(StageOf<Cell, S>::lanes(pass), first, last, [&](i64 b, int n, const Tile& tile) {
      stage<S>(step, b, n, tile, has_product,
               [](const StageView<S>& view, const RowPlace& place, i64, const UnitVector<T>& u,
                  V sum) { view.pointwise(place, u, sum); });
    });
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
    constexpr int kSums = StageOf<Cell, Cell::kTerms.of[TERM].stage>::kSums;
    const GateRows<T> rows = gradient_rows<Cell, TERM>(pass);
    clear(sums, n * tile.width);
    gate_tile<kSums>(
        rows, k, n,
        pass.operands.rows[TERM] + tile.first * kWidth<T> * rows.feed.count * rows.lanes,
        tile.width, sums);
  }

  static PYRNN_INLINE void clear(V* sums, int n) {
    for (int i = 0; i < n; ++i) sums[i] = V{};
  }

  void initial_states() const {
    constexpr int kTerm = term_with<Cell>(Operand::kState);
    constexpr int kSums = StageOf<Cell, Cell::kTerms.of[kTerm].stage>::kSums;
    const GateRows<T> rows = gradient_rows<Cell, kTerm>(pass);
    const i64 first = Cell::kNormalises ? 0 : batch.offset[0];
    each_tile(pass.P, mine.first, lesser(mine.last, batch.active[0]),
              [&](i64 b, int n, const Tile& tile) {
                initial_state<kSums>(pass, rows, pass.operands.rows[kTerm], Cell::kCarries,
                                     first + b, b, n, tile.first, tile.width);
              });
  }

  /// What flows into a stage's results: through R from the step after, or from the next stage. Then
  /// pointwise(view, place, row of the workspace, units, sums) for each row and vector of units.
  template <int S, class F>
  PYRNN_INLINE void stage(i64 step, i64 b, int n, const Tile& tile, bool has_product,
                          F&& pointwise) const {
    constexpr bool kLast = StageOf<Cell, S>::kLast;
    constexpr int kTerm = term_with<Cell>(kLast ? Operand::kState : Operand::kScratch);
    // Behind masks the sums hold all that flows into a stage.
    const StageView<S> view(pass, has_product || masks);
    RowPlace place[kMaxRows];
    for (int r = 0; r < n; ++r) look_up<S>(step, b + r, place[r]);
    if (batch.resets) cut(step, b, n, place);
    V sums[kTileVectors];
    if (has_product) {
      for (int r = 0; r < n; ++r) view.prefetch(place[r], tile);
      const i64 first = Cell::kNormalises ? 0 : batch.offset[kLast ? step + 1 : step];
      product<kTerm>(first + b, n, tile, sums);
      for (int r = 0; kLast && batch.resets && r < n; ++r) {
        if (cut_behind(step, b + r)) clear(sums + r * tile.width, tile.width);
      }
    } else {
      clear(sums, n * tile.width);
    }
    PastFlows<T> past;
    const LaneVectors<T> vectors{view.lanes, tile.first, tile.first + tile.width};
    if (masks) {
      past.split(pass, {kLast, S == 0, Cell::kProjects, Cell::kHasCell, Cell::kCarries}, step, b, n,
                 has_product, place, vectors, sums);
    }
    for (int r = 0; r < n; ++r) {
      for (int v = 0; v < tile.width; ++v) {
        pointwise(view, place[r], batch.offset[step] + b + r, UnitVector<T>(tile.first + v),
                  sums[r * tile.width + v]);
      }
    }
    if (masks) past.join(pass, Cell::kCarries, n, vectors);
  }

  /// Where it stands: not by value, as a copy would wait for the stores of its parts.
  template <int S>
  PYRNN_INLINE void look_up(i64 step, i64 b, RowPlace& place) const {
    using At = StageOf<Cell, S>;
    const i64 k = batch.offset[step] + b;
    place.sums = At::sums(pass).base + k * kRowStride<At::kSums, T>;
    place.dh = pass.dh + b * pass.padded_out;
    place.dy = pass.dy ? pass.dy + batch.position[k] * pass.dy_stride : nullptr;
    if constexpr (Cell::kReadsState) place.h = row(pass.h, k);
    place.dh_after = place.dh;
    if constexpr (Cell::kHasCell) {
      place.c = cell_before(pass, k, step, b);
      place.c_next = candidate(pass, k);
      place.dc = pass.dc + b * pass.padded;
      place.dc_after = place.dc;
      place.dcells = pass.dcells ? pass.dcells + batch.position[k] * pass.cells_stride : nullptr;
    }
  }

  /// Whether the step behind starts its sequence anew: nothing flows back from there.
  PYRNN_INLINE bool cut_behind(i64 step, i64 b) const {
    return b < batch.active[step + 1] && starts_anew(batch, batch.offset[step + 1] + b);
  }

  [[gnu::noinline]] void cut(i64 step, i64 b, int n, RowPlace* place) const {
    for (int r = 0; r < n; ++r) {
      if (cut_behind(step, b + r)) place[r].dh_after = place[r].dc_after = pass.h.zeros;
    }
  }

  /// The pointwise part of a stage. It has copies of what it needs of the pass: the compiler must
  /// take any store of a vector for a change of the pass itself, and would load and divide again
  /// for each one (2 to 6 % of the loop).
  template <int S>
  struct StageView {
    using At = StageOf<Cell, S>;
    static constexpr bool kUnits = !At::kOutputs;

    const i64 lanes, block_stride, padded;
    const T* const own;
    const bool has_product;

    PYRNN_INLINE StageView(const Pass<T>& pass, bool product)
        : lanes(At::lanes(pass)),
          block_stride(At::sums(pass).capacity * kRowStride<At::kSums, T>),
          padded(pass.padded),
          own(pass.operands.own),
          has_product(product) {}

    PYRNN_INLINE T* sums_of(const RowPlace& place, const UnitVector<T>& u) const {
      return place.sums + u.block * block_stride + u.lane;
    }

    /// Asks for what a row's pointwise part will need: the product gives the time to fetch it, and
    /// no prefetcher foresees the walk through the workspace.
    PYRNN_INLINE void prefetch(const RowPlace& place, const Tile& tile) const {
      for (int v = 0; v < tile.width; ++v) {
        const UnitVector<T> u(tile.first + v);
        if constexpr (kUnits) {
#pragma GCC unroll 4
          for (int j = 0; j < At::kSums; ++j) {
            __builtin_prefetch(sums_of(place, u) + j * kUnitBlock<T>, 1);
          }
          if constexpr (Cell::kReadsState) __builtin_prefetch(place.h + u.unit);
          if constexpr (Cell::kHasCell) __builtin_prefetch(place.c + u.unit);
        }
        if (At::kLast && place.dy) __builtin_prefetch(place.dy + u.unit);
      }
    }

    /// Whether sum j, which a later stage has made a gradient, is an operand of this one's product.
    static constexpr bool read_by_others(int j) {
      if constexpr (!At::kLast && !Cell::kProjects) {
        constexpr Feed kFeed = Cell::kTerms.of[term_with<Cell>(Operand::kScratch)].feed;
        for (int i = 0; i < kFeed.count; ++i) {
          if (kFeed.sum[i] == j) return true;
        }
      }
      return false;
    }

    PYRNN_INLINE void pointwise(const RowPlace& place, const UnitVector<T>& u, V sum) const {
      T* const sums = sums_of(place, u);
      Unit<V, Cell> unit;
      if constexpr (At::kLast) {
        unit.dnext.h = output_gradient(place, u, sum);
      } else {
        unit.dscratch = sum;
        if constexpr (Cell::kCarries) unit.dstate.h = load(place.dh + u.unit);
      }
      if constexpr (kUnits) {
        load_unit(place, u, unit);
#pragma GCC unroll 4
        for (int j = 0; j < At::kSums; ++j) unit.s[j] = load(sums + j * kUnitBlock<T>);
      }
      Cell::backward(Stage<S>{}, unit);
#pragma GCC unroll 4
      for (int j = 0; j < At::kSums; ++j) {
        if (!read_by_others(j)) store(sums + j * kUnitBlock<T>, unit.s[j]);
      }
      if constexpr (kUnits && Cell::kHasCell) store(place.dc + u.unit, unit.dstate.c);
      if constexpr (kUnits && Cell::kCarries) store(place.dh + u.unit, unit.dstate.h);
    }

    /// dh holds dL/dh_n before a sequence's last step, what the cell carried past the product
    /// after.
    PYRNN_INLINE V output_gradient(const RowPlace& place, const UnitVector<T>& u, V sum) const {
      if (!has_product) {
        sum = load(place.dh + u.unit);
      } else if constexpr (Cell::kCarries) {
        sum = sum + load(place.dh_after + u.unit);
      }
      return place.dy ? sum + load_upto(place.dy + u.unit, lanes - u.unit) : sum;
    }

    PYRNN_INLINE void load_unit(const RowPlace& place, const UnitVector<T>& u,
                                Unit<V, Cell>& unit) const {
      const i64 left = lanes - u.unit;
      if constexpr (Cell::kReadsState) unit.state.h = load_upto(place.h + u.unit, left);
      if constexpr (Cell::kHasCell) {
        unit.dnext.c = load(place.dc_after + u.unit);
        if (place.dcells) unit.dnext.c = unit.dnext.c + load_upto(place.dcells + u.unit, left);
        unit.next.c = load(place.c_next + u.unit);
        unit.state.c = load(place.c + u.unit);
      }
#pragma GCC unroll 4
      for (int j = 0; j < Cell::kOwn.count; ++j) unit.own[j] = load(own + j * padded + u.unit);
    }
  };
};

}  // namespace
}  // namespace pyrnn::PYRNN_ISA
