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

/// Along what the rows of a term's weight run in each of its gate blocks: units, or outputs.
template <class Cell, class T>
PYRNN_INLINE i64 term_lanes(const MasterWeights<T>& of, const Term& term) {
  return Cell::kWeights.line[term.weight].rows == Axis::kOutput ? of.P : of.H;
}

template <class T>
PYRNN_INLINE i64 whole_vectors(i64 n) {
  return Columns<T>(n, 1).vectors * kWidth<T>;
}

template <class Cell, class T>
PackedSizes packed_sizes(const MasterWeights<T>& of) {
  PackedSizes sizes{};
  sizes.bias = blocks_of<T>(of.H) * kRowStride<Cell::kSums, T>;
  if constexpr (Cell::kNormalises) sizes.norms = NormWeights<Cell, T>::size(blocks_of<T>(of.H));
  sizes.own = Cell::kOwn.count * blocks_of<T>(of.H) * kUnitBlock<T>;
  for (int k = 0; k < Cell::kTerms.count; ++k) {
    const Term& term = Cell::kTerms.of[k];
    const i64 K = operand_width(of, term.operand), lanes = term_lanes<Cell>(of, term);
    sizes.panels[k] = term.feed.count * whole_vectors<T>(lanes) * K;
    sizes.rows[k] = term.feed.count * lanes * whole_vectors<T>(K);
  }
  return sizes;
}

template <class T>
void add_bias(const T* bias, i64 H, const Feed& feed, int sums, T* to) {
  if (!bias) return;
  for (int j = 0; j < feed.count; ++j) {
    for (i64 u = 0; u < H; ++u) {
      const i64 block = u / kUnitBlock<T>;
      to[(block * sums + feed.sum[j]) * kUnitBlock<T> + u % kUnitBlock<T>] +=
          bias[feed.gate[j] * H + u];
    }
  }
}

template <class Cell, class T>
void pack_bias(const MasterWeights<T>& from, T* to) {
  for (i64 i = 0; i < blocks_of<T>(from.H) * kRowStride<Cell::kSums, T>; ++i) to[i] = 0;
  for (int k = 0; k < Cell::kTerms.count; ++k) {
    const Term& term = Cell::kTerms.of[k];
    if (term.bias >= 0) add_bias(from.of[term.bias], from.H, term.feed, Cell::kSums, to);
  }
}

/// Rows of H to rows of whole blocks.
template <class Cell, class T>
void pack_own(const MasterWeights<T>& from, T* to) {
  const i64 H = from.H, padded = blocks_of<T>(H) * kUnitBlock<T>;
  for (int j = 0; j < Cell::kOwn.count; ++j) {
    const T* const own = from.of[Cell::kOwn.weight] + Cell::kOwn.of[j].block * H;
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

template <class Cell, class T>
void pack_forward(const MasterWeights<T>& from, const Operands<T>& to, const Worker& worker) {
  if (worker.index == 0) {
    pack_bias<Cell>(from, const_cast<T*>(to.bias));
    pack_own<Cell>(from, const_cast<T*>(to.own));
    if constexpr (Cell::kNormalises) pack_norms<Cell>(from, const_cast<T*>(to.norms));
  }
  for (int k = 0; k < Cell::kTerms.count; ++k) {
    const Term& term = Cell::kTerms.of[k];
    // A later stage has one sum a lane.
    const int widest = term.stage == 0 ? SumsOfCell<Cell>::kWidest : kMaxVectors;
    pack_transposed(from.of[term.weight], term_lanes<Cell>(from, term),
                    operand_width(from, term.operand), term.feed, widest,
                    const_cast<T*>(to.panels[k]), worker);
  }
}

/// Of the terms that have a place in `to`.
template <class Cell, class T>
void pack_backward(const MasterWeights<T>& from, const Operands<T>& to, const Worker& worker) {
  for (int k = 0; k < Cell::kTerms.count; ++k) {
    const Term& term = Cell::kTerms.of[k];
    if (!to.rows[k]) continue;
    pack_rows(from.of[term.weight], term_lanes<Cell>(from, term), operand_width(from, term.operand),
              term.feed, const_cast<T*>(to.rows[k]), worker);
  }
}

}  // namespace
}  // namespace pyrnn::PYRNN_ISA
