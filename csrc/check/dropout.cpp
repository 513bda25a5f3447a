// Dropout's masks: the bits of their definition, the right share, no pattern along any
// axis, and another mask for another seed or layer. That a stack's backward pass has the mask of
// its forward pass is among `finite_differences`.
#include "cpu/kernels/dropout.h"

#include <cmath>
#include <string>
#include <vector>

#include "check/call.h"
#include "check/comparison.h"
#include "check/groups.h"
#include "check/random.h"

namespace pyrnn::check {
namespace {

constexpr i64 kCount = 1 << 16;

/// pyrnn/kernels/dropout.py, evaluated there: random_bits(seed, counter).
struct Known {
  std::uint64_t seed, counter;
  std::uint64_t top24;
};

constexpr Known kKnown[] = {
    {0, 0, 0xa706dd},
    {0, 1, 0xb382a3},
    {1, 0, 0x5e41ab},
    {12345, 67890, 0xfe9755},
    {~std::uint64_t{0}, std::uint64_t{1} << 40, 0x8b43da},
    {0x9E3779B97F4A7C15u, 3, 0x26a223},
};

/// The mask itself, from counter `first` on: the kernel on ones.
template <class T = float>
Guarded<T> mask_of(const KernelTable& table, double p, std::uint64_t seed, std::uint64_t first,
                   i64 count) {
  Guarded<T> mask(count);
  for (i64 i = 0; i < count; ++i) mask[i] = 1;
  const DropoutMask task = dropout_mask(p, seed, first);
  array_kernels<T>(table).dropout(task, mask.data(), mask.data(), count, {0, 1, nullptr});
  return mask;
}

/// keep iff top24 / 2^24 >= p, so the probability at which a place is lost tells its bits.
void check_known(Report& report, const KernelTable& table) {
  for (const Known& known : kKnown) {
    const double p = static_cast<double>(known.top24) / 16777216.0;
    const auto keeps = [&](double lost) {
      return mask_of(table, lost, known.seed, known.counter, 1)[0] != 0;
    };
    report.expect(keeps(p) && !keeps(p + 0x1p-24), [&] {
      return std::string(table.isa) + ": other bits for counter " + std::to_string(known.counter);
    });
  }
}

/// Counters go on from whatever the first one is.
void check_counters(Report& report, const KernelTable& table) {
  const Guarded<float> all = mask_of(table, 0.5, 7, 0, kCount);
  for (const i64 first : {i64{1}, i64{255}, i64{256}, i64{1000}, kCount / 2}) {
    const Guarded<float> rest =
        mask_of(table, 0.5, 7, static_cast<std::uint64_t>(first), kCount - first);
    report.expect(std::equal(rest.data(), rest.data() + rest.size(), all.data() + first),
                  [&] { return "counters do not go on from " + std::to_string(first); });
  }
}

/// All or nothing.
void check_ends(Report& report, const KernelTable& table) {
  for (const double p : {0.0, 1.0}) {
    const Guarded<float> mask = mask_of(table, p, 3, 0, 1000);
    const i64 wrong = 1000 - std::count(mask.data(), mask.data() + 1000, p < 1 ? 1.f : 0.f);
    report.expect(wrong == 0, [&] { return "p " + text_of(p) + ": not one value"; });
  }
}

/// The share lost is p, within five standard deviations; so is the share of neighbours, at many
/// distances, that are both lost: p².
void check_shares(Report& report, const KernelTable& table, double p, std::uint64_t seed) {
  const Guarded<float> mask = mask_of(table, p, seed, 0, kCount);
  std::vector<bool> lost;
  for (i64 i = 0; i < kCount; ++i) lost.push_back(mask[i] == 0);
  const auto expect_share = [&](double count, double of, double share, const std::string& what) {
    const double deviation = std::sqrt(of * share * (1 - share)) + 1e-9;
    const double off = std::abs(count - of * share) / deviation;
    report.used(off / 5);
    report.expect(off < 5, [&] { return what + ": off by " + text_of(off) + " deviations"; });
  };
  double single = 0;
  for (const bool is : lost) single += is;
  expect_share(single, static_cast<double>(kCount), p, "p " + text_of(p));
  for (std::size_t distance : {1, 2, 3, 7, 8, 16, 17, 32, 64, 100, 128, 256, 1000, 1024, 4096}) {
    double both = 0;
    for (std::size_t i = 0; i + distance < lost.size(); ++i) both += lost[i] && lost[i + distance];
    const double of = static_cast<double>(lost.size() - distance);
    expect_share(both, of, p * p, "p " + text_of(p) + " distance " + std::to_string(distance));
  }
}

/// Two seeds agree in p² + (1-p)² of the places, not more.
void check_seeds(Report& report, const KernelTable& table) {
  const std::uint64_t pairs[][2] = {{1, 2}, {0, ~std::uint64_t{0}}, {5, 5 + 0x9E3779B97F4A7C15u}};
  for (const auto& pair : pairs) {
    const Guarded<float> a = mask_of(table, 0.5, pair[0], 0, kCount + 2);
    const Guarded<float> b = mask_of(table, 0.5, pair[1], 0, kCount);
    for (i64 shift = 0; shift < 3; ++shift) {  // neither are they the same stream, moved
      double equal = 0;
      for (i64 i = 0; i < kCount; ++i) equal += a[i + shift] == b[i];
      const double off = std::abs(equal - kCount / 2) / std::sqrt(kCount / 4);
      report.used(off / 5);
      report.expect(off < 5, [&] { return "seeds agree: " + text_of(off) + " deviations"; });
    }
  }
}

/// to = mask from, of whatever length, shared among workers, also in place; the same bits on every
/// set, for infinities, NaN and zeros too.
template <class T>
void check_apply(const Context& context, i64 n) {
  Report& report = context.report;
  Guarded<T> from(n), want(n);
  Random random(static_cast<std::uint64_t>(n));
  for (i64 i = 0; i < n; ++i) from[i] = static_cast<T>(random.uniform());
  const T odd[] = {T(0), -T(0), std::numeric_limits<T>::infinity(),
                   std::numeric_limits<T>::quiet_NaN()};
  for (i64 i = 0; i < n; i += 9) from[i] = odd[i / 9 % 4];
  const DropoutMask task = dropout_mask(0.3, 99, 1234);
  const Guarded<T> mask = mask_of<T>(*context.tables.front(), 0.3, 99, 1234, n);
  for (i64 i = 0; i < n; ++i) want[i] = from[i] * mask[i];
  for (const KernelTable* table : context.tables) {
    const Report::Scope scope(
        report, std::string(table->isa) + " " + Precision<T>::name + " n " + std::to_string(n));
    const auto kernel = array_kernels<T>(*table).dropout;
    Guarded<T> to(n), in_place = from;
    for (int worker = 0; worker < 3; ++worker) {
      kernel(task, from.data(), to.data(), n, {worker, 3, nullptr});
    }
    kernel(task, in_place.data(), in_place.data(), n, {0, 1, nullptr});
    expect_same_bits(report, "to", to, want);
    expect_same_bits(report, "in place", in_place, want);
    report.expect(to.intact() && in_place.intact(), [] { return "written beyond the end"; });
    const Guarded<T> kept = mask_of<T>(*table, 0.3, 99, 1234, n);
    const T scale = static_cast<T>(1 / (1 - 0.3));
    const i64 values = std::count(kept.data(), kept.data() + n, scale) +
                       std::count(kept.data(), kept.data() + n, T(0));
    report.expect(values == n, [] { return "neither kept nor lost"; });
  }
}

}  // namespace

void check_dropout(const Context& context) {
  for (const KernelTable* table : context.tables) {
    check_known(context.report, *table);
    check_counters(context.report, *table);
    check_ends(context.report, *table);
  }
  const KernelTable& last = *context.tables.back();
  for (const double p : {0.1, 0.25, 0.5, 0.9}) {
    for (const std::uint64_t seed : {std::uint64_t{0}, std::uint64_t{42}, ~std::uint64_t{0}}) {
      check_shares(context.report, last, p, seed);
    }
  }
  check_seeds(context.report, last);
  each_dtype([&](auto zero) {
    for (const i64 n : {0, 1, 7, 255, 256, 257, 1001}) check_apply<decltype(zero)>(context, n);
  });
}

}  // namespace pyrnn::check
