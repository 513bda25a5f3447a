// The same bits on any number of threads, under any schedule: spread over sequences or units, x W
// within the step or hoisted in chunks of any length; all kept for backward, or windows of steps
// run again.
#include "check/call.h"
#include "check/comparison.h"
#include "check/groups.h"

namespace pyrnn::check {
namespace {

std::vector<Setting> one_thread() {
  std::vector<Setting> all{Setting{}};
  for (i64 chunk : {1, 2, 5, 64}) all.push_back({.fuse = 0, .split = 2, .chunk = chunk});
  for (i64 steps : {1, 3}) all.push_back({.split = 2, .recompute = steps});
  return all;
}

/// Steps of split units meet at barriers, and more threads than processors make that slow. So the
/// short run deals these settings out over shapes, cells, dtypes and sets, `turn` by `turn`, and
/// spares long sequences the large teams; each setting is met dozens of times.
std::vector<Setting> several_threads(const Shape& shape, bool all_of_them, std::size_t turn) {
  std::vector<Setting> all;
  for (int threads : {2, 4, 3}) {
    if (threads > 2 && shape.T > 20 && !all_of_them) continue;
    all.push_back({.threads = threads});
    if (shape.L > 1) {
      all.push_back({.threads = threads, .chunk = 1, .wavefront = 1});
      all.push_back({.threads = threads, .fuse = 0, .chunk = 3, .wavefront = 1});
    }
    for (int split : {0, 1}) {
      all.push_back({.threads = threads, .fuse = 1, .split = split});
      all.push_back({.threads = threads, .fuse = 0, .split = split, .chunk = 1});
      all.push_back({.threads = threads, .fuse = 0, .split = split, .chunk = 3});
      all.push_back({.threads = threads, .split = split, .recompute = 2});
    }
  }
  if (all_of_them) return all;
  std::vector<Setting> some;
  for (std::size_t i = 0; i < 3; ++i) some.push_back(all[(turn * 5 + i * 8) % all.size()]);
  return some;
}

template <class T>
void check_problem(const Context& context, const CellTraits& cell, const Shape& shape,
                   std::size_t turn) {
  const Problem problem = problem_of<T>(cell, shape);
  const std::vector<Setting> shared = several_threads(shape, context.options.extended, turn);
  for (const KernelTable* table : context.tables) {
    std::vector<Setting> settings = one_thread();
    for (std::size_t i = 0; i < shared.size(); ++i) {
      if (context.is_due(table, shared.size() * turn + i)) settings.push_back(shared[i]);
    }
    const Report::Scope where(context.report, std::string(table->isa) + " " + cell.name + " " +
                                                  Precision<T>::name + " " + shape.text());
    const Outcome<Guarded<T>> plain = outcome_of<T>(*table, problem, kPlain);
    for (const Setting& setting : settings) {
      const Report::Scope how(context.report, setting.text());
      Call<T> call(*table, problem, setting);
      call.forward();
      call.backward();
      expect_same_bits(context.report, call.outcome, plain);
      call.forward(false);  // nothing saved: other places for sums and cells
      expect_same_bits(context.report, "y (unsaved)", call.outcome.y, plain.y);
      expect_same_bits(context.report, "h_n (unsaved)", call.outcome.h_n, plain.h_n);
      call.forward(false, false);
      expect_same_bits(context.report, "y (no cells)", call.outcome.y, plain.y);
      expect_same_bits(context.report, "c_n (no cells)", call.outcome.c_n, plain.c_n);
      call.forward(false, true, false);
      expect_same_bits(context.report, "h_n (no y)", call.outcome.h_n, plain.h_n);
      expect_same_bits(context.report, "c_n (no y)", call.outcome.c_n, plain.c_n);
      expect_same_bits(context.report, "cells (no y)", call.outcome.cells, plain.cells);
    }
  }
}

}  // namespace

void check_schedules(const Context& context) {
  std::vector<Shape> all = shapes();
  if (context.options.extended) {
    const std::vector<Shape> more = random_shapes(20);
    all.insert(all.end(), more.begin(), more.end());
  }
  std::size_t turn = 0;
  for (const CellTraits& cell : cells(*context.tables.front())) {
    for (const Shape& shape : all) {
      each_dtype([&](auto zero) { check_problem<decltype(zero)>(context, cell, shape, turn++); });
    }
  }
}

}  // namespace pyrnn::check
