// Array kernels in every way in which they may run: any threads, any set.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "check/comparison.h"
#include "check/groups.h"
#include "check/precision.h"

namespace pyrnn::check {

/// The same on any threads, and on every set with FMA: results of run(table, threads, parts), which
/// expect(one, other) compares; right(result) asserts what else holds. name: of the problem.
template <class T, class Run, class Expect, class Right>
void check_every_way(const Context& context, const std::string& name, Run&& run, Expect&& expect,
                     Right&& right) {
  using Result = decltype(run(*context.tables.front(), 1, 1));
  std::unique_ptr<Result> fused;
  for (const KernelTable* table : context.tables) {
    const Report::Scope scope(context.report,
                              std::string(table->isa) + " " + Precision<T>::name + " " + name);
    const Result plain = run(*table, 1, 1);
    right(plain);
    for (const int threads : {2, 3, 5}) {
      for (const int parts : {threads, 2}) expect(run(*table, threads, parts), plain);
    }
    if (!fuses(*table)) continue;
    if (!fused) fused = std::make_unique<Result>(plain);
    expect(plain, *fused);
  }
}

}  // namespace pyrnn::check
