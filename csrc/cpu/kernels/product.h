// Plain matrix products for the layers around the recurrence, on the same tiles.
#pragma once

#include "cpu/kernels/dense.h"
#include "cpu/kernels/outer.h"
#include "simd/transpose.h"

namespace pyrnn::PYRNN_ISA {
namespace {

template <class T>
i64 product_scratch(const Product<T>& p) {
  return p.transpose_a ? outer_scratch<T>(p.N)
                       : Columns<T>(p.N, kMaxVectors).vectors * kWidth<T> * p.K;
}

/// scratch[panel][k][width] = op(B)[k][column]; each worker packs its share of the panels.
template <class T>
void pack_right(const Product<T>& p, const Columns<T>& columns, const Share& own) {
  for (i64 t = own.begin; t < own.end; ++t) {
    const i64 first = columns.begin(t) * kWidth<T>;
    const i64 width = columns.width(t) * kWidth<T>;
    const i64 real = lesser(width, p.N - first);
    T* to = p.scratch + first * p.K;
    if (!p.transpose_b) {
      const Rows<T> rows{p.b, p.ldb, nullptr, nullptr, 0, nullptr};
      copy_panel(rows, 0, p.K, first, columns.width(t), p.N, to);
      continue;
    }
    for (i64 c = 0; c < width; c += kWidth<T>) {
      transpose_columns(p.b + (first + c) * p.ldb, p.ldb, greater(0, lesser(kWidth<T>, real - c)),
                        p.K, to + c, width);
    }
  }
}

/// A tile of columns for groups of rows from m on.
template <class T>
void product_tiles(const Product<T>& p, i64 m, const Groups& groups, const Columns<T>& columns,
                   i64 t) {
  const int width = columns.width(t);
  const i64 first = columns.begin(t) * kWidth<T>;
  Vec<T> start[kMaxVectors];
  for (int v = 0; v < width; ++v) {
    const i64 c = first + v * kWidth<T>;
    start[v] = p.bias ? load_upto(p.bias + c, p.N - c) : Vec<T>{};
  }
  for (i64 g = 0; g < groups.count; ++g) {
    const int n = groups.size(g);
    const T* a[kMaxRows];
    Vec<T> sums[kMaxRows * kMaxVectors];
    for (int r = 0; r < n; ++r) {
      a[r] = p.a + (m + groups.begin(g) + r) * p.lda;
      for (int v = 0; v < width; ++v) sums[r * width + v] = start[v];
    }
    dense_tile(a, n, p.scratch + first * p.K, width, p.K, sums);
    for (int r = 0; r < n; ++r) {
      T* c = p.c + (m + groups.begin(g) + r) * p.N + first;
      for (int v = 0; v < width; ++v) {
        store_upto(c + v * kWidth<T>, sums[r * width + v], p.N - first - v * kWidth<T>);
      }
    }
  }
}

/// C = bias + A op(B)
template <class T>
void product_of_rows(const Product<T>& p, const Worker& worker) {
  const Columns<T> columns(p.N, kMaxVectors);
  pack_right(p, columns, share(columns.tiles, worker));
  wait(worker.barrier);
  const Share own = share(p.M, worker);
  const i64 chunk = resident_rows<T>(p.K);
  for (i64 m = own.begin; m < own.end; m += chunk) {
    for (i64 t = 0; t < columns.tiles; ++t) {
      product_tiles(p, m, Groups(lesser(chunk, own.end - m)), columns, t);
    }
  }
}

/// C = Aᵀ B
template <class T>
void product_of_columns(const Product<T>& p, const Worker& worker) {
  constexpr i64 kRun = 16;
  const Rows<T> b{p.b, p.ldb, nullptr, nullptr, 0, nullptr};
  outer_product(
      b, p.K, p.N, (p.M + kRun - 1) / kRun, p.scratch, worker,
      [&](i64 piece) {
        const i64 m = piece * kRun;
        return Lanes<T>{p.a + m, p.lda, lesser(kRun, p.M - m), p.c + m * p.N, p.N};
      },
      [](const Share&, i64, i64) {});
}

template <class T>
void product(const Product<T>& p, const Worker& worker) {
  if (p.transpose_a) {
    product_of_columns(p, worker);
  } else {
    product_of_rows(p, worker);
  }
}

}  // namespace
}  // namespace pyrnn::PYRNN_ISA
