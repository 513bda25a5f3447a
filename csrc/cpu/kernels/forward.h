// The time loop forward. A step is one stage for most cells: a tile of sums (bias, x W, h R), then
// the cell's pointwise part while the tile is in the nearest cache. A later stage multiplies what
// the one before it has left, of all units.
#pragma once

#include "cpu/kernels/dense.h"
#include "cpu/kernels/masks.h"
#include "cpu/kernels/sums.h"

namespace pyrnn::PYRNN_ISA {
namespace {

/// What one row of a tile reads besides its sums, and where its results go.
template <class T>
struct RowPlace {
  const T* h;  // the output before
  const T* c;  // the cell state before, [padded]
  T* c_next;   // and after
  T* y;
  T* scratch;  // [padded]
  T* gates;    // of block 0: [sums, UB]; null where no stage keeps them
};

/// Rows of a step that pass through a tile together.
template <class T>
struct RowGroup {
  int count;
  TileRows<T> tile;
  RowPlace<T> place[kMaxRows];
  MaskedRow<T> masks[kMaxRows];  // where there are masks
};

/// So many groups are looked up at once, and take turns at each panel while it is in the cache.
constexpr i64 kGroupsAtOnce = 16;

/// What masks have to know of a stage: which is first, last, leaves outputs of a projection.
struct MaskedStage {
  bool first, last, outputs, projects, has_cell;
};

/// Where masks act on the rows of a group, from sequence b of a step on. R then multiplies what is
/// behind them, and the cell's own c' stands apart. The same code for all cells.
template <class T>
[[gnu::noinline]] void look_up_masks(const Pass<T>& pass, const MaskedStage& stage, i64 step, i64 b,
                                     RowGroup<T>& group) {
  const Batch& batch = *pass.batch;
  for (int r = 0; r < group.count; ++r, ++b) {
    const i64 k = batch.offset[step] + b;
    RowPlace<T>& place = group.place[r];
    MaskedRow<T>& mask = group.masks[r];
    mask = {};
    mask.zone = zone_keys(pass, k);
    if (pass.state_mask) mask.state_mask = pass.state_mask + b * pass.padded_out;
    if (stage.last) {
      mask.h = place.h;
      mask.y = place.y;
      if (pass.masked) mask.masked = pass.masked + batch.place[k] * pass.y_stride;
    } else if (!stage.projects) {
      mask.scratch = place.scratch;
    }
    if (stage.has_cell && !stage.outputs && pass.candidates) {
      mask.c = place.c;
      mask.c_next = place.c_next;
      mask.candidate = place.c_next = pass.candidates + (pass.saved ? k : b) * pass.padded;
    }
    if (stage.first) group.tile.h[r] = row(pass.operand, k);
  }
}

template <class T>
[[gnu::noinline]] void mask_groups(const Pass<T>& pass, const LaneVectors<T>& vectors,
                                   const RowGroup<T>* group, i64 count) {
  for (i64 g = 0; g < count; ++g) {
    for (int r = 0; r < group[g].count; ++r) mask_row(pass, group[g].masks[r], vectors);
  }
}

template <class Cell, class T>
struct Forward {
  using V = Vec<T>;
  using Sums = SumsOfCell<Cell>;
  static constexpr i64 kStride = kRowStride<Cell::kSums, T>;

  const Pass<T>& pass;
  const Batch& batch;
  const Worker& worker;
  const Territory mine;
  const Columns<T> panels;
  const bool masks;
  i64 chunk_first = 0;  // the first step whose sums are in `gates`, where nothing is saved

  Forward(const Pass<T>& p, const Worker& w)
      : pass(p),
        batch(*p.batch),
        worker(w),
        mine(territory(p, w)),
        panels(p.H, Sums::kWidest),
        masks(has_masks(p)) {}

  void run(const Steps& steps) {
    for (i64 step = steps.first; step < steps.last; ++step) {
      if (!pass.hoist) {
        chunk_first = step;
      } else if ((step - steps.first) % pass.chunk == 0) {
        hoist({step, lesser(step + pass.chunk, steps.last)});
      }
      const i64 last = lesser(mine.last, batch.active[step]);
      const i64 rows = greater(last - mine.first, 0);
      run_stages<0>(step, rows);
    }
  }

 protected:
  template <int S>
  PYRNN_INLINE void run_stages(i64 step, i64 rows) const {
    if constexpr (S < Cell::kStages) {
      const Groups groups(rows);
      RowGroup<T> group[kGroupsAtOnce];
      for (i64 first = 0; first < groups.count; first += kGroupsAtOnce) {
        const i64 count = lesser(kGroupsAtOnce, groups.count - first);
        for (i64 g = 0; g < count; ++g) {
          const i64 b = mine.first + groups.begin(first + g);
          look_up<S>(step, b, groups.size(first + g), group[g]);
          if (masks) look_up_masks(pass, masked_stage<S>(), step, b, group[g]);
        }
        if constexpr (S == 0) {
          first_stage(step, group, count, groups.rows == 1);
        } else {
          later_stage<S>(group, count);
        }
        if (masks) mask_stage<S>(group, count);
      }
      if (mine.by_units) wait(worker.barrier);
      run_stages<S + 1>(step, rows);
    }
  }

