// What optimizers do to every element of a parameter, in one pass over memory. Plain loops: the
// compiler makes vectors of them, and no product is contracted, so the bits are the same
// everywhere.
#pragma once

#include "cpu/kernels/workspace.h"

namespace pyrnn::PYRNN_ISA {
namespace {

/// Adam (Kingma and Ba 2015), AMSGrad where vmax is given, AdamW where decay is decoupled:
///   g' = g + λ p   m = β1 m + (1 - β1) g'   v = β2 v + (1 - β2) g'²
///   p = keep p - rate m / (sqrt(v) / correction + ε)
/// AMS and DECAY are constants here so that the loop has no branch, and ZERO for no gradient.
template <bool AMS, bool DECAY, bool ZERO, class T>
PYRNN_INLINE void adam_loop(const Adam<T>& a, const T* __restrict gradient, i64 begin, i64 count) {
  T* __restrict p = a.p + begin;
  T* __restrict m = a.m + begin;
  T* __restrict v = a.v + begin;
  T* __restrict vmax = AMS ? a.vmax + begin : nullptr;
  const T beta1 = a.beta1, beta2 = a.beta2, rest1 = a.rest1, rest2 = a.rest2;
  const T keep = a.keep, decay = a.decay, rate = a.rate, correction = a.correction, eps = a.eps;
  for (i64 i = 0; i < count; ++i) {
    const T kept = keep * p[i];
    const T own = ZERO ? T(0) : gradient[i];
    const T g = DECAY ? own + decay * kept : own;
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

template <bool ZERO, class T>
void adam_part(const Adam<T>& task, const T* gradient, i64 begin, i64 count) {
  if (task.vmax) {
    adam_loop<true, true, ZERO>(task, gradient, begin, count);
  } else if (task.decay != 0) {
    adam_loop<false, true, ZERO>(task, gradient, begin, count);
  } else {
    adam_loop<false, false, ZERO>(task, gradient, begin, count);
  }
}

/// The first place in rising ids whose id is not below `row`.
PYRNN_INLINE i64 first_from(const i64* ids, i64 n, i64 row) {
  i64 low = 0;
  while (low < n) {
    const i64 middle = low + (n - low) / 2;
    if (ids[middle] < row) {
      low = middle + 1;
    } else {
      n = middle;
    }
  }
  return low;
}

/// f(gradient, begin, count) for the worker's share of a parameter. Of a table of which some rows
/// alone have a gradient, rows come one by one, and runs of the others with null.
template <class T, class F>
PYRNN_INLINE void each_part(const Gradient<T>& all, const Worker& worker, F&& f) {
  if (!all.ids) {
    const Share own = share(all.count, worker);
    f(all.g + own.begin, own.begin, own.end - own.begin);
    return;
  }
  const i64 E = all.width;
  const Share own = share(all.count / E, worker);
  i64 k = first_from(all.ids, all.listed, own.begin);
  for (i64 row = own.begin; row < own.end;) {
    const i64 next = k < all.listed ? lesser(all.ids[k], own.end) : own.end;
    if (row < next) f(static_cast<const T*>(nullptr), row * E, (next - row) * E);
    row = next;
    if (row == own.end) break;
    f(all.g + k * E, row * E, E);
    ++k;
    ++row;
  }
}

template <class T>
void adam(const Adam<T>& task, const Worker& worker) {
  each_part(task.gradient, worker, [&](const T* gradient, i64 begin, i64 count) {
    if (gradient) {
      adam_part<false>(task, gradient, begin, count);
    } else {
      adam_part<true>(task, gradient, begin, count);
    }
  });
}

/// Gradient descent, with momentum where b is given (Sutskever et al. 2013):
///   g' = g + λ p   b = μ b + g'   p = p - rate (g' + μ b if nesterov, else b; without b: g')
template <bool MOMENTUM, bool DECAY, bool ZERO, class T>
PYRNN_INLINE void descent_loop(const Descent<T>& d, const T* __restrict gradient, i64 begin,
                               i64 count) {
  T* __restrict p = d.p + begin;
  T* __restrict b = MOMENTUM ? d.b + begin : nullptr;
  const T rate = d.rate, momentum = d.momentum, decay = d.decay;
  const bool nesterov = d.nesterov;
  for (i64 i = 0; i < count; ++i) {
    const T own = ZERO ? T(0) : gradient[i];
    T step = DECAY ? own + decay * p[i] : own;
    if constexpr (MOMENTUM) {
      b[i] = momentum * b[i] + step;
      step = nesterov ? step + momentum * b[i] : b[i];
    }
    p[i] = p[i] - rate * step;
  }
}

template <bool ZERO, class T>
void descent_part(const Descent<T>& task, const T* gradient, i64 begin, i64 count) {
  if (task.b && task.decay != 0) {
    descent_loop<true, true, ZERO>(task, gradient, begin, count);
  } else if (task.b) {
    descent_loop<true, false, ZERO>(task, gradient, begin, count);
  } else if (task.decay != 0) {
    descent_loop<false, true, ZERO>(task, gradient, begin, count);
  } else if constexpr (!ZERO) {  // without momentum and decay the other rows stay where they are
    descent_loop<false, false, false>(task, gradient, begin, count);
  }
}

template <class T>
void descent(const Descent<T>& task, const Worker& worker) {
  each_part(task.gradient, worker, [&](const T* gradient, i64 begin, i64 count) {
    if (gradient) {
      descent_part<false>(task, gradient, begin, count);
    } else {
      descent_part<true>(task, gradient, begin, count);
    }
  });
}

/// The sum of squares in double, in sixteen lanes, of rows that stand one after the other or, with
/// rising ids, of a table that is zero but for them. A number goes to the lane of its place in the
/// table, and zeros add nothing: both ways give the same bits.
template <class T>
double square_norm(const T* x, const i64* ids, i64 rows, i64 width) {
  constexpr int kLanes = 16;
  double lanes[kLanes] = {};
  for (i64 k = 0; k < rows; ++k, x += width) {
    const i64 turn = (ids ? ids[k] : k) * width % kLanes;
    double mine[kLanes];
    for (int j = 0; j < kLanes; ++j) mine[j] = lanes[(turn + j) % kLanes];
    i64 i = 0;
    for (; i + kLanes <= width; i += kLanes) {
      for (int j = 0; j < kLanes; ++j) {
        const double value = static_cast<double>(x[i + j]);
        mine[j] += value * value;
      }
    }
    for (int j = 0; i < width; ++i, ++j) {
      mine[j] += static_cast<double>(x[i]) * static_cast<double>(x[i]);
    }
    for (int j = 0; j < kLanes; ++j) lanes[(turn + j) % kLanes] = mine[j];
  }
  double sum = 0;
  for (int j = 0; j < kLanes; ++j) sum += lanes[j];
  return sum;
}

}  // namespace
}  // namespace pyrnn::PYRNN_ISA
