// Every cell, dtype and instruction set against plain scalar code in double, forward and backward.
#include <algorithm>

#include "check/call.h"
#include "check/comparison.h"
#include "check/expected.h"
#include "check/groups.h"

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

/// The rows of a table that no token reads, within the lengths, and their gradient's elements that
/// hold anything but 0.
template <class T>
i64 stray_rows(const Problem& p, const Guarded<T>& dtable) {
  std::vector<bool> read(static_cast<std::size_t>(p.shape.V));
  for (i64 t = 0; t < p.shape.T; ++t) {
    for (i64 b = 0; b < p.shape.B; ++b) {
      if (t >= p.length(b)) continue;
      read[static_cast<std::size_t>(p.ids[static_cast<std::size_t>(t * p.shape.B + b)])] = true;
    }
  }
  i64 count = 0;
  for (i64 i = 0; i < dtable.size(); ++i) {
    count += !read[static_cast<std::size_t>(i / p.shape.I)] && dtable[i] != 0;
  }
  return count;
}

/// Past a length y and dx are exactly 0, and so is the gradient of a row that no token reads.
template <class T>
void expect_zeros(Report& report, const Problem& p, const Outcome<Guarded<T>>& got) {
  const auto expect_none = [&](const char* name, i64 count) {
    report.expect(count == 0, [&] {
      return std::string(name) + ": " + std::to_string(count) + " elements that must be exactly 0";
    });
  };
  expect_none("y", stray(p, got.y, p.shape.D * p.shape.output()));
  if (p.cell.has_cell) expect_none("cells", stray(p, got.cells, p.shape.D * p.shape.H));
  if (p.shape.V == 0) {
    expect_none("dx", stray(p, got.dx, p.shape.I));
  } else {
    expect_none("dtable", stray_rows(p, got.dx));
  }
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
    expect_zeros(context.report, problem, got);
  }
}

}  // namespace

void check_cells(const Context& context) {
  std::vector<Shape> all = shapes();
  const std::vector<Shape> more = random_shapes(context.options.extended ? 300 : 30);
  all.insert(all.end(), more.begin(), more.end());
  for (const CellTraits& cell : cells(*context.tables.front())) {
    for (const Shape& shape : all) {
      each_dtype([&](auto zero) { check_problem<decltype(zero)>(context, cell, shape); });
    }
  }
}

}  // namespace pyrnn::check
