// Back through a conditional random field (cpu/kernels/crf.h): marginals m, and gradients,
//
//   de_t[j] = dy ([y_t = j] - m_t[j]),   dstart = sum over b of de_0,   dend = sum over b of
//   de_{N-1}, dA[i][j] = sum over b, t of dy ([y_{t-1} = i, y_t = j] - p(y_{t-1} = i, y_t = j))
//
// Row (b, t) of `before` holds -dy m_t[i] / s_i, the same row of `after` exp(u_{t+1}[j] - max
// u_{t+1}).
#pragma once

#include "cpu/kernels/crf.h"

namespace pyrnn::PYRNN_ISA {
namespace {

/// Weights w of a step become its emissions' gradient but for what the labels add, -dy w / sum w,
/// and a row of `before`, unless that is null. Whether there are pairs that must be formed one by
/// one.
template <class T>
[[gnu::noinline]] bool spread(T* w, i64 C, T factor, const T* sums, T* before) {
  Vec<T> far{};
  for (i64 j = 0; j < C; j += kWidth<T>) {
    const Vec<T> weight = load_upto(w + j, C - j);
    const Vec<T> d = fma(weight, splat<Vec<T>>(factor), Vec<T>{});  // no minus zeros
    store_upto(w + j, d, C - j);
    if (!before) continue;
    const Vec<T> s = load(sums + j), least = splat<Vec<T>>(CrfLimits<T>::kFar);
    store_upto(before + j, s < least ? Vec<T>{} : d / s, C - j);
    far = max(s < least ? weight : Vec<T>{}, far);
  }
  return largest_lane<T>(far) > CrfLimits<T>::kNegligible;
}

/// One step of one sequence; `last`: of its steps.
template <class T>
PYRNN_INLINE void backward_row(const CrfBackward<T>& task, const CrfGroup<T>& group,
                               const CrfSteps<T>& steps, i64 t, int r) {
  const Crf<T>& of = task.of;
  const i64 b = group.b[r], place = group.place(t, r);
  const bool last = t + 1 == group.length(r);
  T* const sums = group.sums + r * group.lanes;
  T* const rest = group.rest + r * group.lanes;
  if (last) {
    fill_up(of.end, of.C, group.lanes, rest);
  } else {
    steps.logarithms(sums, rest);
  }
  T* const out = task.out + place;
  const T total = weigh(task.alphas + place, rest, of.C, out);
  const T share_of_all = total > 0 ? 1 / total : T(0);
  if (task.dy) {
    const i64 pair = (task.first_pair[b] + t) * of.C;
    const bool far =
        spread(out, of.C, -task.dy[b] * share_of_all, sums, last ? nullptr : task.before + pair);
    if (far) task.far[b] = 1;
    out[of.labels[t * of.B + b]] += task.dy[b];
  } else {
    spread<T>(out, of.C, share_of_all, nullptr, nullptr);
  }
}

/// exp (u_t - max u_t) of a step, as the step before it reads them.
template <class T>
PYRNN_INLINE T* powers_of(const CrfBackward<T>& task, const CrfGroup<T>& group, i64 t, int r) {
  if (!task.dy) return group.powers + r * group.lanes;
  return task.after + (task.first_pair[group.b[r]] + t - 1) * task.of.C;
}

template <class T>
void backward_group(const CrfBackward<T>& task, const CrfGroup<T>& group) {
  const Crf<T>& of = task.of;
  const CrfSteps<T> steps(task.matrix, of.C);
  const T *p[kMaxRows], *x[kMaxRows];
  int before = 0;  // rows that had a step t + 1
  for (i64 t = group.length(0) - 1; t >= 0; --t) {
    const int rows = group.active(t);
    if (before > 0) steps.sum(p, x, before, group.sums);
    for (int r = 0; r < rows; ++r) {
      backward_row(task, group, steps, t, r);
      if (t == 0) continue;
      T* const powers = powers_of(task, group, t, r);
      T* const logs = group.logs + r * group.lanes;
      settle(group.rest + r * group.lanes, of.emissions + group.place(t, r), of.C, logs, powers);
      p[r] = powers;
      x[r] = logs;
    }
    before = rows;
  }
}

/// counts[q][i][j] = sum of dy over the pairs (i, j) of labels, in the q-th part of the sequences.
template <class T>
void count_pairs(const CrfBackward<T>& task, const Worker& worker) {
  const Crf<T>& of = task.of;
  const Share own = share(kCrfCounts, worker);
  for (i64 q = own.begin; q < own.end; ++q) {
    T* const counts = task.counts + q * of.C * of.C;
    __builtin_memset(counts, 0, static_cast<std::size_t>(of.C * of.C) * sizeof(T));
    for (i64 b = of.B * q / kCrfCounts; b < of.B * (q + 1) / kCrfCounts; ++b) {
      const i64* const y = of.labels + b;
      for (i64 t = 1; t < of.lengths[b]; ++t) {
        counts[y[(t - 1) * of.B] * of.C + y[t * of.B]] += task.dy[b];
      }
    }
  }
}

/// What the transitions that an exponential has been taken of add: P[j][i] G[i][j] + counts.
template <class T>
PYRNN_INLINE void finish_transitions(const CrfBackward<T>& task, i64 i) {
  const i64 C = task.of.C;
  const Vec<T> largest = shift_of(splat<Vec<T>>(task.matrix.largest[i]));
  for (i64 j = 0; j < C; j += kWidth<T>) {
    Vec<T> counts{};
    for (i64 q = 0; q < kCrfCounts; ++q) {
      counts = counts + load_upto(task.counts + (q * C + i) * C + j, C - j);
    }
    const Vec<T> share_of_all =
        power<T>(load_upto(task.of.transitions + i * C + j, C - j) - largest);
    T* const d = task.dtransitions + i * C + j;
    store_upto(d, fma(share_of_all, load_upto(d, C - j), counts), C - j);
  }
}

/// The pairs of labels in `own` that `before` leaves out, of the steps (t, t + 1) of a sequence:
///   p(i, j) = m_{t+1}[j] exp(a_t[i] + A[i][j] - ln sum_k exp(a_t[k] + A[k][j]))
template <class T>
[[gnu::noinline, gnu::cold]] void add_far(const CrfBackward<T>& task, i64 b, i64 t,
                                          const Share& own, T* sums) {
  const Crf<T>& of = task.of;
  const i64 C = of.C, row = (t * of.B + b) * C, next = ((t + 1) * of.B + b) * C;
  const T* const before = task.before + (task.first_pair[b] + t) * C;
  const auto marginal = [&](i64 at, i64 step, i64 j) {
    const T own_label = of.labels[step * of.B + b] == j ? T(1) : T(0);
    return own_label - task.out[at + j] / task.dy[b];
  };
  bool summed = false;
  for (i64 i = own.begin; i < own.end; ++i) {
    if (before[i] != 0 || !(marginal(row, t, i) > 0)) continue;
    for (i64 j = 0; j < C && !summed; j += kWidth<T>) {
      store(sums + j, far_sum(task.alphas + row, of.transitions + j, C, C - j, Vec<T>{}));
    }
    summed = true;
    for (i64 j = 0; j < C; ++j) {
      const T reached = marginal(next, t + 1, j);
      const T score = task.alphas[row + i] + of.transitions[i * C + j];
      if (!(reached > 0) || score == kImpossible<T>) continue;
      const T d = score - sums[j];
      const T share_of_all = zero_below(d, -Exponential<T>::kLimit, exp(d));
      task.dtransitions[i * C + j] -= task.dy[b] * (reached * share_of_all);
    }
  }
}

/// dA: those workers that have rows of scratch share its rows. dstart, dend: they share the
/// columns.
template <class T>
void finish_gradients(const CrfBackward<T>& task, const Worker& team) {
  const Crf<T>& of = task.of;
  const i64 C = of.C;
  const Worker worker{team.index, static_cast<int>(lesser(task.parts, team.count)), nullptr};
  if (worker.index >= worker.count) return;
  const Share own = share(C, worker);
  for (i64 i = own.begin; i < own.end; ++i) finish_transitions(task, i);
  T* const sums = task.rows + worker.index * crf_scratch<T>(C).rows;
  for (i64 b = 0; b < of.B; ++b) {
    if (!task.far[b] || task.dy[b] == 0) continue;
    for (i64 t = 0; t + 1 < of.lengths[b]; ++t) add_far(task, b, t, own, sums);
  }
  const Share vectors = share((C + kWidth<T> - 1) / kWidth<T>, worker);
  for (i64 j = vectors.begin * kWidth<T>; j < lesser(vectors.end * kWidth<T>, C); j += kWidth<T>) {
    Vec<T> first{}, last{};
    for (i64 b = 0; b < of.B; ++b) {
      if (of.lengths[b] == 0) continue;
      first = first + load_upto(task.out + b * C + j, C - j);
      last = last + load_upto(task.out + ((of.lengths[b] - 1) * of.B + b) * C + j, C - j);
    }
    store_upto(task.dstart + j, first, C - j);
    store_upto(task.dend + j, last, C - j);
  }
}

template <class T>
void crf_backward(const CrfBackward<T>& task, const Worker& worker) {
  const Crf<T>& of = task.of;
  const i64 C = of.C;
  const CrfSteps<T> steps(task.matrix, C);
  const Share packed = share(steps.lanes / kWidth<T>, worker);
  for (i64 i = packed.begin * kWidth<T>; i < lesser(packed.end * kWidth<T>, C); ++i) {
    for (i64 j = 0; j < C; ++j) task.transposed[j * C + i] = of.transitions[i * C + j];
  }
  pack_share(steps, worker);
  clear_rest(of, task.out, worker);
  if (task.dy) {
    count_pairs(task, worker);
    if (worker.index == 0 && of.B > 0) {  // of nothing it has no address
      __builtin_memset(task.far, 0, static_cast<std::size_t>(of.B));
    }
  }
  wait(worker.barrier);
  each_group(of, task.rows, task.parts, worker,
             [&](const CrfGroup<T>& group) { backward_group(task, group); });
  if (!task.dy) return;
  wait(worker.barrier);
  Product<T> pairs{};
  pairs.M = pairs.N = pairs.lda = pairs.ldb = C;
  pairs.K = task.pairs;
  pairs.a = task.before;
  pairs.b = task.after;
  pairs.c = task.dtransitions;
  pairs.transpose_a = true;
  pairs.scratch = task.product;
  product(pairs, worker);
  wait(worker.barrier);
  finish_gradients(task, worker);
}

}  // namespace
}  // namespace pyrnn::PYRNN_ISA
