// An array with a moat: the kernels write to it, and what lies around it must stay as it was.
#pragma once

#include <cstdint>
#include <cstring>
#include <limits>
#include <vector>

namespace pyrnn::check {

/// n elements, NaN until they are written, between two moats as wide as the widest vector.
template <class T>
class Guarded {
 public:
  Guarded() : Guarded(0) {}
  explicit Guarded(std::int64_t n) : all_(static_cast<std::size_t>(n) + 2 * kMoat, kSentinel) {
    for (std::int64_t i = 0; i < n; ++i) (*this)[i] = std::numeric_limits<T>::quiet_NaN();
  }
  explicit Guarded(const std::vector<T>& values)
      : Guarded(static_cast<std::int64_t>(values.size())) {
    for (std::size_t i = 0; i < values.size(); ++i) all_[kMoat + i] = values[i];
  }

  T* data() { return all_.data() + kMoat; }
  const T* data() const { return all_.data() + kMoat; }
  std::int64_t size() const { return static_cast<std::int64_t>(all_.size() - 2 * kMoat); }
  T& operator[](std::int64_t i) { return data()[i]; }
  T operator[](std::int64_t i) const { return data()[i]; }

  bool intact() const {
    for (std::size_t i = 0; i < kMoat; ++i) {
      if (all_[i] != kSentinel || all_[all_.size() - 1 - i] != kSentinel) return false;
    }
    return true;
  }

  /// The first element that differs in a bit, signed zeros too; size() if none does. Of two NaN the
  /// bits do not count: processors make other ones, and compilers choose whose are kept.
  std::int64_t first_difference(const Guarded& other) const {
    for (std::int64_t i = 0; i < size(); ++i) {
      const T a = data()[i], b = other.data()[i];
      if (std::memcmp(&a, &b, sizeof(T)) != 0 && (a == a || b == b)) return i;
    }
    return size();
  }
  bool same_bits(const Guarded& other) const {
    return size() == other.size() && first_difference(other) == size();
  }

 private:
  static constexpr std::size_t kMoat = 64;
  static constexpr T kSentinel = T(-12345.5);

  std::vector<T> all_;
};

}  // namespace pyrnn::check
