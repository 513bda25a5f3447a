// Allocations that fail one after the other.
#pragma once

#include <cstdint>
#include <functional>
#include <new>

#include "cpu/engine/buffer.h"

namespace pyrnn::check {

/// attempt(failing) for n = 1, 2, .. until no allocation is left to fail; `failing(f)` runs f with
/// the n-th one refused and says whether it ran out of memory. Tells how many there were.
template <class F>
std::int64_t each_failure(bool forever, F&& attempt) {
  for (std::int64_t n = 1;; ++n) {
    std::int64_t refused = 0;
    attempt([&](const std::function<void()>& f) {
      bool out = false;
      fail_allocation(n, forever);
      try {
        f();
      } catch (const std::bad_alloc&) {
        out = true;
      }
      refused = failed_allocations();
      fail_allocation(0, false);
      return out;
    });
    if (refused == 0) return n - 1;
  }
}

}  // namespace pyrnn::check
