// The paths of highest score through a conditional random field: Viterbi's algorithm with K places
// for each label, in double. The scores of a path are added from its first step to its last.
//
//   v_0[j] = start[j] + e_0[j],   v_t[j] = the K largest of (v_{t-1}[i][k] + A[i][j]) + e_t[j]
//
// Places are numbered i K + k, and of equal scores the lower number comes first: so the path whose
// last label is lower, then the one whose label before it is lower, and so on. NaN is larger than
// any number. Minus infinity is no path.
#pragma once

#include "cpu/kernels/convolution.h"
#include "cpu/kernels/crf.h"

namespace pyrnn::PYRNN_ISA {
namespace {

using Places = typename Element<Vec<double>>::bits;

/// One step with one place, whose scores stay in registers (50 labels: a quarter of the time).
inline void viterbi_step_of_one(const Crf<double>& of, const double* v, const double* e,
                                double* out, i64* came) {
  using T = double;
  const Columns<T> columns(of.C, kMaxVectors);
  for (i64 tile = 0; tile < columns.tiles; ++tile) {
    const i64 first = columns.begin(tile) * kWidth<T>;
    with_constant<kMaxVectors>(columns.width(tile), [&](auto width) {
      constexpr int kVectors = decltype(width)::value;
      Vec<T> best[kVectors];
      Places from[kVectors] = {};
      for (int q = 0; q < kVectors; ++q) best[q] = splat<Vec<T>>(kImpossible<T>);
      for (i64 i = 0; i < of.C; ++i) {
        if (v[i] == kImpossible<T>) continue;
        const T* const A = of.transitions + i * of.C + first;
        for (int q = 0; q < kVectors; ++q) {
          const i64 left = of.C - first - q * kWidth<T>;
          const Vec<T> value = splat<Vec<T>>(v[i]) + load_upto(A + q * kWidth<T>, left);
          const auto keep = stays(best[q], value);
          best[q] = keep ? best[q] : value;
          from[q] = keep ? from[q] : Places{} + i;
        }
      }
      for (int q = 0; q < kVectors; ++q) {
        const i64 j = first + q * kWidth<T>;
        const Vec<T> sum = best[q] + load_upto(e + j, of.C - j);
        store(out + j, best[q] == splat<Vec<T>>(kImpossible<T>) ? best[q] : sum);
        __builtin_memcpy(came + j, &from[q], sizeof from[q]);
      }
    });
  }
}

/// One step: out, came [K, lanes] of v [K, lanes].
inline void viterbi_step(const Crf<double>& of, i64 K, i64 lanes, const double* v, const double* e,
                         double* out, i64* came) {
  using T = double;
  if (K == 1) return viterbi_step_of_one(of, v, e, out, came);
  for (i64 n = 0; n < K * lanes; ++n) out[n] = kImpossible<T>;
  for (i64 i = 0; i < of.C; ++i) {
    for (i64 k = 0; k < K && v[k * lanes + i] != kImpossible<T>; ++k) {
      for (i64 j = 0; j < of.C; j += kWidth<T>) {
        Vec<T> value =
            splat<Vec<T>>(v[k * lanes + i]) + load_upto(of.transitions + i * of.C + j, of.C - j);
        Places place = Places{} + (i * K + k), moved{};  // what has moved goes before its equals
        for (i64 q = 0; q < K; ++q) {
          T* const best = out + q * lanes + j;
          i64* const from = came + q * lanes + j;
          const Vec<T> there = load(best);
          Places there_from;
          __builtin_memcpy(&there_from, from, sizeof there_from);
          const auto keep = stays(there, value) & (moved == 0);
          moved = keep ? moved : Places{} + 1;
          store(best, keep ? there : value);
          const Places stored = keep ? there_from : place;
          __builtin_memcpy(from, &stored, sizeof stored);
          value = keep ? value : there;
          place = keep ? place : there_from;
        }
      }
    }
  }
  for (i64 k = 0; k < K; ++k) {
    for (i64 j = 0; j < of.C; j += kWidth<T>) {
      const Vec<T> value = load(out + k * lanes + j);
      const Vec<T> sum = value + load_upto(e + j, of.C - j);
      store(out + k * lanes + j, value == splat<Vec<T>>(kImpossible<T>) ? value : sum);
    }
  }
}

/// The K best places at the end, among all labels.
PYRNN_INLINE void viterbi_end(const CrfDecode& task, i64 lanes, const double* v, i64 b,
                              i64* found) {
  const i64 K = task.K, B = task.of.B;
  for (i64 i = 0; i < task.of.C; ++i) {
    for (i64 k = 0; k < K && v[k * lanes + i] != kImpossible<double>; ++k) {
      double value = v[k * lanes + i] + task.of.end[i];
      i64 place = i * K + k;
      bool moved = false;
      for (i64 q = 0; q < K; ++q) {
        double& best = task.scores[q * B + b];
        if (!moved && stays(best, value)) continue;
        moved = true;
        const double later = best;
        const i64 later_place = found[q];
        best = value;
        found[q] = place;
        value = later;
        place = later_place;
      }
    }
  }
}

inline void decode_sequence(const CrfDecode& task, i64 b, i64 lanes, double* values, i64* came,
                            i64* found) {
  const Crf<double>& of = task.of;
  const i64 K = task.K, N = of.lengths[b];
  for (i64 k = 0; k < K; ++k) {
    task.scores[k * of.B + b] = N == 0 && k == 0 ? 0 : kImpossible<double>;
    for (i64 t = 0; t < of.steps; ++t) task.paths[(k * of.steps + t) * of.B + b] = -1;
  }
  if (N == 0) return;
  double *v = values, *next = values + K * lanes;
  for (i64 n = 0; n < K * lanes; ++n) {
    v[n] = kImpossible<double>;
    if (n < of.C && of.start[n] != v[n]) v[n] = of.start[n] + of.emissions[b * of.C + n];
  }
  for (i64 t = 1; t < N; ++t) {
    viterbi_step(of, K, lanes, v, of.emissions + (t * of.B + b) * of.C, next, came + t * K * lanes);
    double* const old = v;
    v = next;
    next = old;
  }
  viterbi_end(task, lanes, v, b, found);
  for (i64 k = 0; k < K && task.scores[k * of.B + b] != kImpossible<double>; ++k) {
    i64 place = found[k];
    for (i64 t = N - 1; t >= 0; --t) {
      const i64 label = place / K;
      task.paths[(k * of.steps + t) * of.B + b] = label;
      if (t > 0) place = came[(t * K + place % K) * lanes + label];
    }
  }
}

inline void crf_decode(const CrfDecode& task, const Worker& team) {
  const Worker worker{team.index, static_cast<int>(lesser(task.parts, team.count)), nullptr};
  if (worker.index >= worker.count) return;
  const i64 lanes = crf_scratch<double>(task.of.C).lanes, row = task.K * lanes;
  const Share own = share_of_work(task.of.order, task.of.lengths, task.of.B, worker);
  for (i64 n = own.begin; n < own.end; ++n) {
    decode_sequence(task, task.of.order[n], lanes, task.values + worker.index * 2 * row,
                    task.came + worker.index * task.of.steps * row,
                    task.found + worker.index * task.K);
  }
}

}  // namespace
}  // namespace pyrnn::PYRNN_ISA
