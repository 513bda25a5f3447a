// Products and element-wise operations for the layers around the recurrence.
#include "bindings/module.h"

#include <stdexcept>

#include "bindings/arguments.h"
#include "bindings/gil.h"
#include "cpu/engine/dropout_mask.h"
#include "cpu/engine/indices.h"
#include "cpu/engine/packed_stack.h"
#include "cpu/engine/team.h"
#include "dispatch/dispatch.h"

namespace pyrnn {
namespace {

using i64 = std::int64_t;

/// What an element costs, in the operations of a product that take as long.
constexpr double kFlopsPerActivation = 60;
constexpr double kFlopsPerMask = 60;

/// A matrix, or its transpose, of contiguous rows; a copy where it is of neither kind.
template <class T>
class Matrix {
 public:
  Matrix(const py::object& value, const char* name) : array_(expect_strided<T>(value, name, 2)) {
    if (is_plain(array_)) return;
    transposed_ = is_transposed();
    if (!transposed_) array_ = plain_copy(array_);
  }
  /// Contiguous rows of the matrix itself.
  void untranspose() {
    if (transposed_) array_ = plain_copy(array_);
    transposed_ = false;
  }
  i64 rows() const { return array_.shape(0); }
  i64 columns() const { return array_.shape(1); }
  const T* data() const { return array_.data(); }
  i64 stride() const { return transposed_ ? rows() : columns(); }
  bool transposed() const { return transposed_; }

 private:
  bool is_transposed() const {
    constexpr int kWanted = static_cast<int>(py::array::f_style) |
                            static_cast<int>(py::detail::npy_api::NPY_ARRAY_ALIGNED_);
    return (array_.flags() & kWanted) == kWanted;
  }

