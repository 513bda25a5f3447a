// What Python hands over, checked: pyrnn.kernels.arguments gives the full messages before a call
// comes here; these checks see to it that no call whatever can crash the process.
#pragma once

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include <memory>
#include <string>
#include <vector>

#include "cpu/buffer.h"

namespace pyrnn {

namespace py = pybind11;

using Shape = std::vector<py::ssize_t>;

inline std::string text(const Shape& shape) {
  std::string list = "(";
  for (std::size_t i = 0; i < shape.size(); ++i) {
    list += (i ? ", " : "") + std::to_string(shape[i]);
  }
  return list + (shape.size() == 1 ? ",)" : ")");
}

/// A C-contiguous, aligned array of T's with as many axes as asked.
template <class T>
py::array_t<T> expect_array(const py::handle& value, const char* name, std::size_t axes) {
  if (!py::isinstance<py::array_t<T>>(value)) {
    throw py::type_error(std::string(name) + ": expected an array of dtype " +
                         std::string(py::str(py::dtype::of<T>())) + "; got " +
                         std::string(py::str(py::type::of(value))));
  }
  auto array = py::reinterpret_borrow<py::array_t<T>>(value);
  constexpr int kWanted = static_cast<int>(py::array::c_style) |
                          static_cast<int>(py::detail::npy_api::NPY_ARRAY_ALIGNED_);
  if ((array.flags() & kWanted) != kWanted) {
    throw py::value_error(std::string(name) + ": expected a C-contiguous, aligned array");
  }
  if (static_cast<std::size_t>(array.ndim()) != axes) {
    throw py::value_error(std::string(name) + ": expected " + std::to_string(axes) + " axes; got " +
                          std::to_string(array.ndim()));
  }
  return array;
}

template <class T>
py::array_t<T> expect_array(const py::handle& value, const char* name, const Shape& shape) {
  auto array = expect_array<T>(value, name, shape.size());
  const Shape got(array.shape(), array.shape() + array.ndim());
  if (got != shape) {
    throw py::value_error(std::string(name) + ": expected shape " + text(shape) + "; got " +
                          text(got));
  }
  return array;
}

/// The data of an array, or null for None; `keep` holds on to it.
template <class T>
const T* optional_data(const py::object& value, const char* name, const Shape& shape,
                       std::vector<py::object>& keep) {
  if (value.is_none()) return nullptr;
  const auto array = expect_array<T>(value, name, shape);
  keep.push_back(array);
  return array.data();
}

/// A new array on memory of the pool.
template <class T>
py::array_t<T> new_array(const Shape& shape) {
  std::int64_t count = 1;
  for (const py::ssize_t n : shape) count *= n;
  if (count == 0) return py::array_t<T>(shape);
  auto buffer = std::make_unique<Buffer<T>>(count);
  T* const data = buffer->get();
  const py::capsule owner(buffer.release(), [](void* p) { delete static_cast<Buffer<T>*>(p); });
  return py::array_t<T>(shape, data, owner);
}

/// An array that shows a buffer which others hold as well.
template <class T>
py::array_t<T> shared_array(const Shape& shape, std::shared_ptr<Buffer<T>> buffer) {
  if (buffer->size() == 0) return py::array_t<T>(shape);
  T* const data = buffer->get();
  using Holder = std::shared_ptr<Buffer<T>>;
  const py::capsule owner(new Holder(std::move(buffer)),
                          [](void* p) { delete static_cast<Holder*>(p); });
  return py::array_t<T>(shape, data, owner);
}

}  // namespace pyrnn
