// Every cell, dtype and instruction set against the oracle, forward and backward.
#include <algorithm>

#include "check/call.h"
#include "check/comparison.h"
#include "check/groups.h"
#include "check/oracle.h"

namespace pyrnn::check {
namespace {

/// The places of array [T, B, width] past a length that hold anything but 0.
template <class T>
i64 stray(const Problem& p, const Guarded<T>& array, i64 width) {
  i64 count = 0;
  for (i64 t = 0; t < p.shape.T; ++t) {
    for (i64 b = 0; b < p.shape.B; ++b) {
      if (t < p.length(b)) continue;
      const T* row = array.data() + (t * p.shape.B + b) * width;
      count += std::count_if(row, row + width, [](T value) { return value != 0; });
    }
  }
  return count;
}

/// Past a length y and dx are exactly 0, and so is the gradient of a row that no token reads.
template <class T>
void expect_zeros(Report& report, const Problem& p, const Outcome<Guarded<T>>& got,
                  const Expected& want) {
  const i64 width = p.shape.D * p.shape.H;
  const auto expect_none = [&](const char* name, i64 count) {
    report.expect(count == 0, [&] {
      return std::string(name) + ": " + std::to_string(count) + " elements that must be exactly 0";
    });
  };
  expect_none("y", stray(p, got.y, width));
  if (p.has_cell) expect_none("cells", stray(p, got.cells, width));
  if (p.shape.V == 0) {
    expect_none("dx", stray(p, got.dx, p.shape.I));
    return;
  }
  i64 count = 0;
  for (i64 i = 0; i < got.dx.size(); ++i) {
    count += want.dx[static_cast<std::size_t>(i)] == 0 && got.dx[i] != 0;
  }
  expect_none("dtable", count);
}

template <class T>
void check_problem(const Context& context, const CellTraits& cell, const Shape& shape) {
  const Problem problem = problem_of<T>(cell, shape);
  const Expected want = expected(problem);
  for (const KernelTable* table : context.tables) {
    const Report::Scope scope(context.report, std::string(table->isa) + " " + cell.name + " " +
                                                  Precision<T>::name + " " + shape.text());
    const Outcome<Guarded<T>> got = outcome_of<T>(*table, problem, Setting{});
    expect_close(context.report, problem, got, want);
    expect_zeros(context.report, problem, got, want);
  }
}

}  // namespace

void check_cells(const Context& context) {
  std::vector<Shape> all = shapes();
  const std::vector<Shape> more = random_shapes(context.options.extended ? 300 : 30);
  all.insert(all.end(), more.begin(), more.end());
  for (const CellTraits& cell : cells(*context.tables.front())) {
    if (!oracle_knows(cell.name)) continue;  // told by finite_differences
    for (const Shape& shape : all) {
      each_dtype([&](auto zero) { check_problem<decltype(zero)>(context, cell, shape); });
    }
  }
}

}  // namespace pyrnn::check
