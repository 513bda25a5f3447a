// Connectionist temporal classification against its definition in long double, summed as
// logarithms:
//   -ln p(l),   dloss/dx_t(c) = p_t(c) - the share of p(l) that has symbol c at frame t
// with likely and unlikely targets, repeats, targets that cannot be, numbers too far apart for the
// lattice of numbers; and the same bits on any threads, on any sets with FMA, without a gradient.
// What lies past a length is NaN, or no symbol.
#include <algorithm>
#include <cmath>
#include <limits>
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
  i64 T, B, C, L;
  bool ragged = false;
  double scale = 1;       // of all logits
  double preference = 0;  // what is added to the blank's
  bool normalized = false;
};

std::string text_of(const Sizes& s) {
  std::string text = s.ragged ? "ragged" : "full";
  for (const i64 n : {s.T, s.B, s.C, s.L}) text.append(" ").append(std::to_string(n));
  return text + (s.normalized ? " ln p" : "") + " scale " + check::text_of(s.scale) +
         " preference " + check::text_of(s.preference);
}

/// The blank is the last class.
template <class T>
struct Task {
  Sizes shape;
  Guarded<T> logits;
  std::vector<i64> targets, lengths, symbols, order, work;

  explicit Task(const Sizes& s) : shape(s), logits(s.T * s.B * s.C), order(count(s.B)) {
    Random random(static_cast<std::uint64_t>(s.T * 7919 + s.B * 31 + s.C));
    for (i64 i = 0; i < logits.size(); ++i) {
      const double preferred = i % s.C == s.C - 1 ? s.preference : 0;
      logits[i] = static_cast<T>(s.scale * 2 * random.uniform() + preferred);
    }
    for (i64 b = 0; b < s.B; ++b) {
      lengths.push_back(s.ragged ? random.below(s.T + 1) : s.T);
      symbols.push_back(s.ragged ? random.below(s.L + 1) : s.L);
      work.push_back(1 + lengths.back());
      for (i64 k = 0; k < s.L; ++k) {
        const i64 symbol = random.below(std::max<i64>(s.C - 1, 1));
        targets.push_back(k < symbols.back() ? symbol : -7);
      }
      for (i64 t = lengths.back(); t < s.T; ++t) {
        for (i64 c = 0; c < s.C; ++c) {
          logits[(t * s.B + b) * s.C + c] = std::numeric_limits<T>::quiet_NaN();
        }
      }
    }
    std::iota(order.begin(), order.end(), i64{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](i64 a, i64 b) { return work[count(a)] > work[count(b)]; });
  }

  static std::size_t count(i64 n) { return static_cast<std::size_t>(n); }
  i64 length(i64 b) const { return lengths[count(b)]; }
  std::vector<i64> target(i64 b) const {
    const auto first = targets.begin() + b * shape.L;
    return {first, first + symbols[count(b)]};
  }
};

template <class T>
struct Result {
  Guarded<T> losses, gradient;
};

template <class T>
Result<T> run(Report& report, const KernelTable& table, const Task<T>& task, int threads, int parts,
              bool gradient = true) {
  const Sizes& s = task.shape;
  Ctc<T> call{};
  for (i64 b = 0; b < s.B; ++b) {
    call.room = std::max(
        call.room, table.ctc_scratch(task.length(b), task.symbols[task.count(b)], s.C, gradient));
  }
  Result<T> out{Guarded<T>(s.B), Guarded<T>(gradient ? task.logits.size() : 0)};
  Guarded<double> scratch(parts * call.room);
  call.steps = s.T;
  call.B = s.B;
  call.C = s.C;
  call.L = s.L;
  call.logits = task.logits.data();
  call.targets = task.targets.data();
  call.lengths = task.lengths.data();
  call.symbols = task.symbols.data();
  call.order = task.order.data();
  call.work = task.work.data();
  call.blank = s.C - 1;
  call.normalized = s.normalized;
  call.scale = T(0.5);
  call.losses = out.losses.data();
  call.gradient = gradient ? out.gradient.data() : nullptr;
  call.parts = parts;
  call.scratch = scratch.data();
  run_exactly(threads,
              [&](const Worker& worker) { array_kernels<T>(table).ctc_loss(call, worker); });
  report.expect(scratch.intact(), [] { return "scratch: written beyond its end"; });
  return out;
}

