// Layer norm of the sums of a row, and back through it:
//
//   n = (u - mean u) r,  r = 1 / sqrt(mean (u - mean u)² + ε)
//   du = r (dn - mean dn - n mean(n dn)),  dn = gain ds
//
// Every mean has one order: an accumulator for each sum and each lane of a block, blocks rising;
// then the sums of a set, rising, lane by lane; then the lanes, by halves.
#pragma once

#include "cpu/kernels/workspace.h"

namespace pyrnn::PYRNN_ISA {
namespace {

/// What is added to a variance.
constexpr double kNormEps = 1e-5;

/// The sums that a product feeds, in sets that are normalised each by itself: the first `FIRST`
/// of them, and the others.
template <Feed FEED, int FIRST>
struct NormedSums {
  static constexpr int kCount = FEED.count;
  static constexpr int kSets = FIRST < FEED.count ? 2 : 1;

  static constexpr int sum(int j) { return FEED.sum[j]; }
  static constexpr int set(int j) { return j < FIRST ? 0 : 1; }
  static constexpr int size(int s) {
    return s > 0 ? FEED.count - FIRST : FIRST < FEED.count ? FIRST : FEED.count;
  }
};

/// A row [H] of one sum.
using OneSum = NormedSums<Feed{1, {0}, {0}}, 1>;

/// One row of sums, [blocks][sums][UB] with `stride` from block to block.
template <class E>
struct SumsRow {
  E* base;
  i64 stride;

  template <class T>
  PYRNN_INLINE E* at(const UnitVector<T>& u, int sum) const {
    return base + u.block * stride + sum * kUnitBlock<T> + u.lane;
  }
};

template <int SUMS, class T>
PYRNN_INLINE SumsRow<T> sums_row(const Workspace<T>& sums, i64 row) {
  return {sums.base + row * kRowStride<SUMS, T>, sums.capacity * kRowStride<SUMS, T>};
}

template <class T>
PYRNN_INLINE Vec<T> first_lanes(Vec<T> v, i64 left) {
  if (left >= kWidth<T>) return v;
  alignas(64) T lanes[kWidth<T>];
  store(lanes, v);
  return load_first(lanes, left);
}

/// The sum of a block's lanes, by halves.
template <class T>
PYRNN_INLINE T halved(T (&lanes)[kUnitBlock<T>]) {
#pragma GCC unroll 4
  for (i64 half = kUnitBlock<T> / 2; half > 0; half /= 2) {
#pragma GCC unroll 8
    for (i64 i = 0; i < half; ++i) lanes[i] += lanes[i + half];
  }
  return lanes[0];
}

/// mean[set] of term(unit vector, j) over H units and the sums j of the set.
template <class Sums, class T, class F>
PYRNN_INLINE void mean_over_units(i64 H, F&& term, T (&mean)[Sums::kSets]) {
  constexpr int kVectors = kUnitBlock<T> / kWidth<T>;
  Vec<T> acc[kVectors][Sums::kCount] = {};
  for (i64 unit = 0; unit < H; unit += kUnitBlock<T>) {
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; ++v) {
      const UnitVector<T> u(unit / kWidth<T> + v);
      if (u.unit >= H) break;
#pragma GCC unroll 4
      for (int j = 0; j < Sums::kCount; ++j) {
        acc[v][j] = acc[v][j] + first_lanes<T>(term(u, j), H - u.unit);
      }
    }
  }
  for (int s = 0; s < Sums::kSets; ++s) {
    alignas(64) T lanes[kUnitBlock<T>];
    for (int v = 0; v < kVectors; ++v) {
      Vec<T> sum{};
#pragma GCC unroll 4
      for (int j = 0; j < Sums::kCount; ++j) {
        if (Sums::set(j) == s) sum = sum + acc[v][j];
      }
      store(lanes + v * kWidth<T>, sum);
    }
    mean[s] = halved<T>(lanes) / static_cast<T>(Sums::size(s) * H);
  }
}

/// The parameters of a cell's norms, as they are packed.
template <class Cell, class T>
struct NormWeights {
  static constexpr int kCellRows = Cell::kHasCell ? 2 : 0;

  const T* base;
  i64 blocks;

