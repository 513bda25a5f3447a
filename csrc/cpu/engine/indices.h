// Indices from the caller's memory: lengths, ids, targets, rows.
#pragma once

#include <cstdint>
#include <string>

namespace pyrnn {

/// Kernels run without Python's lock, and nothing keeps other threads from writing to the caller's
/// arrays meanwhile. An index is therefore read once, and what has been checked is what is kept:
/// kernels follow the kept ones alone.
inline std::int64_t read_once(const std::int64_t* given) {
  return *static_cast<const volatile std::int64_t*>(given);
}

/// Copies `count` indices to `kept`; check(index, k) throws for a wrong one.
template <class Check>
void keep_indices(const std::int64_t* given, std::int64_t count, std::int64_t* kept,
                  Check&& check) {
  for (std::int64_t k = 0; k < count; ++k) {
    kept[k] = read_once(given + k);
    check(kept[k], k);
  }
}

/// An Error that names the argument, unless 0 <= index <= last.
template <class Error>
void expect_index(const char* name, std::int64_t index, std::int64_t last) {
  if (index >= 0 && index <= last) return;
  throw Error(std::string(name) + ": expected values from 0 to " + std::to_string(last) + "; got " +
              std::to_string(index));
}

}  // namespace pyrnn