Wide log_sum(std::initializer_list<Wide> terms) {
  Wide most = kNever, sum = 0;
  for (const Wide term : terms) most = std::max(most, term);
  if (most == kNever) return kNever;
  for (const Wide term : terms) sum += std::exp(term - most);
  return most + std::log(sum);
}

struct Expected {
  std::vector<double> losses, gradient;
};

/// ln p_t(c) of a sequence, [N][C].
template <class T>
std::vector<std::vector<Wide>> log_p(const Task<T>& task, i64 b) {
  const Sizes& s = task.shape;
  std::vector<std::vector<Wide>> out;
  for (i64 t = 0; t < task.length(b); ++t) {
    const T* const x = task.logits.data() + (t * s.B + b) * s.C;
    std::vector<Wide> row(x, x + s.C);
    if (!s.normalized) {
      const Wide most = *std::max_element(row.begin(), row.end());
      Wide sum = 0;
      for (const Wide value : row) sum += std::exp(value - most);
      for (Wide& value : row) value -= most + std::log(sum);
    }
    out.push_back(row);
  }
  return out;
}

/// What one sequence adds: the equations of pyrnn/kernels/ctc.py as they stand.
template <class T>
void add_sequence(const Task<T>& task, i64 b, Expected& out) {
  const Sizes& s = task.shape;
  const auto p = log_p(task, b);
  const std::size_t N = p.size();
  std::vector<i64> states{s.C - 1};
  for (const i64 symbol : task.target(b)) states.insert(states.end(), {symbol, s.C - 1});
  const std::size_t S = states.size();
  const auto leaps = [&](std::size_t k) { return k >= 2 && k < S && states[k] != states[k - 2]; };
  const auto symbol = [&](std::size_t k) { return task.count(states[k]); };
  std::vector<std::vector<Wide>> a(N + 1, std::vector<Wide>(S, kNever)), r = a;
  a[0][0] = 0;  // a[t + 1]: of frame t
  for (std::size_t t = 0; t < N; ++t) {
    for (std::size_t k = 0; k < S; ++k) {
      a[t + 1][k] = p[t][symbol(k)] + log_sum({a[t][k], k > 0 ? a[t][k - 1] : kNever,
                                               leaps(k) ? a[t][k - 2] : kNever});
    }
  }
  r[N][S - 1] = 0;
  if (S > 1) r[N][S - 2] = 0;
  for (std::size_t t = N; t-- > 1;) {
    const auto after = [&](std::size_t k) {
      return k < S ? p[t][symbol(k)] + r[t + 1][k] : kNever;
    };
    for (std::size_t k = 0; k < S; ++k) {
      r[t][k] = log_sum({after(k), after(k + 1), leaps(k + 2) ? after(k + 2) : kNever});
    }
  }
  const Wide total = log_sum({a[N][S - 1], S > 1 ? a[N][S - 2] : kNever});
  out.losses[task.count(b)] = static_cast<double>(-total);
  if (total == kNever) return;
  for (std::size_t t = 0; t < N; ++t) {
    double* const d = out.gradient.data() + (static_cast<i64>(t) * s.B + b) * s.C;
    std::vector<Wide> row(task.count(s.C), 0);
    for (std::size_t c = 0; c < row.size() && !s.normalized; ++c) row[c] = std::exp(p[t][c]);
    for (std::size_t k = 0; k < S; ++k) {
      row[symbol(k)] -= std::exp(a[t + 1][k] + r[t + 1][k] - total);
    }
    for (std::size_t c = 0; c < row.size(); ++c) d[c] = 0.5 * static_cast<double>(row[c]);
  }
}

