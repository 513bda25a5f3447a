// Calls with nothing in them, gradients that do not arrive or are not wanted, and workspaces that
// are kept.
#include "check/call.h"
#include "check/comparison.h"
#include "check/expected.h"
#include "check/groups.h"

namespace pyrnn::check {
namespace {

template <class T>
void check_empty(const Context& context, const KernelTable& table, const CellTraits& cell) {
  for (const Shape& shape : empty_shapes()) {
    const Problem problem = problem_of<T>(cell, shape);
    const Expected want = expected(problem);
    for (const Setting& setting :
         {Setting{}, Setting{.fuse = 0, .chunk = 2}, Setting{.threads = 2, .split = 0},
          Setting{.threads = 2, .split = 1}}) {
      const Report::Scope scope(context.report, shape.text() + " | " + setting.text());
      expect_close(context.report, problem, outcome_of<T>(table, problem, setting), want);
    }
  }
}

/// The problem with zeros where nothing arrives.
Problem without(Problem p, const Wanted& wanted) {
  const auto clear = [](std::vector<double>& v, bool keep) {
    if (!keep) v.assign(v.size(), 0.0);
  };
  clear(p.dy, wanted.dy);
  clear(p.dh_n, wanted.dh_n);
  clear(p.dc_n, wanted.dc_n);
  clear(p.dcells, wanted.dcells);
  return p;
}

/// Every subset of the four gradients that may arrive.
template <class T>
void check_upstream(Report& report, const KernelTable& table, const Problem& problem) {
  for (int mask = 0; mask < 16; ++mask) {
    const Wanted wanted{.dy = (mask & 1) != 0,
                        .dh_n = (mask & 2) != 0,
                        .dc_n = (mask & 4) != 0,
                        .dcells = (mask & 8) != 0};
    const Report::Scope scope(report, "upstream " + std::to_string(mask));
    Call<T> call(table, problem, Setting{});
    call.forward();
    call.backward(wanted);
    expect_close(report, problem, call.outcome, expected(without(problem, wanted)));
  }
}

/// What is asked for does not depend on what else is.
template <class T>
void check_requests(Report& report, const KernelTable& table, const Problem& problem) {
  const Outcome<Guarded<T>> all = outcome_of<T>(table, problem, Setting{});
  for (int mask = 0; mask < 8; ++mask) {
    const Report::Scope scope(report, "asked for " + std::to_string(mask));
    const Wanted wanted{.x = (mask & 1) != 0, .state = (mask & 2) != 0, .weights = (mask & 4) != 0};
    Call<T> call(table, problem, Setting{});
    call.forward();
    call.backward(wanted);
    if (wanted.x) expect_same_bits(report, "dx", call.outcome.dx, all.dx);
    if (wanted.state) expect_same_bits(report, "dh0", call.outcome.dh0, all.dh0);
    if (wanted.state) expect_same_bits(report, "dc0", call.outcome.dc0, all.dc0);
    for (std::size_t i = 0; i < call.outcome.dweights.size(); ++i) {
      expect_same_bits(report, "dweights", call.outcome.dweights[i], all.dweights[i]);
    }
  }
}

/// Backward of a retained workspace, over and over; the last one consumes it.
template <class T>
void check_retained(Report& report, const KernelTable& table, const Problem& problem) {
  const Report::Scope scope(report, "retained");
  const Outcome<Guarded<T>> once = outcome_of<T>(table, problem, Setting{});
  Call<T> call(table, problem, Setting{});
  call.forward();
  for (int i = 0; i < 3; ++i) {
    report.expect(!call.released(), [] { return "released too early"; });
    call.backward({}, i < 2);
    expect_same_bits(report, call.outcome, once);
  }
  report.expect(call.released(), [] { return "not released by the last backward"; });
  Call<T> again(call, problem);
  again.forward();
  again.backward();
  expect_same_bits(report, again.outcome, once);
}

template <class T>
void check_cell(const Context& context, const KernelTable& table, const CellTraits& cell) {
  Report& report = context.report;
  const Report::Scope scope(report,
                            std::string(table.isa) + " " + cell.name + " " + Precision<T>::name);
  check_empty<T>(context, table, cell);
  const Shape shapes[] = {
      {.T = 6,
       .B = 5,
       .I = 3,
       .H = 19,
       .L = 2,
       .D = 2,
       .lengths = Lengths::kRagged,
       .dropout = 0.2},
      {.T = 4, .B = 3, .I = 6, .H = 5, .V = 9, .lengths = Lengths::kRagged, .bias = false},
  };
  for (const Shape& shape : shapes) {
    const Problem problem = problem_of<T>(cell, shape);
    check_upstream<T>(report, table, problem);
    check_requests<T>(report, table, problem);
    check_retained<T>(report, table, problem);
  }
}

}  // namespace

void check_absences(const Context& context) {
  for (const KernelTable* table : context.tables) {
    for (const CellTraits& cell : cells(*table)) {
      each_dtype([&](auto zero) { check_cell<decltype(zero)>(context, *table, cell); });
    }
  }
}

}  // namespace pyrnn::check
