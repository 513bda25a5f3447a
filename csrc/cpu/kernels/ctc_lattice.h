// The lattice of a target in a sequence of frames: connectionist temporal classification, Graves et
// al. 2006. Symbols l_1 .. l_L have a blank before, between and behind them; with k from 0 on,
//
//   a'(blank k) = p(blank) (a(blank k) + a(label k-1))
//   a'(label k) = p(l_k) (a(label k) + a(blank k) + skip_k a(label k-1))
//   r(blank k)  = c(blank k) + c(label k)
//   r(label k)  = c(label k) + c(blank k+1) + skip_{k+1} c(label k+1)
//
//   skip_k = [l_k is not l_{k-1}],   c = p r' of the next frame
//
// so blanks and labels lie in two arrays, lanes run along k, and a frame takes two products and
// three sums a lane. a would soon leave the range of any number: states that a sequence has long
// left, or will reach in a thousand frames, are e^-1000 times as likely as others, and may still be
// those that count. Therefore kCtcBlock symbols share an exponent of their own,
//
//   a = v 2^E,
//
// and where a block meets the one before it, what flows in is multiplied by 2^(E' - E): as a factor
// of the sums, that costs nothing. Exponents change every kCtcChunk frames alone. Within a block
// what is below 2^-1022 is lost. Both ways together tell whether that mattered (`is_safe`); where
// it might have, the sequence is done again with logarithms. That takes paths that lose e^55 from
// symbol to symbol, eight times in a row.
//
// Everything is double, whatever the logits are.
#pragma once

#include "cpu/kernels/crf.h"
#include "simd/transpose.h"

namespace pyrnn::PYRNN_ISA {
namespace {

constexpr i64 kCtcBlock = 8;
constexpr i64 kCtcChunk = 8;

constexpr i64 kCtcLanes = kWidth<double>;

/// The states of a lattice at one frame: J blocks of labels and of blanks.
struct CtcRow {
  double *labels, *blanks;

  PYRNN_INLINE CtcRow(double* row, i64 J) : labels(row), blanks(row + J * kCtcBlock) {}
  static constexpr i64 size(i64 J) { return 2 * J * kCtcBlock; }
};

/// What is multiplied with the label beside a blank, and with that beside a label.
struct CtcWeights {
  double *near, *far;
};

/// p(l) = z 2^E, 1 <= z < 2, or the logarithm alone; whether numbers reach so far.
struct CtcTotal {
  double logarithm, z, E;
  bool reaches;
};

/// The exponent of a normal number, as a double.
PYRNN_INLINE double exponent_of(double x) {
  std::int64_t bits;
  __builtin_memcpy(&bits, &x, sizeof bits);
  return static_cast<double>((bits >> 52) - 1023);
}

/// 2^n; 0 where that is not normal, 2^1000 at most.
PYRNN_INLINE double raised(double n) {
  if (n < -1022) return 0;
  return power_of_two(min(n, 1000.0) + Exponential<double>::kRounder);
}

/// A lattice of numbers v 2^E.
struct CtcNumbers {
  static constexpr bool kLogarithms = false;
  static constexpr double kOne = 1, kNever = 0;
  static constexpr double kTop = 350;    // 2^kTop: the largest of a block, when it is settled
  static constexpr double kSlope = 640;  // what flows in is at most 2^kSlope times as large
  static constexpr double kGrowth = 14;  // 2^kGrowth > 2 3^kCtcChunk: how a number grows in a chunk
  static constexpr double kFar = -1e15;  // no exponent at all

  static PYRNN_INLINE VecD join(VecD x, VecD y) { return x + y; }
  static PYRNN_INLINE VecD join(VecD x, VecD y, VecD weight) { return fma(y, weight, x); }
  static PYRNN_INLINE VecD times(VecD x, VecD p) { return x * p; }
  static PYRNN_INLINE VecD share(VecD a, VecD r, VecD fa, VecD fr) { return (a * fa) * (r * fr); }

  static PYRNN_INLINE double largest_of(const CtcRow& row, i64 j) {
    VecD most{};
    for (i64 k = j * kCtcBlock; k < (j + 1) * kCtcBlock; k += kCtcLanes) {
      most = max(load(row.labels + k), max(load(row.blanks + k), most));
    }
    return largest_lane<double>(most);
  }

