// The oracle: what a call on a stack should give. Plain double, one sequence and one step at a
// time, from the equations of the papers; it shares no code with the library, so that an error in
// the library's cells cannot hide in it. finite_differences.cpp checks its gradients.
#pragma once

#include "check/outcome.h"
#include "check/problems.h"

namespace pyrnn::check {

struct Expected : Outcome<std::vector<double>> {
  double nearest_kink;  // the smallest |sum| that went through a ReLU; infinity without one
};

/// Forward and backward, all upstream gradients of the problem taken.
Expected expected(const Problem& problem);

/// Whether the oracle knows this cell.
bool oracle_knows(const std::string& cell);

}  // namespace pyrnn::check
