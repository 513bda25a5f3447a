// Memory for workspaces, outputs and packed weights.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <new>
#include <utility>

namespace pyrnn {

/// Memory that cannot be had; what() says how much, or of what shape.
class OutOfMemory : public std::bad_alloc {
 public:
  explicit OutOfMemory(const char* text) noexcept;
  /// "memory: expected a free block of ...; got none"
  explicit OutOfMemory(double bytes) noexcept;
  const char* what() const noexcept override { return text_; }

 private:
  char text_[160];
};

/// Memory that was freed is kept for the next call of nearly equal needs: a training step asks for
/// much the same large blocks again and again, and fresh pages cost more than the arithmetic on
/// them. Throws OutOfMemory; before that, all that is kept goes back to the system.
void* pool_allocate(std::size_t bytes);
void pool_release(void* block) noexcept;

/// The pool keeps at most so many bytes that nobody uses; at first, kCacheLimit. Beyond, what has
/// been idle longest goes back to the system.
constexpr std::size_t kCacheLimit = std::size_t{1} << 30;
std::size_t pool_limit();
void pool_set_limit(std::size_t bytes);

/// Bytes that the pool keeps for reuse, and a way to give them back to the system.
std::size_t pool_idle_bytes();
void pool_trim();
/// Bytes that have been allocated and not released.
std::size_t pool_used_bytes();
/// How many blocks the system was asked for so far.
std::int64_t pool_fresh_blocks();

/// For tests: of the allocations from now on the n-th fails, and with `forever` all after it; 0:
/// none does.
void fail_allocation(std::int64_t n, bool forever);
/// How many have failed so since.
std::int64_t failed_allocations();
/// Counts one allocation; whether it is to fail. The pool asks, and so may any other allocator.
bool allocation_fails();

/// The least multiple of `unit` that is not below n.
template <class N>
constexpr N round_up(N n, N unit) {
  return (n + unit - 1) / unit * unit;
}

/// The product of the lengths of an array's axes, a braced list or any range of them. OutOfMemory
/// where no array can have so many elements, be it that one of them is 0.
template <class Axes = std::initializer_list<std::int64_t>>
std::int64_t elements(const Axes& axes) {
  constexpr std::int64_t kMost = std::int64_t{1} << 59;  // of 16 bytes each: all addresses
  std::int64_t count = 1;
  bool empty = false;
  for (const std::int64_t n : axes) {
    if (n < 0 || n > kMost / count) throw OutOfMemory("memory: expected sizes that it can hold");
    empty = empty || n == 0;
    count *= n > 0 ? n : 1;
  }
  return empty ? 0 : count;
}

/// A block of T's, aligned to cache lines, from the pool. Not initialised.
template <class T>
class Buffer {
 public:
  Buffer() = default;
  explicit Buffer(std::int64_t n)
      : data_(n != 0 ? static_cast<T*>(allocate(n)) : nullptr), size_(n) {}
  Buffer(Buffer&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  Buffer& operator=(Buffer&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~Buffer() { pool_release(data_); }

  T* get() const { return data_; }
  T& operator[](std::int64_t i) const { return data_[i]; }
  std::int64_t size() const { return size_; }
  Buffer&& zeroed() && {
    for (std::int64_t i = 0; i < size_; ++i) data_[i] = T(0);
    return std::move(*this);
  }
  Buffer copy() const {
    Buffer twin(size_);
    for (std::int64_t i = 0; i < size_; ++i) twin.data_[i] = data_[i];
    return twin;
  }

 private:
  static void* allocate(std::int64_t n);

  T* data_ = nullptr;
  std::int64_t size_ = 0;
};

/// n * size bytes from the pool; OutOfMemory if there are none, or n is negative.
void* pool_allocate_array(std::int64_t n, std::size_t size);

template <class T>
void* Buffer<T>::allocate(std::int64_t n) {
  return pool_allocate_array(n, sizeof(T));
}

}  // namespace pyrnn