  /// Gives each block the exponent that brings its largest number to 2^kTop, or near that of the
  /// block from which a step leads to it: 1 on the way forward, -1 on the way back.
  static void settle(const CtcRow& row, i64 J, double* E, i64 step) {
    for (i64 i = 0; i < J; ++i) {
      const i64 j = step > 0 ? i : J - 1 - i;
      const double most = largest_of(row, j);
      double e = most > 0 ? E[j] + exponent_of(most) - kTop : kFar;
      if (i > 0) e = max(e, E[j - step] - kSlope);
      if (most > 0) e = max(e, E[j] - 1000);
      const VecD factor = splat<VecD>(raised(E[j] - e));
      if (e != kFar) E[j] = e;
      for (i64 k = j * kCtcBlock; k < (j + 1) * kCtcBlock; k += kCtcLanes) {
        store(row.labels + k, load(row.labels + k) * factor);
        store(row.blanks + k, load(row.blanks + k) * factor);
      }
    }
  }

  /// Where blocks meet, the weights follow from their exponents.
  static void bridge(const CtcWeights& weights, const double* skip, i64 J, const double* E,
                     i64 step) {
    for (i64 j = step > 0; j < J - (step < 0); ++j) {
      const i64 k = step > 0 ? j * kCtcBlock : (j + 1) * kCtcBlock - 1;
      weights.near[k] = raised(E[j - step] - E[j]);
      weights.far[k] = weights.near[k] * skip[step > 0 ? k : k + 1];
    }
  }

  static CtcTotal total(double v, double E) {
    if (!(v >= 1e-300)) return {};
    const double e = exponent_of(v), z = v * raised(-e);
    return {log(z) + (E + e) * 0.69314718055994530942, z, E + e, true};
  }

  /// fa[j] fr[j] = 2^e / z, e = Ea + Er - E: with them a r is the share of the paths that are in a
  /// state.
  ///
  /// Whether all that was lost, for want of numbers below 2^-1022, is less than 2^-89 of all paths
  /// each time. In a chunk the a of a block stay below 2^ma, its r below 2^mr. A state that is lost
  /// on the one way has less than 2^(e - 1022 + m) of the paths, m the larger of the two; a fa or r
  /// fr that is lost, half of e instead. Where fa itself is, or the weight with which a block flows
  /// into the next, all paths through the block are meant: 2^(e + ma + mr).
  static bool is_safe(const double* Ea, const double* Er, const CtcTotal& of, i64 J, double* fa,
                      double* fr) {
    bool safe = true;
    for (i64 j = 0; j < J; ++j) {
      const double e = Ea[j] + Er[j] - of.E;
      const double half = (e * 0.5 + Exponential<double>::kRounder) - Exponential<double>::kRounder;
      fa[j] = raised(half);
      fr[j] = raised(e - half) / of.z;
      double ma = kTop + kGrowth, mr = ma;
      bool leaks = half < -1020;
      if (j > 0) {
        ma = ma + max(Ea[j - 1] - Ea[j], 0.0);
        leaks |= Er[j] - Er[j - 1] < -1022;
      }
      if (j < J - 1) {
        mr = mr + max(Er[j + 1] - Er[j], 0.0);
        leaks |= Ea[j] - Ea[j + 1] < -1022;
      }
      safe = safe && max(e, half) + max(ma, mr) <= 933 && !(leaks && e + ma + mr > -89);
    }
    return safe;
  }
};

/// The same lattice of logarithms, whose exponents are all 0.
struct CtcLogarithms {
  static constexpr bool kLogarithms = true;
  static constexpr double kOne = 0, kNever = kImpossible<double>;

  [[gnu::noinline]] static VecD join(VecD x, VecD y) {
    const VecD most = max(x, y), shift = shift_of(most);
    const VecD sum = power<double>(x - shift) + power<double>(y - shift);
    return most > splat<VecD>(kNever) ? shift + log_of_normal(sum) : most;
  }
  static PYRNN_INLINE VecD join(VecD x, VecD y, VecD weight) { return join(x, y + weight); }
  static PYRNN_INLINE VecD times(VecD x, VecD p) { return x + p; }
  [[gnu::noinline]] static VecD share(VecD a, VecD r, VecD z, VecD) {
    return power<double>(a + r - z);
  }

