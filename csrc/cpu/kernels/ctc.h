// Losses of connectionist temporal classification and their gradients (Graves et al. 2006):
//
//   loss = -ln p(l),   p(l): the sum over all paths through the lattice of l (ctc_lattice.h)
//   dloss/dx_t(c) = p_t(c) - the share of p(l) whose paths have symbol c at frame t
//
// with p_t = softmax(x_t).
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
  double *totals, *bases;           // of each frame: [N]
  double *q, *blanks;               // of the frames of a chunk: [kCtcChunk, lanes], [kCtcChunk]
  double *kept, *exponents;         // before each chunk: rows of states, [chunks + 1, J]
  double *states, *row;             // the rows of a chunk's frames; one row
  double* skip;                     // [lanes + a block]
  CtcWeights forward, backward;     // [lanes + a block] each
  double *shares, *factors, *ends;  // [kCtcChunk, lanes], [2, J], [J]
  double *occupied, *e;             // [kCtcChunk, C]; without a gradient room for [N, C] of T
  i64 size;

  CtcRoom(double* base, i64 N, i64 L, i64 C, bool gradient)
      : J(L / kCtcBlock + 1), chunks((N + kCtcChunk - 1) / kCtcChunk), size(0) {
    const auto take = [&](i64 n) {
      double* const place = base ? base + size : nullptr;
      size += (n + kCtcBlock - 1) / kCtcBlock * kCtcBlock;
      return place;
    };
    const i64 lanes = J * kCtcBlock;
    totals = take(N);
    bases = take(N);
    q = take(kCtcChunk * lanes);
    blanks = take(kCtcChunk);
    kept = take(chunks * CtcRow::size(J));
    exponents = take((chunks + 1) * J);
    states = take(kCtcChunk * CtcRow::size(J));
    row = take(CtcRow::size(J));
    skip = take(lanes + kCtcBlock);
    forward = {take(lanes + kCtcBlock), take(lanes + kCtcBlock)};
    backward = {take(lanes + kCtcBlock), take(lanes + kCtcBlock)};
    shares = take(kCtcChunk * lanes);
    factors = take(2 * J);
    ends = take(J);
    occupied = take(kCtcChunk * C);
    e = take(gradient ? 0 : N * C);
  }
};

