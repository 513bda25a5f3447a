// Addresses in the workspace G [blocks][capacity][sums][UB]: the tile that forward writes, the
// broadcast operand of dG·R and dG·W, and the lanes of dW = dGᵀ x, all without repacking.
#pragma once

#include "cpu/kernels/tile.h"

namespace pyrnn::PYRNN_ISA {
namespace {

/// Vectors of hidden units in a panel of a cell's forward product: with its sums, four vectors of
/// accumulators a row.
template <class Cell>
constexpr int kPanelVectors = Cell::kSums < 3 ? kMaxVectors / Cell::kSums : 1;

template <class T>
PYRNN_INLINE i64 blocks_of(i64 H) {
  return (H + kUnitBlock<T> - 1) / kUnitBlock<T>;
}

/// Where a vector of units stands within one row: block and lane.
template <class T>
struct UnitVector {
  i64 unit, block, lane;

  PYRNN_INLINE explicit UnitVector(i64 vector)
      : unit(vector * kWidth<T>), block(unit / kUnitBlock<T>), lane(unit % kUnitBlock<T>) {}
};

/// Elements between two blocks, and between two rows, of a workspace.
template <class Cell, class T>
constexpr i64 kRowStride = Cell::kSums * kUnitBlock<T>;

template <class Cell, class T, class P>
PYRNN_INLINE P* sum_at(P* gates, i64 capacity, i64 row, const UnitVector<T>& u, int sum) {
  return gates + (u.block * capacity + row) * kRowStride<Cell, T> + sum * kUnitBlock<T> + u.lane;
}

/// A worker's part of a pass: sequences [first, last) or a share of the panels.
struct Territory {
  i64 first, last;  // sequences
  Share panels(i64 n, const Worker& worker) const {
    return by_units ? share(n, worker) : Share{0, n};
  }
  bool by_units;
};

/// Sequences are dealt so that each worker has an equal sum of lengths.
PYRNN_INLINE i64 first_sequence(const Batch& batch, int worker, int workers) {
  const i64 goal = batch.rows * worker / workers;
  i64 b = 0;
  for (i64 sum = 0; b < batch.B && sum < goal; ++b) sum += batch.length[b];
  return b;
}

template <class T>
PYRNN_INLINE Territory territory(const Pass<T>& pass, const Worker& worker) {
  if (pass.plan.split == Split::kUnits || worker.count == 1) {
    return {0, pass.batch->B, worker.count > 1};
  }
  const i64 last = worker.index + 1 == worker.count
                       ? pass.batch->B
                       : first_sequence(*pass.batch, worker.index + 1, worker.count);
  return {first_sequence(*pass.batch, worker.index, worker.count), last, false};
}

PYRNN_INLINE i64 lesser(i64 a, i64 b) { return a < b ? a : b; }
PYRNN_INLINE i64 greater(i64 a, i64 b) { return a > b ? a : b; }

}  // namespace
}  // namespace pyrnn::PYRNN_ISA
