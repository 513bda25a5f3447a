// Lanes that move within registers: vectors one place on, and squares of vectors, transposed, which
// is how weights and right operands get into panels.
#pragma once

#include "simd/vec.h"

namespace pyrnn::PYRNN_ISA {
namespace {

template <int... I>
struct LaneList {};

template <int N, int... I>
struct LanesUpTo : LanesUpTo<N - 1, N - 1, I...> {};
template <int... I>
struct LanesUpTo<0, I...> {
  using type = LaneList<I...>;
};

template <int FIRST, class V, int... I>
PYRNN_INLINE V picked(V a, V b, LaneList<I...>) {
  return __builtin_shufflevector(a, b, (FIRST + I)...);
}

/// As many lanes of a and b, side by side, as a vector has, from lane FIRST of a on; -1: its last.
template <int FIRST, class T>
PYRNN_INLINE Vec<T> across(Vec<T> a, Vec<T> b) {
  constexpr int kLanes = kWidth<T>;
  constexpr int kFirst = FIRST < 0 ? kLanes + FIRST : FIRST;
  if constexpr (kLanes == 1) {
    return kFirst == 0 ? a : b;
  } else {
    return picked<kFirst>(a, b, typename LanesUpTo<kLanes>::type{});
  }
}

/// Of the pair a, b: exchanges the lanes of a whose number has the bit STEP with those of b that
/// lack it.
template <int STEP, class V, int... I>
PYRNN_INLINE void exchange(V& a, V& b, LaneList<I...>) {
  constexpr int kLanes = sizeof...(I);
  const V low = __builtin_shufflevector(a, b, (I & STEP ? kLanes + I - STEP : I)...);
  b = __builtin_shufflevector(a, b, (I & STEP ? kLanes + I : I + STEP)...);
  a = low;
}

/// v[i] lane j <-> v[j] lane i, by halves, quarters, ...
template <int STEP, class V, int N>
PYRNN_INLINE void transpose_steps(V (&v)[N]) {
  if constexpr (STEP > 0) {
#pragma GCC unroll 16
    for (int i = 0; i < N; ++i) {
      if (!(i & STEP)) exchange<STEP>(v[i], v[i + STEP], typename LanesUpTo<N>::type{});
    }
    transpose_steps<STEP / 2>(v);
  }
}

/// v[i] lane u = from[u * stride + i] for i < run and u < units, zeros elsewhere. AHEAD: asks for
/// the square of as many rows further on, twice; a reader of a large matrix would wait for it.
template <bool AHEAD, class T>
PYRNN_INLINE void load_transposed(const T* from, std::int64_t stride, std::int64_t units,
                                  std::int64_t run, Vec<T> (&v)[kWidth<T>]) {
  constexpr int kLanes = kWidth<T>;
#pragma GCC unroll 16
  for (int u = 0; u < kLanes; ++u) {
    const T* const row = from + u * stride;
    v[u] = u < units ? load_upto(row, run) : Vec<T>{};
    if constexpr (AHEAD) __builtin_prefetch(row + 2 * kLanes * stride);
  }
  if constexpr (kLanes > 1) transpose_steps<kLanes / 2>(v);
}

/// The same, compiled once for all who do not read in their innermost loop: its code is long.
template <bool AHEAD, class T>
[[gnu::noinline]] void load_square(const T* from, std::int64_t stride, std::int64_t units,
                                   std::int64_t run, Vec<T> (&v)[kWidth<T>]) {
  load_transposed<AHEAD>(from, stride, units, run, v);
}

/// place(k)[u] = from[u * from_stride + k] for k < K, rising, and u < units; lanes from `units` to
/// the width of a vector become zeros. AHEAD as above.
template <bool AHEAD = false, class T, class PLACE>
PYRNN_INLINE void transpose_columns_to(const T* from, std::int64_t from_stride, std::int64_t units,
                                       std::int64_t K, PLACE&& place) {
  constexpr int kLanes = kWidth<T>;
  for (std::int64_t k = 0; k < K; k += kLanes) {
    const std::int64_t run = K - k < kLanes ? K - k : kLanes;
    Vec<T> v[kLanes];
    load_square<AHEAD>(from + k, from_stride, units, run, v);
    if (run == kLanes) {
#pragma GCC unroll 16
      for (int i = 0; i < kLanes; ++i) store(place(k + i), v[i]);
    } else {
      for (int i = 0; i < run; ++i) store(place(k + i), v[i]);
    }
  }
}

/// The same where row k stands at to + k * to_stride.
template <bool AHEAD = false, class T>
inline void transpose_columns(const T* from, std::int64_t from_stride, std::int64_t units,
                              std::int64_t K, T* to, std::int64_t to_stride) {
  transpose_columns_to<AHEAD>(from, from_stride, units, K,
                              [=](std::int64_t k) { return to + k * to_stride; });
}

}  // namespace
}  // namespace pyrnn::PYRNN_ISA
