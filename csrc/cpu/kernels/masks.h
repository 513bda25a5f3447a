// Random bits by a counter-based generator: no state, so any thread and any recomputation finds the
// same, and no mask is stored. pyrnn/kernels/dropout.py is the specification.
#pragma once

#include "cpu/kernels/workspace.h"

namespace pyrnn::PYRNN_ISA {
namespace {

using u64 = std::uint64_t;

constexpr u64 kGamma = 0x9E3779B97F4A7C15u;

/// SplitMix64's finalizer (Steele, Lea and Flood 2014).
PYRNN_INLINE u64 mix(u64 z) {
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

/// 64 random bits for a counter under a key, or a key of their own.
PYRNN_INLINE u64 next(u64 key, i64 counter) {
  return mix(key + (static_cast<u64>(counter) + 1) * kGamma);
}

PYRNN_INLINE u64 key_of(u64 seed) { return mix(seed + kGamma); }

PYRNN_INLINE u64 key_of(const MaskStream& of) {
  return next(key_of(of.seed), static_cast<i64>(of.stream));
}

/// Which sequence number b of the caller's is.
PYRNN_INLINE i64 number_of(const i64* sequences, i64 b) { return sequences ? sequences[b] : b; }

/// values[i] = yes or no for i < N: whether the upper 24 bits of number first + i under a key are
/// at least a threshold. The loops over integers are the compiler's to make vectors of: whatever it
/// does, the bits are the same.
template <int N, class T>
PYRNN_INLINE void choose(u64 key, i64 first, u64 threshold, T yes, T no, T* values) {
  std::int32_t top[N];
  for (i64 i = 0; i < N; ++i) top[i] = static_cast<std::int32_t>(next(key, first + i) >> 40);
  const auto least = static_cast<std::int32_t>(threshold);
  for (i64 i = 0; i < N; ++i) values[i] = top[i] >= least ? yes : no;
}

/// 1 for the units from `unit` on that keep their value of the step before, else 0.
template <class T>
[[gnu::noinline]] Vec<T> kept_units(u64 key, i64 unit, u64 threshold) {
  alignas(64) T kept[kWidth<T>];
  choose<kWidth<T>>(key, unit, threshold, T(0), T(1), kept);
  return load(kept);
}

/// Zoneout of one state at one step of one sequence (Krueger et al. 2017): h is the state before,
/// h' what the cell gives.
///   drawn: h where kept, else h'      in its expectation: h' + p (h - h')
template <class T>
struct Zoneout {
  using V = Vec<T>;

  V kept;  // 1 or 0; p where nothing is drawn
  bool drawn;

  PYRNN_INLINE Zoneout(const Zone& zone, u64 key, i64 unit)
      : kept(zone.drawn ? kept_units<T>(key, unit, zone.threshold)
                        : splat<V>(static_cast<T>(zone.p))),
        drawn(zone.drawn) {}

  PYRNN_INLINE V forward(V before, V after) const {
    if (drawn) return kept > V{} ? before : after;
    return fma(kept, before - after, after);
  }
  /// What of a gradient flows to the state before, past the cell.
  PYRNN_INLINE V past(V d) const {
    if (drawn) return kept > V{} ? d : V{};
    return kept * d;
  }
  /// And what flows into the cell.
  PYRNN_INLINE V into(V d) const {
    if (drawn) return kept > V{} ? V{} : d;
    return one_minus(kept) * d;
  }
};

/// The keys of a pass's two zones for one row: of the stream, the step and the sequence.
struct ZoneKeys {
  u64 h, c;
};

template <class T>
PYRNN_INLINE ZoneKeys zone_keys(const Pass<T>& pass, i64 k) {
  if (!pass.zone_h.drawn && !pass.zone_c.drawn) return {};
  const i64 position = pass.batch->position[k];
  const i64 t = position / pass.batch->B;
  const i64 sequence = number_of(pass.sequences, position % pass.batch->B);
  return {next(next(key_of(pass.zone_h.masks), t), sequence),
          next(next(key_of(pass.zone_c.masks), t), sequence)};
}

/// Whether anything masks a pass within the recurrence.
template <class T>
PYRNN_INLINE bool has_masks(const Pass<T>& pass) {
  return pass.state_mask || pass.zone_h.p > 0 || pass.zone_c.p > 0;
}

/// Vectors [begin, end) of the lanes of a stage.
template <class T>
struct LaneVectors {
  i64 lanes, begin, end;
};

/// What a stage has left of one row, for masks to act on; absent arrays are null.
template <class T>
struct MaskedRow {
  ZoneKeys zone;
  const T* state_mask;     // [padded_out]
  const T* h;              // before
  T *y, *masked;           // after, and behind the mask on what R multiplies
  const T *c, *candidate;  // before, and as the cell gave it
  T* c_next;
  T* scratch;
};

/// Masks act on a row behind the cell's pointwise part: they are the same code for all cells, and
/// cost nothing where there are none.
template <class T>
[[gnu::noinline]] void mask_row(const Pass<T>& pass, const MaskedRow<T>& row,
                                const LaneVectors<T>& vectors) {
  for (i64 v = vectors.begin; v < vectors.end; ++v) {
    const i64 u = v * kWidth<T>, left = vectors.lanes - u;
    if (row.y) {
      Vec<T> y = load_upto(row.y + u, left);
      if (pass.zone_h.p > 0) {
        y = Zoneout<T>(pass.zone_h, row.zone.h, u).forward(load_upto(row.h + u, left), y);
        store_upto(row.y + u, y, left);
      }
      if (row.masked) store_upto(row.masked + u, load(row.state_mask + u) * y, left);
    }
    if (row.candidate) {
      const Zoneout<T> zone(pass.zone_c, row.zone.c, u);
      store(row.c_next + u, zone.forward(load(row.c + u), load(row.candidate + u)));
    }
    if (row.scratch && row.state_mask) {
      store(row.scratch + u, load(row.state_mask + u) * load(row.scratch + u));
    }
  }
}

/// The gradients that flow into a row of a stage; absent arrays are null.
template <class T>
struct MaskedFlow {
  ZoneKeys zone;
  const T* state_mask;  // where it masked the operand of the product, or null
  bool product, carries;
  T* dh;  // null where the stage is not the last
  const T *dh_after, *dy;
  T* dc;  // null where the stage has no cell state, or no zone
  const T *dc_after, *dcells;
};

/// Takes from a row's gradients what flows past the cell: sums[v] become dL/dh' of the cell, dc
/// dL/dc'; past_h, past_c hold the rest.
template <class T>
[[gnu::noinline]] void split_flow(const Pass<T>& pass, const MaskedFlow<T>& row,
                                  const LaneVectors<T>& vectors, Vec<T>* sums, Vec<T>* past_h,
                                  Vec<T>* past_c) {
  for (i64 v = vectors.begin, i = 0; v < vectors.end; ++v, ++i) {
    const i64 u = v * kWidth<T>, left = vectors.lanes - u;
    if (row.product && row.state_mask) sums[i] = load(row.state_mask + u) * sums[i];
    if (row.dh) {
      if (!row.product) {
        sums[i] = load(row.dh + u);
      } else if (row.carries) {
        sums[i] = sums[i] + load(row.dh_after + u);
      }
      if (row.dy) sums[i] = sums[i] + load_upto(row.dy + u, left);
      if (pass.zone_h.p > 0) {
        const Zoneout<T> zone(pass.zone_h, row.zone.h, u);
        past_h[i] = zone.past(sums[i]);
        sums[i] = zone.into(sums[i]);
      }
    }
    if (row.dc) {
      const Zoneout<T> zone(pass.zone_c, row.zone.c, u);
      Vec<T> d = load(row.dc_after + u);
      if (row.dcells) d = d + load_upto(row.dcells + u, left);
      past_c[i] = zone.past(d);
      store(row.dc + u, zone.into(d));
    }
  }
}

/// Adds it to what the cell has left in dh, if it leaves anything, and in dc.
template <class T>
[[gnu::noinline]] void join_flow(const Pass<T>& pass, const MaskedFlow<T>& row, bool cell_carries,
                                 const LaneVectors<T>& vectors, const Vec<T>* past_h,
                                 const Vec<T>* past_c) {
  for (i64 v = vectors.begin, i = 0; v < vectors.end; ++v, ++i) {
    const i64 u = v * kWidth<T>;
    if (row.dh && pass.zone_h.p > 0) {
      store(row.dh + u, cell_carries ? load(row.dh + u) + past_h[i] : past_h[i]);
    }
    if (row.dc) store(row.dc + u, load(row.dc + u) + past_c[i]);
  }
}

}  // namespace
}  // namespace pyrnn::PYRNN_ISA
