// The linear-chain conditional random field: ln Z, marginals and gradients.
//
//   a_0 = start + e_0,       a_t[j] = e_t[j] + ln sum_i exp(a_{t-1}[i] + A[i][j]),
//   r_{N-1} = end,           r_t[i] = ln sum_j exp(A[i][j] + u_{t+1}[j]),   u = e + r,
//   ln Z = ln sum_j exp(a_{N-1}[j] + end[j]),   m_t[j] = exp(a_t[j] + r_t[j] - ln Z)
//
// A step of either kind is x'[j] = ln sum_i exp(x[i] + S[i][j]), S = A or its transpose. With
// c_j = max_i S[i][j] and max x = 0, which is subtracted at every step,
//
//   x'[j] = c_j + ln s_j,   s_j = sum_i p_i P[i][j],   p = exp x,   P[i][j] = exp(S[i][j] - c_j),
//
// a product of a vector with a matrix that is made once: C exponentials in place of C².
// What is lost in s_j are terms of which a factor is below the normal numbers; each is smaller
// than exp(-kLimit). So s_j is as exact as any sum if it exceeds C exp(-kLimit) / ε. Where it does
// not, that lane is summed as it stands above, with its own largest term subtracted. x itself is
// kept as a logarithm, so nothing is lost for good: a label that is e^-1000 times as likely as
// another may be the only one that goes on.
//
// Of pairs the gradient is, with the s_i of the backward step,
//
//   p(y_{t-1} = i, y_t = j) = m_{t-1}[i] P(j | i) = (m_{t-1}[i] / s_i) P[j][i] exp(u_t[j] - max
//   u_t)
//
// whose sum over all steps is a product of two matrices of (steps, C), times P element by element.
// Where m / s might leave the range of T, the pairs of that label are formed one by one.
#pragma once

#include "cpu/kernels/dense.h"
#include "cpu/kernels/loss.h"
#include "cpu/kernels/product.h"
#include "problem/crf.h"

namespace pyrnn::PYRNN_ISA {
namespace {

template <class T>
struct CrfLimits;
template <>
struct CrfLimits<float> {
  static constexpr float kTiny = 1.7e-38f;  // exp(-kLimit)
  static constexpr float kEps = 6e-8f;
  static constexpr float kFar = 1e-15f;         // m / s stays below 1e15
  static constexpr float kNegligible = 1e-14f;  // of a marginal: ε²
};
template <>
struct CrfLimits<double> {
  static constexpr double kTiny = 3.4e-308;
  static constexpr double kEps = 1.2e-16;
  static constexpr double kFar = 1e-150;
  static constexpr double kNegligible = 1e-32;
};

template <class T>
constexpr T kImpossible = -__builtin_inf();

template <class T>
CrfScratch crf_scratch(i64 C) {
  const i64 lanes = Columns<T>(C, kMaxVectors).vectors * kWidth<T>;
  return {lanes * C, lanes, 4 * kMaxRows * lanes};
}

template <class T>
PYRNN_INLINE T largest_lane(Vec<T> v) {
  alignas(64) T lanes[kWidth<T>];
  store(lanes, v);
#pragma GCC unroll 4
  for (int half = kWidth<T> / 2; half > 0; half /= 2) {
#pragma GCC unroll 8
    for (int i = 0; i < half; ++i) lanes[i] = max(lanes[i], lanes[i + half]);
  }
  return lanes[0];
}

/// What is subtracted from numbers of which this is the largest.
template <class V>
PYRNN_INLINE V shift_of(V largest) {
  return largest > splat<V>(kImpossible<typename Element<V>::type>) ? largest : V{};
}

/// e^x for x <= 0; 0 where it would be denormal, and for minus infinity.
template <class T>
PYRNN_INLINE Vec<T> power(Vec<T> x) {
  return zero_below(x, splat<Vec<T>>(-Exponential<T>::kLimit), exp(x));
}

/// ln sum_i exp(x[i] + scores[i][lane] - base) for a vector of columns.
template <class T>
PYRNN_INLINE Vec<T> far_sum(const T* x, const T* scores, i64 C, i64 left, Vec<T> base) {
  Vec<T> largest = splat<Vec<T>>(kImpossible<T>), sum{};
  const auto term = [&](i64 i) {
    return splat<Vec<T>>(x[i]) + (load_upto(scores + i * C, left) - base);
  };
  for (i64 i = 0; i < C; ++i) largest = max(term(i), largest);
  const Vec<T> shift = shift_of(largest);
  for (i64 i = 0; i < C; ++i) sum = sum + power<T>(term(i) - shift);
  return largest > splat<Vec<T>>(kImpossible<T>) ? shift + log_of_normal(sum) : largest;
}

/// The field's steps in one direction.
template <class T>
struct CrfSteps {
  const CrfMatrix<T>& of;
  i64 C, lanes;

