// What becomes of the gradients of the sums: dx, the gradients of tokens, and those of the weights
// (the products of the latter stand in outer.h).
#pragma once

#include "cpu/kernels/backward.h"
#include "cpu/kernels/outer.h"

namespace pyrnn::PYRNN_ISA {
namespace {

/// Lanes [begin, end) of a vector in memory: those of a tile that an array has.
template <class T>
struct LaneRange {
  i64 begin, end;

  PYRNN_INLINE Vec<T> load_from(const T* p) const {
    if (begin <= 0) return load_upto(p, greater(end, 0));
    alignas(64) T lanes[kWidth<T>] = {};
    for (i64 i = begin; i < lesser(end, kWidth<T>); ++i) lanes[i] = p[i];
    return load(lanes);
  }
  PYRNN_INLINE void store_to(T* p, Vec<T> v) const {
    if (begin <= 0) return store_upto(p, v, greater(end, 0));
    alignas(64) T lanes[kWidth<T>];
    store(lanes, v);
    for (i64 i = begin; i < lesser(end, kWidth<T>); ++i) p[i] = lanes[i];
  }
};

/// dx = ds · W for groups of rows from k on and a tile of columns; panel: the tile's.
template <int SUMS, class T>
void input_gradient_tile(const GateRows<T>& rows, const InputGradient<T>& task, i64 k,
                         const Groups& groups, const Columns<T>& columns, i64 t, const T* panel) {
  const int width = columns.width(t);
  const i64 first = columns.begin(t) * kWidth<T>;
  // The lanes of vector v that lie in the columns asked for.
  const auto lanes = [&](int v) {
    const i64 column = first + v * kWidth<T>;
    return LaneRange<T>{task.column - column, task.column + task.columns - column};
  };
  for (i64 g = 0; g < groups.count; ++g) {
    const i64 start = k + groups.begin(g);
    const int n = groups.size(g);
    T* out[kMaxRows];
    Vec<T> sums[kTileVectors];
    for (int r = 0; r < n; ++r) {
      const i64 to = task.index ? task.index[start + r] : start + r;
      out[r] = task.out + to * task.columns + first - task.column;
      for (int v = 0; v < width; ++v) {
        sums[r * width + v] = task.add ? lanes(v).load_from(out[r] + v * kWidth<T>) : Vec<T>{};
      }
    }
    gate_tile<SUMS>(rows, start, n, panel, width, sums);
    for (int r = 0; r < n; ++r) {
      for (int v = 0; v < width; ++v)
        lanes(v).store_to(out[r] + v * kWidth<T>, sums[r * width + v]);
    }
  }
}

/// Of cells with so many sums; panels: the weight's, of I columns.
template <int SUMS, class T>
[[gnu::noinline]] void input_gradient_of(const GateRows<T>& rows, const InputGradient<T>& task,
                                         const T* panels, i64 I, const Worker& worker) {
  const i64 gates = rows.feed.count * rows.lanes;
  const Columns<T> columns(I, kMaxVectors);
  const Share own = share(task.last - task.first, worker);
  const i64 chunk = resident_rows<T>(gates);
  for (i64 k = task.first + own.begin; k < task.first + own.end; k += chunk) {
    const Groups groups(lesser(chunk, task.first + own.end - k));
    for (i64 t = 0; t < columns.tiles; ++t) {
      const i64 begin = columns.begin(t) * kWidth<T>, end = columns.begin(t + 1) * kWidth<T>;
      if (end <= task.column || begin >= task.column + task.columns) continue;
      input_gradient_tile<SUMS>(rows, task, k, groups, columns, t, panels + begin * gates);
    }
  }
}

template <class Cell, class T>
void input_gradient(const Pass<T>& pass, const InputGradient<T>& task, const Worker& worker) {
  constexpr int kTerm = term_with<Cell>(Operand::kInput);
  GateRows<T> rows = gradient_rows<Cell, kTerm>(pass);
  rows.of = task.gates;
  // Beyond this the workspace is in no cache of the core's own.
  constexpr i64 kFar = i64{2} << 20;
  rows.far = rows.of.capacity * pass.padded * Cell::kSums * static_cast<i64>(sizeof(T)) > kFar;
  input_gradient_of<Cell::kSums>(rows, task, pass.operands.rows[kTerm], pass.I, worker);
}

/// out[token] += ds of every row that read it, the last row first; each worker has its blocks. The
/// first call of several clears them.
template <class Cell, class T>
void gather_tokens(const Pass<T>& pass, T* out, bool add, const Worker& worker) {
  constexpr i64 kStride = kRowStride<Cell::kSums, T>;
  const Share own = share(blocks_of<T>(pass.H), worker);
  for (i64 block = own.begin; block < own.end; ++block) {
    T* to = out + block * pass.tokens * kStride;
    for (i64 i = 0; !add && i < pass.tokens * kStride; i += kWidth<T>) store(to + i, Vec<T>{});
    for (i64 k = pass.batch->rows - 1; k >= 0; --k) {
      const T* from = pass.gates.base + (block * pass.gates.capacity + k) * kStride;
      T* sum = to + pass.token[pass.batch->position[k]] * kStride;
#pragma GCC unroll 4
      for (i64 i = 0; i < kStride; i += kWidth<T>) store(sum + i, load(sum + i) + load(from + i));
    }
  }
}

/// dW of a term: a piece is one gate of one block of lanes.
template <int SUMS, class T>
void weight_gradient_of(const GateRows<T>& rows, const WeightGradient<T>& task,
                        const Worker& worker) {
  const Feed& feed = rows.feed;
  constexpr i64 stride = SUMS * kUnitBlock<T>;
  const auto last_gates = [&](i64 piece) {
    const i64 block = piece / feed.count;
    return rows.of.base + (block * rows.of.capacity + greater(task.rows - 1, 0)) * stride +
           feed.sum[piece % feed.count] * kUnitBlock<T>;
  };
  const auto first_row = [&](i64 piece) {
    return feed.gate[piece % feed.count] * rows.lanes + piece / feed.count * kUnitBlock<T>;
  };
  const auto lanes = [&](i64 piece) {
    return lesser(kUnitBlock<T>, rows.lanes - piece / feed.count * kUnitBlock<T>);
  };
  // Four pieces at a time: each is a chain of additions.
  const auto add_bias = [&](const Share& own, i64 k, i64 count, bool start) {
    constexpr i64 kChains = 4;
    for (i64 piece = own.begin; task.bias && piece < own.end; piece += kChains) {
      for (i64 c = 0; c < kUnitBlock<T>; c += kWidth<T>) {
        const T* from[kChains];
        T* out[kChains];
        i64 left[kChains];
        Vec<T> sum[kChains];
#pragma GCC unroll 4
        for (i64 i = 0; i < kChains; ++i) {
          const i64 p = lesser(piece + i, own.end - 1);
          from[i] = last_gates(p) - k * stride + c;
          out[i] = task.bias + first_row(p) + c;
          left[i] = greater(0, lanes(p) - c);
          sum[i] = start ? Vec<T>{} : load_upto(out[i], left[i]);
        }
        for (i64 r = 0; r < count; ++r) {
#pragma GCC unroll 4
          for (i64 i = 0; i < kChains; ++i) sum[i] = sum[i] + load(from[i] - r * stride);
        }
#pragma GCC unroll 4
        for (i64 i = 0; i < kChains; ++i) {
          if (piece + i < own.end) store_upto(out[i], sum[i], left[i]);
        }
      }
    }
  };
  outer_product(
      task, blocks_of<T>(rows.lanes) * feed.count, worker,
      [&](i64 piece) {
        return Lanes<T>{last_gates(piece), -stride, lanes(piece),
                        task.out + first_row(piece) * task.out_stride, task.out_stride};
      },
      add_bias);
}

template <class Cell, class T, int TERM = 0>
void weight_gradient(const Pass<T>& pass, int term, const WeightGradient<T>& task,
                     const Worker& worker) {
  if constexpr (TERM < Cell::kTerms.count) {
    if (term != TERM) return weight_gradient<Cell, T, TERM + 1>(pass, term, task, worker);
    GateRows<T> rows = gradient_rows<Cell, TERM>(pass);
    rows.of = task.gates;
    weight_gradient_of<StageOf<Cell, Cell::kTerms.of[TERM].stage>::kSums>(rows, task, worker);
  }
}

/// dp[j] (+)= sum over rows of ds c (the state before, or after), the last row first: the gradients
/// of a unit's own weights [blocks of own, H].
template <class Cell, class T>
void own_gradient(const Pass<T>& pass, T* out, bool add, const Worker& worker) {
  const Batch& batch = *pass.batch;
  const Columns<T> columns(pass.H, 1);
  const Share own = share(columns.tiles, worker);
  for (int j = 0; j < Cell::kOwn.count; ++j) {
    const OwnWeight& weight = Cell::kOwn.of[j];
    for (i64 t = own.begin; t < own.end; ++t) {
      const UnitVector<T> u(t);
      T* const to = out + weight.block * pass.H + u.unit;
      Vec<T> sum = add ? load_upto(to, pass.H - u.unit) : Vec<T>{};
      for (i64 step = batch.steps - 1; step >= 0; --step) {
        for (i64 b = batch.active[step] - 1; b >= 0; --b) {
          const i64 k = batch.offset[step] + b;
          const T* c = weight.after ? candidate(pass, k) : cell_before(pass, k, step, b);
          sum = fma(load(sum_at<Cell::kSums>(pass.gates, k, u, weight.sum)), load(c + u.unit), sum);
        }
      }
      store_upto(to, sum, pass.H - u.unit);
    }
  }
}

}  // namespace
}  // namespace pyrnn::PYRNN_ISA