  /// The first stage of a step, for groups of rows: each of the worker's panels passes by all of
  /// them.
  PYRNN_INLINE void first_stage(i64 step, const RowGroup<T>* group, i64 count, bool pairs) const {
    const SumsPanels<T> operands{pass.operands, dense_columns(!pass.hoist), pass.P};
    const StageView<0> view(pass);
    each_panel(step, pairs, [&](i64 panel, int together) {
      for (i64 g = 0; g < count; ++g) {
        form_sums<Sums>(panels, group[g].tile, group[g].count, operands, panel, together,
                        [&](int r, i64 vector, V(&s)[Cell::kSums]) {
                          view.pointwise(group[g].place[r], UnitVector<T>(vector), s);
                        });
      }
    });
  }

  /// A later stage: sums of one term, from what the stage before left.
  template <int S>
  PYRNN_INLINE void later_stage(const RowGroup<T>* group, i64 count) const {
    using At = StageOf<Cell, S>;
    constexpr int kTerm = term_with<Cell>(Operand::kScratch);
    constexpr Feed kFeed = Cell::kTerms.of[kTerm].feed;
    static_assert(S == Cell::kTerms.of[kTerm].stage && kFeed.count == 1);
    constexpr i64 kSum = kFeed.sum[0] * kUnitBlock<T>;
    const StageView<S> view(pass);
    const Columns<T> columns(At::lanes(pass), kMaxVectors);
    const Share own = mine.panels(columns.tiles, worker);
    for (i64 t = own.begin; t < own.end; ++t) {
      const int width = columns.width(t);
      const T* const panel = pass.operands.panels[kTerm] + columns.begin(t) * kWidth<T> * pass.H;
      for (i64 g = 0; g < count; ++g) {
        V sums[kTileVectors];
        const int n = group[g].count;
        for (int i = 0; i < n * width; ++i) {
          const UnitVector<T> u(columns.begin(t) + i % width);
          sums[i] = At::kOutputs ? V{} : load(view.sums_of(group[g].place[i / width], u) + kSum);
        }
        dense_tile(group[g].tile.h, n, panel, width, pass.H, sums);
        for (int i = 0; i < n * width; ++i) {
          const int r = i / width;
          const UnitVector<T> u(columns.begin(t) + i % width);
          V s[At::kSums];
          for (int j = 0; !At::kOutputs && j < At::kSums; ++j) {
            s[j] = load(view.sums_of(group[g].place[r], u) + j * kUnitBlock<T>);
          }
          s[kFeed.sum[0]] = sums[i];
          view.pointwise(group[g].place[r], u, s);
        }
      }
    }
  }

  /// The pointwise part of a stage. It has copies of what it needs of the pass: the compiler must
  /// take any store of a vector for a change of the pass itself, and would load it again each time.
  template <int S>
  struct StageView {
    using At = StageOf<Cell, S>;
    static constexpr bool kUnits = !At::kOutputs;

    const i64 lanes, block_stride, padded;
    const T* const own;

    PYRNN_INLINE explicit StageView(const Pass<T>& pass)
        : lanes(At::lanes(pass)),
          block_stride(pass.gates.capacity * kStride),
          padded(pass.padded),
          own(pass.operands.own) {}

    PYRNN_INLINE T* sums_of(const RowPlace<T>& place, const UnitVector<T>& u) const {
      return place.gates + u.block * block_stride + u.lane;
    }

    /// Of one row and one vector of the stage's lanes.
    PYRNN_INLINE void pointwise(const RowPlace<T>& place, const UnitVector<T>& u,
                                const V (&s)[At::kSums]) const {
      Unit<V, Cell> unit;
#pragma GCC unroll 4
      for (int j = 0; j < At::kSums; ++j) unit.s[j] = s[j];
      if constexpr (kUnits) {
        if constexpr (Cell::kReadsState) unit.state.h = load_upto(place.h + u.unit, lanes - u.unit);
        if constexpr (Cell::kHasCell) unit.state.c = load(place.c + u.unit);
#pragma GCC unroll 4
        for (int j = 0; j < Cell::kOwn.count; ++j) unit.own[j] = load(own + j * padded + u.unit);
      }
      Cell::forward(Stage<S>{}, unit);
      if constexpr (At::kLast) {
        store_upto(place.y + u.unit, unit.next.h, lanes - u.unit);
      } else {
        store(place.scratch + u.unit, unit.scratch);
      }
      if constexpr (kUnits) {
        if constexpr (Cell::kHasCell) store(place.c_next + u.unit, unit.next.c);
        if (place.gates) {
          T* const sums = sums_of(place, u);
#pragma GCC unroll 4
          for (int j = 0; j < Cell::kSums; ++j) store(sums + j * kUnitBlock<T>, unit.s[j]);
        }
      }
    }
  };

