#include "check/expected.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "check/call.h"
#include "check/random.h"
#include "dispatch/dispatch.h"

namespace pyrnn::check {
namespace {

const KernelTable& scalar_table() {
  for (const KernelTable* table : available_tables()) {
    if (std::string(table->isa) == "scalar") return *table;
  }
  throw std::runtime_error("scalar kernels were not built");
}

std::vector<double> taken(const Guarded<double>& array) {
  if (!array.intact()) throw std::runtime_error("scalar kernels wrote beyond the end of an array");
  return {array.data(), array.data() + array.size()};
}

/// The first `count` layers of a stack.
Problem first_layers(Problem p, i64 count) {
  const auto shorten = [&](auto& array) {
    array.resize(array.size() / static_cast<std::size_t>(p.shape.L) *
                 static_cast<std::size_t>(count));
  };
  shorten(p.weights);
  shorten(p.h0);
  shorten(p.c0);
  p.shape.L = count;
  return p;
}

/// Every number that a sum is made of, moved by `step` in a direction drawn for it.
Problem moved(Problem p, double step) {
  Random random(p.shape.seed);
  const auto move = [&](std::vector<double>& values) {
    for (double& value : values) value += random.below(2) == 0 ? step : -step;
  };
  move(p.x);
  move(p.table);
  move(p.h0);
  for (std::vector<double>& weight : p.weights) move(weight);
  return p;
}

/// Which outputs of the last layer are above 0.
std::vector<bool> active(const Problem& p) {
  Call<double> call(scalar_table(), p, kPlain);
  call.forward(false);
  std::vector<bool> above;
  for (i64 i = 0; i < call.outcome.y.size(); ++i) above.push_back(call.outcome.y[i] > 0);
  return above;
}

}  // namespace

Expected expected(const Problem& problem) {
  const Outcome<Guarded<double>> got = outcome_of<double>(scalar_table(), problem, kPlain);
  Expected out{taken(got.y),     taken(got.h_n), taken(got.c_n),
               taken(got.cells), taken(got.dx),  taken(got.dtable),
               taken(got.dh0),   taken(got.dc0), {}};
  for (const Guarded<double>& weight : got.dweights) out.dweights.push_back(taken(weight));
  return out;
}

bool kink_within(const Problem& problem, double reach) {
  for (i64 layers = 1; layers <= problem.shape.L; ++layers) {
    const Problem p = first_layers(problem, layers);
    const std::vector<bool> here = active(p);
    if (active(moved(p, reach)) != here || active(moved(p, -reach)) != here) return true;
  }
  return false;
}

double sensitivity(const Problem& problem, double step) {
  const Expected here = expected(problem), there = expected(moved(problem, step));
  double most = 0;
  each_pair(here, there, [&](const std::string&, const auto& a, const auto& b) {
    double scale = 1, change = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
      scale = std::max(scale, std::abs(a[i]));
      change = std::max(change, std::abs(a[i] - b[i]));
    }
    most = std::max(most, change / scale / step);
  });
  return most;
}

}  // namespace pyrnn::check
