// Memory that runs out: each allocation of a call fails in turn, alone or with all after it. The
// call must say so, leave nothing half done behind, and give the right bits the next time.
#include "check/call.h"
#include "check/comparison.h"
#include "check/each_failure.h"
#include "check/groups.h"

namespace pyrnn::check {
namespace {

template <class T>
void check_call(Report& report, const KernelTable& table, const Problem& problem,
                const Setting& setting, bool forever) {
  const Outcome<Guarded<T>> want = outcome_of<T>(table, problem, setting);
  i64 count = each_failure(forever, [&](auto&& failing) {  // packing
    failing([&] { Call<T>(table, problem, setting); });
  });
  report.expect(count > 3, [] { return "packing: no allocation failed"; });

  // Backward's weights are packed by the first forward call that is saved: a new Call each time.
  count = each_failure(forever, [&](auto&& failing) {
    Call<T> call(table, problem, setting);
    if (failing([&] { call.forward(); })) call.forward();
    call.backward();
    expect_same_bits(report, call.outcome, want);
  });
  report.expect(count > 10, [] { return "forward: no allocation failed"; });

  for (const bool retain : {true, false}) {
    bool consumed = false, kept = false;
    count = each_failure(forever, [&](auto&& failing) {
      Call<T> call(table, problem, setting);
      call.forward();
      if (failing([&] { call.backward({}, retain); })) {
        (call.released() ? consumed : kept) = true;
        if (call.released()) call.forward();
        call.backward({}, retain);
      }
      expect_same_bits(report, call.outcome, want);
    });
    report.expect(count > 5, [] { return "backward: no allocation failed"; });
    report.expect(kept, [] { return "backward: consumed by the first failure"; });
    report.expect(consumed == !retain,
                  [] { return "backward: consumed, or kept, where it must not be"; });
  }
}

template <class T>
void check_cell(const Context& context, const KernelTable& table, const CellTraits& cell,
                const Setting& setting) {
  const Shape shapes[] = {
      {.T = 4, .B = 3, .I = 3, .H = 5, .L = 2, .D = 2, .lengths = Lengths::kRagged, .dropout = 0.2},
      {.T = 3, .B = 2, .I = 6, .H = 5, .V = 4, .bias = false},
  };
  for (const Shape& shape : shapes) {
    const Problem problem = problem_of<T>(cell, shape);
    for (const bool forever : {false, true}) {
      const Report::Scope scope(context.report, cell.name + " " + Precision<T>::name + " " +
                                                    shape.text() + " | " + setting.text() +
                                                    (forever ? " | for good" : " | once"));
      check_call<T>(context.report, table, problem, setting, forever);
    }
  }
}

}  // namespace

void check_exhaustion(const Context& context) {
  const std::size_t used = pool_used_bytes();
  const KernelTable& table = *context.tables.back();
  for (const CellTraits& cell : cells(table)) check_cell<float>(context, table, cell, {});
  const CellTraits last = cells(table).back();
  check_cell<double>(context, table, last, {});
  check_cell<float>(context, table, last, {.threads = 2, .split = 1});
  context.report.expect(pool_used_bytes() == used, [] { return "blocks were lost"; });
}

}  // namespace pyrnn::check
