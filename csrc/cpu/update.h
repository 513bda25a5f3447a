// What optimizers do to every element of a parameter, in one pass over memory. Plain loops: the
// compiler makes vectors of them, and no product is contracted, so the bits are the same
// everywhere.
#pragma once

#include "cpu/workspace.h"

namespace pyrnn::PYRNN_ISA {
namespace {

/// Adam (Kingma and Ba 2015), AMSGrad where vmax is given, AdamW where decay is decoupled:
///   g' = g + λ p   m = β1 m + (1 - β1) g'   v = β2 v + (1 - β2) g'²
///   p = keep p - rate m / (sqrt(v) / correction + ε)
/// AMS and DECAY are constants here so that the loop has no branch.
template <bool AMS, bool DECAY, class T>
PYRNN_INLINE void adam_loop(const Adam<T>& a, i64 begin, i64 end) {
  T* __restrict p = a.p;
  T* __restrict m = a.m;
  T* __restrict v = a.v;
  T* __restrict vmax = a.vmax;
  const T* __restrict gradient = a.g;
  const T beta1 = a.beta1, beta2 = a.beta2, rest1 = a.rest1, rest2 = a.rest2;
  const T keep = a.keep, decay = a.decay, rate = a.rate, correction = a.correction, eps = a.eps;
  for (i64 i = begin; i < end; ++i) {
    const T kept = keep * p[i];
    const T g = DECAY ? gradient[i] + decay * kept : gradient[i];
    m[i] = beta1 * m[i] + rest1 * g;
    v[i] = beta2 * v[i] + rest2 * (g * g);
    T second = v[i];
    if constexpr (AMS) {
      second = vmax[i] > second ? vmax[i] : second;
      vmax[i] = second;
    }
    p[i] = kept - rate * (m[i] / (square_root(second) / correction + eps));
  }
}

template <class T>
void adam(const Adam<T>& task, const Worker& worker) {
  const Share own = share(task.count, worker);
  if (task.vmax) {
    adam_loop<true, true>(task, own.begin, own.end);
  } else if (task.decay != 0) {
    adam_loop<false, true>(task, own.begin, own.end);
  } else {
    adam_loop<false, false>(task, own.begin, own.end);
  }
}

/// The sum of squares in double, in sixteen lanes.
template <class T>
double square_norm(const T* x, i64 n) {
  constexpr int kLanes = 16;
  double lanes[kLanes] = {};
  i64 i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    for (int j = 0; j < kLanes; ++j) {
      const double value = static_cast<double>(x[i + j]);
      lanes[j] += value * value;
    }
  }
  for (int j = 0; i < n; ++i, ++j)
    lanes[j] += static_cast<double>(x[i]) * static_cast<double>(x[i]);
  double sum = 0;
  for (int j = 0; j < kLanes; ++j) sum += lanes[j];
  return sum;
}

}  // namespace
}  // namespace pyrnn::PYRNN_ISA
