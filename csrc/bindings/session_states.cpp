#include "bindings/session_states.h"

#include <algorithm>
#include <vector>

namespace pyrnn {
namespace {

using i64 = std::int64_t;

Shape shape_of(i64 layers, i64 rows, i64 width) {
  return rows == kOneSession ? Shape{layers, width} : Shape{layers, rows, width};
}

/// f(L, width, its first layer's place among all, whether it is c) for each array.
template <class T, class F>
void each_array(const Sessions<T>& sessions, F&& f) {
  const auto& layers = sessions.layers();
  for (std::size_t i = 0; i < layers.size(); ++i) {
    if (layers[i].place > 0) continue;
    const PackedStack<T>& stack = *layers[i].stack;
    f(stack.shape().L, stack.shape().P, i, false);
    if (stack.kernels().has_cell) f(stack.shape().L, stack.shape().H, i, true);
  }
}

/// f(row of a session's state, the place of that row in the array) for each row of an array.
template <class T, class F>
void each_row(const Sessions<T>& sessions, i64 slot, i64 rows, i64 layers, std::size_t first,
              bool cells, F&& f) {
  const i64 count = rows == kOneSession ? 1 : rows;
  for (i64 place = 0; place < layers; ++place) {
    const std::size_t layer = first + static_cast<std::size_t>(place);
    for (i64 k = 0; k < count; ++k) {
      f(cells ? sessions.c(layer, slot + k) : sessions.h(layer, slot + k), place * count + k);
    }
  }
}

}  // namespace

template <class T>
py::list read_states(const Sessions<T>& sessions, i64 slot, i64 rows) {
  py::list list;
  each_array(sessions, [&](i64 L, i64 width, std::size_t first, bool cells) {
    py::array_t<T> array(shape_of(L, rows, width));
    T* const to = array.mutable_data();
    each_row(sessions, slot, rows, L, first, cells,
             [&](const T* from, i64 row) { std::copy_n(from, width, to + row * width); });
    list.append(array);
  });
  return list;
}

template <class T>
void write_states(Sessions<T>& sessions, i64 slot, const py::list& states, i64 rows) {
  std::vector<py::array_t<T>> checked;  // all of them, before the first is written
  each_array(sessions, [&](i64 L, i64 width, std::size_t, bool) {
    if (checked.size() == states.size()) throw py::value_error("state: expected more arrays");
    checked.push_back(expect_array<T>(states[checked.size()], "state", shape_of(L, rows, width)));
  });
  if (checked.size() != states.size()) throw py::value_error("state: expected fewer arrays");
  std::size_t next = 0;
  each_array(sessions, [&](i64 L, i64 width, std::size_t first, bool cells) {
    const T* const from = checked[next++].data();
    each_row(sessions, slot, rows, L, first, cells,
             [&](T* to, i64 row) { std::copy_n(from + row * width, width, to); });
  });
}

template py::list read_states(const Sessions<float>&, i64, i64);
template py::list read_states(const Sessions<double>&, i64, i64);
template void write_states(Sessions<float>&, i64, const py::list&, i64);
template void write_states(Sessions<double>&, i64, const py::list&, i64);

}  // namespace pyrnn
