// Compiled with FMA where the CPU family has it as an option: see CMakeLists.txt.
#include "check/elementary.h"

namespace pyrnn::check {

void fused_exp(const float* x, float* out, std::int64_t n) { scalar::exp_each(x, out, n); }
void fused_exp(const double* x, double* out, std::int64_t n) { scalar::exp_each(x, out, n); }
void fused_log(const float* x, float* out, std::int64_t n) { scalar::log_each(x, out, n); }
void fused_log(const double* x, double* out, std::int64_t n) { scalar::log_each(x, out, n); }

}  // namespace pyrnn::check
