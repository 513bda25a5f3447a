// Weights from PyTorch's layout into panels, a share of the panels for each worker.
#pragma once

#include "cpu/kernels/norm.h"
#include "cpu/kernels/sums.h"
#include "simd/transpose.h"

namespace pyrnn::PYRNN_ISA {
namespace {

/// to[panel][k][j][width] = from[(gate_j H + unit) K + k], zeros where the panel passes H.
template <class T>
void pack_transposed(const T* from, i64 H, i64 K, const Feed& feed, int widest, T* panels,
                     const Worker& worker) {
  const Columns<T> columns(H, widest);
  const Share own = share(columns.tiles, worker);
  for (i64 panel = own.begin; panel < own.end; ++panel) {
    const i64 first = columns.begin(panel) * kWidth<T>;
    const i64 width = columns.width(panel) * kWidth<T>;
    T* const to = panels + first * K * feed.count;
    for (int j = 0; j < feed.count; ++j) {
      for (i64 u = 0; u < width; u += kWidth<T>) {
        const i64 units = greater(0, lesser(kWidth<T>, H - first - u));
        transpose_columns(from + (feed.gate[j] * H + first + u) * K, K, units, K,
                          to + j * width + u, feed.count * width);
      }
    }
  }
}

/// to[panel][row][width] = from[row][column], rows in the order of the workspace: block, gate,
/// lane. `from` is [G H, N].
template <class T>
void pack_rows(const T* from, i64 H, i64 N, const Feed& feed, T* panels, const Worker& worker) {
  const Columns<T> columns(N, kMaxVectors);
  const Share own = share(columns.tiles, worker);
  for (i64 panel = own.begin; panel < own.end; ++panel) {
    const i64 first = columns.begin(panel) * kWidth<T>;
    T* to = panels + first * feed.count * H;
    const i64 width = columns.width(panel) * kWidth<T>;
    const i64 real = lesser(width, N - first);
    for (i64 unit = 0; unit < H; unit += kUnitBlock<T>) {
      const i64 lanes = lesser(kUnitBlock<T>, H - unit);
      for (int j = 0; j < feed.count; ++j) {
        for (i64 lane = 0; lane < lanes; ++lane, to += width) {
          const T* in = from + (feed.gate[j] * H + unit + lane) * N + first;
          for (i64 c = 0; c < real; ++c) to[c] = in[c];
          for (i64 c = real; c < width; ++c) to[c] = 0;
        }
      }
    }
  }
}

/// How wide the operand of a term is: K.
template <class T>
PYRNN_INLINE i64 operand_width(const MasterWeights<T>& of, Operand operand) {
  return operand == Operand::kInput ? of.I : operand == Operand::kState ? of.P : of.H;
}

/// All that packing needs to know of a cell, so that cells share its code.
struct CellLists {
  WeightList weights;
  TermList terms;
  OwnWeights own;
  int sums;
};

template <class Cell>
constexpr CellLists kLists = {Cell::kWeights, Cell::kTerms, Cell::kOwn, Cell::kSums};

/// Along what the rows of a term's weight run in each of its gate blocks: units, or outputs.
template <class T>
PYRNN_INLINE i64 term_lanes(const CellLists& cell, const MasterWeights<T>& of, const Term& term) {
  return cell.weights.line[term.weight].rows == Axis::kOutput ? of.P : of.H;
}

template <class T>
PYRNN_INLINE i64 whole_vectors(i64 n) {
  return Columns<T>(n, 1).vectors * kWidth<T>;
}

/// All but the norms.
template <class T>
[[gnu::noinline]] PackedSizes sizes_of(const CellLists& cell, const MasterWeights<T>& of) {
  PackedSizes sizes{};
  const i64 padded = blocks_of<T>(of.H) * kUnitBlock<T>;
  sizes.bias = padded * cell.sums;
  sizes.own = padded * cell.own.count;
  for (int k = 0; k < cell.terms.count; ++k) {
    const Term& term = cell.terms.of[k];
    const i64 K = operand_width(of, term.operand), lanes = term_lanes(cell, of, term);
    sizes.panels[k] = term.feed.count * whole_vectors<T>(lanes) * K;
    sizes.rows[k] = term.feed.count * lanes * whole_vectors<T>(K);
  }
  return sizes;
}

template <class Cell, class T>
PackedSizes packed_sizes(const MasterWeights<T>& of) {
  PackedSizes sizes = sizes_of(kLists<Cell>, of);
  if constexpr (Cell::kNormalises) sizes.norms = NormWeights<Cell, T>::size(blocks_of<T>(of.H));
  return sizes;
}

template <class T>
[[gnu::noinline]] void add_bias(const T* bias, i64 H, const Feed& feed, int sums, T* to) {
  if (!bias) return;
  for (int j = 0; j < feed.count; ++j) {
    for (i64 u = 0; u < H; ++u) {
      const i64 block = u / kUnitBlock<T>;
      to[(block * sums + feed.sum[j]) * kUnitBlock<T> + u % kUnitBlock<T>] +=
          bias[feed.gate[j] * H + u];
    }
  }
}

template <class T>
void pack_bias(const CellLists& cell, const MasterWeights<T>& from, T* to) {
  for (i64 i = 0; i < blocks_of<T>(from.H) * kUnitBlock<T> * cell.sums; ++i) to[i] = 0;
  for (int k = 0; k < cell.terms.count; ++k) {
    const Term& term = cell.terms.of[k];
    if (term.bias >= 0) add_bias(from.of[term.bias], from.H, term.feed, cell.sums, to);
  }
}

/// Rows of H to rows of whole blocks.
template <class T>
void pack_own(const OwnWeights& weights, const MasterWeights<T>& from, T* to) {
  const i64 H = from.H, padded = blocks_of<T>(H) * kUnitBlock<T>;
  for (int j = 0; j < weights.count; ++j) {
    const T* const own = from.of[weights.weight] + weights.of[j].block * H;
    for (i64 u = 0; u < padded; ++u) to[j * padded + u] = u < H ? own[u] : T(0);
  }
}

/// Gains and shifts, each where its gate's sum stands.
template <class Cell, class T>
void pack_norms(const MasterWeights<T>& from, T* to) {
  const i64 blocks = blocks_of<T>(from.H), row = blocks * kRowStride<Cell::kSums, T>;
  for (i64 i = 0; i < NormWeights<Cell, T>::size(blocks); ++i) to[i] = 0;
  const auto add = [&](int weight, const Feed& feed, int sums, T* at) {
    add_bias(from.of[weight], from.H, feed, sums, at);
  };
  const Feed& input = Cell::kTerms.of[0].feed;
  const Feed& state = Cell::kTerms.of[1].feed;
  add(Cell::kWeightNormIh, input, Cell::kSums, to);
  add(Cell::kWeightNormHh, state, Cell::kSums, to + row);
  add(kBiasIh, input, Cell::kSums, to + 2 * row);
  add(kBiasHh, state, Cell::kSums, to + 2 * row);
  if constexpr (Cell::kHasCell) {
    add(Cell::kWeightNormC, each(1), 1, to + 3 * row);
    add(Cell::kBiasNormC, each(1), 1, to + 3 * row + blocks * kUnitBlock<T>);
  }
}

/// All but the norms.
template <class T>
[[gnu::noinline]] void pack_operands(const CellLists& cell, const MasterWeights<T>& from,
                                     const Operands<T>& to, const Worker& worker) {
  if (worker.index == 0) {
    pack_bias(cell, from, const_cast<T*>(to.bias));
    pack_own(cell.own, from, const_cast<T*>(to.own));
  }
  for (int k = 0; k < cell.terms.count; ++k) {
    const Term& term = cell.terms.of[k];
    // A later stage has one sum a lane.
    const int widest = term.stage == 0 ? widest_panel(cell.sums) : kMaxVectors;
    pack_transposed(from.of[term.weight], term_lanes(cell, from, term),
                    operand_width(from, term.operand), term.feed, widest,
                    const_cast<T*>(to.panels[k]), worker);
  }
}

template <class Cell, class T>
void pack_forward(const MasterWeights<T>& from, const Operands<T>& to, const Worker& worker) {
  pack_operands(kLists<Cell>, from, to, worker);
  if constexpr (Cell::kNormalises) {
    if (worker.index == 0) pack_norms<Cell>(from, const_cast<T*>(to.norms));
  }
}

/// Of the terms that have a place in `to`.
template <class T>
[[gnu::noinline]] void pack_backward_of(const CellLists& cell, const MasterWeights<T>& from,
                                        const Operands<T>& to, const Worker& worker) {
  for (int k = 0; k < cell.terms.count; ++k) {
    const Term& term = cell.terms.of[k];
    if (!to.rows[k]) continue;
    pack_rows(from.of[term.weight], term_lanes(cell, from, term), operand_width(from, term.operand),
              term.feed, const_cast<T*>(to.rows[k]), worker);
  }
}

template <class Cell, class T>
void pack_backward(const MasterWeights<T>& from, const Operands<T>& to, const Worker& worker) {
  pack_backward_of(kLists<Cell>, from, to, worker);
}

}  // namespace
}  // namespace pyrnn::PYRNN_ISA
