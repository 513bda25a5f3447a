// Back-propagation through time of a cell whose sums are normalised. A step, from its end:
//
//   dh' = dy + du_{t+1} R + (what the cell passes on directly)
//   dc' += back through its norm, of an LSTM
//   ds                                          the gates in the workspace become these
//   du = back through the norm of R h
//
// What waits for no other step follows at once for all of a range: the gradients of gains and
// shifts, then those of W x and R h in place of their norms.
#pragma once

#include "cpu/kernels/backward.h"
#include "cpu/kernels/norm.h"

namespace pyrnn::PYRNN_ISA {
namespace {

template <class Cell, class T>
struct NormedBackward : Backward<Cell, T> {
  using V = Vec<T>;
  using Base = Backward<Cell, T>;
  using Base::batch, Base::mine, Base::pass, Base::worker;
  using typename Base::RowPlace, typename Base::Tile;
  template <int S>
  using View = typename Base::template StageView<S>;
  using Input = InputNorm<Cell>;
  using State = StateNorm<Cell>;
  static constexpr int kLast = Cell::kStages - 1;

  const NormWeights<Cell, T> weights;
  const Share vectors;  // of units, the worker's own

  NormedBackward(const Pass<T>& p, const Worker& w)
      : Base(p, w), weights{p.operands.norms, blocks_of<T>(p.H)}, vectors(own_vectors()) {}

  void run(const Steps& steps) const {
    for (i64 step = steps.last - 1; step >= steps.first; --step) {
      const i64 last = lesser(mine.last, batch.active[step]);
      // Those that have a later step, and those that have none.
      const i64 later = lesser(mine.last, batch.active[step + 1]);
      outputs(step, mine.first, later, true);
      if (later < last) outputs(step, greater(mine.first, later), last, false);
      meet();
      if constexpr (Cell::kHasCell) {
        for (i64 b = mine.first; b < last; ++b) cells(step, b);
        meet();
      }
      for (i64 b = mine.first; b < last; ++b) states(step, b);
      meet();
    }
    if (pass.needs_state && steps.first == 0 && batch.steps > 0) {
      this->initial_states();
    }
    wait(worker.barrier);
    if (pass.norms.dweights[Cell::kWeightNormIh]) weight_gradients(steps);
    wait(worker.barrier);
    products(steps);
  }

 private:
  Share own_vectors() const {
    const Columns<T> columns(pass.H, kMaxVectors);
    const Share own = mine.panels(columns.tiles, worker);
    return {columns.begin(own.begin), columns.begin(own.end)};
  }

  PYRNN_INLINE void meet() const {
    if (mine.by_units) wait(worker.barrier);
  }

  PYRNN_INLINE const T* numbers_of(i64 k) const { return pass.norms.numbers + k * kNormNumbers; }

  /// dh', and the last stage of the sequences [first, last) of a step. The product reads du of the
  /// step after where `states` has left it.
  void outputs(i64 step, i64 first, i64 last, bool has_product) const {
    this->each_tile(pass.H, first, last, [&](i64 b, int n, const Tile& tile) {
      this->template stage<kLast>(step, b, n, tile, has_product,
                                  [&](const View<kLast>& view, const RowPlace& place, i64 k,
                                      const UnitVector<T>& u, V sum) {
                                    if constexpr (Cell::kHasCell) {
                                      output(view, place, k, u, sum);
                                    } else {
                                      view.pointwise(place, u, sum);
                                    }
                                  });
    });
  }

  /// n_c, and what an LSTM's output is the tanh of.
  PYRNN_INLINE V normed_cell(const T* c_next, const T* numbers, i64 unit) const {
    const V d = load(c_next + unit) - splat<V>(numbers[kNormNumbers - 2]);
    return d * splat<V>(numbers[kNormNumbers - 1]);
  }

  PYRNN_INLINE void output(const View<kLast>& view, const RowPlace& place, i64 k,
                           const UnitVector<T>& u, V sum) const {
    T* const o = view.sums_of(place, u) + Cell::kOutputSum * kUnitBlock<T>;
    Unit<V, Cell> unit;
    unit.dnext.h = view.output_gradient(place, u, sum);
    unit.scratch =
        fma(load(weights.cell_gain() + u.unit), normed_cell(place.c_next, numbers_of(k), u.unit),
            load(weights.cell_shift() + u.unit));
    unit.s[Cell::kOutputSum] = load(o);
    Cell::backward(Stage<kLast>{}, unit);
    store(o, unit.s[Cell::kOutputSum]);
    store(pass.norms.doutput + k * pass.padded + u.unit, unit.dscratch);
  }

