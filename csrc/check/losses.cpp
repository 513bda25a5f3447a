// The softmax and the fused cross-entropy against their definitions in double:
//   softmax(x)_j = exp(x_j) / sum_k exp(x_k)
//   loss = w (log sum_j exp(x_j) - x_target)     dx_j = scale w (softmax(x)_j - [j = target])
#include <cmath>
#include <limits>
#include <memory>

#include "check/comparison.h"
#include "check/exact_team.h"
#include "check/groups.h"
#include "check/hard.h"
#include "check/random.h"
#include "cpu/engine/packed_stack.h"

namespace pyrnn::check {
namespace {

constexpr double kScale = 0.25;  // a power of two: it rounds nothing

template <class T>
struct Task {
  i64 rows, columns;
  Guarded<T> logits, weights;
  std::vector<i64> targets;

  Task(i64 n_rows, i64 n_columns, double scale, bool masked)
      : rows(n_rows), columns(n_columns), logits(rows * columns), weights(rows) {
    Random random(static_cast<std::uint64_t>(rows * 1000 + columns));
    for (i64 n = 0; n < rows; ++n) {
      weights[n] = n % 4 == 3 ? T(0) : static_cast<T>(1 + random.uniform() / 2);
      targets.push_back(random.below(columns));
      for (i64 v = 0; v < columns; ++v) {
        logits[n * columns + v] = static_cast<T>(scale * random.uniform());
        // Whoever forbids a class gives it -inf; the target stays possible.
        if (masked && v != targets.back() && random.below(3) == 0) {
          logits[n * columns + v] = -std::numeric_limits<T>::infinity();
        }
      }
    }
  }
};

template <class T>
struct Loss {
  Guarded<T> losses, dlogits;
};

template <class T>
Loss<T> run(const KernelTable& table, const Task<T>& task, bool gradient, int threads,
            bool in_place = false) {
  Loss<T> out{Guarded<T>(task.rows), Guarded<T>(gradient ? task.rows * task.columns : 0)};
  if (in_place) out.dlogits = task.logits;
  const CrossEntropy<T> arguments{task.rows,
                                  task.columns,
                                  in_place ? out.dlogits.data() : task.logits.data(),
                                  task.targets.data(),
                                  task.weights.data(),
                                  out.losses.data(),
                                  gradient ? out.dlogits.data() : nullptr,
                                  static_cast<T>(kScale)};
  const ArrayKernels<T>& kernels = array_kernels<T>(table);
  run_exactly(threads, [&](const Worker& worker) { kernels.cross_entropy(arguments, worker); });
  return out;
}

struct Definition {
  std::vector<double> losses, dlogits;
};

template <class T>
Definition definition(const Task<T>& task) {
  Definition out;
  for (i64 n = 0; n < task.rows; ++n) {
    const auto x = [&](i64 v) { return static_cast<double>(task.logits[n * task.columns + v]); };
    const i64 target = task.targets[static_cast<std::size_t>(n)];
    const double w = static_cast<double>(task.weights[n]);
    double most = x(0), sum = 0;
    for (i64 v = 1; v < task.columns; ++v) most = std::max(most, x(v));
    for (i64 v = 0; v < task.columns; ++v) sum += std::exp(x(v) - most);
    out.losses.push_back(w == 0 ? 0 : w * (std::log(sum) + most - x(target)));
    for (i64 v = 0; v < task.columns; ++v) {
      const double p = std::exp(x(v) - most) / sum;
      out.dlogits.push_back(kScale * w * (p - (v == target ? 1 : 0)));
    }
  }
  return out;
}

/// A class that is forbidden by -inf has no share at all: it and its gradient are exactly 0.
template <class T>
void expect_forbidden(Report& report, const Task<T>& task, const Guarded<T>& values) {
  i64 wrong = 0;
  for (i64 i = 0; i < values.size(); ++i) {
    wrong += std::isinf(task.logits[i]) && values[i] != 0;
  }
  report.expect(wrong == 0, [] { return "a forbidden class has a share, or a gradient"; });
}

/// Without a definition the losses are only held against each other.
template <class T>
void check_task(const Context& context, const Task<T>& task, const std::string& what,
                bool defined = true) {
  Report& report = context.report;
  const Definition want = definition(task);
  std::unique_ptr<Loss<T>> fused;
  for (const KernelTable* table : context.tables) {
    const Report::Scope scope(report, std::string(table->isa) + " " + Precision<T>::name +
                                          " rows " + std::to_string(task.rows) + " columns " +
                                          std::to_string(task.columns) + what);
    const Loss<T> plain = run(*table, task, true, 1);
    if (defined) {
      const double allowed = tolerance<T>(task.columns + 8);
      expect_close(report, "losses", plain.losses, want.losses, allowed);
      expect_close(report, "dlogits", plain.dlogits, want.dlogits, allowed);
      expect_forbidden(report, task, plain.dlogits);
    }
    const Loss<T> shared = run(*table, task, true, 3);
    expect_same_bits(report, "losses, 3 threads", shared.losses, plain.losses);
    expect_same_bits(report, "dlogits, 3 threads", shared.dlogits, plain.dlogits);
    expect_same_bits(report, "losses alone", run(*table, task, false, 2).losses, plain.losses);
    const Loss<T> in_place = run(*table, task, true, 2, true);
    expect_same_bits(report, "losses, in place", in_place.losses, plain.losses);
    expect_same_bits(report, "dlogits, in place", in_place.dlogits, plain.dlogits);
    if (!fuses(*table)) continue;
    if (!fused) fused = std::make_unique<Loss<T>>(plain);
    expect_same_bits(report, "losses, another set", plain.losses, fused->losses);
    expect_same_bits(report, "dlogits, another set", plain.dlogits, fused->dlogits);
  }
}

template <class T>
void check_hard(const Context& context, i64 rows, i64 columns, Hard hard) {
  Task<T> task(rows, columns, 4, false);
  Random random(static_cast<std::uint64_t>(rows + columns));
  harden<T>(task.logits, hard, random);
  harden<T>(task.weights, hard, random);
  check_task(context, task, text_of(hard), false);
}

template <class T>
Guarded<T> run_softmax(const KernelTable& table, const Task<T>& task, int threads) {
  Guarded<T> y(task.rows * task.columns);
  const Softmax<T> arguments{task.rows, task.columns, task.logits.data(), y.data()};
  const ArrayKernels<T>& kernels = array_kernels<T>(table);
  run_exactly(threads, [&](const Worker& worker) { kernels.softmax(arguments, worker); });
  return y;
}

/// exp(x_j - most) / sum_k exp(x_k - most), most the largest x_k.
template <class T>
std::vector<double> softmax_definition(const Task<T>& task) {
  std::vector<double> y;
  for (i64 n = 0; n < task.rows; ++n) {
    const auto x = [&](i64 v) { return static_cast<double>(task.logits[n * task.columns + v]); };
    double most = x(0), sum = 0;
    for (i64 v = 1; v < task.columns; ++v) most = std::max(most, x(v));
    for (i64 v = 0; v < task.columns; ++v) sum += std::exp(x(v) - most);
    for (i64 v = 0; v < task.columns; ++v) y.push_back(std::exp(x(v) - most) / sum);
  }
  return y;
}

template <class T>
void check_softmax(const Context& context, const Task<T>& task, const std::string& what) {
  Report& report = context.report;
  const std::vector<double> want = softmax_definition(task);
  std::unique_ptr<Guarded<T>> fused;
  for (const KernelTable* table : context.tables) {
    const Report::Scope scope(report, std::string(table->isa) + " " + Precision<T>::name +
                                          " softmax of rows " + std::to_string(task.rows) +
                                          " columns " + std::to_string(task.columns) + what);
    const Guarded<T> y = run_softmax(*table, task, 1);
    expect_close(report, "y", y, want, tolerance<T>(task.columns + 8));
    expect_forbidden(report, task, y);
    expect_same_bits(report, "y, 3 threads", run_softmax(*table, task, 3), y);
    if (!fuses(*table)) continue;
    if (!fused) fused = std::make_unique<Guarded<T>>(y);
    expect_same_bits(report, "y, another set", y, *fused);
  }
}

/// A row without weight may hold anything finite or infinite: its loss is 0.
template <class T>
void check_unweighted(const Context& context) {
  Task<T> task(1, 5, 1, false);
  task.weights[0] = 0;
  task.logits[task.targets[0]] = -std::numeric_limits<T>::infinity();
  for (const KernelTable* table : context.tables) {
    context.report.expect(run(*table, task, true, 1).losses[0] == 0,
                          [] { return "an infinite loss of weight 0 counts"; });
  }
}

}  // namespace

void check_losses(const Context& context) {
  each_dtype([&](auto zero) {
    using T = decltype(zero);
    for (const i64 rows : {0, 1, 5, 16}) {
      for (const i64 columns : {1, 2, 7, 8, 16, 17, 33, 100, 1001}) {
        check_task(context, Task<T>(rows, columns, 4, false), "");
        check_task(context, Task<T>(rows, columns, 300, false), " far apart");
        check_task(context, Task<T>(rows, columns, 4, true), " some -inf");
        check_softmax(context, Task<T>(rows, columns, 4, false), "");
        check_softmax(context, Task<T>(rows, columns, 300, false), " far apart");
        check_softmax(context, Task<T>(rows, columns, 4, true), " some -inf");
      }
    }
    for (const Hard hard : kAllHard) {
      for (const i64 columns : {1, 7, 33, 300}) check_hard<T>(context, 6, columns, hard);
    }
    check_unweighted<T>(context);
  });
}

}  // namespace pyrnn::check
