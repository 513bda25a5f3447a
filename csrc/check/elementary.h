// exp and log over arrays. No kernel offers them alone, σ, tanh and the cross-entropy build on
// them: the headers are measured as they are compiled here, without FMA and (elementary.cpp) with
// it.
#pragma once

#include <cstdint>

#include "math/logarithm.h"

namespace pyrnn::PYRNN_ISA {
namespace {

template <class T>
inline void exp_each(const T* x, T* out, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) out[i] = exp(x[i]);
}

template <class T>
inline void log_each(const T* x, T* out, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) out[i] = log(x[i]);
}

}  // namespace
}  // namespace pyrnn::PYRNN_ISA

namespace pyrnn::check {

// With FMA. Call them only where the CPU has it; nothing but their file's own code is compiled so.
void fused_exp(const float* x, float* out, std::int64_t n);
void fused_exp(const double* x, double* out, std::int64_t n);
void fused_log(const float* x, float* out, std::int64_t n);
void fused_log(const double* x, double* out, std::int64_t n);

}  // namespace pyrnn::check
