// Addresses in a workspace [blocks][capacity][sums][UB]: the tile that forward writes, the
// broadcast operand of dG·R and dG·W, and the lanes of dW = dGᵀ x, all without repacking.
#pragma once

#include "cpu/kernels/tile.h"

namespace pyrnn::PYRNN_ISA {
namespace {

PYRNN_INLINE i64 lesser(i64 a, i64 b) { return a < b ? a : b; }
PYRNN_INLINE i64 greater(i64 a, i64 b) { return a > b ? a : b; }

template <class T>
PYRNN_INLINE i64 blocks_of(i64 H) {
  return (H + kUnitBlock<T> - 1) / kUnitBlock<T>;
}

/// A stage as the drivers see it: what its lanes run along, the sums of a lane.
template <class Cell, int S>
struct StageOf {
  static constexpr bool kLast = S + 1 == Cell::kStages;
  static constexpr bool kOutputs = kLast && Cell::kProjects;
  static constexpr int kSums = kOutputs ? 1 : Cell::kSums;

  /// Lanes: units, or outputs.
  template <class T>
  static PYRNN_INLINE i64 lanes(const Pass<T>& pass) {
    return kOutputs ? pass.P : pass.H;
  }
  template <class T>
  static PYRNN_INLINE const Workspace<T>& sums(const Pass<T>& pass) {
    return kOutputs ? pass.outputs : pass.gates;
  }
};

/// The place of a cell's only term with an operand; -1: none.
template <class Cell>
constexpr int term_with(Operand operand) {
  int found = -1;
  for (int k = 0; k < Cell::kTerms.count; ++k) {
    if (Cell::kTerms.of[k].operand == operand) found = k;
  }
  return found;
}

/// Vectors of hidden units in a panel of a cell's first product: with its sums, four vectors of
/// accumulators a row, or as many as fit.
template <class Cell>
constexpr int kPanelVectors = Cell::kSums < 3 ? kMaxVectors / Cell::kSums : 1;

/// The same for any term: a later stage has one sum a lane.
template <class Cell>
constexpr int panel_vectors(int term) {
  return Cell::kTerms.of[term].stage == 0 ? kPanelVectors<Cell> : kMaxVectors;
}

/// Where a vector of units stands within one row: block and lane.
template <class T>
struct UnitVector {
  i64 unit, block, lane;

  PYRNN_INLINE explicit UnitVector(i64 vector)
      : unit(vector * kWidth<T>), block(unit / kUnitBlock<T>), lane(unit % kUnitBlock<T>) {}
};

/// Elements between two rows of a workspace.
template <int SUMS, class T>
constexpr i64 kRowStride = SUMS * kUnitBlock<T>;

template <int SUMS, class T>
PYRNN_INLINE T* sum_at(const Workspace<T>& sums, i64 row, const UnitVector<T>& u, int sum) {
  return sums.base + (u.block * sums.capacity + row) * kRowStride<SUMS, T> + sum * kUnitBlock<T> +
         u.lane;
}

/// A worker's part of a pass: sequences [first, last) or a share of the panels.
struct Territory {
  i64 first, last;  // sequences
  bool by_units;

  Share panels(i64 n, const Worker& worker) const {
    return by_units ? share(n, worker) : Share{0, n};
  }
};

/// A step of a thread with few sequences takes about as long as one with so many.
constexpr i64 kLeastRows = 4;

/// Sequences are dealt so that each worker has an equal share of the work.
PYRNN_INLINE i64 first_sequence(const Batch& batch, int worker, int workers) {
  const i64 goal = batch.rows * worker / workers;
  i64 b = 0;
  for (i64 sum = 0; b < batch.B && sum < goal; ++b) sum += batch.length[b];
  return b;
}

template <class T>
PYRNN_INLINE Territory territory(const Pass<T>& pass, const Worker& worker) {
  if (pass.split == Split::kUnits || worker.count == 1) {
    return {0, pass.batch->B, worker.count > 1};
  }
  const i64 last = worker.index + 1 == worker.count
                       ? pass.batch->B
                       : first_sequence(*pass.batch, worker.index + 1, worker.count);
  return {first_sequence(*pass.batch, worker.index, worker.count), last, false};
}

}  // namespace
}  // namespace pyrnn::PYRNN_ISA
