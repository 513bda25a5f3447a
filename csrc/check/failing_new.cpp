// operator new that fails when the pool is told to: vectors and maps run out of memory, too.
// Only this program has it; the extension leaves the process's allocator alone.
#include <cstdlib>
#include <new>

#include "cpu/engine/buffer.h"

void* operator new(std::size_t bytes) {
  if (pyrnn::allocation_fails()) throw std::bad_alloc();
  if (void* const memory = std::malloc(bytes > 0 ? bytes : 1)) return memory;
  throw std::bad_alloc();
}

void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept {
  return pyrnn::allocation_fails() ? nullptr : std::malloc(bytes > 0 ? bytes : 1);
}

void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
