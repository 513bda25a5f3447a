// The same bits again: when a call is repeated, on every instruction set that has FMA, and for a
// sequence whatever the other sequences of its batch are. On hard numbers (hard.h) besides on any
// threads and schedule.
#include <algorithm>

#include "check/call.h"
#include "check/comparison.h"
#include "check/groups.h"
#include "check/hard.h"
#include "cpu/engine/buffer.h"

namespace pyrnn::check {
namespace {

std::vector<const KernelTable*> fused(const std::vector<const KernelTable*>& tables) {
  std::vector<const KernelTable*> some;
  std::copy_if(tables.begin(), tables.end(), std::back_inserter(some),
               [](const KernelTable* table) { return fuses(*table); });
  return some;
}

/// Once more, and once more from memory that the pool has not seen.
template <class T>
void check_repetition(Report& report, const KernelTable& table, const Problem& problem,
                      const Outcome<Guarded<T>>& first) {
  const Report::Scope scope(report, "repeated");
  expect_same_bits(report, outcome_of<T>(table, problem, Setting{}), first);
  pool_trim();
  expect_same_bits(report, outcome_of<T>(table, problem, Setting{}), first);
}

/// Rows [b] of an array [*, B, width] as an array [*, 1, width].
template <class Array>
Array rows_of(const Array& array, i64 B, i64 b, i64 width) {
  Array out;
  for (i64 at = b * width; at < static_cast<i64>(array.size()); at += B * width) {
    out.insert(out.end(), array.begin() + at, array.begin() + at + width);
  }
  return out;
}

/// Sequence b of a problem alone.
Problem alone(const Problem& p, i64 b) {
  Problem one = p;
  const i64 B = p.shape.B, H = p.shape.H, P = p.shape.output(), D = p.shape.D;
  one.shape.B = 1;
  one.x = rows_of(p.x, B, b, p.shape.I - p.shape.looked_up());
  one.ids = rows_of(p.ids, B, b, 1);
  one.h0 = rows_of(p.h0, B, b, P);
  one.c0 = rows_of(p.c0, B, b, H);
  one.lengths = rows_of(p.lengths, B, b, 1);
  one.dy = rows_of(p.dy, B, b, D * P);
  one.dcells = rows_of(p.dcells, B, b, D * H);
  one.dh_n = rows_of(p.dh_n, B, b, P);
  one.dc_n = rows_of(p.dc_n, B, b, H);
  one.sequences = {b};
  one.reset = rows_of(p.reset, B, b, 1);
  return one;
}

template <class T>
void expect_row(Report& report, const char* name, const Guarded<T>& one, const Guarded<T>& all,
                i64 B, i64 b, i64 width) {
  const std::vector<T> whole(all.data(), all.data() + all.size());
  expect_same_bits(report, name, one, Guarded<T>(rows_of(whole, B, b, width)));
}

template <class T>
void check_each_alone(Report& report, const KernelTable& table, const Problem& p,
                      const Outcome<Guarded<T>>& all) {
  const i64 B = p.shape.B, H = p.shape.H, P = p.shape.output();
  for (i64 b = 0; b < B; ++b) {
    const Report::Scope scope(report, "sequence " + std::to_string(b) + " alone");
    const Outcome<Guarded<T>> one = outcome_of<T>(table, alone(p, b), Setting{});
    expect_row(report, "y", one.y, all.y, B, b, p.shape.D * P);
    expect_row(report, "h_n", one.h_n, all.h_n, B, b, P);
    expect_row(report, "c_n", one.c_n, all.c_n, B, b, H);
    expect_row(report, "dh0", one.dh0, all.dh0, B, b, P);
    expect_row(report, "dc0", one.dc0, all.dc0, B, b, H);
    expect_row(report, "dx", one.dx, all.dx, B, b, p.shape.I - p.shape.looked_up());
  }
}

/// Every set that has FMA against the first of them.
template <class T>
void check_sets(const Context& context, const Problem& problem, const std::string& what) {
  const std::vector<const KernelTable*> tables = fused(context.tables);
  for (std::size_t i = 1; i < tables.size(); ++i) {
    const Report::Scope scope(context.report,
                              what + " | " + tables[i]->isa + " against " + tables[0]->isa);
    expect_same_bits(context.report, outcome_of<T>(*tables[i], problem, Setting{}),
                     outcome_of<T>(*tables[0], problem, Setting{}));
  }
}

template <class T>
void check_problem(const Context& context, const CellTraits& cell, const Shape& shape) {
  Report& report = context.report;
  const Problem problem = problem_of<T>(cell, shape);
  const std::string what = cell.name + " " + Precision<T>::name + " " + shape.text();
  for (const KernelTable* table : context.tables) {
    const Report::Scope scope(report, std::string(table->isa) + " " + what);
    const Outcome<Guarded<T>> first = outcome_of<T>(*table, problem, Setting{});
    check_repetition(report, *table, problem, first);
    if (shape.B < 6) check_each_alone(report, *table, problem, first);
  }
  check_sets<T>(context, problem, what);
}

template <class T>
void check_hard(const Context& context, const Problem& problem, const char* hard,
                std::uint64_t turn, Met& met) {
  Report& report = context.report;
  const std::string what =
      problem.cell.name + " " + Precision<T>::name + " " + problem.shape.text() + hard;
  for (const KernelTable* table : context.tables) {
    const Report::Scope scope(report, std::string(table->isa) + " " + what);
    const Outcome<Guarded<T>> plain = outcome_of<T>(*table, problem, kPlain);
    each_pair(plain, plain, [&](const std::string&, const Guarded<T>& array, const Guarded<T>&) {
      met.count(array.data(), array.size());
    });
    std::vector<Setting> settings{Setting{}, Setting{.fuse = 0, .chunk = 2}};
    if (context.is_due(table, turn)) {
      settings.push_back({.threads = 2, .split = 0});
      settings.push_back({.threads = 3, .fuse = 0, .split = 1, .chunk = 1});
    }
    for (const Setting& setting : settings) {
      const Report::Scope how(report, setting.text());
      expect_same_bits(report, outcome_of<T>(*table, problem, setting), plain);
    }
    check_each_alone(report, *table, problem, plain);
  }
  check_sets<T>(context, problem, what);
}

void check_all_hard(const Context& context, const CellTraits& cell, std::uint64_t& turn) {
  std::vector<Shape> shapes = {
      {.T = 4, .B = 7, .I = 5, .H = 19, .lengths = Lengths::kRagged},
      {.T = 3, .B = 2, .I = 17, .H = 33, .L = 2, .D = 2, .bias = false, .states = false},
      {.T = 5, .B = 3, .I = 9, .H = 16, .V = 6, .lengths = Lengths::kRagged},
  };
  each_dtype([&](auto zero) {
    using T = decltype(zero);
    Met met;
    const auto check = [&](const Problem& problem, const char* hard) {
      check_hard<T>(context, problem, hard, turn++, met);
    };
    for (Shape& shape : shapes) {
      check(with_negative_zeros<T>(problem_of<T>(cell, shape)), " negative zeros");
      // A norm makes NaN of most infinities: it takes more draws until one is met.
      const std::uint64_t seeds = context.options.extended ? 20 : cell.normalises ? 12 : 4;
      for (shape.seed = 1; shape.seed <= seeds; ++shape.seed) {
        for (const Hard hard : kAllHard) {
          check(hardened<T>(problem_of<T>(cell, shape), hard), text_of(hard));
        }
      }
    }
    context.report.expect(met.all(), [&] {
      return cell.name + ": not everything hard was met among the results: " + met.text();
    });
  });
}

}  // namespace

void check_bits(const Context& context) {
  std::vector<Shape> all = shapes();
  const std::vector<Shape> more = random_shapes(context.options.extended ? 100 : 10);
  all.insert(all.end(), more.begin(), more.end());
  std::uint64_t turn = 0;
  for (const CellTraits& cell : cells(*context.tables.front())) {
    for (const Shape& shape : all) {
      each_dtype([&](auto zero) { check_problem<decltype(zero)>(context, cell, shape); });
    }
    check_all_hard(context, cell, turn);
  }
  for (const KernelTable* table : fused(context.tables)) {
    context.report.remark(std::string(table->isa));
  }
}

}  // namespace pyrnn::check