  /// Where n rows of a step stand, from sequence b on.
  template <int S>
  PYRNN_INLINE void look_up(i64 step, i64 b, int n, RowGroup<T>& group) const {
    constexpr bool kShared = Cell::kStages > 1 && !Cell::kProjects;  // a later stage reads the sums
    group.count = n;
    group.tile.start_stride = start_stride();
    for (int r = 0; r < n; ++r, ++b) {
      const i64 k = batch.offset[step] + b;
      RowPlace<T>& place = group.place[r];
      place.h = row(pass.h, k);
      if constexpr (Cell::kHasCell) {
        place.c = cell_before(pass, k, step, b);
        place.c_next = pass.cells + (pass.keeps_cells ? k : b) * pass.padded;
      }
      if constexpr (Cell::kStages > 1) {
        place.scratch = pass.scratch + (pass.saved ? k : b) * pass.padded;
      }
      place.y = pass.y + batch.place[k] * pass.y_stride;
      place.gates = pass.saved || kShared ? gates_row(k, step, b) : nullptr;
      group.tile.start[r] = pass.hoist ? gates_row(k, step, b) : start_of<Sums>(pass, k);
      group.tile.x[r] = pass.x.base && !pass.hoist ? row(pass.x, k) : place.h;
      group.tile.h[r] = S == 0 ? place.h : place.scratch;
    }
  }

  template <int S>
  static constexpr MaskedStage masked_stage() {
    using At = StageOf<Cell, S>;
    return {S == 0, At::kLast, At::kOutputs, Cell::kProjects, Cell::kHasCell};
  }

  template <int S>
  PYRNN_INLINE void mask_stage(const RowGroup<T>* group, i64 count) const {
    using At = StageOf<Cell, S>;
    const Columns<T> columns(At::lanes(pass), S == 0 ? Sums::kWidest : kMaxVectors);
    const Share own = mine.panels(columns.tiles, worker);
    mask_groups(pass, {At::lanes(pass), columns.begin(own.begin), columns.begin(own.end)}, group,
                count);
  }

  /// The sums of workspace row k, sequence b of a step.
  PYRNN_INLINE T* gates_row(i64 k, i64 step, i64 b) const {
    const i64 at = pass.saved ? k : (step - chunk_first) * batch.B + b;
    return pass.gates.base + at * kStride;
  }

  PYRNN_INLINE i64 start_stride() const {
    if (pass.hoist) return pass.gates.capacity * kStride;
    return pass.projected ? pass.tokens * kStride : kStride;
  }

  /// The columns of W that a row's own x multiplies, or none of them.
  PYRNN_INLINE InputColumns dense_columns(bool wanted) const {
    return {pass.E, wanted ? pass.I - pass.E : 0, pass.I};
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

  /// x W of the worker's sequences and panels, for a chunk of steps, on top of where they start.
  void hoist(const Steps& steps) {
    const Share own = mine.panels(panels.tiles, worker);
    chunk_first = steps.first;
    // Rows of the whole chunk stand together unless they are another worker's, or gone.
    const bool whole = mine.first == 0 && mine.last == batch.B &&
                       (pass.saved || batch.active[steps.last - 1] == batch.B);
    for (i64 s = steps.first; s < steps.last; s = whole ? steps.last : s + 1) {
      const i64 first = batch.offset[s] + mine.first;
      const i64 last = whole ? batch.offset[steps.last - 1] + batch.active[steps.last - 1]
                             : batch.offset[s] + lesser(mine.last, batch.active[s]);
      if (last > first) {
        project_rows<Sums>(
            pass, {&pass.x, first, last, dense_columns(true), pass.projected != nullptr}, own,
            pass.gates, (gates_row(first, s, mine.first) - pass.gates.base) / kStride);
      }
    }
  }
};

template <class Cell, class T>
void project(const Pass<T>& pass, const Rows<T>& operand, i64 rows, T* out, const Worker& worker) {
  using Sums = SumsOfCell<Cell>;
  const Share own = share(Columns<T>(pass.H, Sums::kWidest).tiles, worker);
  project_rows<Sums>(pass, {&operand, 0, rows, {0, pass.E, pass.I}, false}, own, {out, rows}, 0);
}

}  // namespace
}  // namespace pyrnn::PYRNN_ISA
