// Rows of a table: looked up, and added up by their ids in the order in which they come. Sums have
// one order, so all instruction sets and numbers of threads must agree in every bit.
#include <limits>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "check/comparison.h"
#include "check/exact_team.h"
#include "check/groups.h"
#include "check/random.h"
#include "cpu/engine/distinct.h"
#include "cpu/engine/packed_stack.h"

namespace pyrnn::check {
namespace {

template <class T>
Guarded<T> drawn(i64 n) {
  Guarded<T> values(n);
  Random random(static_cast<std::uint64_t>(n));
  for (i64 i = 0; i < n; ++i) values[i] = static_cast<T>(random.uniform());
  return values;
}

std::vector<i64> drawn_ids(i64 n, i64 rows) {
  std::vector<i64> ids;
  Random random(static_cast<std::uint64_t>(n * rows));
  for (i64 k = 0; k < n; ++k) ids.push_back(random.below(rows));
  return ids;
}

template <class T>
void check_lookup(const Context& context, i64 n, i64 rows, i64 width) {
  const Guarded<T> table = drawn<T>(rows * width);
  const std::vector<i64> ids = drawn_ids(n, rows);
  Guarded<T> want(n * width);
  for (i64 k = 0; k < n * width; ++k) {
    want[k] = table[ids[static_cast<std::size_t>(k / width)] * width + k % width];
  }
  for (const KernelTable* kernels : context.tables) {
    for (const int threads : {1, 3}) {
      Guarded<T> got(n * width);
      const RowLookup<T> task{n, width, table.data(), ids.data(), got.data()};
      const auto kernel = array_kernels<T>(*kernels).gather_rows;
      run_exactly(threads, [&](const Worker& worker) { kernel(task, worker); });
      expect_same_bits(context.report, std::string(kernels->isa) + " lookup", got, want);
      context.report.expect(got.intact(), [] { return "lookup: written beyond its end"; });
    }
  }
}

/// Also places that no row has, which stay 0, and rows that have none.
template <class T>
void check_sums(const Context& context, i64 n, i64 places, i64 width) {
  const Guarded<T> values = drawn<T>(n * width);
  std::vector<i64> place = drawn_ids(n, places);
  for (i64& of : place) {
    if (of % 5 == 3) of = -1;
  }
  Guarded<T> want(places * width);
  for (i64 i = 0; i < places * width; ++i) want[i] = 0;
  for (i64 k = 0; k < n * width; ++k) {
    const i64 to = place[static_cast<std::size_t>(k / width)];
    if (to >= 0) want[to * width + k % width] += values[k];
  }
  for (const KernelTable* kernels : context.tables) {
    for (const int threads : {1, 2, 3}) {
      const Report::Scope scope(context.report,
                                std::string(kernels->isa) + " " + Precision<T>::name + " sums, n " +
                                    std::to_string(n) + " E " + std::to_string(width));
      Guarded<T> got(places * width);
      const RowSum<T> task{n, width, places, values.data(), place.data(), got.data()};
      const auto kernel = array_kernels<T>(*kernels).sum_rows;
      run_exactly(threads, [&](const Worker& worker) { kernel(task, worker); });
      expect_same_bits(context.report, "sums", got, want);
      context.report.expect(got.intact(), [] { return "written beyond the end"; });
    }
  }
}

/// Few and many ids, of a small table and of one so large that they are sorted instead.
void check_distinct(Report& report, i64 n, i64 rows, i64 omitted) {
  const std::vector<i64> ids = drawn_ids(n, rows);
  std::map<i64, i64> want;
  for (const i64 id : ids) {
    if (id != omitted) want[id] = 0;
  }
  i64 number = 0;
  for (auto& entry : want) entry.second = number++;
  const Distinct got = distinct_ids(ids.data(), n, rows, omitted);
  i64 wrong = got.count != number;
  if (wrong == 0) {
    for (const auto& entry : want) wrong += got.ids[entry.second] != entry.first;
    for (std::size_t k = 0; k < ids.size(); ++k) {
      const auto found = want.find(ids[k]);
      const i64 place = found == want.end() ? -1 : found->second;
      wrong += got.place[static_cast<i64>(k)] != place;
    }
  }
  report.expect(wrong == 0, [&] {
    return "distinct ids: wrong for " + std::to_string(n) + " of " + std::to_string(rows) +
           " without " + std::to_string(omitted);
  });
}

/// Ids at positions in any order among others, which nobody may read.
void check_numbers(Report& report, i64 n, i64 rows) {
  const std::vector<i64> drawn = drawn_ids(n, rows);
  const i64 places = 2 * n + 1;
  std::vector<i64> given(static_cast<std::size_t>(places), -7), position;
  for (i64 k = 0; k < n; ++k) position.push_back(2 * ((k * 7 + 3) % n) + 1);  // where 7 ∤ n
  for (std::size_t k = 0; k < drawn.size(); ++k) {
    given[static_cast<std::size_t>(position[k])] = drawn[k];
  }
  const Numbered got = number_ids(given.data(), places, position.data(), n, rows);
  std::map<i64, i64> want;
  i64 wrong = 0;
  for (std::size_t k = 0; k < drawn.size(); ++k) {
    const auto [entry, first] = want.emplace(drawn[k], static_cast<i64>(want.size()));
    wrong += got.number[position[k]] != entry->second;
    if (first) wrong += entry->second >= got.count || got.ids[entry->second] != drawn[k];
  }
  wrong += got.count != static_cast<i64>(want.size());
  report.expect(wrong == 0, [&] {
    return "numbers of ids: wrong for " + std::to_string(n) + " of " + std::to_string(rows);
  });
}

/// Ids whose hashes are near one another still find a slot each.
void check_crowded_ids(Report& report) {
  constexpr i64 kCount = 200, kStride = i64{1} << 50;
  std::vector<i64> ids, position;
  for (i64 k = 0; k < kCount; ++k) {
    ids.push_back(k * kStride);
    position.push_back(k);
  }
  const Numbered got = number_ids(ids.data(), kCount, position.data(), kCount, i64{1} << 60);
  i64 wrong = got.count != kCount;
  for (i64 k = 0; k < kCount && wrong == 0; ++k) {
    wrong += got.number[k] != k || got.ids[k] != ids[static_cast<std::size_t>(k)];
  }
  report.expect(wrong == 0, [] { return "numbers of crowded ids: wrong"; });
}

void check_outside(Report& report) {
  for (const i64 rows : {i64{0}, i64{3}, i64{1} << 40}) {
    for (const i64 id : {i64{-1}, rows, std::numeric_limits<i64>::min()}) {
      const auto expect_refused = [&](auto&& call) {
        bool refused = false;
        try {
          call();
        } catch (const std::out_of_range&) {
          refused = true;
        }
        report.expect(refused, [&] { return "id " + std::to_string(id) + " was taken"; });
      };
      const i64 first = 0;
      expect_refused([&] { distinct_ids(&id, 1, rows, -1); });
      expect_refused([&] { number_ids(&id, 1, &first, 1, rows); });
    }
  }
}

}  // namespace

void check_rows(const Context& context) {
  for (const i64 n : {0, 1, 10, 1000}) {
    for (const i64 rows : {i64{1}, i64{7}, i64{500}, i64{1} << 40}) {
      check_numbers(context.report, n, rows);
      for (const i64 omitted : {-1, 0, 3, 600}) check_distinct(context.report, n, rows, omitted);
    }
  }
  check_crowded_ids(context.report);
  check_outside(context.report);
  each_dtype([&](auto zero) {
    using T = decltype(zero);
    for (const i64 width : {1, 3, 16, 33, 128}) {
      for (const i64 n : {0, 1, 50}) {
        check_lookup<T>(context, n, 9, width);
        check_sums<T>(context, n, 11, width);
      }
    }
  });
}

}  // namespace pyrnn::check
