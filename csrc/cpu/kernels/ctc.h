// Losses of connectionist temporal classification and their gradients (Graves et al. 2006):
//
//   loss = -ln p(l),   p(l): the sum over all paths through the lattice of l (ctc_lattice.h)
//   dloss/dx_t(c) = p_t(c) - the share of p(l) whose paths have symbol c at frame t,  p =
//   softmax(x)
//
// A worker takes a sequence through all of it. Forward, e = exp(x - max x) of each frame is left
// where the gradient will stand, those of the target's labels are gathered for the lattice, and the
// states before each chunk are kept. Backward, a chunk's states are formed again from there, so
// that they fit the first cache; shares are added up by symbol and taken from p. What e lacks to p
// is made up for at the end: ln p(l) = ln (the same of e) - sum over t of ln sum e.
#pragma once

#include "cpu/kernels/ctc_lattice.h"
#include "problem/ctc.h"

namespace pyrnn::PYRNN_ISA {
namespace {

/// A worker's room for a sequence of N frames and L symbols; J blocks of lanes.
struct CtcRoom {
  i64 J, chunks;
  double *q, *blanks, *totals;      // of each frame: [N, lanes], [N], [N]
  double *kept, *exponents;         // before each chunk: rows of states, [chunks + 1, J]
  double *states, *row;             // the rows of a chunk's frames; one row
  double* skip;                     // [lanes + a block]
  CtcWeights forward, backward;     // [lanes + a block] each
  double *shares, *factors, *ends;  // [lanes], [J], [J]
  double *occupied, *e;             // [C]; room for [C] of T
  i64 size;

  CtcRoom(double* base, i64 N, i64 L, i64 C)
      : J(L / kCtcBlock + 1), chunks((N + kCtcChunk - 1) / kCtcChunk), size(0) {
    const auto take = [&](i64 n) {
      double* const place = base ? base + size : nullptr;
      size += (n + kCtcBlock - 1) / kCtcBlock * kCtcBlock;
      return place;
    };
    const i64 lanes = J * kCtcBlock;
    q = take(N * lanes);
    blanks = take(N);
    totals = take(N);
    kept = take(chunks * CtcRow::size(J));
    exponents = take((chunks + 1) * J);
    states = take(kCtcChunk * CtcRow::size(J));
    row = take(CtcRow::size(J));
    skip = take(lanes + kCtcBlock);
    forward = {take(lanes + kCtcBlock), take(lanes + kCtcBlock)};
    backward = {take(lanes + kCtcBlock), take(lanes + kCtcBlock)};
    shares = take(lanes);
    factors = take(J);
    ends = take(J);
    occupied = take(C);
    e = take(C);
  }
};

inline i64 ctc_scratch(i64 N, i64 L, i64 C) { return CtcRoom(nullptr, N, L, C).size; }

enum class CtcOutcome {
  kDone,
  kFar,     // numbers do not reach: to be done again with logarithms
  kBroken,  // a frame has no softmax
};

/// One sequence.
template <class T>
struct CtcSequence {
  const Ctc<T>& of;
  const i64 b, N, L;
  const i64* const symbols;
  const CtcRoom room;
  double log_p = 0;
  CtcTotal total{};

  CtcSequence(const Ctc<T>& task, i64 sequence, double* scratch)
      : of(task),
        b(sequence),
        N(of.lengths[b]),
        L(of.symbols[b]),
        symbols(of.targets + b * of.L),
        room(scratch, N, L, of.C) {}

  PYRNN_INLINE i64 place(i64 t) const { return (t * of.B + b) * of.C; }
  /// Where e of a frame stands, and later its gradient.
  PYRNN_INLINE T* row(i64 t) const {
    return of.gradient ? of.gradient + place(t) : reinterpret_cast<T*>(room.e);
  }
  PYRNN_INLINE CtcRow state(double* rows, i64 k) const {
    return {rows + k * CtcRow::size(room.J), room.J};
  }

