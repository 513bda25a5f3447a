// The time loop forward of a cell whose sums are normalised. W x waits for no state, so its part of
// the sums is formed beforehand, for a chunk of steps, and stands in `gates`. A step is then:
//
//   u = R h                                     a tile of all units
//   s = (b + gain_ih n_x) + gain_hh n(u)        a row: its moments, then the cell's gates
//   h' = o tanh(gain_c n(c') + b_c)             an LSTM: the moments of c', then its output
//
// Threads that share the units of a row wait for each other before they take its moments, which
// each of them then finds for itself.
#pragma once

#include "cpu/kernels/forward.h"
#include "cpu/kernels/norm.h"

namespace pyrnn::PYRNN_ISA {
namespace {

template <class Cell, class T>
struct NormedForward : Forward<Cell, T> {
  using V = Vec<T>;
  using Base = Forward<Cell, T>;
  using Base::batch, Base::chunk_first, Base::masks, Base::mine, Base::panels, Base::pass,
      Base::worker;
  using typename Base::Sums;
  using Input = InputNorm<Cell>;
  using State = StateNorm<Cell>;
  static_assert(2 * Input::kSets + (Cell::kHasCell ? 2 : 0) <= kNormNumbers);

  /// Rows that pass through all of a step together, while their sums are in the cache.
  static constexpr i64 kRowsAtOnce = kGroupsAtOnce * kMaxRows;

  const NormWeights<Cell, T> weights;
  const Share vectors;  // of units, the worker's own

  NormedForward(const Pass<T>& p, const Worker& w)
      : Base(p, w), weights{p.operands.norms, blocks_of<T>(p.H)}, vectors(own_vectors()) {}

  void run(const Steps& steps) {
    for (i64 step = steps.first; step < steps.last; ++step) {
      if ((step - steps.first) % pass.chunk == 0) {
        normalise_inputs({step, lesser(step + pass.chunk, steps.last)});
      }
      const i64 last = lesser(mine.last, batch.active[step]);
      for (i64 b = mine.first; b < last; b += kRowsAtOnce) {
        const i64 count = lesser(kRowsAtOnce, last - b);
        products(step, b, count);
        meet();
        gates(step, b, count);
        if constexpr (Cell::kHasCell) {
          meet();
          outputs(step, b, count);
        }
      }
      meet();
    }
  }

 private:
  Share own_vectors() const {
    const Share own = mine.panels(panels.tiles, worker);
    return {panels.begin(own.begin), panels.begin(own.end)};
  }

  PYRNN_INLINE void meet() const {
    if (mine.by_units) wait(worker.barrier);
  }

  /// Whether it falls to this worker to keep what all find of a row.
  PYRNN_INLINE bool keeps_numbers() const {
    return pass.saved && (!mine.by_units || worker.index == 0);
  }

  PYRNN_INLINE T* numbers_of(i64 k) const { return pass.norms.numbers + k * kNormNumbers; }

  /// Whether the rows of a chunk stand together: not where others walk through it at another pace.
  PYRNN_INLINE bool whole() const { return mine.first == 0 && mine.last == batch.B; }

  /// The row of sums of workspace row k, sequence b of a step.
  PYRNN_INLINE i64 gates_at(i64 k, i64 step, i64 b) const {
    return pass.saved ? k
           : whole()  ? k - batch.offset[chunk_first]
                      : (step - chunk_first) * batch.B + b;
  }
  PYRNN_INLINE SumsRow<T> gates_row(i64 k, i64 step, i64 b) const {
    return sums_row<Cell::kSums>(pass.gates, gates_at(k, step, b));
  }

  /// s += gain n for the sums of a norm, n = (u - mean) r; keeps n in `to` unless that is null.
  template <class Norm>
  PYRNN_INLINE void add_normed(const SumsRow<T>& u, const Moments<Norm, T>& found,
                               const SumsRow<const T>& gain, const UnitVector<T>& at,
                               V (&s)[Cell::kSums], const SumsRow<T>& to) const {
#pragma GCC unroll 4
    for (int j = 0; j < Norm::kCount; ++j) {
      const int sum = Norm::sum(j);
      const V n = found.normalised(load(u.at(at, sum)), j);
      if (to.base) store(to.at(at, sum), n);
      s[sum] = fma(load(gain.at(at, sum)), n, s[sum]);
    }
  }

  static PYRNN_INLINE void load_sums(const SumsRow<const T>& from, const UnitVector<T>& at,
                                     V (&s)[Cell::kSums]) {
#pragma GCC unroll 4
    for (int j = 0; j < Cell::kSums; ++j) s[j] = load(from.at(at, j));
  }

