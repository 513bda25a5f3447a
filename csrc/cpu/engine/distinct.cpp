#include "cpu/engine/distinct.h"

#include <algorithm>
#include <bit>
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

/// A number for every row there is.
class Marks {
 public:
  explicit Marks(i64 rows) : number_(rows) { std::fill_n(number_.get(), rows, kAbsent); }
  /// Where the number of an id stands, kAbsent if it has none.
  i64& operator()(i64 id, const i64*) { return number_[id]; }

 private:
  Buffer<i64> number_;
};

/// Numbers of n ids at most, by hashing: at least half of the slots stay free, the next free one is
/// taken.
class Slots {
 public:
  explicit Slots(i64 n) : bits_(bits_for(n)), number_(i64{1} << bits_) {
    std::fill_n(number_.get(), number_.size(), kAbsent);
  }
  static constexpr int bits_for(i64 n) {
    return static_cast<int>(std::bit_width(static_cast<std::uint64_t>(2 * n)));
  }
  i64& operator()(i64 id, const i64* ids) {
    constexpr std::uint64_t kGolden = 0x9e3779b97f4a7c15;  // 2^64 / golden ratio (Knuth 6.4)
    i64 slot = static_cast<i64>(static_cast<std::uint64_t>(id) * kGolden >> (64 - bits_));
    while (number_[slot] != kAbsent && ids[number_[slot]] != id) {
      slot = (slot + 1) & (number_.size() - 1);
    }
    return number_[slot];
  }

 private:
  int bits_;
  Buffer<i64> number_;
};

template <class Numbers>
void number_by(Numbers numbers, Numbered& found, const i64* given, const i64* position, i64 n,
               i64 rows) {
  for (i64 k = 0; k < n; ++k) {
    const i64 place = position[k], id = read_once(given + place);
    expect_index<std::out_of_range>("ids", id, rows - 1);
    i64& number = numbers(id, found.ids.get());
    if (number == kAbsent) {
      number = found.count++;
      found.ids[number] = id;
    }
    found.number[place] = number;
  }
}

}  // namespace

Numbered number_ids(const i64* given, i64 places, const i64* position, i64 n, i64 rows) {
  constexpr i64 kMarksPerId = 32;  // are set in about the time in which an id is hashed: 2.5 ns
  Numbered found;
  found.number = Buffer<i64>(places);
  found.ids = Buffer<i64>(std::min(n, rows));
  if (n < rows / kMarksPerId) {
    number_by(Slots(n), found, given, position, n, rows);
  } else {
    number_by(Marks(rows), found, given, position, n, rows);
  }
  return found;
}

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
