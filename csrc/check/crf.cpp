// Conditional random fields against their definition in long double, summed as logarithms:
//   ln p(y) = score(y) - ln Z,   m_t[j],   dA[i][j] = sum of dy ([y_{t-1} = i, y_t = j] - p(i, j))
// with normal scores, far scores and forbidden ones; and the same bits on any threads and sets with
// FMA. What lies past a length is NaN. Decoded paths are held against their own scores.
#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <numeric>
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

using Wide = long double;
constexpr Wide kNever = -std::numeric_limits<Wide>::infinity();

struct Sizes {
  i64 T, B, C;
  bool ragged = false;
  double scale = 1;        // of all scores
  bool forbidden = false;  // a third of the transitions
};

std::string text_of(const Sizes& s) {
  std::string text = s.ragged ? "ragged" : "full";
  for (const i64 n : {s.T, s.B, s.C}) text.append(" ").append(std::to_string(n));
  return text + (s.forbidden ? " forbidden" : "") + " scale " + check::text_of(s.scale);
}

/// Label 0 may follow and precede any label, so that there is always a path.
template <class T>
struct Task {
  Sizes shape;
  Guarded<T> emissions, transitions, start, end, dy;
  std::vector<i64> labels, lengths, order;

  explicit Task(const Sizes& s)
      : shape(s),
        emissions(s.T * s.B * s.C),
        transitions(s.C * s.C),
        start(s.C),
        end(s.C),
        dy(s.B),
        order(static_cast<std::size_t>(s.B)) {
    Random random(static_cast<std::uint64_t>(s.T * 7919 + s.B * 31 + s.C));
    for (Guarded<T>* array : {&emissions, &transitions, &start, &end}) {
      for (i64 i = 0; i < array->size(); ++i) {
        (*array)[i] = static_cast<T>(s.scale * 2 * random.uniform());
      }
    }
    for (i64 b = 0; b < s.B; ++b) {
      dy[b] = static_cast<T>(random.uniform());
      lengths.push_back(s.ragged ? random.below(s.T + 1) : s.T);
    }
    for (i64 k = 0; s.forbidden && k < transitions.size(); ++k) {
      const bool free = k / s.C == 0 || k % s.C == 0;
      if (!free && random.below(3) == 0) transitions[k] = -std::numeric_limits<T>::infinity();
    }
    std::iota(order.begin(), order.end(), i64{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](i64 a, i64 b) { return length(a) > length(b); });
    for (i64 t = 0; t < s.T; ++t) {
      for (i64 b = 0; b < s.B; ++b) {
        i64 y = random.below(s.C);
        if (t > 0 && std::isinf(transitions[label(t - 1, b) * s.C + y])) y = 0;
        labels.push_back(y);
        if (t < length(b)) continue;
        for (i64 j = 0; j < s.C; ++j) {
          emissions[place(t, b) + j] = std::numeric_limits<T>::quiet_NaN();
        }
      }
    }
  }

  i64 length(i64 b) const { return lengths[static_cast<std::size_t>(b)]; }
  i64 label(i64 t, i64 b) const { return labels[static_cast<std::size_t>(t * shape.B + b)]; }
  i64 place(i64 t, i64 b) const { return (t * shape.B + b) * shape.C; }

  Crf<T> field() const {
    return {shape.T,          shape.B,       shape.C,
            emissions.data(), labels.data(), transitions.data(),
            start.data(),     end.data(),    lengths.data(),
            order.data()};
  }
};

template <class T>
struct Result {
  Guarded<T> likelihood, alphas, demissions, dtransitions, dstart, dend, marginals;

  std::vector<const Guarded<T>*> all() const {
    return {&likelihood, &alphas, &demissions, &dtransitions, &dstart, &dend, &marginals};
  }
};

/// The scratch that both passes have alike.
template <class T>
struct Scratch {
  Guarded<T> panels, largest, least, rows;

  template <class Pass>
  Scratch(const CrfScratch& room, Pass& pass, int parts)
      : panels(room.panels), largest(room.lanes), least(room.lanes), rows(parts * room.rows) {
    pass.parts = parts;
    pass.matrix.panels = panels.data();
    pass.matrix.largest = largest.data();
    pass.matrix.least = least.data();
    pass.rows = rows.data();
  }

  void expect_intact(Report& report) const {
    for (const Guarded<T>* array : {&panels, &largest, &least, &rows}) {
      report.expect(array->intact(), [] { return "scratch: written beyond its end"; });
    }
  }
};