  static PYRNN_INLINE void store_sums(const V (&s)[Cell::kSums], const UnitVector<T>& at,
                                      const SumsRow<T>& to) {
#pragma GCC unroll 4
    for (int j = 0; j < Cell::kSums; ++j) store(to.at(at, j), s[j]);
  }

  /// b + gain_ih n(W x) of the worker's sequences, for a chunk of steps.
  void normalise_inputs(const Steps& steps) {
    chunk_first = steps.first;
    for (i64 s = steps.first; s < steps.last; s = whole() ? steps.last : s + 1) {
      const i64 first = batch.offset[s] + mine.first, at = gates_at(first, s, mine.first);
      const i64 end = whole() ? steps.last - 1 : s;
      const i64 last = batch.offset[end] + lesser(mine.last, batch.active[end]);
      for (i64 k = first; k < last; k += kRowsAtOnce) {
        input_sums(k, lesser(k + kRowsAtOnce, last), at + k - first);
      }
    }
    meet();
  }

  /// Of the workspace rows [first, last), whose sums stand in rows from `at` on. Workers that share
  /// the units of the product share the rows here.
  void input_sums(i64 first, i64 last, i64 at) const {
    const Workspace<T>& to = pass.saved ? pass.norms.input : pass.gates;
    const Rows<T>& x = pass.x.base ? pass.x : pass.h;  // of which no columns are read
    project_rows<Sums>(pass,
                       {&x, first, last, this->dense_columns(true), pass.projected != nullptr},
                       mine.panels(panels.tiles, worker), to, at);
    meet();
    const Share own = mine.panels(last - first, worker);
    for (i64 i = own.begin; i < own.end; ++i) {
      const Moments<Input, T> found = normalise_input(sums_row<Cell::kSums>(to, at + i),
                                                      sums_row<Cell::kSums>(pass.gates, at + i));
      for (int s = 0; pass.saved && s < Input::kSets; ++s) {
        numbers_of(first + i)[s] = found.scale[s];
      }
    }
  }

  // The loops over units below have copies of what they need of the pass: see StageView.

  /// a = b + gain_ih n(u), and n in place of u where it is saved.
  Moments<Input, T> normalise_input(const SumsRow<T>& u, const SumsRow<T>& a) const {
    const Moments<Input, T> found = moments<Input, T>({u.base, u.stride}, pass.H);
    const SumsRow<const T> shift = weights.shift(), gain = weights.input_gain();
    const SumsRow<T> n{pass.saved ? u.base : nullptr, u.stride};
    for (i64 i = 0, count = panels.vectors; i < count; ++i) {
      const UnitVector<T> at(i);
      V s[Cell::kSums];
      load_sums(shift, at, s);
      add_normed<Input>(u, found, gain, at, s, n);
      store_sums(s, at, a);
    }
    return found;
  }

  /// u = R h of the sequences [b, b + count) of a step.
  void products(i64 step, i64 b, i64 count) const {
    const Groups groups(count);
    const SumsPanels<T> operands{pass.operands, this->dense_columns(false), pass.P};
    TileRows<T> rows[kGroupsAtOnce];
    for (i64 g = 0; g < groups.count; ++g) {
      for (int r = 0; r < groups.size(g); ++r) {
        rows[g].start[r] = pass.operands.bias;  // zeros
        rows[g].start_stride = 0;
        rows[g].x[r] = rows[g].h[r] =
            row(pass.operand, batch.offset[step] + b + groups.begin(g) + r);
      }
    }
    this->each_panel(step, groups.rows == 1, [&](i64 panel, int together) {
      for (i64 g = 0; g < groups.count; ++g) {
        form_sums<Sums>(panels, rows[g], groups.size(g), operands, panel, together,
                        [&](int r, i64 vector, const V(&s)[Cell::kSums]) {
                          const i64 at = b + groups.begin(g) + r;
                          store_sums(s, UnitVector<T>(vector),
                                     sums_row<Cell::kSums>(pass.norms.step, at));
                        });
      }
    });
  }

  /// The gates of these sequences, and what follows from them unit by unit.
  void gates(i64 step, i64 b, i64 count) const {
    for (i64 end = b + count; b < end; ++b) {
      const i64 k = batch.offset[step] + b;
      const Moments<State, T> found = gates_of(k, step, b);
      for (int s = 0; keeps_numbers() && s < State::kSets; ++s) {
        numbers_of(k)[Input::kSets + s] = found.scale[s];
      }
    }
  }