inline i64 ctc_scratch(i64 N, i64 L, i64 C, bool gradient) {
  return CtcRoom(nullptr, N, L, C, gradient).size;
}

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
        room(scratch, N, L, of.C, of.gradient != nullptr) {}

  PYRNN_INLINE i64 place(i64 t) const { return (t * of.B + b) * of.C; }
  /// Where e of a frame stands, and later its gradient.
  PYRNN_INLINE T* row(i64 t) const {
    return of.gradient ? of.gradient + place(t) : reinterpret_cast<T*>(room.e) + t * of.C;
  }
  PYRNN_INLINE CtcRow state(double* rows, i64 k) const {
    return {rows + k * CtcRow::size(room.J), room.J};
  }

  void run() {
    i64 required = L;
    for (i64 k = 1; k < L; ++k) required += symbols[k] == symbols[k - 1];
    log_p = required > N ? kImpossible<double> : 0;
    CtcOutcome outcome = CtcOutcome::kDone;
    if (required <= N && N > 0) outcome = solve(kCtcLattice<CtcNumbers>);
    if (outcome == CtcOutcome::kFar) outcome = solve(kCtcLattice<CtcLogarithms>);
    T loss = static_cast<T>(-log_p);
    if (outcome == CtcOutcome::kBroken) loss = static_cast<T>(__builtin_nan(""));
    if (!of.normalized && loss < 0) loss = 0;  // rounding
    of.losses[b] = loss == 0 ? T(0) : loss;
    if (!of.gradient) return;
    if (loss - loss != 0) fill(0, loss != loss ? loss : T(0));
    fill(N, 0);
  }

  /// The gradient of all frames from t on.
  [[gnu::noinline]] void fill(i64 t, T value) const {
    for (; t < of.steps; ++t) {
      for (i64 c = 0; c < of.C; ++c) row(t)[c] = value;
    }
  }

  [[gnu::noinline]] CtcOutcome solve(const CtcLattice& lattice) {
    const i64 lanes = room.J * kCtcBlock;
    for (i64 k = 0; k < lanes + kCtcBlock; ++k) {
      const bool differs = k > 0 && k < L && symbols[k] != symbols[k - 1];
      room.skip[k] = differs ? lattice.one : lattice.never;
      room.forward.near[k] = room.backward.near[k] = lattice.one;
      room.forward.far[k] = room.skip[k];
      if (k > 0) room.backward.far[k - 1] = room.skip[k];
    }
    const CtcOutcome outcome = forward(lattice);
    if (outcome != CtcOutcome::kDone || log_p == kImpossible<double>) return outcome;
    return backward(lattice);
  }

  /// The states before all frames, or after them: `one` blank alone.
  CtcRow start(const CtcLattice& lattice, i64 one, double* exponents) const {
    for (i64 k = 0; k < CtcRow::size(room.J); ++k) room.row[k] = lattice.never;
    for (i64 j = 0; j < room.J; ++j) exponents[j] = 0;
    const CtcRow only = state(room.row, 0);
    only.blanks[one] = lattice.one;
    return only;
  }

  CtcOutcome forward(const CtcLattice& lattice) {
    const i64 J = room.J;
    const CtcRow a = start(lattice, 0, room.exponents);
    double* E = room.exponents;
    log_p = 0;
    for (i64 chunk = 0; chunk < room.chunks; ++chunk, E += J) {
      const CtcOutcome outcome = read(chunk, lattice);
      if (outcome != CtcOutcome::kDone) return outcome;
      lattice.settle(a, J, E, 1);
      lattice.bridge(room.forward, room.skip, J, E, 1);
      copy(room.row, state(room.kept, chunk).labels, CtcRow::size(J));
      copy(E, E + J, J);
      for (i64 f = 0; f < frames(chunk); ++f) {
        lattice.advance(a, a, J, room.forward, q(f), room.blanks[f]);
      }
    }
    // One more step, into the blank behind the last label, has all that came to the end.
    for (i64 k = 0; k < J * kCtcBlock; ++k) q(0)[k] = lattice.never;
    lattice.advance(a, a, J, room.forward, q(0), lattice.one);
    total = lattice.total(a.blanks[L], E[L / kCtcBlock]);
    log_p += total.logarithm;
    return total.reaches ? CtcOutcome::kDone : CtcOutcome::kFar;
  }

  PYRNN_INLINE double* q(i64 f) const { return room.q + f * room.J * kCtcBlock; }
  PYRNN_INLINE i64 frames(i64 chunk) const { return lesser(kCtcChunk, N - chunk * kCtcChunk); }

  static void copy(const double* from, double* to, i64 n) {
    __builtin_memcpy(to, from, static_cast<std::size_t>(n) * sizeof(double));
  }

  /// e of a chunk's frames, their sums, and what the lattice multiplies with.
  [[gnu::noinline]] CtcOutcome read(i64 chunk, const CtcLattice& lattice) {
    const i64 first = chunk * kCtcChunk, count = frames(chunk);
    T most[kCtcChunk];
    bool reaches = true;
    for (i64 f = 0; f < count; ++f) {
      const T* const x = of.logits + place(first + f);
      most[f] = shift_of(largest(x, of.C));
      reaches = reaches && (lattice.logarithms || all_reach(x, most[f]));
    }
    if (!reaches) return CtcOutcome::kFar;
    double product = 1;
    for (i64 f = 0; f < count; ++f) {
      const i64 t = first + f;
      const double shift = static_cast<double>(most[f]);
      const double sum =
          static_cast<double>(exp_shifted(of.logits + place(t), of.C, most[f], row(t)));
      room.totals[t] = sum;
      product *= sum;
      room.bases[t] = 0;
      if (lattice.logarithms && !of.normalized) room.bases[t] = shift + log(sum);
      if (!lattice.logarithms && of.normalized) log_p += shift;
    }
    if (of.normalized ? product != product : !(product > 0)) return CtcOutcome::kBroken;
    if (!lattice.logarithms && !of.normalized) log_p -= log(product);
    gather(chunk, lattice);
    return CtcOutcome::kDone;
  }

  /// Whether the target's symbols are in the range of numbers; mostly all symbols are.
  [[gnu::noinline]] bool all_reach(const T* x, T most) const {
    constexpr T kFar = -Exponential<float>::kLimit;
    if (picked_of(x, of.C, [](auto one, auto other) { return min(one, other); }) - most >= kFar)
      return true;
    bool reaches = x[of.blank] - most >= kFar;
    for (i64 k = 0; k < L; ++k) reaches = reaches && x[symbols[k]] - most >= kFar;
    return reaches;
  }

  /// q of a chunk's frames: e, or ln p. Of a chunk that is cut short the last one fills the rest.
  [[gnu::noinline]] void gather(i64 chunk, const CtcLattice& lattice) const {
    const i64 first = chunk * kCtcChunk, lanes = room.J * kCtcBlock;
    double* const to = room.q;
    const T* from[kCtcChunk];
    for (i64 f = 0; f < kCtcChunk; ++f) {
      const i64 t = first + lesser(f, frames(chunk) - 1);
      from[f] = lattice.logarithms ? of.logits + place(t) : row(t);
      room.blanks[f] = static_cast<double>(from[f][of.blank]);
    }
    for (i64 k = 0; k < L; ++k) {
      const i64 c = symbols[k];
#pragma GCC unroll 8
      for (i64 f = 0; f < kCtcChunk; ++f) to[f * lanes + k] = static_cast<double>(from[f][c]);
    }
    for (i64 f = 0; f < kCtcChunk; ++f) {
      for (i64 k = L; k < lanes; ++k) to[f * lanes + k] = lattice.never;
      if (!lattice.logarithms) continue;
      const double base = room.bases[first + lesser(f, frames(chunk) - 1)];
      room.blanks[f] -= base;
      for (i64 k = 0; k < L; ++k) to[f * lanes + k] -= base;
    }
  }

  CtcOutcome backward(const CtcLattice& lattice) const {
    const i64 J = room.J;
    const CtcRow c = start(lattice, L, room.ends);
    for (i64 k = 0; k < kCtcChunk * of.C; ++k) room.occupied[k] = 0;
    for (i64 k = 0; k < kCtcChunk * J * kCtcBlock; ++k) room.shares[k] = 0;
    for (i64 chunk = room.chunks - 1; chunk >= 0; --chunk) {
      const double* const E = room.exponents + chunk * J;
      lattice.settle(c, J, room.ends, -1);
      lattice.bridge(room.backward, room.skip, J, room.ends, -1);
      lattice.bridge(room.forward, room.skip, J, E, 1);
      if (!lattice.is_safe(E, room.ends, total, J, room.factors, room.factors + J))
        return CtcOutcome::kFar;
      gather(chunk, lattice);
      // The loss alone asks no more of the way back than whether it is safe.
      CtcRow a = state(room.kept, chunk);
      for (i64 f = 0; of.gradient && f < frames(chunk); ++f) {
        lattice.advance(a, state(room.states, f), J, room.forward, q(f), room.blanks[f]);
        a = state(room.states, f);
      }
      for (i64 f = frames(chunk) - 1; f >= 0; --f) {
        if (of.gradient) a = state(room.states, f);
        room.occupied[f * of.C + of.blank] =
            lattice.retreat(c, J, room.backward, q(f), room.blanks[f], a, room.factors,
                            room.factors + J, room.shares + f * J * kCtcBlock);
      }
      if (of.gradient) spread(chunk);
    }
    return CtcOutcome::kDone;
  }

  /// The gradients of a chunk's frames, from e and the shares of labels and blanks.
  [[gnu::noinline]] void spread(i64 chunk) const {
    const i64 lanes = room.J * kCtcBlock;
    for (i64 k = 0; k < L; ++k) {
      double* const symbol = room.occupied + symbols[k];
#pragma GCC unroll 8
      for (i64 f = 0; f < kCtcChunk; ++f) symbol[f * of.C] += room.shares[f * lanes + k];
    }
    for (i64 f = 0; f < frames(chunk); ++f) {
      const i64 t = chunk * kCtcChunk + f;
      double* const occupied = room.occupied + f * of.C;
      const T p = of.normalized ? T(0) : T(1) / static_cast<T>(room.totals[t]), scale = of.scale;
      T* const out = row(t);
      for (i64 c = 0; c < of.C; ++c) {
        out[c] = scale * (out[c] * p - static_cast<T>(occupied[c]));
        occupied[c] = 0;
      }
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
