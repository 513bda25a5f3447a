// Plain matrix products for the layers around the recurrence: A B, A Bᵀ, AᵀB. C is [M, N], sums run
// over K. How B is read depends on the rows of C, for a copy of it pays by them:
//
//   B as it stands     read in place up to kRowsInPlace rows, else copied into panels
//   Bᵀ                 squares transposed in registers up to kMaxRows rows, else copied into panels
#pragma once

#include "cpu/kernels/outer.h"
#include "cpu/kernels/product_tile.h"

namespace pyrnn::PYRNN_ISA {
namespace {

/// In place is faster for few rows (64 rows times 512 x 512: 129 us, 147 with panels), and as fast
/// for many; but rows whose distance is a power of two contend for few places of the caches.
constexpr i64 kRowsInPlace = 128;

/// What passes through the second-level cache is asked for ahead. (6 rows times 256 x 33 000 take
/// 1.0 ms, 1.7 without; panels of 33 000 x 256, transposed, 1.4 ms, 2.1 without; what is in the
/// cache already takes a fifth longer.)
template <class T>
constexpr i64 kCached = 512 * 1024 / static_cast<i64>(sizeof(T));

/// Rows of C that pass over one panel after the other: their part of A stays in the second-level
/// cache. Lanes of A: whole cache lines.
constexpr i64 kBlockRows = 48;

/// A bound for the parts of K: a panel (so many rows x 4 vectors) stays in the second-level cache.
constexpr i64 kPart = 768;

/// K in equal parts.
struct Parts {
  i64 K, count;

  PYRNN_INLINE explicit Parts(i64 k) : K(k), count(k > kPart ? (k + kPart - 1) / kPart : 1) {}

