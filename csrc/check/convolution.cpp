// Convolution with a maximum over time against its definition in double:
//   a_t = b + sum over k, i of w[i][k] x[t + k - L][i],   y = max over t < N of a_t
// and, through the windows of the maxima, dx, dw, db. What lies past a length is NaN.
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "check/comparison.h"
#include "check/every_way.h"
#include "check/exact_team.h"
#include "check/groups.h"
#include "check/hard.h"
#include "check/random.h"
#include "cpu/engine/packed_stack.h"

namespace pyrnn::check {
namespace {

struct Sizes {
  i64 T, B, I, F, W;
  bool ragged = false, bias = true;
};

std::string text_of(const Sizes& s) {
  std::string text = s.ragged ? "ragged" : "full";
  for (const i64 n : {s.T, s.B, s.I, s.F, s.W}) text.append(" ").append(std::to_string(n));
  return text;
}

/// `whole`: small whole numbers, whose sums are exact, with many equal activations.
template <class T>
struct Task {
  Sizes shape;
  bool batch_first;
  Guarded<T> x, weight, bias, dy;
  std::vector<i64> lengths;

  Task(const Sizes& s, bool first, bool whole)
      : shape(s),
        batch_first(first),
        x(s.T * s.B * s.I),
        weight(s.F * s.I * s.W),
        bias(s.F),
        dy(s.B * s.F) {
    Random random(static_cast<std::uint64_t>(s.T * 7919 + s.F * 31 + s.W));
    const auto draw = [&](Guarded<T>& to) {
      for (i64 i = 0; i < to.size(); ++i) {
        to[i] = static_cast<T>(whole ? static_cast<double>(random.below(5) - 2) : random.uniform());
      }
    };
    for (Guarded<T>* array : {&x, &weight, &bias, &dy}) draw(*array);
    for (i64 b = 0; b < s.B; ++b) {
      lengths.push_back(s.ragged ? random.below(s.T + 1) : s.T);
      for (i64 t = lengths.back(); t < s.T; ++t) {
        for (i64 i = 0; i < s.I; ++i) x[place(b, t) + i] = std::numeric_limits<T>::quiet_NaN();
      }
    }
  }

  i64 step() const { return batch_first ? shape.I : shape.B * shape.I; }
  i64 sequence() const { return batch_first ? shape.T * shape.I : shape.I; }
  i64 place(i64 b, i64 t) const { return t * step() + b * sequence(); }