  void run() {
    i64 required = L;
    for (i64 k = 1; k < L; ++k) required += symbols[k] == symbols[k - 1];
    log_p = required > N ? kImpossible<double> : 0;
    CtcOutcome outcome = CtcOutcome::kDone;
    if (required <= N && N > 0) outcome = solve<CtcNumbers>();
    if (outcome == CtcOutcome::kFar) outcome = solve<CtcLogarithms>();
    T loss = static_cast<T>(-log_p);
    if (outcome == CtcOutcome::kBroken) loss = static_cast<T>(__builtin_nan(""));
    if (!of.normalized && loss < 0) loss = 0;  // rounding
    of.losses[b] = loss == 0 ? T(0) : loss;
    if (!of.gradient) return;
    if (loss - loss != 0) fill(0, loss != loss ? loss : T(0));
    fill(N, 0);
  }

  /// The gradient of all frames from t on.
  void fill(i64 t, T value) const {
    for (; t < of.steps; ++t) {
      for (i64 c = 0; c < of.C; ++c) row(t)[c] = value;
    }
  }

  template <class A>
  CtcOutcome solve() {
    const i64 lanes = room.J * kCtcBlock;
    for (i64 k = 0; k < lanes + kCtcBlock; ++k) {
      const bool differs = k > 0 && k < L && symbols[k] != symbols[k - 1];
      room.skip[k] = differs ? A::kOne : A::kNever;
      room.forward.near[k] = room.backward.near[k] = A::kOne;
      room.forward.far[k] = room.skip[k];
      if (k > 0) room.backward.far[k - 1] = room.skip[k];
    }
    const CtcOutcome outcome = forward<A>();
    if (outcome != CtcOutcome::kDone || log_p == kImpossible<double>) return outcome;
    return backward<A>();
  }

  /// The states before all frames, or after them: `one` blank alone.
  template <class A>
  CtcRow start(i64 one, double* exponents) const {
    for (i64 k = 0; k < CtcRow::size(room.J); ++k) room.row[k] = A::kNever;
    for (i64 j = 0; j < room.J; ++j) exponents[j] = 0;
    const CtcRow only = state(room.row, 0);
    only.blanks[one] = A::kOne;
    return only;
  }

  template <class A>
  CtcOutcome forward() {
    const CtcRow a = start<A>(0, room.exponents);
    double* E = room.exponents;
    log_p = 0;
    for (i64 chunk = 0; chunk < room.chunks; ++chunk, E += room.J) {
      A::template settle<1>(a, room.J, E);
      A::template bridge<1>(room.forward, room.skip, room.J, E);
      copy(room.row, state(room.kept, chunk).base, CtcRow::size(room.J));
      copy(E, E + room.J, room.J);
      double product = 1;
      for (i64 t = chunk * kCtcChunk; t < lesser((chunk + 1) * kCtcChunk, N); ++t) {
        const bool reaches = read<A>(t);
        product *= room.totals[t];
        if (of.normalized ? product != product : !(product > 0)) return CtcOutcome::kBroken;
        if (!reaches) return CtcOutcome::kFar;
        ctc_advance<A>(a, a, room.J, room.forward, q(t), room.blanks[t]);
      }
      if (!A::kLogarithms && !of.normalized) log_p -= log(product);
    }
    // All that the blank behind the last label would have.
    alignas(64) double last[kCtcLanes];
    store(last, A::join(load(a.blanks + L), load(a.labels + L - 1), load(room.forward.near + L)));
    total = A::total(last[0], E[L / kCtcBlock]);
    log_p += total.logarithm;
    return total.reaches ? CtcOutcome::kDone : CtcOutcome::kFar;
  }

  PYRNN_INLINE double* q(i64 t) const { return room.q + t * room.J * kCtcBlock; }

  static void copy(const double* from, double* to, i64 n) {
    for (i64 k = 0; k < n; ++k) to[k] = from[k];
  }

