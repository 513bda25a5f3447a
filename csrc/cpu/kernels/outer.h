// Products whose sum runs over rows: dW = dsᵀ x. The last row comes first, as in back-propagation
// through time, so that the steps of a sequence may come in several calls, each adding to the
// result of the one before. The lanes of the left operand are broadcast from where they stand; the
// right one is copied into panels, a chunk of rows at a time, which also resolves its row index and
// pads its last vector. Workers share the panels; each has its own lanes, so that the left operand,
// the larger one, is read once.
#pragma once

#include "cpu/kernels/workspace.h"

namespace pyrnn::PYRNN_ISA {
namespace {

/// Rows of a chunk at most: a panel of them (rows x 4 vectors, 256 KB) stays in the second-level
/// cache, and the result's tiles are read and written once a chunk (with 256 rows that costs 3 to
/// 6 %).
constexpr i64 kChunkRows = 1024;

template <class T>
PYRNN_INLINE i64 outer_scratch(i64 columns) {
  return kChunkRows * Columns<T>(columns, kMaxVectors).vectors * kWidth<T>;
}

/// Lanes m = 0 .. count-1 of the left operand, one row of the result each. The base is that of the
/// last row, from which the stride leads back.
template <class T>
struct Lanes {
  const T* base;
  i64 stride;
  i64 count;
  T* out;  // [count, out_stride]
  i64 out_stride;
};

/// out[m][first ..] += lanesᵀ panel, a tile; `start` clears it instead of adding.
template <class T, int LANES, int WIDTH>
[[gnu::noinline]] void outer_tile_of(const T* a, i64 stride, const T* panel, i64 K, T* out,
                                     i64 out_stride, i64 left, bool start) {
  Vec<T> acc[LANES][WIDTH];
  for (int m = 0; m < LANES; ++m) {
    for (int v = 0; v < WIDTH; ++v) {
      const i64 c = v * kWidth<T>;
      __builtin_prefetch(out + (LANES + m) * out_stride + c, 1);  // the next group's
      acc[m][v] = start ? Vec<T>{} : load_upto(out + m * out_stride + c, left - c);
    }
  }
  accumulate_outer<T, LANES, WIDTH>(acc, a, stride, panel, K);
  for (int m = 0; m < LANES; ++m) {
    for (int v = 0; v < WIDTH; ++v) {
      const i64 c = v * kWidth<T>;
      store_upto(out + m * out_stride + c, acc[m][v], left - c);
    }
  }
}

/// Rows first, first + step, ... of the right operand, one panel of columns: to[k][width vectors].
template <class T>
void copy_panel(const Rows<T>& rows, i64 first, i64 step, i64 count, i64 column, int width,
                i64 columns, T* to) {
  for (i64 k = 0; k < count; ++k) {
    const T* from = row(rows, first + k * step) + column;
    for (int v = 0; v < width; ++v, to += kWidth<T>) {
      const i64 c = v * kWidth<T>;
      store(to, load_upto(from + c, columns - column - c));
    }
  }
}

/// One piece of the left operand times all panels of a chunk, whose first row is k rows before the
/// last of all.
template <class T>
void outer_piece(const Lanes<T>& lanes, const Columns<T>& panels, const T* scratch, i64 k,
                 i64 count, bool start) {
  const i64 columns = panels.columns;
  const Groups groups(lanes.count);
  for (i64 t = 0; t < panels.tiles; ++t) {
    const i64 column = panels.begin(t) * kWidth<T>;
    for (i64 g = 0; g < groups.count; ++g) {
      const i64 m = groups.begin(g);
      with_constant<kMaxVectors>(panels.width(t), [&](auto w) {
        with_constant<kMaxRows>(groups.size(g), [&](auto l) {
          outer_tile_of<T, decltype(l)::value, decltype(w)::value>(
              lanes.base + k * lanes.stride + m, lanes.stride, scratch + column * kChunkRows, count,
              lanes.out + m * lanes.out_stride + column, lanes.out_stride, columns - column, start);
        });
      });
    }
  }
}

/// The whole product: lanes_of(piece) tells where a piece of the left operand stands, and
/// each_chunk(own pieces, k, rows, start) is called once for every chunk, which begins k rows
/// before the last one; where it starts the sums, they begin at zero.
template <class T, class LANES_OF, class EACH_CHUNK>
PYRNN_INLINE void outer_product(const WeightGradient<T>& task, i64 pieces, const Worker& worker,
                                LANES_OF&& lanes_of, EACH_CHUNK&& each_chunk) {
  const i64 rows = task.rows, columns = task.columns;
  T* const scratch = task.scratch;
  const Columns<T> panels(columns, kMaxVectors);
  const Share copied = share(panels.tiles, worker);
  const Share own = share(pieces, worker);
  // Without rows the result is zero all the same: one empty chunk writes it.
  const i64 chunks = greater(1, (rows + kChunkRows - 1) / kChunkRows);
  for (i64 chunk = 0; chunk < chunks; ++chunk) {
    const i64 k = chunk * rows / chunks, count = (chunk + 1) * rows / chunks - k;
    const bool start = k == 0 && !task.add;
    if (k > 0) wait(worker.barrier);  // the panels of the last chunk have been read
    for (i64 t = copied.begin; t < copied.end; ++t) {
      const i64 column = panels.begin(t) * kWidth<T>;
      copy_panel(task.operand, rows - 1 - k, -1, count, column, panels.width(t), columns,
                 scratch + column * kChunkRows);
    }
    wait(worker.barrier);
    each_chunk(own, k, count, start);
    for (i64 piece = own.begin; piece < own.end; ++piece) {
      outer_piece(lanes_of(piece), panels, scratch, k, count, start);
    }
  }
  wait(worker.barrier);
}

}  // namespace
}  // namespace pyrnn::PYRNN_ISA
