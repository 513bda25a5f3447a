#include "cpu/engine/distinct.h"

#include <algorithm>
#include <stdexcept>

#include "cpu/engine/indices.h"

namespace pyrnn {
namespace {

using i64 = std::int64_t;

constexpr i64 kAbsent = -1;

/// By a mark for every row there is.
void number_by_marks(Distinct& found, i64 n, i64 rows, i64 omitted) {
  Buffer<i64> number(rows);
  std::fill_n(number.get(), rows, kAbsent);
  for (i64 k = 0; k < n; ++k) number[found.place[k]] = 0;
  if (omitted >= 0 && omitted < rows) number[omitted] = kAbsent;
  found.ids = Buffer<i64>(std::min(n, rows));
  for (i64 row = 0; row < rows; ++row) {
    if (number[row] == kAbsent) continue;
    number[row] = found.count;
    found.ids[found.count++] = row;
  }
  for (i64 k = 0; k < n; ++k) found.place[k] = number[found.place[k]];
}

/// By sorting: few ids of a large table.
void number_by_order(Distinct& found, i64 n, i64 omitted) {
  found.ids = found.place.copy();
  i64* const begin = found.ids.get();
  i64* end = std::remove(begin, begin + n, omitted);
  std::sort(begin, end);
  end = std::unique(begin, end);
  found.count = end - begin;
  for (i64 k = 0; k < n; ++k) {
    i64& id = found.place[k];
    id = id == omitted ? kAbsent : std::lower_bound(begin, end, id) - begin;
  }
}

}  // namespace

Distinct distinct_ids(const i64* given, i64 n, i64 rows, i64 omitted) {
  constexpr i64 kMarksPerId = 64;  // so many take about as long as an id's share of the sorting
  Distinct found;
  found.place = Buffer<i64>(n);
  keep_indices(given, n, found.place.get(),
               [&](i64 id, i64) { expect_index<std::out_of_range>("ids", id, rows - 1); });
  if (rows / kMarksPerId <= n) {
    number_by_marks(found, n, rows, omitted);
  } else {
    number_by_order(found, n, omitted);
  }
  return found;
}

}  // namespace pyrnn
