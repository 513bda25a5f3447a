// Weights from PyTorch's layout into panels, a share of the panels for each worker.
#pragma once

#include "cpu/kernels/workspace.h"
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

template <class Cell, class T>
PackedSizes packed_sizes(i64 I, i64 H) {
  const auto padded = [](i64 n) { return Columns<T>(n, 1).vectors * kWidth<T>; };
  return {
      blocks_of<T>(H) * kRowStride<Cell, T>, Cell::kInput.count * padded(H) * I,
      Cell::kState.count * padded(H) * H,    Cell::kGated.count * padded(H) * H,
      Cell::kInput.count * H * padded(I),    Cell::kState.count * H * padded(H),
      Cell::kGated.count * H * padded(H),
  };
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
void pack_bias(const MasterWeights<T>& master, T* to) {
  const i64 H = master.H;
  for (i64 i = 0; i < blocks_of<T>(H) * kRowStride<Cell, T>; ++i) to[i] = 0;
  add_bias(master.bias_ih, H, Cell::kInput, Cell::kSums, to);
  add_bias(master.bias_hh, H, Cell::kState, Cell::kSums, to);
  add_bias(master.bias_hh, H, Cell::kGated, Cell::kSums, to);
}

template <class Cell, class T>
void pack_forward(const MasterWeights<T>& master, const Weights<T>& to, const Worker& worker) {
  const i64 I = master.I, H = master.H;
  if (worker.index == 0) pack_bias<Cell>(master, const_cast<T*>(to.bias));
  pack_transposed(master.weight_ih, H, I, Cell::kInput, kPanelVectors<Cell>, const_cast<T*>(to.w),
                  worker);
  pack_transposed(master.weight_hh, H, H, Cell::kState, kPanelVectors<Cell>, const_cast<T*>(to.r),
                  worker);
  if constexpr (Cell::kGated.count > 0) {
    pack_transposed(master.weight_hh, H, H, Cell::kGated, kMaxVectors, const_cast<T*>(to.gated),
                    worker);
  }
}

template <class Cell, class T>
void pack_backward(const MasterWeights<T>& master, const Weights<T>& to, const Worker& worker) {
  const i64 I = master.I, H = master.H;
  pack_rows(master.weight_ih, H, I, Cell::kInput, const_cast<T*>(to.w_rows), worker);
  pack_rows(master.weight_hh, H, H, Cell::kState, const_cast<T*>(to.r_rows), worker);
  if constexpr (Cell::kGated.count > 0) {
    pack_rows(master.weight_hh, H, H, Cell::kGated, const_cast<T*>(to.gated_rows), worker);
  }
}

}  // namespace
}  // namespace pyrnn::PYRNN_ISA
