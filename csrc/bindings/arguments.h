// What Python hands over, checked: pyrnn.kernels.preconditions gives the full messages before a
// call comes here; these checks see to it that no call whatever can crash the process.
#pragma once

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "cpu/engine/buffer.h"

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

inline std::string type_name(const py::handle& value) { return Py_TYPE(value.ptr())->tp_name; }

/// An array of T's, of any strides.
template <class T>
py::array_t<T> expect_strided(const py::handle& value, const char* name) {
  if (!py::isinstance<py::array_t<T>>(value)) {
    const bool array = py::isinstance<py::array>(value);
    throw py::type_error(
        std::string(name) + ": expected an array of dtype " +
        std::string(py::str(py::dtype::of<T>())) + "; got " +
        (array ? "one of " + std::string(py::str(value.attr("dtype"))) : type_name(value)));
  }
  return py::reinterpret_borrow<py::array_t<T>>(value);
}

inline void expect_axes(const py::array& array, const char* name, std::size_t axes) {
  if (static_cast<std::size_t>(array.ndim()) != axes) {
    throw py::value_error(std::string(name) + ": expected " + std::to_string(axes) + " axes; got " +
                          std::to_string(array.ndim()));
  }
}

/// The same with as many axes as asked.
template <class T>
py::array_t<T> expect_strided(const py::handle& value, const char* name, std::size_t axes) {
  auto array = expect_strided<T>(value, name);
  expect_axes(array, name, axes);
  return array;
}

inline void expect_shape(const py::array& array, const char* name, const Shape& shape) {
  if (!std::equal(shape.begin(), shape.end(), array.shape(), array.shape() + array.ndim())) {
    throw py::value_error(std::string(name) + ": expected shape " + text(shape) + "; got " +
                          text(Shape(array.shape(), array.shape() + array.ndim())));
  }
}

template <class T>
py::array_t<T> expect_strided(const py::handle& value, const char* name, const Shape& shape) {
  auto array = expect_strided<T>(value, name, shape.size());
  expect_shape(array, name, shape);
  return array;
}

/// Whether an array is C-contiguous and aligned, as kernels read it.
inline bool is_plain(const py::array& array) {
  constexpr int kWanted = static_cast<int>(py::array::c_style) |
                          static_cast<int>(py::detail::npy_api::NPY_ARRAY_ALIGNED_);
  return (array.flags() & kWanted) == kWanted;
}

/// A copy that is.
template <class T>
py::array_t<T> plain_copy(const py::array_t<T>& array) {
  constexpr int kRowMajor = 0;
  PyObject* const copy = py::detail::npy_api::get().PyArray_NewCopy_(array.ptr(), kRowMajor);
  if (!copy) throw py::error_already_set();
  return py::reinterpret_steal<py::array_t<T>>(copy);
}

/// A C-contiguous, aligned array of T's.
template <class T>
py::array_t<T> expect_array(const py::handle& value, const char* name) {
  auto array = expect_strided<T>(value, name);
  if (!is_plain(array)) {
    throw py::value_error(std::string(name) +
                          ": expected a C-contiguous, aligned array; got strides " +
                          text(Shape(array.strides(), array.strides() + array.ndim())));
  }
  return array;
}

/// The same with as many axes as asked.
template <class T>
py::array_t<T> expect_array(const py::handle& value, const char* name, std::size_t axes) {
  auto array = expect_array<T>(value, name);
  expect_axes(array, name, axes);
  return array;
}

template <class T>
py::array_t<T> expect_array(const py::handle& value, const char* name, const Shape& shape) {
  auto array = expect_array<T>(value, name, shape.size());
  expect_shape(array, name, shape);
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

/// The C++ object in a Python one of exactly the class C, which must be final. pybind11's own
/// conversion would hand out raw memory for an object that C.__new__ made and nothing filled.
template <class C>
C& expect_object(const py::handle& value, const char* name, const char* origin) {
  static PyTypeObject* const wanted = reinterpret_cast<PyTypeObject*>(py::type::of<C>().ptr());
  if (Py_TYPE(value.ptr()) == wanted) {
    auto* const instance = reinterpret_cast<py::detail::instance*>(value.ptr());
    const auto held = instance->get_value_and_holder();
    if (held.holder_constructed()) return *static_cast<C*>(held.value_ptr());
    throw py::type_error(std::string(name) + ": expected what " + origin + "; got an empty " +
                         type_name(value));
  }
  throw py::type_error(std::string(name) + ": expected what " + origin + "; got " +
                       type_name(value));
}

inline OutOfMemory no_room_for(const Shape& shape, const char* name) {
  const std::string got = std::string(name) + ": expected a shape that memory can hold; got ";
  return OutOfMemory((got + text(shape)).c_str());
}

/// The elements of a shape; MemoryError, at once, if no array can have so many.
inline std::int64_t elements_of(const Shape& shape, const char* name) {
  try {
    return elements(shape);
  } catch (const OutOfMemory&) {
    throw no_room_for(shape, name);
  }
}

/// A new array on memory of the pool.
template <class T>
py::array_t<T> new_array(const Shape& shape, const char* name) {
  const std::int64_t count = elements_of(shape, name);
  if (count == 0) return py::array_t<T>(shape);
  std::unique_ptr<Buffer<T>> buffer;
  try {
    buffer = std::make_unique<Buffer<T>>(count);
  } catch (const OutOfMemory&) {
    throw no_room_for(shape, name);
  }
  const py::capsule owner(buffer.get(), [](void* p) { delete static_cast<Buffer<T>*>(p); });
  T* const data = buffer.release()->get();
  return py::array_t<T>(shape, data, owner);
}

/// An array that shows a buffer which others hold as well.
template <class T>
py::array_t<T> shared_array(const Shape& shape, std::shared_ptr<Buffer<T>> buffer) {
  if (buffer->size() == 0) return py::array_t<T>(shape);
  T* const data = buffer->get();
  using Holder = std::shared_ptr<Buffer<T>>;
  auto holder = std::make_unique<Holder>(std::move(buffer));
  const py::capsule owner(holder.get(), [](void* p) { delete static_cast<Holder*>(p); });
  holder.release();
  return py::array_t<T>(shape, data, owner);
}

}  // namespace pyrnn