  PYRNN_INLINE Share operator[](i64 part) const {
    return {K * part / count, K * (part + 1) / count};
  }
  PYRNN_INLINE i64 largest() const { return (K + count - 1) / count; }
};

/// Whether B is copied into panels.
template <class T>
PYRNN_INLINE bool packed(const Product<T>& p) {
  return p.M > (p.transpose_b ? kMaxRows : kRowsInPlace);
}

template <class T>
i64 product_scratch(const Product<T>& p) {
  return packed(p) ? Columns<T>(p.N, kMaxVectors).vectors * kWidth<T> * Parts(p.K).largest() : 0;
}

/// Whether workers share the columns of C, else its rows.
template <class T>
PYRNN_INLINE bool by_columns(const Product<T>& p, const Columns<T>& columns) {
  return columns.tiles >= Groups(p.M).count;
}

/// The panel of tile t: to[k][width] = op(B)[k][column], zeros past N.
template <class T>
void pack_right(const Product<T>& p, const Columns<T>& columns, i64 t, const Share& part, T* to) {
  const i64 first = columns.begin(t) * kWidth<T>, K = part.end - part.begin;
  const i64 width = columns.width(t) * kWidth<T>;
  if (!p.transpose_b) {
    const Rows<T> rows{p.b, p.ldb, nullptr, nullptr, 0, nullptr};
    copy_panel(rows, part.begin, 1, K, first, columns.width(t), p.N, to);
    return;
  }
  for (i64 c = 0; c < width; c += kWidth<T>) {
    const T* const from = p.b + (first + c) * p.ldb + part.begin;
    const i64 real = greater(0, lesser(kWidth<T>, p.N - first - c));
    if (p.N * p.K > kCached<T>) {
      transpose_columns<true>(from, p.ldb, real, K, to + c, width);
    } else {
      transpose_columns(from, p.ldb, real, K, to + c, width);
    }
  }
}

/// Tile t for some rows of C, a part of k; panel: of the tile, or null where B is read in place.
template <bool LANES, class T>
void product_tiles(const Product<T>& p, const Share& rows, const Columns<T>& columns, i64 t,
                   const Share& part, const T* panel) {
  const i64 first = columns.begin(t) * kWidth<T>, K = part.end - part.begin;
  const i64 width = columns.width(t) * kWidth<T>, left = p.N - first;
  const Right<T> right =
      panel ? Right<T>{panel, width} : Right<T>{p.b + part.begin * p.ldb + first, p.ldb};
  Target<T> to{nullptr, p.N, left, p.bias ? p.bias + first : nullptr, part.begin > 0};
  const Groups groups(rows.end - rows.begin);
  for (i64 g = 0; g < groups.count; ++g) {
    const i64 m = rows.begin + groups.begin(g);
    const T* a = LANES ? p.a + part.begin * p.lda + m : p.a + m * p.lda + part.begin;
    to.c = p.c + m * p.N + first;
    const bool ahead = g == 0 && !panel && p.N * p.K > kCached<T>;
    with_constant<kMaxVectors>(columns.width(t), [&](auto w) {
      with_constant<kMaxRows>(groups.size(g), [&](auto r) {
        constexpr int kRows = decltype(r)::value, kVectors = decltype(w)::value;
        if (left < width) {
          product_tile_of<T, LANES, true, false, kRows, kVectors>(a, p.lda, right, K, to);
        } else if (!LANES && kVectors >= kMaxVectors - 1 && ahead) {
          product_tile_of<T, LANES, false, !LANES && kVectors >= kMaxVectors - 1, kRows, kVectors>(
              a, p.lda, right, K, to);
        } else {
          product_tile_of<T, LANES, false, false, kRows, kVectors>(a, p.lda, right, K, to);
        }
      });
    });
  }
}

/// Each worker has its columns, and packs its panels one at a time, so that they are in its cache
/// when they are read; or reads B in place, for its columns or its rows.
template <bool LANES, class T>
void product_of_own(const Product<T>& p, const Worker& worker) {
  const Columns<T> columns(p.N, kMaxVectors);
  const bool apart = by_columns(p, columns);
  const Share tiles = apart ? share(columns.tiles, worker) : Share{0, columns.tiles};
  const Share rows = apart ? Share{0, p.M} : share(p.M, worker);
  const Parts parts(p.K);
  T* const panel =
      packed(p) ? p.scratch + columns.begin(tiles.begin) * kWidth<T> * parts.largest() : nullptr;
  for (i64 part = 0; part < parts.count; ++part) {
    for (i64 t = tiles.begin; t < tiles.end; ++t) {
      if (panel) pack_right(p, columns, t, parts[part], panel);
      product_tiles<LANES>(p, rows, columns, t, parts[part], panel);
    }
  }
}

/// Workers pack the panels together; then each has its rows.
template <bool LANES, class T>
void product_of_shared(const Product<T>& p, const Worker& worker) {
  const Columns<T> columns(p.N, kMaxVectors);
  const Share copied = share(columns.tiles, worker);
  const Share own = share((p.M + kBlockRows - 1) / kBlockRows, worker);
  const Parts parts(p.K);
  const auto panel = [&](i64 t) {
    return p.scratch + columns.begin(t) * kWidth<T> * parts.largest();
  };
  for (i64 part = 0; part < parts.count; ++part) {
    if (part > 0) wait(worker.barrier);  // the panels of the last part have been read
    for (i64 t = copied.begin; t < copied.end; ++t) {
      pack_right(p, columns, t, parts[part], panel(t));
    }
    wait(worker.barrier);
    for (i64 block = own.begin; block < own.end; ++block) {
      const i64 m = block * kBlockRows;
      for (i64 t = 0; t < columns.tiles; ++t) {
        product_tiles<LANES>(p, {m, lesser(m + kBlockRows, p.M)}, columns, t, parts[part],
                             panel(t));
      }
    }
  }
}

template <bool END, int WIDTH, class T>
PYRNN_INLINE void few_tile(const Product<T>& p, i64 n) {
  const Target<T> to{p.c + n, p.N, p.N - n, p.bias ? p.bias + n : nullptr, false};
  with_constant<WIDTH == 1 ? kMaxRows : 2>(static_cast<int>(p.M), [&](auto r) {
    transposed_tile_of<T, END, decltype(r)::value, WIDTH>(p.a, p.lda, p.b + n * p.ldb, p.ldb, p.K,
                                                          to);
  });
}

/// Few rows of A times B transposed: one or two rows would wait for their own sums, so they take
/// two vectors of columns at a time; else one, as a square takes half of the registers.
template <class T>
void product_of_few(const Product<T>& p, const Worker& worker) {
  constexpr i64 kOne = kWidth<T>;
  const Share own = share((p.N + kOne - 1) / kOne, worker);
  const i64 end = lesser(own.end * kOne, p.N);
  i64 n = own.begin * kOne;
  if (p.M <= 2) {
    for (; n + 2 * kOne <= end; n += 2 * kOne) few_tile<false, 2>(p, n);
  }
  for (; n + kOne <= end; n += kOne) few_tile<false, 1>(p, n);
  if (n < end) few_tile<true, 1>(p, n);
}

template <bool LANES, class T>
void product_of_many(const Product<T>& p, const Worker& worker) {
  if (packed(p) && !by_columns(p, Columns<T>(p.N, kMaxVectors))) {
    product_of_shared<LANES>(p, worker);
  } else {
    product_of_own<LANES>(p, worker);
  }
}

template <class T>
void product(const Product<T>& p, const Worker& worker) {
  if (p.M == 0) return;
  if (p.transpose_a) {
    product_of_many<true>(p, worker);
  } else if (packed(p) || !p.transpose_b) {
    product_of_many<false>(p, worker);
  } else {
    product_of_few(p, worker);
  }
}

}  // namespace
}  // namespace pyrnn::PYRNN_ISA
