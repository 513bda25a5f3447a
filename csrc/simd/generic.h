// No vectors: a "vector" is one number. Runs on every CPU and reads most easily in a debugger.
#pragma once

#include "math/scalar.h"

namespace pyrnn::PYRNN_ISA {
namespace {

using VecF = float;
using VecD = double;

/// 16 registers: 3 x 4 accumulators + 3 values + 1 weight.
constexpr int kMaxRows = 3;

PYRNN_INLINE void pin(float&) {}
PYRNN_INLINE void pin(double&) {}

template <class T>
PYRNN_INLINE T load_first(const T* p, std::int64_t n) {
  return n > 0 ? *p : T(0);
}
template <class T>
PYRNN_INLINE void store_first(T* p, T v, std::int64_t n) {
  if (n > 0) *p = v;
}

}  // namespace
}  // namespace pyrnn::PYRNN_ISA