  static void settle(const CtcRow&, i64, double*, i64) {}
  static void bridge(const CtcWeights&, const double*, i64, const double*, i64) {}
  static CtcTotal total(double v, double) { return {v, v, 0, true}; }
  static bool is_safe(const double*, const double*, const CtcTotal& of, i64 J, double* fa,
                      double* fr) {
    for (i64 j = 0; j < J; ++j) fa[j] = fr[j] = of.z;
    return true;
  }
};

/// a' of a frame with the probabilities q of the labels; `to` may be `from`. What the next vector
/// needs of this one stays in a register: a load across two stores would wait for both. Rows are
/// passed by value, lest their addresses be loaded anew after every store.
template <class A>
[[gnu::noinline]] void ctc_advance(CtcRow from, CtcRow to, i64 J, CtcWeights weights,
                                   const double* q, double blank) {
  const VecD p = splat<VecD>(blank);
  VecD last = splat<VecD>(A::kNever);
  for (i64 k = 0; k < J * kCtcBlock; k += kCtcLanes) {
    const VecD b = load(from.blanks + k), l = load(from.labels + k);
    const VecD before = across<-1, double>(last, l);
    store(to.blanks + k, A::times(A::join(b, before, load(weights.near + k)), p));
    store(to.labels + k,
          A::times(A::join(A::join(l, b), before, load(weights.far + k)), load(q + k)));
    last = l;
  }
}

/// From c of the next frame to that of a frame with the probabilities q, in its place. shares [J]
/// blocks: of each label; returned: of all blanks.
template <class A>
[[gnu::noinline]] double ctc_retreat(CtcRow c, i64 J, CtcWeights weights, const double* q,
                                     double blank, CtcRow a, const double* fa, const double* fr,
                                     double* shares) {
  const VecD p = splat<VecD>(blank);
  constexpr i64 kVectors = kCtcBlock / kCtcLanes;
  VecD blanks[kVectors] = {}, next_b = splat<VecD>(A::kNever), next_l = next_b;
  for (i64 j = J - 1; j >= 0; --j) {
    const VecD one = splat<VecD>(fa[j]), other = splat<VecD>(fr[j]);
#pragma GCC unroll 8
    for (i64 v = kVectors - 1; v >= 0; --v) {
      const i64 k = j * kCtcBlock + v * kCtcLanes;
      const VecD b = load(c.blanks + k), l = load(c.labels + k);
      const VecD r = A::join(b, l);
      const VecD s = A::join(A::join(l, across<1, double>(b, next_b), load(weights.near + k)),
                             across<1, double>(l, next_l), load(weights.far + k));
      blanks[v] = blanks[v] + A::share(load(a.blanks + k), r, one, other);
      store(shares + k, A::share(load(a.labels + k), s, one, other));
      store(c.blanks + k, A::times(r, p));
      store(c.labels + k, A::times(s, load(q + k)));
      next_b = b;
      next_l = l;
    }
  }
  alignas(64) double lanes[kCtcBlock];
  for (i64 v = 0; v < kVectors; ++v) store(lanes + v * kCtcLanes, blanks[v]);
  double sum = 0;
  for (const double lane : lanes) sum += lane;
  return sum;
}

/// A lattice of either kind: one driver serves both.
struct CtcLattice {
  bool logarithms;
  double one, never;
  void (*settle)(const CtcRow&, i64 J, double* E, i64 step);
  void (*bridge)(const CtcWeights&, const double* skip, i64 J, const double* E, i64 step);
  CtcTotal (*total)(double v, double E);
  bool (*is_safe)(const double* Ea, const double* Er, const CtcTotal&, i64 J, double* fa,
                  double* fr);
  void (*advance)(CtcRow from, CtcRow to, i64 J, CtcWeights, const double* q, double blank);
  double (*retreat)(CtcRow c, i64 J, CtcWeights, const double* q, double blank, CtcRow a,
                    const double* fa, const double* fr, double* shares);
};

template <class A>
constexpr CtcLattice kCtcLattice = {A::kLogarithms, A::kOne,        A::kNever,
                                    A::settle,      A::bridge,      A::total,
                                    A::is_safe,     ctc_advance<A>, ctc_retreat<A>};

}  // namespace
}  // namespace pyrnn::PYRNN_ISA
