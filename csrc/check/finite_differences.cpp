// The gradients of scalar code in double against central differences of its own forward pass:
//   dL/dv = (8 (L(v + ε) - L(v - ε)) - (L(v + 2ε) - L(v - 2ε))) / 12ε + O(ε⁴)
//   L = <y, dy> + <h_n, dh_n> + <c_n, dc_n> + <cells, dcells>
// With ε = 1e-5 the rounding of L (about ten) makes 2e-10: 2e-8 is a wide margin, and no wrong term
// hides in it. The truncation is nothing beside that, even where the norm of two or three numbers
// that lie close together is so steep that two points, O(ε²), are wrong by 1e-6.
#include <cmath>

#include "check/call.h"
#include "check/comparison.h"
#include "check/expected.h"
#include "check/groups.h"

namespace pyrnn::check {
namespace {

constexpr double kStep = 1e-5;
constexpr double kAllowed = 2e-8;

double inner(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (!std::isnan(b[i])) sum += a[i] * b[i];  // poisoned beyond a length, where a is 0
  }
  return sum;
}

double loss(const Problem& p) {
  const Expected e = expected(p);
  double sum = inner(e.y, p.dy) + inner(e.h_n, p.dh_n);
  if (p.cell.has_cell) sum += inner(e.c_n, p.dc_n) + inner(e.cells, p.dcells);
  return sum;
}

/// Every element of one input, which lies within p.
void check_input(Report& report, Problem& p, const std::string& name, std::vector<double>& values,
                 const std::vector<double>& gradient) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double value = values[i];
    if (std::isnan(value)) {
      report.expect(gradient[i] == 0, [&] { return name + ": a gradient beyond a length"; });
      continue;
    }
    const auto at = [&](double steps) {
      values[i] = value + steps * kStep;
      return loss(p);
    };
    const double slope = (8 * (at(1) - at(-1)) - (at(2) - at(-2))) / (12 * kStep);
    values[i] = value;
    const double error = std::abs(slope - gradient[i]) / std::max(1.0, std::abs(slope));
    report.used(error / kAllowed);
    report.expect(error <= kAllowed, [&] {
      return name + "[" + std::to_string(i) + "]: got " + text_of(gradient[i]) +
             ", differences give " + text_of(slope);
    });
  }
}

void check_problem(Report& report, Problem p) {
  const Report::Scope scope(report, p.cell.name + " " + p.shape.text());
  const Expected e = expected(p);
  check_input(report, p, "x", p.x, e.dx);
  check_input(report, p, "table", p.table, e.dtable);
  check_input(report, p, "h0", p.h0, e.dh0);
  check_input(report, p, "c0", p.c0, e.dc0);
  for (std::size_t i = 0; i < p.weights.size(); ++i) {
    check_input(report, p, "weights[" + std::to_string(i) + "]", p.weights[i], e.dweights[i]);
  }
}

/// A ReLU's kink must lie farther than a step reaches: such problems are drawn again.
Problem smooth_problem(const CellTraits& cell, Shape shape) {
  for (;; shape.seed += 1000) {
    Problem p = problem_of<double>(cell, shape);
    if (cell.name != "rnn_relu" || !kink_within(p, 20 * kStep)) return p;
  }
}

}  // namespace

void check_finite_differences(const Context& context) {
  const std::vector<Shape> shapes = {
      {.T = 3, .B = 2, .I = 2, .H = 3},
      {.T = 4, .B = 4, .I = 2, .H = 3, .L = 2, .D = 2, .lengths = Lengths::kRagged, .dropout = 0.4},
      {.T = 4, .B = 3, .I = 3, .H = 2, .D = 2, .V = 3, .lengths = Lengths::kRagged, .bias = false},
      {.T = 5,
       .B = 3,
       .I = 2,
       .H = 3,
       .D = 2,
       .lengths = Lengths::kRagged,
       .zoneout_h = 0.4,
       .zoneout_c = 0.3,
       .recurrent_dropout = 0.4,
       .resets = true},
      {.T = 4, .B = 2, .I = 2, .H = 3, .zoneout_h = 0.4, .zoneout_c = 0.3, .drawn = false},
  };
  for (const CellTraits& cell : cells(*context.tables.front())) {
    for (const Shape& shape : shapes) check_problem(context.report, smooth_problem(cell, shape));
  }
}

}  // namespace pyrnn::check
