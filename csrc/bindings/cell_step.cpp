// cell_step: one step of one layer, of which nothing is kept. A loop over a cell calls it.
#include "bindings/arguments.h"
#include "bindings/gil.h"
#include "bindings/module.h"
#include "bindings/packed.h"
#include "cpu/engine/stack.h"

namespace pyrnn {
namespace {

using i64 = std::int64_t;

/// The data of an array of this shape, or null for None; `keep` holds on to it, or to a copy where
/// it is not contiguous.
template <class T>
const T* plain_data(const py::object& value, const char* name, const Shape& shape,
                    std::vector<py::object>& keep) {
  if (value.is_none()) return nullptr;
  auto array = expect_strided<T>(value, name, shape);
  if (!is_plain(array)) array = plain_copy(array);
  keep.push_back(array);
  return array.data();
}

/// x [B, I], h [B, P], c [B, H], or each without B -> h', c'
template <class T>
py::tuple cell_step_as(const Packed<T>& packed, const py::object& x, const py::object& h,
                       const py::object& c) {
  const StackShape& shape = packed.stack->shape();
  const CellKernels<T>& kernels = packed.stack->kernels();
  if (shape.L * shape.D != 1) {
    throw py::value_error("packed: expected one layer in one direction; got " +
                          std::to_string(shape.L * shape.D));
  }
  if (!kernels.has_cell && !c.is_none()) {
    throw py::value_error("c: expected None, as there is no cell state; got an array");
  }
  const auto given = expect_strided<T>(x, "x");
  if (given.ndim() != 1 && given.ndim() != 2) {
    throw py::value_error("x: expected 1 or 2 axes; got " + std::to_string(given.ndim()));
  }
  const auto rows_of = [&](i64 width) {
    return given.ndim() == 1 ? Shape{width} : Shape{given.shape(0), width};
  };
  std::vector<py::object> keep;
  StackInput<T> input{};
  input.time = 1;
  input.batch = given.ndim() == 1 ? 1 : given.shape(0);
  input.x = plain_data<T>(x, "x", rows_of(shape.I), keep);
  input.h0 = plain_data<T>(h, "h", rows_of(shape.P), keep);
  input.c0 = plain_data<T>(c, "c", rows_of(shape.H), keep);
  py::array_t<T> h_next = new_array<T>(rows_of(shape.P), "h");
  py::object c_next = py::none();
  StackOutput<T> output{};
  output.h_n = h_next.mutable_data();
  if (kernels.has_cell) {
    py::array_t<T> array = new_array<T>(rows_of(shape.H), "c");
    output.c_n = array.mutable_data();
    c_next = array;
  }
  {
    const ReleaseGil release(2.0 * static_cast<double>(input.batch * kernels.sums * shape.H) *
                             static_cast<double>(shape.I + shape.P));
    StackCall<T>(packed.stack, input, Keep::kNothing).forward(output);
  }
  return py::make_tuple(h_next, c_next);
}

py::tuple cell_step(const py::object& packed, const py::object& x, const py::object& h,
                    const py::object& c) {
  return std::visit([&](const auto& of) { return cell_step_as(of, x, h, c); },
                    expect_packed(packed).of);
}

}  // namespace

void register_cell_step(py::module_& m) {
  m.def("cell_step", &cell_step, py::arg("packed"), py::arg("x"), py::arg("h"), py::arg("c"));
}

}  // namespace pyrnn