  static i64 size(i64 blocks) {
    return blocks * (3 * kRowStride<Cell::kSums, T> + kCellRows * kUnitBlock<T>);
  }
  /// Gains of W x, of R h; the shifts of both together: [blocks][sums][UB] each.
  PYRNN_INLINE SumsRow<const T> input_gain() const { return row(0); }
  PYRNN_INLINE SumsRow<const T> state_gain() const { return row(1); }
  PYRNN_INLINE SumsRow<const T> shift() const { return row(2); }
  /// Of c': [padded] each.
  PYRNN_INLINE const T* cell_gain() const { return row(3).base; }
  PYRNN_INLINE const T* cell_shift() const { return row(3).base + blocks * kUnitBlock<T>; }

 private:
  PYRNN_INLINE SumsRow<const T> row(i64 i) const {
    return {base + i * blocks * kRowStride<Cell::kSums, T>, kRowStride<Cell::kSums, T>};
  }
};

/// The sums of a cell that its norms take together.
template <class Cell>
using InputNorm =
    NormedSums<Cell::kTerms.of[term_with<Cell>(Operand::kInput)].feed, Cell::kFirstSet>;
template <class Cell>
using StateNorm =
    NormedSums<Cell::kTerms.of[term_with<Cell>(Operand::kState)].feed, Cell::kFirstSet>;

/// The mean of each set, and its r.
template <class Sums, class T>
struct Moments {
  T mean[Sums::kSets], scale[Sums::kSets];

  PYRNN_INLINE Vec<T> normalised(Vec<T> u, int j) const {
    return (u - splat<Vec<T>>(mean[Sums::set(j)])) * splat<Vec<T>>(scale[Sums::set(j)]);
  }
};

template <class Sums, class T>
[[gnu::noinline]] Moments<Sums, T> moments(const SumsRow<const T>& row, i64 H) {
  const SumsRow<const T> u = row;
  T mean[Sums::kSets], variance[Sums::kSets];
  mean_over_units<Sums>(
      H, [&](const UnitVector<T>& at, int j) { return load(u.at(at, Sums::sum(j))); }, mean);
  mean_over_units<Sums>(
      H,
      [&](const UnitVector<T>& at, int j) {
        const Vec<T> d = load(u.at(at, Sums::sum(j))) - splat<Vec<T>>(mean[Sums::set(j)]);
        return d * d;
      },
      variance);
  Moments<Sums, T> found;
  for (int s = 0; s < Sums::kSets; ++s) {
    found.mean[s] = mean[s];
    found.scale[s] = T(1) / square_root(variance[s] + static_cast<T>(kNormEps));
  }
  return found;
}

/// Back through the norm of one row.
template <class T>
struct NormGradient {
  SumsRow<const T> ds, n, gain;
  const T* scale;  // r of each set
  SumsRow<T> du;   // may be n
};

/// For the unit vectors [first, last).
template <class Sums, class T>
[[gnu::noinline]] void norm_gradient(const NormGradient<T>& row, i64 H, i64 first, i64 last) {
  const NormGradient<T> of = row;
  const auto dn = [&](const UnitVector<T>& u, int j) {
    return load(of.gain.at(u, Sums::sum(j))) * load(of.ds.at(u, Sums::sum(j)));
  };
  const auto n = [&](const UnitVector<T>& u, int j) { return load(of.n.at(u, Sums::sum(j))); };
  T mean[Sums::kSets], slope[Sums::kSets], scale[Sums::kSets];
  mean_over_units<Sums>(H, dn, mean);
  mean_over_units<Sums>(
      H, [&](const UnitVector<T>& u, int j) { return n(u, j) * dn(u, j); }, slope);
  for (int s = 0; s < Sums::kSets; ++s) scale[s] = of.scale[s];
  for (i64 vector = first; vector < last; ++vector) {
    const UnitVector<T> u(vector);
#pragma GCC unroll 4
    for (int j = 0; j < Sums::kCount; ++j) {
      const int s = Sums::set(j);
      const Vec<T> d = dn(u, j) - splat<Vec<T>>(mean[s]);
      store(of.du.at(u, Sums::sum(j)),
            splat<Vec<T>>(scale[s]) * fma(-n(u, j), splat<Vec<T>>(slope[s]), d));
    }
  }
}

}  // namespace
}  // namespace pyrnn::PYRNN_ISA