  /// e of a frame, its sum, and what the lattice multiplies with. Whether numbers reach.
  template <class A>
  bool read(i64 t) {
    const T* const x = of.logits + place(t);
    T* const e = row(t);
    const T most = shift_of(largest(x, of.C)), sum = exp_shifted(x, of.C, most, e);
    room.totals[t] = static_cast<double>(sum);
    if (of.normalized && !A::kLogarithms) log_p += static_cast<double>(most);
    const T* const from = A::kLogarithms ? x : e;
    double base = 0;
    if (A::kLogarithms && !of.normalized) {
      base = static_cast<double>(most) + log(static_cast<double>(sum));
    }
    bool reaches = true;
    const auto factor = [&](i64 c) {
      const double value = static_cast<double>(from[c]);
      if (A::kLogarithms) return value - base;
      reaches &= value >= A::kLeast;
      return value;
    };
    for (i64 k = 0; k < L; ++k) q(t)[k] = factor(symbols[k]);
    for (i64 k = L; k < room.J * kCtcBlock; ++k) q(t)[k] = A::kNever;
    room.blanks[t] = factor(of.blank);
    return reaches;
  }

  template <class A>
  CtcOutcome backward() const {
    const CtcRow c = start<A>(L, room.ends);
    for (i64 k = 0; k < of.C; ++k) room.occupied[k] = 0;
    for (i64 k = 0; k < kCtcChunk; ++k) state(room.states, k).labels[-1] = A::kNever;
    for (i64 chunk = room.chunks - 1; chunk >= 0; --chunk) {
      const double* const E = room.exponents + chunk * room.J;
      A::template settle<-1>(c, room.J, room.ends);
      A::template bridge<-1>(room.backward, room.skip, room.J, room.ends);
      A::template bridge<1>(room.forward, room.skip, room.J, E);
      if (!A::is_safe(E, room.ends, total, room.J, room.factors)) return CtcOutcome::kFar;
      const i64 first = chunk * kCtcChunk, frames = lesser(kCtcChunk, N - first);
      CtcRow a = state(room.kept, chunk);
      for (i64 k = 0; k < frames; ++k) {
        ctc_advance<A>(a, state(room.states, k), room.J, room.forward, q(first + k),
                       room.blanks[first + k]);
        a = state(room.states, k);
      }
      for (i64 k = frames - 1; k >= 0; --k) {
        const double blanks =
            ctc_retreat<A>(c, room.J, room.backward, q(first + k), room.blanks[first + k],
                           state(room.states, k), room.factors, room.shares);
        if (of.gradient) spread(first + k, blanks);
      }
    }
    return CtcOutcome::kDone;
  }

  /// The gradient of a frame, from e and the shares of its labels and of its blanks.
  void spread(i64 t, double blanks) const {
    double* const occupied = room.occupied;
    for (i64 k = 0; k < L; ++k) occupied[symbols[k]] += room.shares[k];
    occupied[of.blank] = blanks;
    const T p = of.normalized ? T(0) : T(1) / static_cast<T>(room.totals[t]), scale = of.scale;
    T* const out = row(t);
    for (i64 c = 0; c < of.C; ++c) {
      out[c] = scale * (out[c] * p - static_cast<T>(occupied[c]));
      occupied[c] = 0;
    }
  }
};

template <class T>
void ctc_loss(const Ctc<T>& task, const Worker& team) {
  const Worker worker{team.index, static_cast<int>(lesser(task.parts, team.count)), nullptr};
  if (worker.index >= worker.count) return;
  const Share own = share_of_work(task.order, task.work, task.B, worker);
  for (i64 k = own.begin; k < own.end; ++k) {
    CtcSequence<T>(task, task.order[k], task.scratch + worker.index * task.room).run();
  }
}

}  // namespace
}  // namespace pyrnn::PYRNN_ISA