  PYRNN_INLINE CrfSteps(const CrfMatrix<T>& matrix, i64 labels)
      : of(matrix), C(labels), lanes(Columns<T>(labels, kMaxVectors).vectors * kWidth<T>) {}

  /// Packs the vector of columns from j on.
  [[gnu::noinline]] void pack(i64 j) const {
    const Columns<T> columns(C, kMaxVectors);
    i64 tile = 0;
    while (tile + 1 < columns.tiles && columns.begin(tile + 1) * kWidth<T> <= j) ++tile;
    const i64 first = columns.begin(tile) * kWidth<T>, width = columns.width(tile) * kWidth<T>;
    Vec<T> largest = splat<Vec<T>>(kImpossible<T>);
    for (i64 i = 0; i < C; ++i) largest = max(load_upto(of.scores + i * C + j, C - j), largest);
    store(of.largest + j, largest);
    for (i64 lane = C - j; lane < kWidth<T>; ++lane) of.largest[j + lane] = kImpossible<T>;
    const T least = static_cast<T>(C) * (CrfLimits<T>::kTiny / CrfLimits<T>::kEps);
    const Vec<T> all = load(of.largest + j), shift = shift_of(all);
    store(of.least + j,
          all > splat<Vec<T>>(kImpossible<T>) ? splat<Vec<T>>(least) : splat<Vec<T>>(T(-1)));
    for (i64 i = 0; i < C; ++i) {
      const Vec<T> score = load_upto(of.scores + i * C + j, C - j);
      store(of.panels + first * C + i * width + (j - first), power<T>(score - shift));
    }
  }

  /// sums[r][j] = s_j, or ln s_j where that is not exact, which is below 0. p [C]: of each row.
  [[gnu::noinline]] void sum(const T* const* p, const T* const* x, int rows, T* sums) const {
    const Columns<T> columns(C, kMaxVectors);
    Vec<T> spare = splat<Vec<T>>(T(1));
    for (i64 tile = 0; tile < columns.tiles; ++tile) {
      const i64 first = columns.begin(tile) * kWidth<T>;
      const int width = columns.width(tile);
      Vec<T> acc[kTileVectors];
      for (int n = 0; n < rows * width; ++n) acc[n] = Vec<T>{};
      dense_tile(p, rows, of.panels + first * C, width, C, acc);
      for (int v = 0; v < width; ++v) {
        const Vec<T> least = load(of.least + first + v * kWidth<T>);
        for (int r = 0; r < rows; ++r) {
          store(sums + r * lanes + first + v * kWidth<T>, acc[r * width + v]);
          spare = min(acc[r * width + v] - least, spare);
        }
      }
    }
    if (largest_lane<T>(-spare) > 0) {
      for (int r = 0; r < rows; ++r) sum_far(x[r], sums + r * lanes);
    }
  }

  [[gnu::noinline, gnu::cold]] void sum_far(const T* x, T* sums) const {
    for (i64 j = 0; j < lanes; j += kWidth<T>) {
      const Vec<T> s = load(sums + j), least = load(of.least + j);
      if (!(largest_lane<T>(least - s) > 0)) continue;
      const Vec<T> far = far_sum(x, of.scores + j, C, C - j, load(of.largest + j));
      store(sums + j, s < least ? far : s);
    }
  }

