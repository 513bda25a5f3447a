// The states of sessions as arrays.
#pragma once

#include "bindings/arguments.h"
#include "cpu/engine/session.h"

namespace pyrnn {

/// A list of h (L, P) of each stack, and c (L, H) behind it, where there is one. With rows B >= 0
/// the arrays are (L, B, *), the states of the session in a slot and of those in the B - 1 behind.
constexpr std::int64_t kOneSession = -1;

template <class T>
py::list read_states(const Sessions<T>& sessions, std::int64_t slot,
                     std::int64_t rows = kOneSession);

/// Sets them. TypeError, ValueError for other arrays, and nothing has changed.
template <class T>
void write_states(Sessions<T>& sessions, std::int64_t slot, const py::list& states,
                  std::int64_t rows = kOneSession);

}  // namespace pyrnn