template <class T>
void run_backward(Report& report, const KernelTable& table, const Task<T>& task,
                  CrfBackward<T> pass, int threads, int parts) {
  const ArrayKernels<T>& kernels = array_kernels<T>(table);
  pass.of = task.field();
  Guarded<T> transposed(task.transitions.size());
  pass.transposed = transposed.data();
  pass.matrix.scores = transposed.data();
  const Scratch<T> scratch(kernels.crf_scratch(task.shape.C), pass, parts);
  run_exactly(threads, [&](const Worker& worker) { kernels.crf_backward(pass, worker); });
  scratch.expect_intact(report);
}

/// Forward, gradients and marginals on exactly so many threads, `parts` of them with scratch.
template <class T>
Result<T> run(Report& report, const KernelTable& table, const Task<T>& task, int threads,
              int parts) {
  const Sizes& s = task.shape;
  const ArrayKernels<T>& kernels = array_kernels<T>(table);
  const i64 size = task.emissions.size();
  Result<T> out{Guarded<T>(s.B), Guarded<T>(size), Guarded<T>(size), Guarded<T>(s.C * s.C),
                Guarded<T>(s.C), Guarded<T>(s.C),  Guarded<T>(size)};
  CrfForward<T> forward{};
  forward.of = task.field();
  forward.alphas = out.alphas.data();
  forward.log_likelihood = out.likelihood.data();
  forward.matrix.scores = task.transitions.data();
  const Scratch<T> scratch(kernels.crf_scratch(s.C), forward, parts);
  run_exactly(threads, [&](const Worker& worker) { kernels.crf_forward(forward, worker); });
  scratch.expect_intact(report);

  CrfBackward<T> backward{};
  std::vector<i64> first_pair;
  for (i64 b = 0; b < s.B; ++b) {
    first_pair.push_back(backward.pairs);
    backward.pairs += std::max<i64>(task.length(b) - 1, 0);
  }
  Guarded<T> before(backward.pairs * s.C), after(before.size()), counts(kCrfCounts * s.C * s.C);
  Product<T> product{};
  product.M = product.N = s.C;
  product.K = backward.pairs;
  product.transpose_a = true;
  Guarded<T> panels(kernels.product_scratch(product));
  std::vector<unsigned char> far(static_cast<std::size_t>(s.B));
  backward.alphas = out.alphas.data();
  backward.out = out.marginals.data();
  run_backward(report, table, task, backward, threads, parts);
  backward.dy = task.dy.data();
  backward.out = out.demissions.data();
  backward.dtransitions = out.dtransitions.data();
  backward.dstart = out.dstart.data();
  backward.dend = out.dend.data();
  backward.first_pair = first_pair.data();
  backward.before = before.data();
  backward.after = after.data();
  backward.counts = counts.data();
  backward.far = far.data();
  backward.product = panels.data();
  run_backward(report, table, task, backward, threads, parts);
  for (const Guarded<T>* array : {&before, &after, &counts, &panels}) {
    report.expect(array->intact(), [] { return "scratch: written beyond its end"; });
  }
  return out;
}

struct Expected {
  std::vector<double> likelihood, demissions, dtransitions, dstart, dend, marginals;
};

/// ln sum exp of n numbers.
template <class F>
Wide log_sum(i64 n, F&& term) {
  Wide most = kNever, sum = 0;
  for (i64 i = 0; i < n; ++i) most = std::max(most, term(i));
  if (most == kNever) return kNever;
  for (i64 i = 0; i < n; ++i) sum += std::exp(term(i) - most);
  return most + std::log(sum);
}

