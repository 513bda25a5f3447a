// Back-propagation through time: the time loop backward. The gates in the workspace become the
// gradients of the sums, in place; input_gradient and weight_gradient make large products of them.
//
//   dh_t = dy_t + ds_{t+1} · R + (what the cell passes on directly)
#pragma once

#include "cpu/kernels/dense.h"
#include "cpu/kernels/workspace.h"

namespace pyrnn::PYRNN_ISA {
namespace {

template <class Cell, class T>
struct Backward {
  using V = Vec<T>;

  const Pass<T>& pass;
  const Batch& batch;
  const Worker& worker;
  const Territory mine;
  const Columns<T> columns;

  Backward(const Pass<T>& p, const Worker& w)
      : pass(p), batch(*p.batch), worker(w), mine(territory(p, w)), columns(p.H, kMaxVectors) {}

  void run() {
    for (i64 step = batch.steps - 1; step >= 0; --step) {
      const i64 last = batch.active[step];
      const i64 running = batch.active[step + 1];  // those that have a later step
      each_tile(mine.first, lesser(mine.last, running),
                [&](i64 b, int n, i64 t) { first_stage(step, b, n, t, true); });
      each_tile(greater(mine.first, running), lesser(mine.last, last),
                [&](i64 b, int n, i64 t) { first_stage(step, b, n, t, false); });
      if (mine.by_units) wait(worker.barrier);
      if constexpr (Cell::kGated.count > 0) {
        each_tile(mine.first, lesser(mine.last, last),
                  [&](i64 b, int n, i64 t) { second_stage(step, b, n, t); });
        if (mine.by_units) wait(worker.barrier);
      }
    }
    if (pass.needs_state && batch.steps > 0) {
      each_tile(mine.first, lesser(mine.last, batch.active[0]),
                [&](i64 b, int n, i64 t) { initial_state(b, n, t); });
    }
  }

  /// f(sequence, how many, tile of hidden units) over the worker's part of [first, last).
  template <class F>
  PYRNN_INLINE void each_tile(i64 first, i64 last, F&& f) const {
    const Groups groups(greater(last - first, 0));
    const Share own = mine.panels(columns.tiles, worker);
    for (i64 t = own.begin; t < own.end; ++t) {
      for (i64 g = 0; g < groups.count; ++g) f(first + groups.begin(g), groups.size(g), t);
    }
  }

  /// sums[r][v] = ds_{step + 1} · R for n sequences and a tile of hidden units.
  PYRNN_INLINE void product(i64 step, i64 b, int n, i64 t, V* sums) const {
    const GateRows<T> rows{pass.gates, pass.capacity, pass.H, Cell::kSums, Cell::kState};
    clear(sums, n * columns.width(t));
    gate_tile(rows, batch.offset[step + 1] + b, n,
              pass.weights.r_rows + columns.begin(t) * kWidth<T> * Cell::kState.count * pass.H,
              columns.width(t), sums);
  }

  static PYRNN_INLINE void clear(V* sums, int n) {
    for (int i = 0; i < n; ++i) sums[i] = V{};
  }

  PYRNN_INLINE void first_stage(i64 step, i64 b, int n, i64 t, bool has_later) const {
    const int width = columns.width(t);
    V sums[kMaxRows * kMaxVectors];
    if (has_later) {
      product(step, b, n, t, sums);
    } else {
      clear(sums, n * width);
    }
    for (int r = 0; r < n; ++r) {
      for (int v = 0; v < width; ++v) {
        pointwise(step, b + r, UnitVector<T>(columns.begin(t) + v), sums[r * width + v], has_later);
      }
    }
  }

  PYRNN_INLINE void pointwise(i64 step, i64 b, const UnitVector<T>& u, V dh, bool has_later) const {
    const i64 k = batch.offset[step] + b;
    const i64 place = batch.position[k] * pass.y_stride + u.unit;
    const i64 left = pass.H - u.unit;
    T* dh_row = pass.dh + b * pass.padded + u.unit;
    T* dc_row = pass.dc + b * pass.padded + u.unit;
    State<V> state{}, next{}, dnext{}, dstate{};

    dnext.h = dh;
    // dh holds dL/dh_n before a sequence's last step, what the cell carried past the product after.
    if (Cell::kCarries || !has_later) dnext.h = dnext.h + load(dh_row);
    if (pass.dy) dnext.h = dnext.h + load_upto(pass.dy + place, left);
    if constexpr (Cell::kReadsState) state.h = load_upto(row(pass.h, k) + u.unit, left);
    if constexpr (Cell::kHasCell) {
      dnext.c = load(dc_row);
      if (pass.dcells) dnext.c = dnext.c + load_upto(pass.dcells + place, left);
      next.c = load(pass.cells + k * pass.padded + u.unit);
      state.c = load(cell_before(step, k, b) + u.unit);
    }

    V saved[Cell::kSums], ds[Cell::kSums];
#pragma GCC unroll 4
    for (int j = 0; j < Cell::kSums; ++j) {
      saved[j] = load(sum_at<Cell, T>(pass.gates, pass.capacity, k, u, j));
    }
    Cell::backward(saved, state, next, dnext, dstate, ds);
#pragma GCC unroll 4
    for (int j = 0; j < Cell::kSums; ++j) {
      store(sum_at<Cell, T>(pass.gates, pass.capacity, k, u, j), ds[j]);
    }
    if constexpr (Cell::kHasCell) store(dc_row, dstate.c);
    if constexpr (Cell::kCarries) store(dh_row, dstate.h);
  }