  Moments<State, T> gates_of(i64 k, i64 step, i64 b) const {
    const SumsRow<T> u = sums_row<Cell::kSums>(pass.norms.step, b), to = gates_row(k, step, b);
    const SumsRow<T> n = pass.saved ? sums_row<Cell::kSums>(pass.norms.state, k) : SumsRow<T>{};
    const SumsRow<const T> gain = weights.state_gain();
    const Moments<State, T> found = moments<State, T>({u.base, u.stride}, pass.H);
    const T* const h = row(pass.h, k);
    T* const y = pass.y + batch.place[k] * pass.y_stride;
    const T* c = nullptr;
    T* c_next = nullptr;
    if constexpr (Cell::kHasCell) {
      c = cell_before(pass, k, step, b);
      c_next = cell_after(k, b);
    }
    const i64 H = pass.H;
    for (i64 i = vectors.begin, last = vectors.end; i < last; ++i) {
      const UnitVector<T> at(i);
      Unit<V, Cell> unit;
      load_sums({to.base, to.stride}, at, unit.s);
      add_normed<State>(u, found, gain, at, unit.s, n);
      if constexpr (Cell::kReadsState) unit.state.h = load_upto(h + at.unit, H - at.unit);
      if constexpr (Cell::kHasCell) unit.state.c = load(c + at.unit);
      Cell::forward(Stage<0>{}, unit);
      store_sums(unit.s, at, to);
      if constexpr (Cell::kHasCell) {
        store(c_next + at.unit, unit.next.c);
      } else {
        store_upto(y + at.unit, unit.next.h, H - at.unit);
      }
    }
    if constexpr (Cell::kHasCell) {
      if (pass.candidates) mask_cell(k, b, c, c_next);
    } else {
      if (masks) mask_output(k, b, h, y);
    }
    return found;
  }

  /// Where c' of a row stands as the cell gave it: apart where zoneout makes another of it.
  PYRNN_INLINE T* cell_after(i64 k, i64 b) const {
    if (pass.candidates) return pass.candidates + (pass.saved ? k : b) * pass.padded;
    return pass.cells + (pass.keeps_cells ? k : b) * pass.padded;
  }

  PYRNN_INLINE LaneVectors<T> own_lanes() const { return {pass.H, vectors.begin, vectors.end}; }

  void mask_cell(i64 k, i64 b, const T* c, const T* candidate) const {
    MaskedRow<T> row{};
    row.zone = zone_keys(pass, k);
    row.c = c;
    row.candidate = candidate;
    row.c_next = pass.cells + (pass.keeps_cells ? k : b) * pass.padded;
    mask_row(pass, row, own_lanes());
  }

  void mask_output(i64 k, i64 b, const T* h, T* y) const {
    MaskedRow<T> row{};
    row.zone = zone_keys(pass, k);
    row.h = h;
    row.y = y;
    if (pass.state_mask) row.state_mask = pass.state_mask + b * pass.padded_out;
    if (pass.masked) row.masked = pass.masked + batch.place[k] * pass.y_stride;
    mask_row(pass, row, own_lanes());
  }

  /// h' from the norm of c'.
  void outputs(i64 step, i64 b, i64 count) const {
    const T *const gain = weights.cell_gain(), *const shift = weights.cell_shift();
    const i64 H = pass.H;
    for (i64 end = b + count; b < end; ++b) {
      const i64 k = batch.offset[step] + b;
      const T* const c = cell_after(k, b);
      const SumsRow<T> sums = gates_row(k, step, b);
      T* const y = pass.y + batch.place[k] * pass.y_stride;
      const Moments<OneSum, T> found = moments<OneSum, T>({c, kUnitBlock<T>}, H);
      for (i64 i = vectors.begin, last = vectors.end; i < last; ++i) {
        const UnitVector<T> at(i);
        Unit<V, Cell> unit;
        unit.scratch = fma(load(gain + at.unit), found.normalised(load(c + at.unit), 0),
                           load(shift + at.unit));
        unit.s[Cell::kOutputSum] = load(sums.at(at, Cell::kOutputSum));
        Cell::forward(Stage<1>{}, unit);
        store_upto(y + at.unit, unit.next.h, H - at.unit);
      }
      if (masks) mask_output(k, b, row(pass.h, k), y);
      if (keeps_numbers()) {
        numbers_of(k)[kNormNumbers - 2] = found.mean[0];
        numbers_of(k)[kNormNumbers - 1] = found.scale[0];
      }
    }
  }
};

}  // namespace
}  // namespace pyrnn::PYRNN_ISA