  /// dc' through the norm, then the gates: dc' += r (dn - mean dn - n mean(n dn)), dn = gain_c dm.
  void cells(i64 step, i64 b) const {
    const i64 k = batch.offset[step] + b;
    const View<0> view(pass, false);
    RowPlace place;
    this->template look_up<0>(step, b, place);
    if (batch.resets) this->cut(step, b, 1, &place);
    const T* const numbers = numbers_of(k);
    const T* const dm = pass.norms.doutput + k * pass.padded;
    const T* const gain = weights.cell_gain();
    const auto dn = [&](const UnitVector<T>& u, int) {
      return load(gain + u.unit) * load(dm + u.unit);
    };
    const auto n = [&](const UnitVector<T>& u) {
      return normed_cell(place.c_next, numbers, u.unit);
    };
    T mean[1], slope[1];
    mean_over_units<OneSum>(pass.H, dn, mean);
    mean_over_units<OneSum>(
        pass.H, [&](const UnitVector<T>& u, int j) { return n(u) * dn(u, j); }, slope);
    const V scale = splat<V>(numbers[kNormNumbers - 1]);
    const bool zone_c = pass.zone_c.p > 0;
    const u64 key = zone_c ? zone_keys(pass, k).c : 0;
    for (i64 i = vectors.begin; i < vectors.end; ++i) {
      const UnitVector<T> u(i);
      T* const sums = view.sums_of(place, u);
      Unit<V, Cell> unit;
      view.load_unit(place, u, unit);
      V past{};
      if (zone_c) {
        const Zoneout<T> zone(pass.zone_c, key, u.unit);
        past = zone.past(unit.dnext.c);
        unit.dnext.c = zone.into(unit.dnext.c);
      }
      const V d = dn(u, 0) - splat<V>(mean[0]);
      unit.dnext.c = fma(scale, fma(-n(u), splat<V>(slope[0]), d), unit.dnext.c);
#pragma GCC unroll 4
      for (int j = 0; j < Cell::kSums; ++j) unit.s[j] = load(sums + j * kUnitBlock<T>);
      Cell::backward(Stage<0>{}, unit);
#pragma GCC unroll 4
      for (int j = 0; j < Cell::kSums; ++j) {
        if (j != Cell::kOutputSum) store(sums + j * kUnitBlock<T>, unit.s[j]);
      }
      store(place.dc + u.unit, zone_c ? unit.dstate.c + past : unit.dstate.c);
    }
  }

  /// du of R h.
  void states(i64 step, i64 b) const {
    const i64 k = batch.offset[step] + b;
    norm_gradient<State>(
        NormGradient<T>{of(pass.gates, k), of(pass.norms.state, k), weights.state_gain(),
                        numbers_of(k) + Input::kSets, sums_row<Cell::kSums>(pass.norms.step, b)},
        pass.H, vectors.begin, vectors.end);
  }

  static PYRNN_INLINE SumsRow<const T> of(const Workspace<T>& sums, i64 k) {
    const SumsRow<T> at = sums_row<Cell::kSums>(sums, k);
    return {at.base, at.stride};
  }

  /// Sums over the rows of these steps, falling, on top of those of later steps:
  ///   db = Σ ds   dgain_ih = Σ ds n_x   dgain_hh = Σ ds n_h   dgain_c = Σ dm n_c   db_c = Σ dm
  void weight_gradients(const Steps& steps) const {
    const Columns<T> columns(pass.H, 1);
    const Share own = share(columns.tiles, worker);
    for (i64 t = own.begin; t < own.end; ++t) unit_gradients(steps, UnitVector<T>(t));
  }

