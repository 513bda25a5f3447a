// Memory for workspaces, outputs and packed weights.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

namespace pyrnn {

/// Memory that was freed is kept for the next call of equal needs: a training step asks for the
/// same large blocks again and again, and fresh pages cost more than the arithmetic on them.
/// Throws std::bad_alloc.
void* pool_allocate(std::size_t bytes);
void pool_release(void* block) noexcept;

/// Bytes that the pool keeps for reuse, and a way to give them back to the system.
std::size_t pool_idle_bytes();
void pool_trim();

/// A block of T's, aligned to cache lines, from the pool. Not initialised.
template <class T>
class Buffer {
 public:
  Buffer() = default;
  explicit Buffer(std::int64_t n)
      : data_(n > 0 ? static_cast<T*>(allocate(n)) : nullptr), size_(n) {}
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

/// n * size bytes from the pool, or std::bad_alloc if the product does not fit.
void* pool_allocate_array(std::int64_t n, std::size_t size);

template <class T>
void* Buffer<T>::allocate(std::int64_t n) {
  return pool_allocate_array(n, sizeof(T));
}

}  // namespace pyrnn