/// What one sequence adds: the equations of cpu/kernels/crf.h as they stand.
template <class T>
void add_sequence(const Task<T>& task, i64 b, Expected& out) {
  const i64 C = task.shape.C, N = task.length(b);
  const auto at = [](const Guarded<T>& array, i64 i) { return static_cast<Wide>(array[i]); };
  const auto e = [&](i64 t, i64 j) { return at(task.emissions, task.place(t, b) + j); };
  const auto A = [&](i64 i, i64 j) { return at(task.transitions, i * C + j); };
  const auto add = [](std::vector<double>& to, i64 i, Wide value) {
    to[static_cast<std::size_t>(i)] += static_cast<double>(value);
  };
  const auto size = static_cast<std::size_t>(N * C);
  std::vector<Wide> a(size), r(size);
  const auto cell = [&](std::vector<Wide>& v, i64 t, i64 j) -> Wide& {
    return v[static_cast<std::size_t>(t * C + j)];
  };
  for (i64 t = 0; t < N; ++t) {
    for (i64 j = 0; j < C; ++j) {
      cell(a, t, j) =
          e(t, j) + (t == 0 ? at(task.start, j)
                            : log_sum(C, [&](i64 i) { return cell(a, t - 1, i) + A(i, j); }));
    }
  }
  for (i64 t = N - 1; t >= 0; --t) {
    for (i64 i = 0; i < C; ++i) {
      cell(r, t, i) =
          t + 1 == N ? at(task.end, i)
                     : log_sum(C, [&](i64 j) { return A(i, j) + e(t + 1, j) + cell(r, t + 1, j); });
    }
  }
  const Wide log_Z = log_sum(C, [&](i64 j) { return cell(a, N - 1, j) + at(task.end, j); });
  const Wide dy = at(task.dy, b);
  Wide score = at(task.start, task.label(0, b)) + at(task.end, task.label(N - 1, b));
  for (i64 t = 0; t < N; ++t) {
    const i64 y = task.label(t, b), before = t > 0 ? task.label(t - 1, b) : 0;
    score += e(t, y) + (t > 0 ? A(before, y) : 0);
    for (i64 j = 0; j < C; ++j) {
      const Wide m = std::exp(cell(a, t, j) + cell(r, t, j) - log_Z), d = dy * ((j == y) - m);
      add(out.marginals, task.place(t, b) + j, m);
      add(out.demissions, task.place(t, b) + j, d);
      if (t == 0) add(out.dstart, j, d);
      if (t + 1 == N) add(out.dend, j, d);
      for (i64 i = 0; t > 0 && i < C; ++i) {
        const Wide p = std::exp(cell(a, t - 1, i) + A(i, j) + e(t, j) + cell(r, t, j) - log_Z);
        add(out.dtransitions, i * C + j, dy * ((i == before && j == y) - p));
      }
    }
  }
  add(out.likelihood, b, score - log_Z);
}

template <class T>
Expected expected(const Task<T>& task) {
  const auto zeros = [](i64 n) { return std::vector<double>(static_cast<std::size_t>(n)); };
  const i64 size = task.emissions.size(), C = task.shape.C;
  Expected out{zeros(task.shape.B), zeros(size), zeros(C * C), zeros(C), zeros(C), zeros(size)};
  for (i64 b = 0; b < task.shape.B; ++b) {
    if (task.length(b) > 0) add_sequence(task, b, out);
  }
  return out;
}

template <class T>
void expect_right(Report& report, const Task<T>& task, const Result<T>& got) {
  const Sizes& s = task.shape;
  const Expected want = expected(task);
  const double allowed = tolerance<T>(s.C + s.T);  // a step is a sum, and steps follow each other
  expect_close(report, "likelihood", got.likelihood, want.likelihood, allowed);
  expect_close(report, "marginals", got.marginals, want.marginals, allowed);
  expect_close(report, "demissions", got.demissions, want.demissions, allowed);
  expect_close(report, "dtransitions", got.dtransitions, want.dtransitions, allowed);
  expect_close(report, "dstart", got.dstart, want.dstart, allowed);
  expect_close(report, "dend", got.dend, want.dend, allowed);
  i64 wrong = 0, positive = 0;
  for (i64 k = 0; k < got.dtransitions.size(); ++k) {
    wrong += std::isinf(task.transitions[k]) && got.dtransitions[k] != 0;
  }
  for (i64 b = 0; b < s.B; ++b) positive += got.likelihood[b] > 0;
  report.expect(wrong == 0, [] { return "a forbidden transition has a gradient"; });
  report.expect(positive == 0, [] { return "a probability above 1"; });
  for (i64 t = 0; t < s.T; ++t) {
    for (i64 b = 0; b < s.B; ++b) {
      double sum = 0;
      for (i64 j = 0; j < s.C; ++j) sum += static_cast<double>(got.marginals[task.place(t, b) + j]);
      wrong += std::abs(sum - (t < task.length(b))) > allowed;
    }
  }
  report.expect(wrong == 0, [] { return "marginals do not add up to 1, or to 0 past a length"; });
}

