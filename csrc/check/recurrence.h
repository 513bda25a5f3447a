// The oracle's recurrences: one step of one sequence, forward and backward, each cell long-hand.
#pragma once

#include <string>
#include <vector>

#include "check/problems.h"

namespace pyrnn::check {

using Vector = std::vector<double>;

/// One layer in one direction.
struct Parameters {
  i64 I, H;
  const double* W;     // [G H, I]
  const double* R;     // [G H, H]
  const double* b_ih;  // [G H] or null
  const double* b_hh;  // [G H] or null
};

/// Their gradients, added to; null biases as above.
struct ParameterGradients {
  double* W;
  double* R;
  double* b_ih;
  double* b_hh;
};

/// One step: what it read, what it computed on the way, what it left.
struct Step {
  Vector x, h, c;  // [I], [H], [H]
  Vector a, u;     // [G H] W x + b_ih,  R h + b_hh
  Vector gates;    // [G H] behind their activations
  Vector h_next, c_next;
};

/// The gradients at a step: dh, dc arrive as those of h_next, c_next and leave as those of h, c.
struct StepGradients {
  Vector dx, dh, dc;
};

struct Recurrence {
  const char* name;
  int gates;
  bool has_cell;
  void (*forward)(const Parameters&, Step&);
  void (*backward)(const Parameters&, const Step&, const ParameterGradients&, StepGradients&);
};

/// Null if there is none of this name.
const Recurrence* find_recurrence(const std::string& name);

}  // namespace pyrnn::check