/// x of float or double is given to half a unit in its last place, and e^x to as much times x.
template <class T>
void expect_right(Report& report, const Task<T>& task, const Result<T>& got) {
  const Sizes& s = task.shape;
  Expected want{std::vector<double>(task.count(s.B)),
                std::vector<double>(task.count(task.logits.size()))};
  for (i64 b = 0; b < s.B; ++b) add_sequence(task, b, want);
  const double steep = 1 + std::min(s.scale + std::abs(s.preference), 90.0);
  Guarded<T> losses = got.losses;
  for (i64 b = 0; b < s.B; ++b) {
    double& loss = want.losses[task.count(b)];
    report.expect(std::isinf(loss) == std::isinf(losses[b]), [] { return "an infinite loss"; });
    if (std::isinf(loss)) losses[b] = T(loss = 0);
  }
  expect_close(report, "losses", losses, want.losses, tolerance<T>(s.T + s.C));
  // Logarithms of so many frames have as many digits less behind the point.
  const double far = s.scale * static_cast<double>(s.T) * tolerance<double>(1);
  expect_close(report, "gradient", got.gradient, want.gradient,
               steep * tolerance<T>(s.T + s.C) + far);
}

template <class T>
void check_same(const Context& context, const Task<T>& task, const std::string& what,
                bool is_right) {
  Report& report = context.report;
  check_every_way<T>(
      context, text_of(task.shape) + what,
      [&](const KernelTable& table, int threads, int parts) {
        const Result<T> result = run(report, table, task, threads, parts);
        expect_same_bits(report, "losses without a gradient",
                         run(report, table, task, threads, parts, false).losses, result.losses);
        return result;
      },
      [&](const Result<T>& one, const Result<T>& other) {
        expect_same_bits(report, "losses", one.losses, other.losses);
        expect_same_bits(report, "gradient", one.gradient, other.gradient);
      },
      [&](const Result<T>& plain) {
        if (is_right) expect_right(report, task, plain);
      });
}

}  // namespace

void check_ctc(const Context& context) {
  const Sizes shapes[] = {
      {.T = 1, .B = 1, .C = 2, .L = 1},
      {.T = 6, .B = 7, .C = 5, .L = 3, .ragged = true},
      {.T = 21, .B = 5, .C = 30, .L = 9, .ragged = true},
      {.T = 40, .B = 6, .C = 4, .L = 17, .ragged = true},
      {.T = 33, .B = 2, .C = 70, .L = 16, .normalized = true},
      {.T = 30, .B = 5, .C = 9, .L = 12, .ragged = true, .scale = 20},
      {.T = 90, .B = 3, .C = 6, .L = 30, .preference = 25},
      {.T = 90, .B = 3, .C = 6, .L = 30, .preference = -25},
      {.T = 200, .B = 1, .C = 6, .L = 70, .preference = 45},
      {.T = 60, .B = 3, .C = 5, .L = 20, .scale = 60},
      {.T = 12, .B = 4, .C = 33, .L = 5, .ragged = true, .scale = 1e4},
      {.T = 12, .B = 4, .C = 33, .L = 5, .scale = 1e4, .normalized = true},
      {.T = 300, .B = 2, .C = 3, .L = 60},
      {.T = 5, .B = 2, .C = 1, .L = 0},
      {.T = 0, .B = 2, .C = 3, .L = 2, .ragged = true},
      {.T = 4, .B = 0, .C = 3, .L = 1},
  };
  each_dtype([&](auto zero) {
    using T = decltype(zero);
    for (const Sizes& shape : shapes) check_same(context, Task<T>(shape), "", true);
    for (const Hard hard : kAllHard) {
      for (const Sizes& shape : {shapes[1], shapes[2], shapes[4]}) {
        Task<T> task(shape);
        Random random(static_cast<std::uint64_t>(shape.C));
        harden<T>(task.logits, hard, random);
        check_same(context, task, text_of(hard), false);
      }
    }
  });
}

}  // namespace pyrnn::check
