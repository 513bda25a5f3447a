// Numbers that look random and are the same on every machine: integer arithmetic, then one exact
// scaling. Results can therefore be compared by their bits across processors (see hash.cpp).
#pragma once

#include <cstdint>

namespace pyrnn::check {

/// xorshift64* (Vigna 2016).
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed * 0x9E3779B97F4A7C15u + 0x632BE59BD9B4E019u) {
    if (state_ == 0) state_ = 1;
    for (int i = 0; i < 8; ++i) bits();
  }

  std::uint64_t bits() {
    state_ ^= state_ >> 12;
    state_ ^= state_ << 25;
    state_ ^= state_ >> 27;
    return state_ * 0x2545F4914F6CDD1Du;
  }

  /// An integer of 0 .. n-1.
  std::int64_t below(std::int64_t n) {
    return static_cast<std::int64_t>(bits() % static_cast<std::uint64_t>(n));
  }

  /// A number in [-1, 1); exact, since it is a multiple of 2^-52.
  double uniform() { return static_cast<double>(bits() >> 11) * 0x1p-52 - 1; }

 private:
  std::uint64_t state_;
};

}  // namespace pyrnn::check
