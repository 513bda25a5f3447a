// Updates of parameters, of all or of some rows of a table, and the norm of their gradients.
#include "bindings/module.h"

#include <cmath>
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

void register_updates(py::module_& m) {
  m.def("adam", &adam, py::arg("p"), py::arg("g"), py::arg("m"), py::arg("v"), py::arg("vmax"),
        py::arg("lr"), py::arg("beta1"), py::arg("beta2"), py::arg("eps"), py::arg("weight_decay"),
        py::arg("decoupled"), py::arg("step"), py::arg("ids") = py::none());
  m.def("square_norm", &square_norm, py::arg("x"), py::arg("ids") = py::none());
}

}  // namespace pyrnn
