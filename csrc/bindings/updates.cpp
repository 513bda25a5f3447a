// Updates of parameters, of all or of some rows of a table, and the norm of their gradients.
#include "bindings/module.h"

#include <cmath>
#include <initializer_list>
#include <limits>

#include "bindings/arguments.h"
#include "bindings/gil.h"
#include "cpu/engine/indices.h"
#include "cpu/engine/packed_stack.h"
#include "cpu/engine/team.h"
#include "dispatch/dispatch.h"

namespace pyrnn {
namespace {

using i64 = std::int64_t;

/// What an element costs, in the operations of a product that take as long.
constexpr double kFlopsPerUpdate = 60;
constexpr double kFlopsPerDescent = 20;
constexpr double kFlopsPerSquare = 10;

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

template <class T>
struct Named {
  const char* name;
  const T* begin;
};

/// The kernel reads and writes the arrays in any order: none of those that it writes, `count`
/// numbers each or null, may lie over another or over the gradient.
template <class T>
void expect_apart(const Gradient<T>& gradient, std::initializer_list<Named<T>> written) {
  const auto expect = [](const Named<T>& one, i64 size, const Named<T>& other, i64 other_size) {
    if (!one.begin || !other.begin) return;
    if (one.begin < other.begin + other_size && other.begin < one.begin + size) {
      throw py::value_error(std::string(other.name) +
                            ": expected memory of its own; got an array that overlaps with " +
                            one.name);
    }
  };
  const i64 n = gradient.count, read = gradient.ids ? gradient.listed * gradient.width : n;
  for (const Named<T>& one : written) {
    for (const Named<T>& other : written) {
      if (&one < &other) expect(one, n, other, n);
    }
  }
  for (const Named<T>& one : written) expect(one, n, {"g", gradient.g}, read);
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
/// are given. A copy.
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
    i64 next = 0;
    keep_indices(array.data(), count, ids.get(), [&](i64 row, i64 k) {
      if (row < next || row >= largest / width) {
        throw py::index_error("ids: expected rising rows of a table of " +
                              std::to_string(largest / width) + "; got " + std::to_string(row) +
                              " at " + std::to_string(k));
      }
      next = row + 1;
    });
  }

  const i64* data() const { return given ? ids.get() : nullptr; }
};

/// The gradient of a parameter p; holds on to what it reads.
template <class T>
struct Read {
  py::array_t<T> values;
  i64 count;
  Listed listed;

  Read(const py::object& p, const py::object& g, const py::object& ids)
      : values(expect_array<T>(g, "g", 1)),
        count(ids.is_none() ? values.shape(0) : expect_array<T>(p, "p", 1).shape(0)),
        listed(ids, values.shape(0), count) {
    if (listed.given && count % listed.width != 0) {
      throw py::value_error("p: expected whole rows of the gradient's width");
    }
  }

  Gradient<T> gradient() const {
    return {count, values.data(), listed.data(), listed.count, listed.width};
  }
};

template <class T>
void adam_as(const py::object& p, const py::object& g, const py::object& m, const py::object& v,
             const py::object& vmax, double lr, double beta1, double beta2, double eps,
             double weight_decay, bool decoupled, i64 step, const py::object& ids) {
  if (step < 1) {
    throw py::value_error("step: expected at least 1; got " + std::to_string(step));
  }
  const Read<T> read(p, g, ids);
  const i64 count = read.count;
  const auto cast = [](double value) { return static_cast<T>(value); };
  const Adam<T> task{read.gradient(),
                     writeable<T>(p, "p", count),
                     writeable<T>(m, "m", count),
                     writeable<T>(v, "v", count),
                     writeable<T>(vmax, "vmax", count),
                     cast(beta1),
                     cast(1 - beta1),
                     cast(beta2),
                     cast(1 - beta2),
                     cast(decoupled ? 1 - lr * weight_decay : 1),
                     cast(decoupled ? 0 : weight_decay),
                     cast(lr / (1 - power(beta1, step))),
                     cast(std::sqrt(1 - power(beta2, step))),
                     cast(eps)};
  if (p.is_none() || m.is_none() || v.is_none()) {
    throw py::type_error("p, m, v: expected arrays; got None");
  }
  if (count == 0) return;
  expect_apart<T>(task.gradient,
                  {{"p", task.p}, {"m", task.m}, {"v", task.v}, {"vmax", task.vmax}});
  const auto kernel = array_kernels<T>(current_table()).adam;
  const double flops = kFlopsPerUpdate * static_cast<double>(count);
  const ReleaseGil release(flops);
  run_team(flops, [&](const Worker& worker) { kernel(task, worker); });
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
void sgd_as(const py::object& p, const py::object& g, const py::object& momentum_buffer, double lr,
            double momentum, bool nesterov, double weight_decay, const py::object& ids) {
  const Read<T> read(p, g, ids);
  const Descent<T> task{read.gradient(),
                        writeable<T>(p, "p", read.count),
                        writeable<T>(momentum_buffer, "momentum_buffer", read.count),
                        static_cast<T>(lr),
                        static_cast<T>(momentum),
                        static_cast<T>(weight_decay),
                        nesterov};
  if (p.is_none()) throw py::type_error("p: expected an array; got None");
  if (read.count == 0) return;
  expect_apart<T>(task.gradient, {{"p", task.p}, {"momentum_buffer", task.b}});
  const auto kernel = array_kernels<T>(current_table()).descent;
  // Without momentum and decay only the rows that have a gradient are touched.
  const bool all = task.b || task.decay != 0;
  const double flops =
      kFlopsPerDescent * static_cast<double>(all ? read.count : read.values.shape(0));
  const ReleaseGil release(flops);
  run_team(flops, [&](const Worker& worker) { kernel(task, worker); });
}

void sgd(const py::object& p, const py::object& g, const py::object& momentum_buffer, double lr,
         double momentum, bool nesterov, double weight_decay, const py::object& ids) {
  if (py::isinstance<py::array_t<double>>(p)) {
    sgd_as<double>(p, g, momentum_buffer, lr, momentum, nesterov, weight_decay, ids);
  } else {
    sgd_as<float>(p, g, momentum_buffer, lr, momentum, nesterov, weight_decay, ids);
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
  const ReleaseGil release(kFlopsPerSquare * static_cast<double>(rows * width));
  return kernel(data, listed.data(), rows, width);
}

double square_norm(const py::object& x, const py::object& ids) {
  return py::isinstance<py::array_t<double>>(x) ? square_norm_as<double>(x, ids)
                                                : square_norm_as<float>(x, ids);
}

}  // namespace

void register_updates(py::module_& m) {
  m.def("adam", &adam, py::arg("p"), py::arg("g"), py::arg("m"), py::arg("v"), py::arg("vmax"),
        py::arg("lr"), py::arg("beta1"), py::arg("beta2"), py::arg("eps"), py::arg("weight_decay"),
        py::arg("decoupled"), py::arg("step"), py::arg("ids") = py::none());
  m.def("sgd", &sgd, py::arg("p"), py::arg("g"), py::arg("momentum_buffer"), py::arg("lr"),
        py::arg("momentum"), py::arg("nesterov"), py::arg("weight_decay"),
        py::arg("ids") = py::none());
  m.def("square_norm", &square_norm, py::arg("x"), py::arg("ids") = py::none());
}

}  // namespace pyrnn
