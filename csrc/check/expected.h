// What a call on a stack should give: the library's own answer in double, from its scalar kernels
// on one thread, x W within the step. All other instruction sets, dtypes, threads and schedules are
// held against that. finite_differences.cpp differentiates it; whether its forward pass is the
// paper's is for pyrnn/kernels/reference.py and tests/kernels to say.
#pragma once

#include "check/outcome.h"
#include "check/problems.h"

namespace pyrnn::check {

using Expected = Outcome<std::vector<double>>;

/// Forward and backward, all upstream gradients of the problem taken.
Expected expected(const Problem& problem);

/// Whether a sum that goes through a ReLU lies about as near to 0 as `reach`: then it may fall on
/// either side of the kink once its operands are moved by so much.
bool kink_within(const Problem& problem, double reach);

/// How far the results move, in units of the largest magnitude of their array (at least 1), when
/// every number that a sum is made of moves by `step`; divided by that.
double sensitivity(const Problem& problem, double step);

}  // namespace pyrnn::check