  /// x'[j] = c_j + ln s_j of one row [lanes], in the place of s or elsewhere.
  [[gnu::noinline]] void logarithms(const T* sums, T* out) const {
    for (i64 j = 0; j < lanes; j += kWidth<T>) {
      const Vec<T> s = load(sums + j);
      store(out + j, load(of.largest + j) + (s < Vec<T>{} ? s : log_of_normal(s)));
    }
  }
};

/// A row [lanes] of C numbers, minus infinity behind them.
template <class T>
PYRNN_INLINE void fill_up(const T* from, i64 C, i64 lanes, T* to) {
  for (i64 j = 0; j < lanes; ++j) to[j] = j < C ? from[j] : kImpossible<T>;
}

/// x = a + b - m, m = max (a + b), and p = exp x. a [lanes] is filled up; the others are [C].
template <class T>
[[gnu::noinline]] T settle(const T* a, const T* b, i64 C, T* x, T* p) {
  Vec<T> best = splat<Vec<T>>(kImpossible<T>);
  for (i64 j = 0; j < C; j += kWidth<T>) {
    const Vec<T> sum = load(a + j) + load_upto(b + j, C - j);
    store_upto(x + j, sum, C - j);
    best = max(sum, best);
  }
  const T m = shift_of(largest_lane<T>(best));
  for (i64 j = 0; j < C; j += kWidth<T>) {
    const Vec<T> moved = load_upto(x + j, C - j) - splat<Vec<T>>(m);
    store_upto(x + j, moved, C - j);
    store_upto(p + j, power<T>(moved), C - j);
  }
  return m;
}

/// w = exp (a + r - max (a + r)), which are marginals when divided by their sum: that is returned.
/// r [lanes] is filled up; the others are [C].
template <class T>
[[gnu::noinline]] T weigh(const T* a, const T* r, i64 C, T* w) {
  Vec<T> best = splat<Vec<T>>(kImpossible<T>);
  for (i64 j = 0; j < C; j += kWidth<T>) {
    const Vec<T> sum = load_upto(a + j, C - j) + load(r + j);
    store_upto(w + j, sum, C - j);
    best = max(sum, best);
  }
  return exp_shifted(w, C, shift_of(largest_lane<T>(best)), w);
}

/// Sequences that go through their steps together, the longest first, and a worker's rows for them.
template <class T>
struct CrfGroup {
  const Crf<T>& of;
  i64 b[kMaxRows];
  int count;
  i64 lanes;
  T *sums, *powers, *logs, *rest;  // [kMaxRows, lanes] each