  PYRNN_INLINE const T* cell_before(i64 step, i64 k, i64 b) const {
    return step == 0 ? pass.c_start + b * pass.padded
                     : pass.cells + (k - batch.active[step - 1]) * pass.padded;
  }

  /// The gated operand's gradient: ds_n · R_n, then the cell's backward_gate.
  PYRNN_INLINE void second_stage(i64 step, i64 b, int n, i64 t) const {
    if constexpr (Cell::kGated.count > 0) {
      const GateRows<T> rows{pass.gates, pass.capacity, pass.H, Cell::kSums, Cell::kGated};
      const int width = columns.width(t);
      V sums[kMaxRows * kMaxVectors];
      clear(sums, n * width);
      gate_tile(rows, batch.offset[step] + b, n,
                pass.weights.gated_rows + columns.begin(t) * kWidth<T> * pass.H, width, sums);
      for (int r = 0; r < n; ++r) {
        for (int v = 0; v < width; ++v) {
          const UnitVector<T> u(columns.begin(t) + v);
          const i64 k = batch.offset[step] + b + r;
          T* dh_row = pass.dh + (b + r) * pass.padded + u.unit;
          T* gate = sum_at<Cell, T>(pass.gates, pass.capacity, k, u, 0);
          State<V> state{}, dstate{};
          state.h = load_upto(row(pass.h, k) + u.unit, pass.H - u.unit);
          dstate.h = load(dh_row);
          V ds;
          Cell::backward_gate(load(gate), state, sums[r * width + v], dstate, ds);
          store(gate, ds);
          store(dh_row, dstate.h);
        }
      }
    }
  }

  /// dL/dh_0 = ds_0 · R + (what the cell carried)
  PYRNN_INLINE void initial_state(i64 b, int n, i64 t) const {
    const int width = columns.width(t);
    V sums[kMaxRows * kMaxVectors];
    product(-1, b, n, t, sums);
    for (int r = 0; r < n; ++r) {
      for (int v = 0; v < width; ++v) {
        T* dh = pass.dh + (b + r) * pass.padded + UnitVector<T>(columns.begin(t) + v).unit;
        V sum = sums[r * width + v];
        if (Cell::kCarries) sum = sum + load(dh);
        store(dh, sum);
      }
    }
  }
};

template <class Cell, class T>
void backward(const Pass<T>& pass, const Worker& worker) {
  Backward<Cell, T>(pass, worker).run();
}

/// dx = ds · W for groups of rows from k on and a tile of columns.
template <class Cell, class T>
void input_gradient_tiles(const Pass<T>& pass, const InputGradient<T>& task, i64 k,
                          const Groups& groups, const Columns<T>& columns, i64 t) {
  const GateRows<T> rows{task.gates, task.capacity, pass.H, Cell::kSums, Cell::kInput};
  const int width = columns.width(t);
  const i64 first = columns.begin(t) * kWidth<T>;
  for (i64 g = 0; g < groups.count; ++g) {
    const i64 start = k + groups.begin(g);
    const int n = groups.size(g);
    T* out[kMaxRows];
    Vec<T> sums[kMaxRows * kMaxVectors];
    for (int r = 0; r < n; ++r) {
      out[r] = task.out + (task.index ? task.index[start + r] : start + r) * pass.I + first;
      for (int v = 0; v < width; ++v) {
        const i64 c = v * kWidth<T>;
        sums[r * width + v] = task.add ? load_upto(out[r] + c, pass.I - first - c) : Vec<T>{};
      }
    }
    gate_tile(rows, start, n, pass.weights.w_rows + first * Cell::kInput.count * pass.H, width,
              sums);
    for (int r = 0; r < n; ++r) {
      for (int v = 0; v < width; ++v) {
        const i64 c = v * kWidth<T>;
        store_upto(out[r] + c, sums[r * width + v], pass.I - first - c);
      }
    }
  }
}

template <class Cell, class T>
void input_gradient(const Pass<T>& pass, const InputGradient<T>& task, const Worker& worker) {
  const Columns<T> columns(pass.I, kMaxVectors);
  const Share own = share(task.rows, worker);
  const i64 chunk = resident_rows<T>(Cell::kInput.count * pass.H);
  for (i64 k = own.begin; k < own.end; k += chunk) {
    for (i64 t = 0; t < columns.tiles; ++t) {
      input_gradient_tiles<Cell>(pass, task, k, Groups(lesser(chunk, own.end - k)), columns, t);
    }
  }
}

/// out[token] += ds of every row that read it, rows in rising order; each worker has its blocks.
template <class Cell, class T>
void gather_tokens(const Pass<T>& pass, T* out, const Worker& worker) {
  constexpr i64 kStride = kRowStride<Cell, T>;
  const Share own = share(blocks_of<T>(pass.H), worker);
  for (i64 block = own.begin; block < own.end; ++block) {
    T* to = out + block * pass.tokens * kStride;
    const T* from = pass.gates + block * pass.capacity * kStride;
    for (i64 i = 0; i < pass.tokens * kStride; i += kWidth<T>) store(to + i, Vec<T>{});
    for (i64 k = 0; k < pass.batch->rows; ++k, from += kStride) {
      T* sum = to + pass.token[pass.batch->position[k]] * kStride;
#pragma GCC unroll 4
      for (i64 i = 0; i < kStride; i += kWidth<T>) store(sum + i, load(sum + i) + load(from + i));
    }
  }
}

}  // namespace
}  // namespace pyrnn::PYRNN_ISA
