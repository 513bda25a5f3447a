// Optimizer steps and norms against their formulas in double. Nothing here fuses a product, so all
// instruction sets, with FMA or without, must agree in every bit.
#include <cmath>
#include <memory>
#include <optional>

#include "check/comparison.h"
#include "check/exact_team.h"
#include "check/groups.h"
#include "check/hard.h"
#include "check/random.h"
#include "cpu/engine/packed_stack.h"

namespace pyrnn::check {
namespace {

struct Rule {
  bool ams;
  double decay;  // joins the gradient
  double keep;   // shrinks the parameter beforehand
};

/// A parameter and its moments [n], and the gradients of several steps.
template <class T>
struct Parameter {
  Guarded<T> p, m, v, vmax;
  std::vector<Guarded<T>> gradients;

  Parameter(i64 n, int steps) : p(n), m(n), v(n), vmax(n), gradients() {
    Random random(static_cast<std::uint64_t>(n));
    for (i64 i = 0; i < n; ++i) {
      p[i] = static_cast<T>(random.uniform());
      m[i] = v[i] = vmax[i] = 0;
    }
    for (int step = 0; step < steps; ++step) {
      gradients.emplace_back(n);
      // Gradients of every size, and the large ones first, so that AMSGrad's maximum matters.
      const double scale = std::pow(10.0, -step);
      for (i64 i = 0; i < n; ++i) gradients.back()[i] = static_cast<T>(scale * random.uniform());
    }
  }
};

constexpr double kBeta1 = 0.9, kBeta2 = 0.999, kRate = 0.01, kEps = 1e-8;

/// A gradient by its rows.
template <class T>
struct Listed {
  const T* rows;   // [count, width]
  const i64* ids;  // [count]
  i64 count, width;
};

template <class T>
Gradient<T> gradient_of(const Parameter<T>& x, int step, const Listed<T>* listed) {
  if (listed) return {x.p.size(), listed->rows, listed->ids, listed->count, listed->width};
  return {x.p.size(), x.gradients[static_cast<std::size_t>(step - 1)].data()};
}

template <class T>
void step_of(const KernelTable& table, const Rule& rule, Parameter<T>& x, int step, int threads,
             const Listed<T>* listed = nullptr) {
  const auto cast = [](double value) { return static_cast<T>(value); };
  const Adam<T> task{gradient_of(x, step, listed),
                     x.p.data(),
                     x.m.data(),
                     x.v.data(),
                     rule.ams ? x.vmax.data() : nullptr,
                     cast(kBeta1),
                     cast(1 - kBeta1),
                     cast(kBeta2),
                     cast(1 - kBeta2),
                     cast(rule.keep),
                     cast(rule.decay),
                     cast(kRate / (1 - std::pow(kBeta1, step))),
                     cast(std::sqrt(1 - std::pow(kBeta2, step))),
                     cast(kEps)};
  const ArrayKernels<T>& kernels = array_kernels<T>(table);
  run_exactly(threads, [&](const Worker& worker) { kernels.adam(task, worker); });
}

/// Kingma and Ba (2015), algorithm 1; Reddi et al. (2018) for the maximum; p after all steps.
template <class T>
std::vector<double> formula(const Rule& rule, const Parameter<T>& x) {
  std::vector<double> out;
  for (i64 i = 0; i < x.p.size(); ++i) {
    double p = static_cast<double>(x.p[i]), m = 0, v = 0, most = 0;
    for (std::size_t t = 1; t <= x.gradients.size(); ++t) {
      p *= rule.keep;
      const double g = static_cast<double>(x.gradients[t - 1][i]) + rule.decay * p;
      m = kBeta1 * m + (1 - kBeta1) * g;
      v = kBeta2 * v + (1 - kBeta2) * g * g;
      most = rule.ams ? std::max(most, v) : v;
      const double m_hat = m / (1 - std::pow(kBeta1, static_cast<double>(t)));
      const double v_hat = most / (1 - std::pow(kBeta2, static_cast<double>(t)));
      p -= kRate * m_hat / (std::sqrt(v_hat) + kEps);
    }
    out.push_back(p);
  }
  return out;
}

/// Hard numbers are only held against those of another set.
template <class T>
void check_adam(const Context& context, const Rule& rule, i64 n, std::optional<Hard> hard = {}) {
  constexpr int kSteps = 4;
  Report& report = context.report;
  Parameter<T> start(n, kSteps);
  const std::vector<double> want = formula(rule, start);
  if (hard) {
    Random random(static_cast<std::uint64_t>(n));
    harden<T>(start.p, *hard, random);
    for (Guarded<T>& gradient : start.gradients) harden<T>(gradient, *hard, random);
  }
  std::unique_ptr<Parameter<T>> first;
  for (const KernelTable* table : context.tables) {
    for (const int threads : {1, 3}) {
      const Report::Scope scope(report, std::string(table->isa) + " adam " + Precision<T>::name +
                                            " n " + std::to_string(n) + (rule.ams ? " ams" : "") +
                                            (hard ? text_of(*hard) : ""));
      Parameter<T> x = start;
      for (int step = 1; step <= kSteps; ++step) step_of(*table, rule, x, step, threads);
      if (!hard) expect_close(report, "p", x.p, want, tolerance<T>(16 * kSteps));
      report.expect(x.m.intact() && x.v.intact() && x.vmax.intact(),
                    [] { return "moments: written beyond the end"; });
      if (!first) first = std::make_unique<Parameter<T>>(x);
      expect_same_bits(report, "p, another set", x.p, first->p);
      expect_same_bits(report, "m, another set", x.m, first->m);
      expect_same_bits(report, "v, another set", x.v, first->v);
      if (rule.ams) expect_same_bits(report, "vmax, another set", x.vmax, first->vmax);
    }
  }
}

/// Of gradient descent: m is the buffer of the momentum.
struct Slope {
  double momentum, decay;
  bool nesterov;
};

template <class T>
void step_of(const KernelTable& table, const Slope& slope, Parameter<T>& x, int step, int threads,
             const Listed<T>* listed = nullptr) {
  const auto cast = [](double value) { return static_cast<T>(value); };
  const Descent<T> task{gradient_of(x, step, listed),
                        x.p.data(),
                        slope.momentum > 0 ? x.m.data() : nullptr,
                        cast(kRate),
                        cast(slope.momentum),
                        cast(slope.decay),
                        slope.nesterov};
  const ArrayKernels<T>& kernels = array_kernels<T>(table);
  run_exactly(threads, [&](const Worker& worker) { kernels.descent(task, worker); });
}

/// Sutskever et al. (2013); p after all steps.
template <class T>
std::vector<double> formula(const Slope& slope, const Parameter<T>& x) {
  std::vector<double> out;
  for (i64 i = 0; i < x.p.size(); ++i) {
    double p = static_cast<double>(x.p[i]), b = 0;
    for (const Guarded<T>& gradient : x.gradients) {
      const double g = static_cast<double>(gradient[i]) + slope.decay * p;
      b = slope.momentum * b + g;
      p -= kRate * (slope.nesterov ? g + slope.momentum * b : b);
    }
    out.push_back(p);
  }
  return out;
}

template <class T>
void check_descent(const Context& context, const Slope& slope, i64 n) {
  constexpr int kSteps = 4;
  Report& report = context.report;
  const Parameter<T> start(n, kSteps);
  const std::vector<double> want = formula(slope, start);
  std::unique_ptr<Parameter<T>> first;
  for (const KernelTable* table : context.tables) {
    for (const int threads : {1, 3}) {
      const Report::Scope scope(report, std::string(table->isa) + " descent " + Precision<T>::name +
                                            " n " + std::to_string(n));
      Parameter<T> x = start;
      for (int step = 1; step <= kSteps; ++step) step_of(*table, slope, x, step, threads);
      expect_close(report, "p", x.p, want, tolerance<T>(4 * kSteps));
      report.expect(x.m.intact(), [] { return "momentum: written beyond the end"; });
      if (!first) first = std::make_unique<Parameter<T>>(x);
      expect_same_bits(report, "p, another set", x.p, first->p);
      expect_same_bits(report, "b, another set", x.m, first->m);
    }
  }
}

template <class T>
void check_norm(const Context& context, i64 n) {
  Guarded<T> x(n);
  Random random(static_cast<std::uint64_t>(n + 5));
  long double want = 0;
  for (i64 i = 0; i < n; ++i) {
    x[i] = static_cast<T>(random.uniform() * (i % 7 == 0 ? 1e-3 : 1e3));
    want += static_cast<long double>(x[i]) * static_cast<long double>(x[i]);
  }
  const double first =
      array_kernels<T>(*context.tables.front()).square_norm(x.data(), nullptr, 1, n);
  for (const KernelTable* table : context.tables) {
    const double got = array_kernels<T>(*table).square_norm(x.data(), nullptr, 1, n);
    const double error = std::abs(got - static_cast<double>(want));
    context.report.expect(
        error <= tolerance<double>(n + 1) * static_cast<double>(want) && got == first,
        [&] { return std::string(table->isa) + " norm: off by " + text_of(error); });
  }
}

/// A gradient given by its rows against the same gradient with all its zeros: the same bits.
template <class T, class RULE>
void check_rows(const Context& context, const RULE& rule, i64 V, i64 E,
                const std::vector<i64>& ids) {
  Report& report = context.report;
  Parameter<T> start(V * E, 2);
  Guarded<T> rows(static_cast<i64>(ids.size()) * E);
  Guarded<T>& dense = start.gradients[1];
  for (i64 i = 0; i < V * E; ++i) dense[i] = 0;
  Random random(static_cast<std::uint64_t>(V * E));
  for (std::size_t k = 0; k < ids.size(); ++k) {
    for (i64 i = 0; i < E; ++i) {
      dense[ids[k] * E + i] = rows[static_cast<i64>(k) * E + i] = static_cast<T>(random.uniform());
    }
  }
  for (const KernelTable* table : context.tables) {
    for (const int threads : {1, 3}) {
      const Report::Scope scope(report, std::string(table->isa) + " rows " + Precision<T>::name +
                                            " V " + std::to_string(V) + " E " + std::to_string(E));
      Parameter<T> want = start, got = start;
      for (Parameter<T>* x : {&want, &got}) step_of(*table, rule, *x, 1, threads);
      step_of(*table, rule, want, 2, threads);
      const i64 none = 0;  // null would mean a gradient of all rows
      const Listed<T> listed{rows.data(), ids.empty() ? &none : ids.data(),
                             static_cast<i64>(ids.size()), E};
      step_of(*table, rule, got, 2, threads, &listed);
      expect_same_bits(report, "p", got.p, want.p);
      expect_same_bits(report, "m", got.m, want.m);
      expect_same_bits(report, "v", got.v, want.v);
      expect_same_bits(report, "vmax", got.vmax, want.vmax);
      const ArrayKernels<T>& kernels = array_kernels<T>(*table);
      const double all = kernels.square_norm(dense.data(), nullptr, 1, V * E);
      const double few = kernels.square_norm(rows.data(), listed.ids, listed.count, E);
      report.expect(all == few, [] { return "the norm of the rows is another one"; });
    }
  }
}

}  // namespace

void check_updates(const Context& context) {
  const Rule rules[] = {
      {false, 0, 1}, {false, 0.1, 1}, {false, 0, 0.99}, {true, 0, 1}, {true, 0.1, 1}};
  const Slope slopes[] = {{0, 0, false}, {0, 0.1, false}, {0.9, 0, false}, {0.9, 0.1, true}};
  each_dtype([&](auto zero) {
    using T = decltype(zero);
    for (const i64 n : {0, 1, 7, 16, 33, 1000}) {
      for (const Rule& rule : rules) {
        check_adam<T>(context, rule, n);
        for (const Hard hard : kAllHard) check_adam<T>(context, rule, n, hard);
      }
      for (const Slope& slope : slopes) check_descent<T>(context, slope, n);
      check_norm<T>(context, n);
    }
    const auto check_lists = [&](const auto& rule) {
      check_rows<T>(context, rule, 9, 20, {0, 3, 4, 8});
      check_rows<T>(context, rule, 7, 5, {});
      check_rows<T>(context, rule, 4, 33, {0, 1, 2, 3});
      check_rows<T>(context, rule, 40, 3, {39});
    };
    for (const Rule& rule : rules) check_lists(rule);
    for (const Slope& slope : slopes) check_lists(slope);
  });
}

}  // namespace pyrnn::check
