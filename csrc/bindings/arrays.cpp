// Products and element-wise operations for the layers around the recurrence.
#include "bindings/module.h"

#include <cmath>
#include <limits>

#include "bindings/arguments.h"
#include "bindings/gil.h"
#include "cpu/packed_stack.h"
#include "cpu/team.h"
#include "dispatch/dispatch.h"

namespace pyrnn {
namespace {

using i64 = std::int64_t;

/// What an element costs, in the operations of a product that take as long.
constexpr double kFlopsPerActivation = 60;
constexpr double kFlopsPerUpdate = 60;

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
    throw py::value_error("transpose_b: expected False beside transpose_a; got True");
  }
  if (right.shape(transpose_b ? 1 : 0) != p.K) {
    throw py::value_error("b: expected its inner axis to be " + std::to_string(p.K) + "; got " +
                          std::to_string(right.shape(transpose_b ? 1 : 0)));
  }
  std::vector<py::object> keep;
  p.bias = optional_data<T>(bias, "bias", {p.N}, keep);
  if (p.bias && transpose_a) {
    throw py::value_error("bias: expected None beside transpose_a; got an array");
  }
  p.a = left.data();
  p.lda = left.shape(1);
  p.b = right.data();
  p.ldb = right.shape(1);
  py::array_t<T> c = new_array<T>({p.M, p.N}, "a, b");
  if (c.size() == 0) return c;  // the other sizes may be beyond all counting
  p.c = c.mutable_data();
  const ArrayKernels<T>& kernels = array_kernels<T>(current_table());
  const double flops = 2.0 * static_cast<double>(p.M) * static_cast<double>(p.N * p.K);
  const ReleaseGil release;
  const Buffer<T> scratch(kernels.product_scratch(p));
  p.scratch = scratch.get();
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

/// f(x) element by element, for an array of any shape.
template <class T, class F>
py::object map_as(const py::object& x, F&& kernel) {
  const auto array = expect_array<T>(x, "x");
  py::array_t<T> out = new_array<T>(Shape(array.shape(), array.shape() + array.ndim()), "x");
  T* const to = out.mutable_data();
  const T* const from = array.data();
  const i64 n = array.size();
  const ReleaseGil release;
  run_team(kFlopsPerActivation * static_cast<double>(n), [&](const Worker& worker) {
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

/// A copy of the targets, each the number of a column: without the lock other threads may write to
/// the caller's array.
Buffer<i64> checked_targets(const py::array_t<i64>& targets, i64 columns) {
  Buffer<i64> copy(targets.size());
  for (i64 n = 0; n < copy.size(); ++n) {
    copy[n] = *static_cast<const volatile i64*>(targets.data() + n);
    if (copy[n] < 0 || copy[n] >= columns) {
      throw py::index_error("targets: expected values from 0 to " + std::to_string(columns - 1) +
                            "; got " + std::to_string(copy[n]));
    }
  }
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
  {
    const ReleaseGil release;
    run_team(kFlopsPerActivation * static_cast<double>(rows) * static_cast<double>(columns),
             [&](const Worker& worker) { kernel(task, worker); });
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

template <class T>
T* writeable(const py::object& value, const char* name, i64 count) {
  if (value.is_none()) return nullptr;
  auto array = expect_array<T>(value, name, Shape{count});
  if (!array.writeable()) {
    throw py::value_error(std::string(name) + ": expected an array that may be written to; got a " +
                          "read-only one");
  }
  return array.mutable_data();
}

/// The kernel reads and writes the arrays in any order: none may lie over another.
template <class T>
void expect_apart(const Adam<T>& task) {
  const i64 n = task.count, read = task.ids ? task.listed * task.width : n;
  const struct {
    const char* name;
    const T* begin;
    i64 size;
  } arrays[] = {
      {"p", task.p, n},       {"m", task.m, n},    {"v", task.v, n},
      {"vmax", task.vmax, n}, {"g", task.g, read},
  };
  for (const auto& one : arrays) {
    for (const auto& other : arrays) {
      if (&one >= &other || !one.begin || !other.begin) continue;
      if (one.begin < other.begin + other.size && other.begin < one.begin + one.size) {
        throw py::value_error(std::string(other.name) +
                              ": expected memory of its own; got an array that overlaps with " +
                              one.name);
      }
    }
  }
}

/// base^n, n >= 0: C libraries' pow differs in its last bits.
double power(double base, i64 n) {
  double result = 1;
  for (; n > 0; n /= 2, base *= base) {
    if (n % 2 == 1) result *= base;
  }
  return result;
}

/// Which rows of a table stand in an array of `size` numbers: distinct and rising, or all if none
/// are given. A copy: without the lock other threads may write to the caller's array.
struct Listed {
  Buffer<i64> ids;  // [count], and one more, so that an empty list is there too
  bool given = false;
  i64 count = 0, width = 1;

  Listed(const py::object& rows, i64 size, i64 largest) : given(!rows.is_none()) {
    if (!given) return;
    const auto array = expect_array<i64>(rows, "ids", 1);
    count = array.shape(0);
    width = count > 0 ? size / count : 1;
    if (count == 0 ? size != 0 : width < 1 || width * count != size) {
      throw py::value_error("ids: expected one for each row of the gradient; got " +
                            std::to_string(count) + " for " + std::to_string(size) + " numbers");
    }
    ids = Buffer<i64>(count + 1);
    for (i64 k = 0; k < count; ++k) {
      ids[k] = *static_cast<const volatile i64*>(array.data() + k);
      if (ids[k] < (k > 0 ? ids[k - 1] + 1 : 0) || ids[k] >= largest / width) {
        throw py::index_error("ids: expected rising rows of a table of " +
                              std::to_string(largest / width) + "; got " + std::to_string(ids[k]) +
                              " at " + std::to_string(k));
      }
    }
  }

  const i64* data() const { return given ? ids.get() : nullptr; }
};

template <class T>
void adam_as(const py::object& p, const py::object& g, const py::object& m, const py::object& v,
             const py::object& vmax, double lr, double beta1, double beta2, double eps,
             double weight_decay, bool decoupled, i64 step, const py::object& ids) {
  if (step < 1) {
    throw py::value_error("step: expected at least 1; got " + std::to_string(step));
  }
  const auto gradient = expect_array<T>(g, "g", 1);
  const i64 count = ids.is_none() ? gradient.shape(0) : expect_array<T>(p, "p", 1).shape(0);
  const Listed listed(ids, gradient.shape(0), count);
  if (listed.given && count % listed.width != 0) {
    throw py::value_error("p: expected whole rows of the gradient's width");
  }
  const auto cast = [](double value) { return static_cast<T>(value); };
  const Adam<T> task{count,
                     writeable<T>(p, "p", count),
                     writeable<T>(m, "m", count),
                     writeable<T>(v, "v", count),
                     writeable<T>(vmax, "vmax", count),
                     gradient.data(),
                     cast(beta1),
                     cast(1 - beta1),
                     cast(beta2),
                     cast(1 - beta2),
                     cast(decoupled ? 1 - lr * weight_decay : 1),
                     cast(decoupled ? 0 : weight_decay),
                     cast(lr / (1 - power(beta1, step))),
                     cast(std::sqrt(1 - power(beta2, step))),
                     cast(eps),
                     listed.data(),
                     listed.count,
                     listed.width};
  if (p.is_none() || m.is_none() || v.is_none()) {
    throw py::type_error("p, m, v: expected arrays; got None");
  }
  if (count == 0) return;
  expect_apart(task);
  const auto kernel = array_kernels<T>(current_table()).adam;
  const ReleaseGil release;
  run_team(kFlopsPerUpdate * static_cast<double>(count),
           [&](const Worker& worker) { kernel(task, worker); });
}

void adam(const py::object& p, const py::object& g, const py::object& m, const py::object& v,
          const py::object& vmax, double lr, double beta1, double beta2, double eps,
          double weight_decay, bool decoupled, i64 step, const py::object& ids) {
  if (py::isinstance<py::array_t<double>>(p)) {
    adam_as<double>(p, g, m, v, vmax, lr, beta1, beta2, eps, weight_decay, decoupled, step, ids);
  } else {
    adam_as<float>(p, g, m, v, vmax, lr, beta1, beta2, eps, weight_decay, decoupled, step, ids);
  }
}

template <class T>
double square_norm_as(const py::object& x, const py::object& ids) {
  const auto array = expect_array<T>(x, "x", 1);
  const T* const data = array.data();
  const i64 n = array.size();
  const Listed listed(ids, n, std::numeric_limits<i64>::max());
  const i64 rows = listed.given ? listed.count : 1, width = listed.given ? listed.width : n;
  const auto kernel = array_kernels<T>(current_table()).square_norm;
  const ReleaseGil release;
  return kernel(data, listed.data(), rows, width);
}

double square_norm(const py::object& x, const py::object& ids) {
  return py::isinstance<py::array_t<double>>(x) ? square_norm_as<double>(x, ids)
                                                : square_norm_as<float>(x, ids);
}

}  // namespace

void register_arrays(py::module_& m) {
  m.def("product", &product, py::arg("a"), py::arg("b"), py::arg("transpose_a") = false,
        py::arg("transpose_b") = false, py::arg("bias") = py::none());
  m.def("sigmoid", &sigmoid, py::arg("x"));
  m.def("tanh", &tanh, py::arg("x"));
  m.def("cross_entropy", &cross_entropy, py::arg("logits"), py::arg("targets"), py::arg("weights"),
        py::arg("gradient"), py::arg("scale") = 1.0, py::arg("overwrite") = false);
  m.def("adam", &adam, py::arg("p"), py::arg("g"), py::arg("m"), py::arg("v"), py::arg("vmax"),
        py::arg("lr"), py::arg("beta1"), py::arg("beta2"), py::arg("eps"), py::arg("weight_decay"),
        py::arg("decoupled"), py::arg("step"), py::arg("ids") = py::none());
  m.def("square_norm", &square_norm, py::arg("x"), py::arg("ids") = py::none());
}

}  // namespace pyrnn
