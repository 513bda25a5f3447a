// Attention: for each query the mean of a sequence's values, weighted by how its keys fit.
//
//   u_s = v · tanh(q + k_s), or q · k_s      a = softmax of u over s < length     c = Σ a_s m_s
//
// and back, from dc (and da of the weights):
//
//   da_s = dc · m_s     du_s = a_s (da_s - Σ a da)     dm_s = Σ a_s dc, steps of the queries
//   falling dq = Σ du_s g_s     dk_s = Σ du_s g_s              g_s = v (1 - tanh²(q + k_s)), dv = Σ
//   du_s tanh
//
// or, of q · k, g_s = k_s for dq and q for dk_s. Steps past a length are never read.
//
// Backward forms tanh anew. To keep it saves no time (480 queries, S 15, A 256: 0.99 ms there and
// back either way), since what is written and read again takes as long as the polynomial, and
// takes N S A numbers.
#pragma once

#include "cpu/kernels/loss.h"
#include "cpu/kernels/norm.h"
#include "math/activations.h"
#include "problem/attention.h"

namespace pyrnn::PYRNN_ISA {
namespace {

/// A sum over n columns: an accumulator for each lane of a block, blocks rising, then the lanes by
/// halves. add(column, sum) adds a vector of columns to its accumulator.
template <class T, class F>
PYRNN_INLINE T sum_over_columns(i64 n, F&& add) {
  constexpr int kVectors = kUnitBlock<T> / kWidth<T>;
  Vec<T> acc[kVectors] = {};
  for (i64 i = 0; i < n; i += kUnitBlock<T>) {
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; ++v) {
      const i64 column = i + v * kWidth<T>;
      if (column >= n) break;
      acc[v] = add(column, acc[v]);
    }
  }
  alignas(64) T lanes[kUnitBlock<T>];
  for (int v = 0; v < kVectors; ++v) store(lanes + v * kWidth<T>, acc[v]);
  return halved<T>(lanes);
}

template <class T>
[[gnu::noinline]] T dot(const T* x, const T* y, i64 n) {
  return sum_over_columns<T>(n, [&](i64 i, Vec<T> sum) {
    return fma(load_upto(x + i, n - i), load_upto(y + i, n - i), sum);
  });
}

/// out = Σ factor(i) row(i), i = 0 .. n-1 in order, each step one fma.
template <class T, class FACTOR, class ROW>
PYRNN_INLINE void weighted_sum(i64 n, i64 width, FACTOR&& factor, ROW&& row, T* out) {
  constexpr i64 kVectors = 4;
  i64 c = 0;
  for (; c + kVectors * kWidth<T> <= width; c += kVectors * kWidth<T>) {
    Vec<T> sum[kVectors] = {};
    for (i64 i = 0; i < n; ++i) {
      const Vec<T> f = splat<Vec<T>>(factor(i));
      const T* const from = row(i) + c;
#pragma GCC unroll 4
      for (int v = 0; v < kVectors; ++v) sum[v] = fma(f, load(from + v * kWidth<T>), sum[v]);
    }
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; ++v) store(out + c + v * kWidth<T>, sum[v]);
  }
  for (; c < width; c += kWidth<T>) {
    Vec<T> sum{};
    for (i64 i = 0; i < n; ++i) {
      sum = fma(splat<Vec<T>>(factor(i)), load_upto(row(i) + c, width - c), sum);
    }
    store_upto(out + c, sum, width - c);
  }
}

template <class T>
PYRNN_INLINE void clear_row(T* to, i64 n) {
  if (n > 0) __builtin_memset(to, 0, static_cast<std::size_t>(n) * sizeof(T));
}

/// One sequence's part of a memory.
template <class T>
struct MemoryOf {
  i64 length, key_stride, value_stride;
  const T *keys, *values;

  PYRNN_INLINE MemoryOf(const Memory<T>& memory, i64 sequence)
      : length(memory.lengths[sequence]),
        key_stride(memory.B * memory.A),
        value_stride(memory.B * memory.E),
        keys(memory.keys + sequence * memory.A),
        values(memory.values + sequence * memory.E) {}

  PYRNN_INLINE const T* key(i64 s) const { return keys + s * key_stride; }
  PYRNN_INLINE const T* value(i64 s) const { return values + s * value_stride; }
};

