// The largest numbers of each row against a sort, and their norms, ln sum e^x, in double.
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>
#include <vector>

#include "check/comparison.h"
#include "check/exact_team.h"
#include "check/groups.h"
#include "check/random.h"
#include "cpu/engine/packed_stack.h"

namespace pyrnn::check {
namespace {

enum class Mask { kNone, kShared, kOwn };

template <class T>
struct Question {
  i64 rows, columns, count;
  Guarded<T> x;
  std::vector<unsigned char> allowed;
  i64 stride;

  /// Of few levels, so that many are equal, and some -inf.
  Question(i64 n_rows, i64 n_columns, i64 n_count, Mask mask)
      : rows(n_rows), columns(n_columns), count(n_count), x(rows * columns) {
    Random random(static_cast<std::uint64_t>(columns * 10 + count));
    for (i64 i = 0; i < rows * columns; ++i) {
      x[i] = static_cast<T>(random.below(5) * 3 - 6);
      if (i % columns != 0 && random.below(4) == 0) x[i] = -std::numeric_limits<T>::infinity();
    }
    stride = mask == Mask::kOwn ? columns : 0;
    if (mask == Mask::kNone) return;
    for (i64 i = 0; i < (stride ? rows : 1) * columns; ++i) allowed.push_back(random.below(3) != 0);
  }

  /// The columns of a row that are allowed and above -inf, best first.
  std::vector<i64> ranked(i64 row) const {
    std::vector<i64> found;
    for (i64 v = 0; v < columns; ++v) {
      const bool may = allowed.empty() || allowed[static_cast<std::size_t>(row * stride + v)];
      if (may && std::isfinite(x[row * columns + v])) found.push_back(v);
    }
    std::stable_sort(found.begin(), found.end(),
                     [&](i64 a, i64 b) { return x[row * columns + a] > x[row * columns + b]; });
    return found;
  }
};

template <class T>
struct Answer {
  std::vector<i64> ids;
  Guarded<T> values;
  Guarded<double> norms;
};

template <class T>
Answer<T> answer(const KernelTable& table, const Question<T>& asked, int threads) {
  const i64 size = asked.rows * asked.count;
  Answer<T> got{std::vector<i64>(static_cast<std::size_t>(size)), Guarded<T>(size),
                Guarded<double>(asked.rows)};
  const Likeliest<T> task{asked.rows,
                          asked.columns,
                          asked.count,
                          asked.x.data(),
                          asked.allowed.empty() ? nullptr : asked.allowed.data(),
                          asked.stride,
                          got.ids.data(),
                          got.values.data(),
                          got.norms.data()};
  const auto kernel = array_kernels<T>(table).likeliest;
  run_exactly(threads, [&](const Worker& worker) { kernel(task, worker); });
  return got;
}

template <class T>
Answer<T> expected(const Question<T>& asked, std::vector<double>& norms) {
  Answer<T> want{{}, Guarded<T>(asked.rows * asked.count), Guarded<double>(0)};
  for (i64 n = 0; n < asked.rows; ++n) {
    const std::vector<i64> ranked = asked.ranked(n);
    double sum = 0;
    for (i64 v = 0; v < asked.columns; ++v) {
      sum += std::exp(static_cast<double>(asked.x[n * asked.columns + v]));
    }
    norms.push_back(std::log(sum));
    for (i64 k = 0; k < asked.count; ++k) {
      const bool there = k < static_cast<i64>(ranked.size());
      const i64 id = there ? ranked[static_cast<std::size_t>(k)] : 0;
      want.ids.push_back(id);
      want.values[n * asked.count + k] =
          there ? asked.x[n * asked.columns + id] : -std::numeric_limits<T>::infinity();
    }
  }
  return want;
}

template <class T>
void check_question(const Context& context, const Question<T>& asked) {
  std::vector<double> norms;
  const Answer<T> want = expected(asked, norms);
  for (const KernelTable* table : context.tables) {
    const Report::Scope scope(context.report, std::string(table->isa) + " " + Precision<T>::name +
                                                  " likeliest " + std::to_string(asked.count) +
                                                  " of " + std::to_string(asked.columns));
    const Answer<T> one = answer(*table, asked, 1);
    context.report.expect(one.ids == want.ids, [] { return "other columns"; });
    expect_same_bits(context.report, "values", one.values, want.values);
    expect_close(context.report, "norms", one.norms, norms, tolerance<T>(asked.columns + 8));
    context.report.expect(one.values.intact() && one.norms.intact(),
                          [] { return "written beyond the end"; });
    const Answer<T> shared = answer(*table, asked, 3);
    context.report.expect(shared.ids == want.ids, [] { return "other columns, 3 threads"; });
    expect_same_bits(context.report, "values, 3 threads", shared.values, want.values);
    expect_same_bits(context.report, "norms, 3 threads", shared.norms, one.norms);
  }
}

}  // namespace

void check_likeliest(const Context& context) {
  each_dtype([&](auto zero) {
    using T = decltype(zero);
    for (const i64 rows : {0, 1, 5}) {
      for (const i64 columns : {1, 2, 7, 33, 64, 65, 300}) {
        for (const i64 count : {i64(1), i64(5), i64(40), columns}) {
          for (const Mask mask : {Mask::kNone, Mask::kShared, Mask::kOwn}) {
            check_question(context, Question<T>(rows, columns, std::min(count, columns), mask));
          }
        }
      }
    }
  });
}

}  // namespace pyrnn::check