  py::array_t<T> array_;
  bool transposed_ = false;
};

template <class T>
py::array_t<T> product_as(const py::object& a, const py::object& b, const py::object& bias) {
  Matrix<T> left(a, "a"), right(b, "b");
  if (right.rows() != left.columns()) {
    throw py::value_error("b: expected its inner axis to be " + std::to_string(left.columns()) +
                          "; got " + std::to_string(right.rows()));
  }
  if (!bias.is_none()) left.untranspose();
  if (left.transposed()) right.untranspose();
  Product<T> p{};
  p.M = left.rows();
  p.K = left.columns();
  p.N = right.columns();
  p.transpose_a = left.transposed();
  p.transpose_b = right.transposed();
  std::vector<py::object> keep;
  p.bias = optional_data<T>(bias, "bias", {p.N}, keep);
  p.a = left.data();
  p.lda = left.stride();
  p.b = right.data();
  p.ldb = right.stride();
  py::array_t<T> c = new_array<T>({p.M, p.N}, "a, b");
  if (c.size() == 0) return c;  // the other sizes may be beyond all counting
  p.c = c.mutable_data();
  const ArrayKernels<T>& kernels = array_kernels<T>(current_table());
  const double flops = 2.0 * static_cast<double>(p.M) * static_cast<double>(p.N * p.K);
  const ReleaseGil release(flops);
  const Buffer<T> scratch(kernels.product_scratch(p));
  p.scratch = scratch.get();
  run_team(flops, [&](const Worker& worker) { kernels.product(p, worker); });
  return c;
}

py::object product(const py::object& a, const py::object& b, const py::object& bias) {
  if (py::isinstance<py::array_t<double>>(a)) return product_as<double>(a, b, bias);
  return product_as<float>(a, b, bias);
}

/// f(x) element by element, for an array of any shape.
template <class T, class F>
py::object map_as(const py::object& x, F&& kernel) {
  const auto array = expect_array<T>(x, "x");
  py::array_t<T> out = new_array<T>(Shape(array.shape(), array.shape() + array.ndim()), "x");
  T* const to = out.mutable_data();
  const T* const from = array.data();
  const i64 n = array.size();
  const double flops = kFlopsPerActivation * static_cast<double>(n);
  const ReleaseGil release(flops);
  run_team(flops, [&](const Worker& worker) {
    const i64 begin = n * worker.index / worker.count;
    kernel(from + begin, to + begin, n * (worker.index + 1) / worker.count - begin);
  });
  return out;
}

py::object sigmoid(const py::object& x) {
  if (py::isinstance<py::array_t<double>>(x)) {
    return map_as<double>(x, current_table().arrays_f64.sigmoid);
  }
  return map_as<float>(x, current_table().arrays_f32.sigmoid);
}

py::object tanh(const py::object& x) {
  if (py::isinstance<py::array_t<double>>(x)) {
    return map_as<double>(x, current_table().arrays_f64.tanh);
  }
  return map_as<float>(x, current_table().arrays_f32.tanh);
}

/// mask x for an array of any shape; the mask counts its elements from 0.
template <class T>
py::object dropout_as(const py::object& x, const DropoutMask& mask) {
  const auto array = expect_array<T>(x, "x");
  py::array_t<T> out = new_array<T>(Shape(array.shape(), array.shape() + array.ndim()), "x");
  T* const to = out.mutable_data();
  const T* const from = array.data();
  const i64 n = array.size();
  const double flops = kFlopsPerMask * static_cast<double>(n);
  const auto kernel = array_kernels<T>(current_table()).dropout;
  const ReleaseGil release(flops);
  run_team(flops, [&](const Worker& worker) { kernel(mask, from, to, n, worker); });
  return out;
}

py::object dropout(const py::object& x, double p, std::uint64_t seed) {
  if (!(p >= 0 && p <= 1)) {
    throw py::value_error("p: expected a probability in [0, 1]; got " + std::to_string(p));
  }
  const DropoutMask mask = dropout_mask(p, seed);
  if (py::isinstance<py::array_t<double>>(x)) return dropout_as<double>(x, mask);
  return dropout_as<float>(x, mask);
}

/// Along the last axis, of an array of any shape.
template <class T>
py::object softmax_as(const py::object& x) {
  const auto array = expect_array<T>(x, "x");
  if (array.ndim() == 0) throw py::value_error("x: expected an axis; got an array of shape ()");
  py::array_t<T> out = new_array<T>(Shape(array.shape(), array.shape() + array.ndim()), "x");
  if (out.size() == 0) return out;
  const i64 columns = array.shape(array.ndim() - 1);
  const Softmax<T> task{array.size() / columns, columns, array.data(), out.mutable_data()};
  const auto kernel = array_kernels<T>(current_table()).softmax;
  const double flops = kFlopsPerActivation * static_cast<double>(array.size());
  const ReleaseGil release(flops);
  run_team(flops, [&](const Worker& worker) { kernel(task, worker); });
  return out;
}

py::object softmax(const py::object& x) {
  if (py::isinstance<py::array_t<double>>(x)) return softmax_as<double>(x);
  return softmax_as<float>(x);
}

/// (ids, values, norms) of the largest numbers of each row; norms is None unless asked for.
template <class T>
py::tuple likeliest_as(const py::object& x, i64 count, const py::object& allowed, bool norms) {
  const auto array = expect_array<T>(x, "x", 2);
  const i64 rows = array.shape(0), columns = array.shape(1);
  if (count < 1 || count > columns) {
    throw py::value_error("count: expected 1 to " + std::to_string(columns) +
                          ", the columns; got " + std::to_string(count));
  }
  py::array_t<i64> ids = new_array<i64>({rows, count}, "x");
  py::array_t<T> values = new_array<T>({rows, count}, "x");
  Likeliest<T> task{
      rows,   columns, count, array.data(), nullptr, 0, ids.mutable_data(), values.mutable_data(),
      nullptr};
  py::object sums = py::none();
  if (!allowed.is_none()) {
    const auto given = expect_array<bool>(allowed, "allowed", 2);
    const bool shared = given.shape(0) == 1;
    expect_shape(given, "allowed", {shared ? 1 : rows, columns});
    task.allowed =
        reinterpret_cast<const unsigned char*>(given.data());  // a view may hold any byte
    task.stride = shared ? 0 : columns;
  }
  if (norms) {
    py::array_t<double> found = new_array<double>({rows}, "x");
    task.norms = found.mutable_data();
    sums = found;
  }
  const auto kernel = array_kernels<T>(current_table()).likeliest;
  const double flops = kFlopsPerActivation * static_cast<double>(array.size());
  {
    const ReleaseGil release(flops);
    run_team(flops, [&](const Worker& worker) { kernel(task, worker); });
  }
  return py::make_tuple(ids, values, sums);
}

py::tuple likeliest(const py::object& x, i64 count, const py::object& allowed, bool norms) {
  if (py::isinstance<py::array_t<double>>(x)) return likeliest_as<double>(x, count, allowed, norms);
  return likeliest_as<float>(x, count, allowed, norms);
}

/// A copy of the targets, each the number of a column.
Buffer<i64> checked_targets(const py::array_t<i64>& targets, i64 columns) {
  Buffer<i64> copy(targets.size());
  keep_indices(targets.data(), copy.size(), copy.get(), [&](i64 target, i64) {
    expect_index<std::out_of_range>("targets", target, columns - 1);
  });
  return copy;
}

template <class T>
py::tuple cross_entropy_as(const py::object& logits, const py::object& targets,
                           const py::object& weights, bool gradient, double scale, bool overwrite) {
  const auto x = expect_array<T>(logits, "logits", 2);
  const i64 rows = x.shape(0), columns = x.shape(1);
  const Buffer<i64> ids =
      checked_targets(expect_array<i64>(targets, "targets", Shape{rows}), columns);
  const auto w = expect_array<T>(weights, "weights", Shape{rows});
  py::array_t<T> losses = new_array<T>({rows}, "logits");
  py::object dlogits = py::none();
  CrossEntropy<T> task{rows,     columns,
                       x.data(), ids.get(),
                       w.data(), losses.mutable_data(),
                       nullptr,  static_cast<T>(scale)};
  if (gradient) {
    py::array_t<T> array = overwrite ? x : new_array<T>({rows, columns}, "logits");
    task.dlogits = array.mutable_data();
    dlogits = array;
  }
  const auto kernel = array_kernels<T>(current_table()).cross_entropy;  // the same for all threads
  const double flops =
      kFlopsPerActivation * static_cast<double>(rows) * static_cast<double>(columns);
  {
    const ReleaseGil release(flops);
    run_team(flops, [&](const Worker& worker) { kernel(task, worker); });
  }
  return py::make_tuple(losses, dlogits);
}

py::tuple cross_entropy(const py::object& logits, const py::object& targets,
                        const py::object& weights, bool gradient, double scale, bool overwrite) {
  if (py::isinstance<py::array_t<double>>(logits)) {
    return cross_entropy_as<double>(logits, targets, weights, gradient, scale, overwrite);
  }
  return cross_entropy_as<float>(logits, targets, weights, gradient, scale, overwrite);
}

}  // namespace

void register_arrays(py::module_& m) {
  m.def("product", &product, py::arg("a"), py::arg("b"), py::arg("bias") = py::none());
  m.def("sigmoid", &sigmoid, py::arg("x"));
  m.def("tanh", &tanh, py::arg("x"));
  m.def("softmax", &softmax, py::arg("x"));
  m.def("likeliest", &likeliest, py::arg("x"), py::arg("count"), py::arg("allowed"),
        py::arg("norms"));
  m.def("dropout", &dropout, py::arg("x"), py::arg("p"), py::arg("seed"));
  m.def("cross_entropy", &cross_entropy, py::arg("logits"), py::arg("targets"), py::arg("weights"),
        py::arg("gradient"), py::arg("scale") = 1.0, py::arg("overwrite") = false);
}

}  // namespace pyrnn