  Convolution<T> problem() const {
    Convolution<T> of{};
    of.B = shape.B;
    of.I = shape.I;
    of.F = shape.F;
    of.W = shape.W;
    of.time = shape.T;
    of.x = x.data();
    of.step = step();
    of.sequence = sequence();
    of.lengths = lengths.data();
    for (const i64 n : lengths) {
      of.rows += n;
      of.longest = n > of.longest ? n : of.longest;
    }
    of.weight = weight.data();
    of.bias = shape.bias ? bias.data() : nullptr;
    return of;
  }
};

template <class T>
struct Result {
  Guarded<T> y, dx, dweight, dbias;
  Guarded<i64> steps;
};

/// Both passes on exactly so many threads, `parts` of them with scratch.
template <class T>
Result<T> run(Report& report, const KernelTable& table, const Task<T>& task, int threads,
              int parts) {
  const Sizes& s = task.shape;
  const ArrayKernels<T>& kernels = array_kernels<T>(table);
  const Convolution<T> of = task.problem();
  const ConvolutionScratch room = kernels.convolution_scratch(of);
  Result<T> out{Guarded<T>(s.B * s.F), Guarded<T>(task.x.size()), Guarded<T>(task.weight.size()),
                Guarded<T>(s.F), Guarded<i64>(s.B * s.F)};
  Guarded<T> panels(room.panels), windows(parts * room.windows), carried(parts * s.F);
  Guarded<i64> carried_steps(parts * s.F);
  const ConvolutionMax<T> forward{of,
                                  out.y.data(),
                                  out.steps.data(),
                                  parts,
                                  panels.data(),
                                  windows.data(),
                                  carried.data(),
                                  carried_steps.data()};
  run_exactly(threads, [&](const Worker& worker) { kernels.convolution_max(forward, worker); });
  Guarded<T> taps(task.weight.size()), window(parts * s.W * s.I);
  const ConvolutionGradient<T> backward{
      of,    out.steps.data(), task.dy.data(), out.dx.data(), out.dweight.data(), out.dbias.data(),
      parts, taps.data(),      window.data()};
  run_exactly(threads,
              [&](const Worker& worker) { kernels.convolution_gradient(backward, worker); });
  for (const Guarded<T>* array : {&panels, &windows, &carried, &taps, &window}) {
    report.expect(array->intact(), [] { return "scratch: written beyond its end"; });
  }
  for (const Guarded<i64>* array : {&out.steps, &carried_steps}) {
    report.expect(array->intact(), [] { return "steps: written beyond their end"; });
  }
  return out;
}

/// f(k, s): the taps of the window at t, and the steps that they meet.
template <class F>
void each_tap(i64 t, i64 width, i64 length, F&& f) {
  for (i64 k = 0; k < width; ++k) {
    const i64 s = t + k - (width - 1) / 2;
    if (s >= 0 && s < length) f(k, s);
  }
}

/// f(place in weight, place in x) for each product in the activation of filter f at step t.
template <class T, class F>
void each_product(const Task<T>& task, i64 b, i64 f, i64 t, F&& product) {
  const Sizes& s = task.shape;
  each_tap(t, s.W, task.lengths[static_cast<std::size_t>(b)], [&](i64 k, i64 at) {
    for (i64 i = 0; i < s.I; ++i) product((f * s.I + i) * s.W + k, task.place(b, at) + i);
  });
}

template <class T>
double activation(const Task<T>& task, i64 b, i64 f, i64 t) {
  double a = task.shape.bias ? static_cast<double>(task.bias[f]) : 0;
  each_product(task, b, f, t, [&](i64 w, i64 x) {
    a += static_cast<double>(task.weight[w]) * static_cast<double>(task.x[x]);
  });
  return a;
}

struct Maxima {
  std::vector<double> y, at;  // at: the activations at given steps
  std::vector<i64> first;     // the first step of each maximum
};

template <class T>
Maxima maxima(const Task<T>& task, const Guarded<i64>& steps) {
  Maxima out;
  for (i64 k = 0; k < steps.size(); ++k) {
    const i64 b = k / task.shape.F, f = k % task.shape.F;
    const i64 length = task.lengths[static_cast<std::size_t>(b)];
    double most = length > 0 ? -INFINITY : 0;
    i64 first = -1;
    for (i64 t = 0; t < length; ++t) {
      const double a = activation(task, b, f, t);
      if (a > most) first = t;
      most = a > most ? a : most;
    }
    out.y.push_back(most);
    out.at.push_back(length > 0 ? activation(task, b, f, steps[k]) : 0);
    out.first.push_back(first);
  }
  return out;
}

struct Gradients {
  std::vector<double> dx, dweight, dbias;
};

template <class T>
Gradients gradients(const Task<T>& task, const Guarded<i64>& steps) {
  const auto zeros = [](i64 n) { return std::vector<double>(static_cast<std::size_t>(n)); };
  Gradients out{zeros(task.x.size()), zeros(task.weight.size()), zeros(task.shape.F)};
  for (i64 k = 0; k < steps.size(); ++k) {
    if (steps[k] < 0) continue;
    const i64 b = k / task.shape.F, f = k % task.shape.F;
    const double d = static_cast<double>(task.dy[k]);
    out.dbias[static_cast<std::size_t>(f)] += d;
    each_product(task, b, f, steps[k], [&](i64 w, i64 x) {
      out.dweight[static_cast<std::size_t>(w)] += d * static_cast<double>(task.x[x]);
      out.dx[static_cast<std::size_t>(x)] += d * static_cast<double>(task.weight[w]);
    });
  }
  return out;
}

template <class T>
void expect_right(Report& report, const Task<T>& task, const Result<T>& got, bool whole) {
  const Sizes& s = task.shape;
  i64 wrong = 0;
  for (i64 k = 0; k < got.steps.size(); ++k) {
    const i64 length = task.lengths[static_cast<std::size_t>(k / s.F)];
    wrong += length == 0 ? got.steps[k] != -1 : got.steps[k] < 0 || got.steps[k] >= length;
  }
  if (!report.expect(wrong == 0, [] { return "steps: outside of their sequences"; })) return;
  const Maxima most = maxima(task, got.steps);
  const double allowed = tolerance<T>(s.W * s.I + 1);
  expect_close(report, "y", got.y, most.y, allowed);
  expect_close(report, "y at its steps", got.y, most.at, allowed);
  const Gradients want = gradients(task, got.steps);
  expect_close(report, "dx", got.dx, want.dx, tolerance<T>(s.F * s.W + 1));
  expect_close(report, "dweight", got.dweight, want.dweight, tolerance<T>(s.B + 1));
  expect_close(report, "dbias", got.dbias, want.dbias, tolerance<T>(s.B + 1));
  if (!whole) return;
  for (i64 k = 0; k < got.steps.size(); ++k) {
    wrong += got.steps[k] != most.first[static_cast<std::size_t>(k)];
  }
  report.expect(wrong == 0, [] { return "steps: of equal activations not the first"; });
}

template <class T>
void expect_same(Report& report, const Result<T>& got, const Result<T>& want) {
  expect_same_bits(report, "y", got.y, want.y);
  expect_same_bits(report, "dx", got.dx, want.dx);
  expect_same_bits(report, "dweight", got.dweight, want.dweight);
  expect_same_bits(report, "dbias", got.dbias, want.dbias);
  report.expect(got.steps.same_bits(want.steps), [] { return "steps: other ones"; });
}

/// The same on any threads, and on every set with FMA; right(result) asserts what else holds.
template <class T, class F>
void check_same(const Context& context, const Task<T>& task, const std::string& what, F&& right) {
  Report& report = context.report;
  check_every_way<T>(
      context, text_of(task.shape) + what,
      [&](const KernelTable& table, int threads, int parts) {
        return run(report, table, task, threads, parts);
      },
      [&](const Result<T>& one, const Result<T>& other) { expect_same(report, one, other); },
      right);
}

template <class T>
void check_task(const Context& context, const Sizes& shape, bool batch_first, bool whole) {
  const Task<T> task(shape, batch_first, whole);
  check_same(context, task, whole ? " whole" : "",
             [&](const Result<T>& plain) { expect_right(context.report, task, plain, whole); });
}

template <class T>
void check_hard(const Context& context, const Sizes& shape, Hard hard) {
  Task<T> task(shape, false, false);
  Random random(static_cast<std::uint64_t>(shape.F));
  for (Guarded<T>* array : {&task.x, &task.weight, &task.bias, &task.dy}) {
    if (hard == Hard::kTiny || random.below(2) == 0) harden<T>(*array, hard, random);
  }
  check_same(context, task, text_of(hard), [](const Result<T>&) {});
}

/// NaN is the largest, its first step counts, whichever worker meets it.
template <class T>
void check_nan(const Context& context) {
  Task<T> task({40, 1, 2, 19, 1}, false, false);
  for (const i64 t : {11, 12, 30}) task.x[task.place(0, t)] = std::numeric_limits<T>::quiet_NaN();
  for (const KernelTable* table : context.tables) {
    for (const int threads : {1, 2, 4}) {
      const Result<T> got = run(context.report, *table, task, threads, threads);
      i64 wrong = 0;
      for (i64 f = 0; f < 19; ++f) wrong += got.y[f] == got.y[f] || got.steps[f] != 11;
      context.report.expect(wrong == 0, [] { return "NaN: not the largest, or not the first"; });
    }
  }
}

}  // namespace

void check_convolution(const Context& context) {
  const Sizes shapes[] = {
      {.T = 1, .B = 1, .I = 1, .F = 1, .W = 1},
      {.T = 7, .B = 3, .I = 5, .F = 9, .W = 3, .ragged = true},
      {.T = 6, .B = 5, .I = 1, .F = 17, .W = 2, .ragged = true, .bias = false},
      {.T = 3, .B = 2, .I = 7, .F = 33, .W = 10},
      {.T = 23, .B = 4, .I = 16, .F = 100, .W = 4, .ragged = true},
      {.T = 31, .B = 1, .I = 33, .F = 65, .W = 5},
      {.T = 60, .B = 2, .I = 1700, .F = 5, .W = 2, .ragged = true},  // several chunks
      {.T = 0, .B = 2, .I = 3, .F = 4, .W = 3},
      {.T = 4, .B = 0, .I = 3, .F = 4, .W = 3},
  };
  each_dtype([&](auto zero) {
    using T = decltype(zero);
    for (const Sizes& shape : shapes) {
      check_task<T>(context, shape, false, false);
      check_task<T>(context, shape, true, true);
    }
    for (const Hard hard : kAllHard) {
      for (const Sizes& shape : {shapes[1], shapes[3], shapes[5]})
        check_hard<T>(context, shape, hard);
    }
    check_nan<T>(context);
  });
}

}  // namespace pyrnn::check
