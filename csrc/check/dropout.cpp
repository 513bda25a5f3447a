// The masks between layers: the bits of their definition, the right share, no pattern along any
// axis, and another mask for another seed or layer. That the stack applies them rightly, forward
// and backward, is among `cells`, whose oracle has its own.
#include "cpu/dropout.h"

#include <cmath>
#include <string>
#include <vector>

#include "check/call.h"
#include "check/comparison.h"
#include "check/groups.h"

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

/// keep iff top24 / 2^24 >= p, so the probability at which a place is lost tells its bits.
void check_known(Report& report) {
  for (const Known& known : kKnown) {
    const double p = static_cast<double>(known.top24) / 16777216.0;
    const i64 i = static_cast<i64>(known.counter);
    report.expect(DropoutMask(p, known.seed, 0, 1).keeps(i) &&
                      !DropoutMask(p + 0x1p-24, known.seed, 0, 1).keeps(i),
                  [&] { return "other bits for counter " + std::to_string(known.counter); });
  }
}

/// The counter goes on from layer to layer.
void check_layers(Report& report) {
  const DropoutMask first(0.5, 7, 0, kCount), third(0.5, 7, 2, kCount / 4);
  i64 different = 0;
  for (i64 i = 0; i < kCount / 4; ++i) different += first.keeps(kCount / 2 + i) != third.keeps(i);
  report.expect(different == 0, [] { return "layer 2 does not go on where layer 1 ends"; });
}

/// The share lost is p, within five standard deviations; so is the share of neighbours, at many
/// distances, that are both lost: p².
void check_shares(Report& report, double p, std::uint64_t seed) {
  const DropoutMask mask(p, seed, 0, kCount);
  std::vector<bool> lost;
  for (i64 i = 0; i < kCount; ++i) lost.push_back(!mask.keeps(i));
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
void check_seeds(Report& report) {
  const std::uint64_t pairs[][2] = {{1, 2}, {0, ~std::uint64_t{0}}, {5, 5 + 0x9E3779B97F4A7C15u}};
  for (const auto& pair : pairs) {
    const DropoutMask a(0.5, pair[0], 0, kCount), b(0.5, pair[1], 0, kCount);
    for (i64 shift = 0; shift < 3; ++shift) {  // neither are they the same stream, moved
      double equal = 0;
      for (i64 i = 0; i < kCount; ++i) equal += a.keeps(i + shift) == b.keeps(i);
      const double off = std::abs(equal - kCount / 2) / std::sqrt(kCount / 4);
      report.used(off / 5);
      report.expect(off < 5, [&] { return "seeds agree: " + text_of(off) + " deviations"; });
    }
  }
}

/// to = mask from, shared among workers, also in place.
template <class T>
void check_apply(Report& report) {
  const i64 n = 1001;
  const DropoutMask mask(0.3, 99, 1, n);
  Guarded<T> from(n), to(n);
  for (i64 i = 0; i < n; ++i) from[i] = static_cast<T>(i) - T(500.25);
  for (int worker = 0; worker < 3; ++worker)
    mask.apply(from.data(), to.data(), n, {worker, 3, nullptr});
  i64 wrong = 0;
  for (i64 i = 0; i < n; ++i) {
    wrong += to[i] != (mask.keeps(i) ? from[i] * static_cast<T>(1 / (1 - 0.3)) : T(0));
  }
  report.expect(wrong == 0 && to.intact(), [] { return "apply: wrong elements"; });
  mask.apply(from.data(), from.data(), n, {0, 1, nullptr});
  report.expect(from.same_bits(to) && from.intact(), [] { return "apply: wrong in place"; });
}

}  // namespace

void check_dropout(const Context& context) {
  check_known(context.report);
  check_layers(context.report);
  for (const double p : {0.0, 0.1, 0.25, 0.5, 0.9}) {
    for (const std::uint64_t seed : {std::uint64_t{0}, std::uint64_t{42}, ~std::uint64_t{0}}) {
      check_shares(context.report, p, seed);
    }
  }
  check_seeds(context.report);
  each_dtype([&](auto zero) { check_apply<decltype(zero)>(context.report); });
}

}  // namespace pyrnn::check