  PYRNN_INLINE i64 length(int r) const { return of.lengths[b[r]]; }
  /// How many of them have a step t.
  PYRNN_INLINE int active(i64 t) const {
    int rows = count;
    while (rows > 0 && length(rows - 1) <= t) --rows;
    return rows;
  }
  PYRNN_INLINE i64 place(i64 t, int r) const { return (t * of.B + b[r]) * of.C; }
};

/// The part of `order` that a worker has: about as much work each, of which sequence b takes
/// work[b]. Those of equal work lie side by side in memory as well, so that workers seldom write to
/// the same cache line.
PYRNN_INLINE Share share_of_work(const i64* order, const i64* work, i64 B, const Worker& worker) {
  i64 all = 0;
  for (i64 b = 0; b < B; ++b) all += work[b];
  const auto reach = [&](int part) {
    const i64 limit = all * part / worker.count;
    i64 k = 0;
    for (i64 before = 0; k < B && before < limit; ++k) before += work[order[k]];
    return k;
  };
  return {reach(worker.index), worker.index + 1 < worker.count ? reach(worker.index + 1) : B};
}

template <class T, class F>
PYRNN_INLINE void each_group(const Crf<T>& of, T* rows, int parts, const Worker& team, F&& f) {
  const Worker worker{team.index, static_cast<int>(lesser(parts, team.count)), nullptr};
  if (worker.index >= worker.count) return;
  const CrfScratch room = crf_scratch<T>(of.C);
  T* const own = rows + worker.index * room.rows;
  const i64 stride = kMaxRows * room.lanes;
  const Share sequences = share_of_work(of.order, of.lengths, of.B, worker);
  const Groups groups(sequences.end - sequences.begin);
  for (i64 g = 0; g < groups.count; ++g) {
    CrfGroup<T> group{of,  {},           groups.size(g),   room.lanes,
                      own, own + stride, own + 2 * stride, own + 3 * stride};
    for (int r = 0; r < group.count; ++r) {
      group.b[r] = of.order[sequences.begin + groups.begin(g) + r];
    }
    f(group);
  }
}

/// Clears what lies past the lengths of an array [steps, B, C].
template <class T>
PYRNN_INLINE void clear_rest(const Crf<T>& of, T* array, const Worker& worker) {
  const Share own = share(of.steps, worker);
  for (i64 t = own.begin; t < own.end; ++t) {
    for (i64 b = 0; b < of.B; ++b) {
      if (t < of.lengths[b]) continue;
      __builtin_memset(array + (t * of.B + b) * of.C, 0,
                       static_cast<std::size_t>(of.C) * sizeof(T));
    }
  }
}

template <class T>
PYRNN_INLINE void pack_share(const CrfSteps<T>& steps, const Worker& worker) {
  const Share own = share(steps.lanes / kWidth<T>, worker);
  for (i64 v = own.begin; v < own.end; ++v) steps.pack(v * kWidth<T>);
}

/// What step t of the labels adds to their score, in double, as no digit of it is to be lost.
template <class T>
PYRNN_INLINE double label_score(const Crf<T>& of, i64 t, i64 b) {
  const i64 y = of.labels[t * of.B + b];
  const T before = t == 0 ? of.start[y] : of.transitions[of.labels[(t - 1) * of.B + b] * of.C + y];
  return static_cast<double>(before) + static_cast<double>(of.emissions[(t * of.B + b) * of.C + y]);
}

/// ln p of labels with a score, from the last x of a sequence, of which `offset` was subtracted.
template <class T>
[[gnu::noinline]] T log_probability(const CrfGroup<T>& group, int r, const T* x, double offset,
                                    double score) {
  const Crf<T>& of = group.of;
  const i64 last = group.length(r) - 1, C = of.C;
  T* const rest = group.rest + r * group.lanes;
  score += static_cast<double>(of.end[of.labels[last * of.B + group.b[r]]]);
  fill_up(of.end, C, group.lanes, rest);
  const T m = settle(rest, x, C, rest, rest);
  T sum = 0;
  for (i64 j = 0; j < C; ++j) sum += rest[j];
  const double value = score - ((offset + static_cast<double>(m)) + static_cast<double>(log(sum)));
  if (score == kImpossible<double>) return kImpossible<T>;
  return value > 0 ? T(0) : static_cast<T>(value);  // what is above 0 is rounding
}

template <class T>
void forward_group(const CrfForward<T>& task, const CrfGroup<T>& group) {
  const Crf<T>& of = task.of;
  const CrfSteps<T> steps(task.matrix, of.C);
  double offset[kMaxRows] = {}, score[kMaxRows] = {};
  const T *p[kMaxRows], *x[kMaxRows];
  for (int r = 0; r < group.count; ++r) {
    p[r] = group.powers + r * group.lanes;
    if (task.log_likelihood && group.length(r) == 0) task.log_likelihood[group.b[r]] = 0;
  }
  for (i64 t = 0; t < group.length(0); ++t) {
    const int rows = group.active(t);
    if (t > 0) steps.sum(p, x, rows, group.sums);
    for (int r = 0; r < rows; ++r) {
      T* const sums = group.sums + r * group.lanes;
      if (t == 0) {
        fill_up(of.start, of.C, group.lanes, sums);
      } else {
        steps.logarithms(sums, sums);
      }
      T* const alphas = task.alphas + group.place(t, r);
      offset[r] += static_cast<double>(settle(sums, of.emissions + group.place(t, r), of.C, alphas,
                                              group.powers + r * group.lanes));
      x[r] = alphas;
      if (!task.log_likelihood) continue;
      score[r] += label_score(of, t, group.b[r]);
      if (t + 1 < group.length(r)) continue;
      task.log_likelihood[group.b[r]] = log_probability(group, r, x[r], offset[r], score[r]);
    }
  }
}

template <class T>
void crf_forward(const CrfForward<T>& task, const Worker& worker) {
  clear_rest(task.of, task.alphas, worker);
  pack_share(CrfSteps<T>(task.matrix, task.of.C), worker);
  wait(worker.barrier);
  each_group(task.of, task.rows, task.parts, worker,
             [&](const CrfGroup<T>& group) { forward_group(task, group); });
}

}  // namespace
}  // namespace pyrnn::PYRNN_ISA
