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

}  // namespace
}  // namespace pyrnn::PYRNN_ISA
