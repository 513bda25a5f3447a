// exp over an array. No kernel offers it, σ and tanh build on it: the header is measured as it is
// compiled here, without FMA and (exponential.cpp) with it.
#pragma once

#include <cstdint>

#include "math/activations.h"

namespace pyrnn::PYRNN_ISA {
namespace {

template <class T>
inline void exp_each(const T* x, T* out, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) out[i] = exp(x[i]);
}

}  // namespace
}  // namespace pyrnn::PYRNN_ISA

namespace pyrnn::check {

/// exp with FMA. Call it only where the CPU has it; nothing but this file's own code is compiled
/// so.
void fused_exp(const float* x, float* out, std::int64_t n);
void fused_exp(const double* x, double* out, std::int64_t n);

}  // namespace pyrnn::check