  void unit_gradients(const Steps& steps, const UnitVector<T>& u) const {
    constexpr Feed kInput = Cell::kTerms.of[0].feed, kState = Cell::kTerms.of[1].feed;
    const i64 left = pass.H - u.unit;
    const bool resumed = pass.norms.add || steps.last < batch.steps;
    // A weight's gradient for gate block j of these units; null where nobody asks.
    const auto place = [&](int weight, int j) {
      T* const to = pass.norms.dweights[weight];
      return to ? to + j * pass.H + u.unit : nullptr;
    };
    const auto begin = [&](int weight, int j) {
      const T* const from = place(weight, j);
      return resumed && from ? load_upto(from, left) : V{};
    };
    const auto end = [&](int weight, int j, V sum) {
      if (T* const to = place(weight, j)) store_upto(to, sum, left);
    };
    V shift[Cell::kSums], input[Input::kCount], state[State::kCount];
    for (int j = 0; j < Input::kCount; ++j) {
      shift[kInput.sum[j]] = begin(kBiasIh, kInput.gate[j]);
      input[j] = begin(Cell::kWeightNormIh, kInput.gate[j]);
    }
    for (int j = 0; j < State::kCount; ++j) {
      shift[kState.sum[j]] = begin(kBiasHh, kState.gate[j]);
      state[j] = begin(Cell::kWeightNormHh, kState.gate[j]);
    }
    const i64 first = batch.offset[steps.first];
    for (i64 k = batch.offset[steps.last] - 1; k >= first; --k) {
      V ds[Cell::kSums];
#pragma GCC unroll 4
      for (int j = 0; j < Cell::kSums; ++j) {
        ds[j] = load(sum_at<Cell::kSums>(pass.gates, k, u, j));
        shift[j] = shift[j] + ds[j];
      }
#pragma GCC unroll 4
      for (int j = 0; j < Input::kCount; ++j) {
        const int sum = kInput.sum[j];
        input[j] = fma(ds[sum], load(sum_at<Cell::kSums>(pass.norms.input, k, u, sum)), input[j]);
      }
#pragma GCC unroll 4
      for (int j = 0; j < State::kCount; ++j) {
        const int sum = kState.sum[j];
        state[j] = fma(ds[sum], load(sum_at<Cell::kSums>(pass.norms.state, k, u, sum)), state[j]);
      }
    }
    for (int j = 0; j < Input::kCount; ++j) {
      end(kBiasIh, kInput.gate[j], shift[kInput.sum[j]]);
      end(Cell::kWeightNormIh, kInput.gate[j], input[j]);
    }
    for (int j = 0; j < State::kCount; ++j) {
      end(kBiasHh, kState.gate[j], shift[kState.sum[j]]);
      end(Cell::kWeightNormHh, kState.gate[j], state[j]);
    }
    if constexpr (Cell::kHasCell) {
      V gain = begin(Cell::kWeightNormC, 0), cell = begin(Cell::kBiasNormC, 0);
      for (i64 k = batch.offset[steps.last] - 1; k >= first; --k) {
        const V dm = load(pass.norms.doutput + k * pass.padded + u.unit);
        gain = fma(dm, normed_cell(candidate(pass, k), numbers_of(k), u.unit), gain);
        cell = cell + dm;
      }
      end(Cell::kWeightNormC, 0, gain);
      end(Cell::kBiasNormC, 0, cell);
    }
  }

  /// The gradients of W x and R h in place of their norms: a share of the rows for each worker.
  void products(const Steps& steps) const {
    const i64 first = batch.offset[steps.first], count = batch.offset[steps.last] - first;
    const i64 all = Columns<T>(pass.H, 1).vectors;
    const Share own = share(count, worker);
    for (i64 k = first + own.begin; k < first + own.end; ++k) {
      const SumsRow<const T> ds = of(pass.gates, k);
      norm_gradient<Input>(
          NormGradient<T>{ds, of(pass.norms.input, k), weights.input_gain(), numbers_of(k),
                          sums_row<Cell::kSums>(pass.norms.input, k)},
          pass.H, 0, all);
      norm_gradient<State>(
          NormGradient<T>{ds, of(pass.norms.state, k), weights.state_gain(),
                          numbers_of(k) + Input::kSets, sums_row<Cell::kSums>(pass.norms.state, k)},
          pass.H, 0, all);
    }
  }
};

}  // namespace
}  // namespace pyrnn::PYRNN_ISA