/// Σ v tanh(q + k)
template <class T>
[[gnu::noinline]] T additive_score(const T* query, const T* key, const T* weight, i64 A) {
  return sum_over_columns<T>(A, [&](i64 i, Vec<T> sum) {
    const i64 left = A - i;
    const Vec<T> fit = tanh(load_upto(query + i, left) + load_upto(key + i, left));
    return fma(load_upto(weight + i, left), fit, sum);
  });
}

template <class T>
[[gnu::noinline]] void attend_row(const Attention<T>& task, i64 k, i64 sequence) {
  const Memory<T>& memory = task.memory;
  const MemoryOf<T> here(memory, sequence);
  const i64 place = task.batch->position[k];
  const T* const query = task.query + k * memory.A;
  T* const a = task.weights + place * memory.S;
  T* const context = task.context + place * memory.E;
  clear_row(a + here.length, memory.S - here.length);
  if (here.length == 0) return clear_row(context, memory.E);
  for (i64 s = 0; s < here.length; ++s) {
    a[s] = memory.weight ? additive_score(query, here.key(s), memory.weight, memory.A)
                         : dot(query, here.key(s), memory.A);
  }
  const Vec<T> total = splat<Vec<T>>(exp_shifted(a, here.length, largest(a, here.length), a));
  for (i64 s = 0; s < here.length; s += kWidth<T>) {
    store_upto(a + s, load_upto(a + s, here.length - s) / total, here.length - s);
  }
  weighted_sum(
      here.length, memory.E, [&](i64 s) { return a[s]; }, [&](i64 s) { return here.value(s); },
      context);
}

/// The queries of some steps; each worker has its sequences.
template <class T>
void attend(const Attention<T>& task, const Steps& steps, const Worker& worker) {
  const Batch& batch = *task.batch;
  const Share own = share(batch.B, worker);
  for (i64 b = own.begin; b < own.end; ++b) {
    for (i64 step = steps.first; step < lesser(steps.last, batch.length[b]); ++step) {
      attend_row(task, batch.offset[step] + b, batch.order[b]);
    }
  }
}

/// dc of row k, all that flows into it together.
template <class T>
PYRNN_INLINE const T* context_gradient(const AttentionGradient<T>& task, i64 k) {
  const i64 E = task.of.memory.E;
  const T* const from = task.upstream ? task.upstream + task.of.batch->position[k] * E : nullptr;
  if (!task.dcontext) return from;
  T* const dc = task.dcontext + k * E;
  for (i64 i = 0; from && i < E; i += kWidth<T>) {
    store_upto(dc + i, load_upto(dc + i, E - i) + load_upto(from + i, E - i), E - i);
  }
  return dc;
}

/// du of row k, from dc.
template <class T>
[[gnu::noinline]] void score_gradients(const AttentionGradient<T>& task, i64 k,
                                       const MemoryOf<T>& here, const T* dc) {
  const Memory<T>& memory = task.of.memory;
  const i64 at = task.of.batch->position[k] * memory.S;
  const T* const a = task.of.weights + at;
  T* const du = task.dscores + k * memory.S;
  T mean = 0;
  for (i64 s = 0; s < here.length; ++s) {
    du[s] = dot(dc, here.value(s), memory.E);
    if (task.dweights) du[s] += task.dweights[at + s];
    mean = fma(a[s], du[s], mean);
  }
  for (i64 s = 0; s < here.length; ++s) du[s] = a[s] * (du[s] - mean);
}

/// dq, dk and dv of a row of additive attention, s rising.
template <class T>
[[gnu::noinline]] void additive_gradients(const AttentionGradient<T>& task, i64 k, i64 sequence,
                                          const MemoryOf<T>& here) {
  const Memory<T>& memory = task.of.memory;
  const i64 A = memory.A;
  const T *const query = task.of.query + k * A, *const du = task.dscores + k * memory.S;
  T* const dq = task.dquery + k * A;
  T* const dv = task.dweight ? task.dweight + sequence * A : nullptr;
  for (i64 s = 0; s < here.length; ++s) {
    const T* const key = here.key(s);
    T* const dk = task.dkeys ? task.dkeys + sequence * A + s * here.key_stride : nullptr;
    const Vec<T> d = splat<Vec<T>>(du[s]);
    for (i64 i = 0; i < A; i += kWidth<T>) {
      const i64 left = A - i;
      const Vec<T> fit = tanh(load_upto(query + i, left) + load_upto(key + i, left));
      const Vec<T> g = Tanh::chain(fit, load_upto(memory.weight + i, left));
      store_upto(dq + i, fma(d, g, s > 0 ? load_upto(dq + i, left) : Vec<T>{}), left);
      if (dk) store_upto(dk + i, fma(d, g, load_upto(dk + i, left)), left);
      if (dv) store_upto(dv + i, fma(d, fit, load_upto(dv + i, left)), left);
    }
  }
}

