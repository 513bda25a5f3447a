// Products and element-wise operations for the layers around the recurrence.
#include "bindings/module.h"

#include "bindings/arguments.h"
#include "cpu/packed_stack.h"
#include "cpu/team.h"
#include "dispatch/dispatch.h"

namespace pyrnn {
namespace {

using i64 = std::int64_t;

template <class T>
py::array_t<T> product_as(const py::object& a, const py::object& b, bool transpose_a,
                          bool transpose_b, const py::object& bias) {
  const auto left = expect_array<T>(a, "a", 2);
  const auto right = expect_array<T>(b, "b", 2);
  Product<T> p{};
  p.transpose_a = transpose_a;
  p.transpose_b = transpose_b;
  p.M = left.shape(transpose_a ? 1 : 0);
  p.K = left.shape(transpose_a ? 0 : 1);
  p.N = right.shape(transpose_b ? 0 : 1);
  if (transpose_a && transpose_b) {
    throw py::value_error("product: expected at most one transposed operand");
  }
  if (right.shape(transpose_b ? 1 : 0) != p.K) {
    throw py::value_error("b: expected its inner axis to be " + std::to_string(p.K) + "; got " +
                          std::to_string(right.shape(transpose_b ? 1 : 0)));
  }
  std::vector<py::object> keep;
  p.bias = optional_data<T>(bias, "bias", {p.N}, keep);
  if (p.bias && transpose_a) throw py::value_error("bias: not with transpose_a");
  p.a = left.data();
  p.lda = left.shape(1);
  p.b = right.data();
  p.ldb = right.shape(1);
  py::array_t<T> c = new_array<T>({p.M, p.N});
  p.c = c.mutable_data();
  p.ldc = p.N;
  const ArrayKernels<T>& kernels = array_kernels<T>(current_table());
  const double flops = 2.0 * static_cast<double>(p.M) * static_cast<double>(p.N * p.K);
  py::gil_scoped_release release;
  const Buffer<T> packed(kernels.product_scratch(p));
  p.packed = packed.get();
  run_team(flops, [&](const Worker& worker) { kernels.product(p, worker); });
  return c;
}

py::object product(const py::object& a, const py::object& b, bool transpose_a, bool transpose_b,
                   const py::object& bias) {
  if (py::isinstance<py::array_t<double>>(a)) {
    return product_as<double>(a, b, transpose_a, transpose_b, bias);
  }
  return product_as<float>(a, b, transpose_a, transpose_b, bias);
}

}  // namespace

void register_arrays(py::module_& m) {
  m.def("product", &product, py::arg("a"), py::arg("b"), py::arg("transpose_a") = false,
        py::arg("transpose_b") = false, py::arg("bias") = py::none());
}

}  // namespace pyrnn
