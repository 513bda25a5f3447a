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

/// Whether row k of the workspace starts its sequence anew.
PYRNN_INLINE bool starts_anew(const Batch& batch, i64 k) {
  return batch.resets && batch.previous[k] == kZeroRow;
}

/// c before row k, which is sequence b of a step; of the last step alone, where not all are kept.
template <class T>
PYRNN_INLINE const T* cell_before(const Pass<T>& pass, i64 k, i64 step, i64 b) {
  if (starts_anew(*pass.batch, k)) return pass.h.zeros;
  if (step == 0) return pass.c_start + b * pass.padded;
  return pass.cells + (pass.keeps_cells ? pass.batch->offset[step - 1] + b : b) * pass.padded;
}

/// c' of row k as the cell gave it, before zoneout.
template <class T>
PYRNN_INLINE const T* candidate(const Pass<T>& pass, i64 k) {
  return (pass.candidates ? pass.candidates : pass.cells) + k * pass.padded;
}

/// A worker's part of a pass: sequences [first, last) or a share of the panels.
struct Territory {
  i64 first, last;  // sequences
  bool by_units;

  Share panels(i64 n, const Worker& worker) const {
    return by_units ? share(n, worker) : Share{0, n};
  }
};

/// How far from sequence `first` on a worker gets at no more than a cost, in rows. Sequences are
/// sorted by falling length. A step with fewer rows than kLeastRows takes no less time than one
/// with so many, as a thin tile waits for its loads.
PYRNN_INLINE i64 reach_of(const Batch& batch, i64 first, i64 limit) {
  constexpr i64 kLeastRows = 4;
  if (first == batch.B || kLeastRows * batch.length[first] > limit) return first;
  i64 last = first;
  for (i64 cost = kLeastRows * batch.length[first]; last < batch.B; ++last) {
    if (last >= first + kLeastRows) cost += batch.length[last];
    if (cost > limit) break;
  }
  return last;
}

/// Sequences are dealt so that the slowest worker is as fast as can be: by bisection over the cost
/// that each may have.
PYRNN_INLINE Sequences dealt(const Batch& batch, const Worker& worker) {
  const auto suffices = [&](i64 limit) {
    i64 first = 0;
    for (int w = 0; w < worker.count; ++w) first = reach_of(batch, first, limit);
    return first == batch.B;
  };
  i64 low = batch.rows / worker.count, high = batch.rows + 4 * batch.steps;
  while (low < high) {
    const i64 middle = low + (high - low) / 2;
    if (suffices(middle)) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  Sequences mine{0, 0};
  for (int w = 0; w <= worker.index; ++w) {
    mine.first = mine.last;
    mine.last = reach_of(batch, mine.first, high);
  }
  return mine;
}

/// The sequences that a worker has where each has its own.
inline Sequences sequences_of(const Batch& batch, const Worker& worker) {
  if (batch.rows == batch.B * batch.steps) {  // all are as long
    const Share own = share(batch.B, worker);
    return {own.begin, own.end};
  }
  return dealt(batch, worker);
}

template <class T>
[[gnu::noinline]] Territory territory(const Pass<T>& pass, const Worker& worker) {
  if (pass.split == Split::kUnits || worker.count == 1) {
    return {0, pass.batch->B, worker.count > 1};
  }
  const Sequences own = sequences_of(*pass.batch, worker);
  return {own.first, own.last, false};
}

}  // namespace
}  // namespace pyrnn::PYRNN_ISA