template <class T>
PYRNN_INLINE void attend_row_back(const AttentionGradient<T>& task, i64 k, i64 sequence) {
  const Memory<T>& memory = task.of.memory;
  const MemoryOf<T> here(memory, sequence);
  const T* const dc = context_gradient(task, k);
  if (here.length == 0) return clear_row(task.dquery + k * memory.A, memory.A);
  score_gradients(task, k, here, dc);
  if (memory.weight) return additive_gradients(task, k, sequence, here);
  const T* const du = task.dscores + k * memory.S;
  weighted_sum(
      here.length, memory.A, [&](i64 s) { return du[s]; }, [&](i64 s) { return here.key(s); },
      task.dquery + k * memory.A);
}

/// Before the first step backward: what is added to as steps go by.
template <class T>
PYRNN_INLINE void begin_sequence(const AttentionGradient<T>& task, i64 sequence) {
  const Memory<T>& memory = task.of.memory;
  if (!memory.weight) return;
  if (task.dweight) clear_row(task.dweight + sequence * memory.A, memory.A);
  for (i64 s = 0; task.dkeys && s < memory.S; ++s) {
    clear_row(task.dkeys + (s * memory.B + sequence) * memory.A, memory.A);
  }
}

/// out_s = Σ factors[s] of a query times its row, the last query first; 0 past the length.
template <class T, class FACTORS, class ROW>
PYRNN_INLINE void sum_queries(const Memory<T>& memory, i64 sequence, i64 queries, i64 width,
                              FACTORS&& factors, ROW&& row, T* out) {
  for (i64 s = 0; s < memory.S; ++s) {
    T* const to = out + (s * memory.B + sequence) * width;
    const i64 n = s < memory.lengths[sequence] ? queries : 0;
    weighted_sum(
        n, width, [&](i64 i) { return factors(n - 1 - i)[s]; },
        [&](i64 i) { return row(n - 1 - i); }, to);
  }
}

/// After the last one: sums over all queries of sequence b, whose steps are there together.
template <class T>
[[gnu::noinline]] void end_sequence(const AttentionGradient<T>& task, i64 b) {
  const Memory<T>& memory = task.of.memory;
  const Batch& batch = *task.of.batch;
  const i64 sequence = batch.order[b], queries = batch.length[b];
  const auto row = [&](i64 step) { return batch.offset[step] + b; };
  const auto place = [&](i64 step) { return batch.position[row(step)]; };
  if (task.dvalues) {
    sum_queries(
        memory, sequence, queries, memory.E,
        [&](i64 step) { return task.of.weights + place(step) * memory.S; },
        [&](i64 step) {
          return task.dcontext ? task.dcontext + row(step) * memory.E
                               : task.upstream + place(step) * memory.E;
        },
        task.dvalues);
  }
  if (task.dkeys && !memory.weight) {
    sum_queries(
        memory, sequence, queries, memory.A,
        [&](i64 step) { return task.dscores + row(step) * memory.S; },
        [&](i64 step) { return task.of.query + row(step) * memory.A; }, task.dkeys);
  }
}

/// Back through the queries of some steps, the last one first; each worker has its sequences.
template <class T>
void attend_back(const AttentionGradient<T>& task, const Steps& steps, const Worker& worker) {
  const Batch& batch = *task.of.batch;
  const Share own = share(batch.B, worker);
  for (i64 b = own.begin; b < own.end; ++b) {
    const i64 sequence = batch.order[b];
    if (steps.last == batch.steps) begin_sequence(task, sequence);
    for (i64 step = lesser(steps.last, batch.length[b]) - 1; step >= steps.first; --step) {
      attend_row_back(task, batch.offset[step] + b, sequence);
    }
    if (steps.first == 0) end_sequence(task, b);
  }
}

}  // namespace
}  // namespace pyrnn::PYRNN_ISA