template <class T>
void expect_same(Report& report, const Result<T>& got, const Result<T>& want) {
  const char* const names[] = {"likelihood", "alphas", "demissions", "dtransitions",
                               "dstart",     "dend",   "marginals"};
  for (std::size_t k = 0; k < got.all().size(); ++k) {
    expect_same_bits(report, names[k], *got.all()[k], *want.all()[k]);
  }
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
void check_hard(const Context& context, const Sizes& shape, Hard hard) {
  Task<T> task(shape);
  Random random(static_cast<std::uint64_t>(shape.C));
  for (Guarded<T>* array : {&task.emissions, &task.transitions, &task.start, &task.end, &task.dy}) {
    if (hard == Hard::kTiny || random.below(2) == 0) harden<T>(*array, hard, random);
  }
  check_same(context, task, text_of(hard), [](const Result<T>&) {});
}

struct Paths {
  Guarded<i64> labels;
  Guarded<double> scores;
};

Paths decode(Report& report, const KernelTable& table, const Task<double>& task, i64 K, int threads,
             int parts) {
  const Sizes& s = task.shape;
  const i64 lanes = table.arrays_f64.crf_scratch(s.C).lanes;
  Paths out{Guarded<i64>(K * s.T * s.B), Guarded<double>(K * s.B)};
  Guarded<double> values(parts * 2 * K * lanes);
  Guarded<i64> came(parts * s.T * K * lanes), found(parts * K);
  const CrfDecode pass{task.field(),  K,           out.labels.data(), out.scores.data(), parts,
                       values.data(), came.data(), found.data()};
  run_exactly(threads, [&](const Worker& worker) { table.crf_decode(pass, worker); });
  report.expect(values.intact() && came.intact() && found.intact() && out.labels.intact() &&
                    out.scores.intact(),
                [] { return "decode: written beyond an end"; });
  return out;
}

/// The score of a path, added from its first step to its last.
double score_of(const Task<double>& task, const Paths& paths, i64 k, i64 b) {
  const Sizes& s = task.shape;
  double score = 0;
  i64 before = -1;
  for (i64 t = 0; t < task.length(b); ++t) {
    const i64 y = paths.labels[(k * s.T + t) * s.B + b];
    if (y < 0 || y >= s.C) return NAN;
    score = (t == 0 ? task.start[y] : score + task.transitions[before * s.C + y]) +
            task.emissions[task.place(t, b) + y];
    before = y;
  }
  return before < 0 ? 0 : score + task.end[before];
}

/// Each path has its score, they fall, and no two are the same.
void check_decode(const Context& context, const Sizes& shape, i64 K) {
  const Task<double> task(shape);
  Report& report = context.report;
  std::unique_ptr<Paths> first;
  for (const KernelTable* table : context.tables) {
    const Report::Scope scope(report, std::string(table->isa) + " decode " + text_of(task.shape));
    const Paths got = decode(report, *table, task, K, 1, 1);
    i64 wrong = 0;
    for (i64 b = 0; b < shape.B; ++b) {
      for (i64 k = 0; k < K; ++k) {
        const double score = got.scores[k * shape.B + b];
        const bool none = score == -INFINITY;
        wrong += !none && score != score_of(task, got, k, b);
        if (k == 0) continue;
        wrong += score > got.scores[(k - 1) * shape.B + b];
        bool same = !none;
        for (i64 t = 0; t < task.length(b); ++t) {
          const i64 here = (k * shape.T + t) * shape.B + b;
          same = same && got.labels[here] == got.labels[here - shape.T * shape.B];
        }
        wrong += same;
      }
    }
    report.expect(wrong == 0, [] { return "paths: a wrong score or order, or one that repeats"; });
    if (!first)
      first = std::make_unique<Paths>(got);  // no products: sets without FMA agree as well
    for (const int threads : {1, 2, 5}) {
      const Paths other = decode(report, *table, task, K, threads, threads);
      report.expect(other.labels.same_bits(first->labels) && other.scores.same_bits(first->scores),
                    [] { return "paths: other ones"; });
    }
  }
}

}  // namespace

void check_crf(const Context& context) {
  const Sizes shapes[] = {
      {.T = 1, .B = 1, .C = 1},
      {.T = 6, .B = 7, .C = 5, .ragged = true},
      {.T = 9, .B = 13, .C = 17, .ragged = true, .forbidden = true},
      {.T = 20, .B = 2, .C = 70},
      {.T = 30, .B = 5, .C = 9, .ragged = true, .scale = 30, .forbidden = true},
      {.T = 12, .B = 4, .C = 33, .scale = 1e4},
      {.T = 3, .B = 3, .C = 130, .forbidden = true},
      {.T = 0, .B = 2, .C = 3},
      {.T = 4, .B = 0, .C = 3},
  };
  each_dtype([&](auto zero) {
    using T = decltype(zero);
    for (const Sizes& shape : shapes) {
      const Task<T> task(shape);
      check_same(context, task, "",
                 [&](const Result<T>& plain) { expect_right(context.report, task, plain); });
    }
    for (const Hard hard : kAllHard) {
      for (const Sizes& shape : {shapes[1], shapes[2], shapes[4]})
        check_hard<T>(context, shape, hard);
    }
  });
  for (const Sizes& shape : shapes) {
    for (const i64 K : {1, 4}) check_decode(context, shape, K);
  }
}

}  // namespace pyrnn::check
