// Rows of a table: looked up by ids, and gradients added up by them.
#include "bindings/module.h"

#include <algorithm>
#include <stdexcept>

#include "bindings/arguments.h"
#include "bindings/gil.h"
#include "cpu/engine/distinct.h"
#include "cpu/engine/indices.h"
#include "cpu/engine/packed_stack.h"
#include "cpu/engine/team.h"
#include "dispatch/dispatch.h"

namespace pyrnn {
namespace {

using i64 = std::int64_t;

/// What an element that is moved costs, in the operations of a product that take as long.
constexpr double kFlopsPerElement = 20;

Shape shape_of(const py::array& array) {
  return Shape(array.shape(), array.shape() + array.ndim());
}

/// A copy of ids of any shape, each a row of a table.
Buffer<i64> checked_ids(const py::array_t<i64>& ids, i64 rows) {
  Buffer<i64> copy(ids.size());
  keep_indices(ids.data(), copy.size(), copy.get(),
               [&](i64 id, i64) { expect_index<std::out_of_range>("ids", id, rows - 1); });
  return copy;
}

template <class T>
py::object gather_rows_as(const py::object& table, const py::object& ids) {
  const auto from = expect_array<T>(table, "table", 2);
  const auto rows = expect_array<i64>(ids, "ids");
  const Buffer<i64> kept = checked_ids(rows, from.shape(0));
  Shape shape = shape_of(rows);
  shape.push_back(from.shape(1));
  py::array_t<T> out = new_array<T>(shape, "ids");
  if (out.size() == 0) return out;
  const RowLookup<T> task{kept.size(), from.shape(1), from.data(), kept.get(), out.mutable_data()};
  const double flops = kFlopsPerElement * static_cast<double>(out.size());
  const auto kernel = array_kernels<T>(current_table()).gather_rows;
  const ReleaseGil release(flops);
  run_team(flops, [&](const Worker& worker) { kernel(task, worker); });
  return out;
}

py::object gather_rows(const py::object& table, const py::object& ids) {
  if (py::isinstance<py::array_t<double>>(table)) return gather_rows_as<double>(table, ids);
  return gather_rows_as<float>(table, ids);
}

/// Values [N, E], a row for each of N ids.
template <class T>
py::array_t<T> expect_rows(const py::object& values, i64 count) {
  auto array = expect_array<T>(values, "values", 2);
  if (array.shape(0) != count) {
    throw py::value_error("values: expected one row for each of " + std::to_string(count) +
                          " ids; got " + std::to_string(array.shape(0)));
  }
  return array;
}

/// The rows of `values` added up by their places, [places, E].
template <class T>
py::array_t<T> sums_of(const py::array_t<T>& values, const Buffer<i64>& place, i64 places) {
  const i64 width = values.shape(1);
  py::array_t<T> out = new_array<T>({places, width}, "rows, values");
  if (out.size() == 0) return out;
  const RowSum<T> task{values.shape(0), width,       places,
                       values.data(),   place.get(), out.mutable_data()};
  const double flops = kFlopsPerElement * static_cast<double>(values.size() + out.size());
  const auto kernel = array_kernels<T>(current_table()).sum_rows;
  const ReleaseGil release(flops);
  run_team(flops, [&](const Worker& worker) { kernel(task, worker); });
  return out;
}

void expect_count(i64 rows) {
  if (rows < 0) throw py::value_error("rows: expected at least 0; got " + std::to_string(rows));
}

template <class T>
py::object scatter_rows_as(i64 rows, const py::object& ids, const py::object& values) {
  const auto given = expect_array<i64>(ids, "ids", 1);
  const auto from = expect_rows<T>(values, given.size());
  return sums_of<T>(from, checked_ids(given, rows), rows);
}

py::object scatter_rows(i64 rows, const py::object& ids, const py::object& values) {
  expect_count(rows);
  if (py::isinstance<py::array_t<double>>(values))
    return scatter_rows_as<double>(rows, ids, values);
  return scatter_rows_as<float>(rows, ids, values);
}

template <class T>
py::tuple sum_rows_as(i64 rows, const py::object& ids, const py::object& values, i64 omitted) {
  const auto given = expect_array<i64>(ids, "ids", 1);
  const auto from = expect_rows<T>(values, given.size());
  const Distinct distinct = distinct_ids(given.data(), given.size(), rows, omitted);
  py::array_t<i64> listed = new_array<i64>({distinct.count}, "ids");
  std::copy_n(distinct.ids.get(), distinct.count, listed.mutable_data());
  return py::make_tuple(listed, sums_of<T>(from, distinct.place, distinct.count));
}

py::tuple sum_rows(i64 rows, const py::object& ids, const py::object& values, i64 omitted) {
  expect_count(rows);
  if (py::isinstance<py::array_t<double>>(values)) {
    return sum_rows_as<double>(rows, ids, values, omitted);
  }
  return sum_rows_as<float>(rows, ids, values, omitted);
}

}  // namespace

void register_rows(py::module_& m) {
  m.def("gather_rows", &gather_rows, py::arg("table"), py::arg("ids"));
  m.def("scatter_rows", &scatter_rows, py::arg("rows"), py::arg("ids"), py::arg("values"));
  m.def("sum_rows", &sum_rows, py::arg("rows"), py::arg("ids"), py::arg("values"),
        py::arg("omitted") = -1);
}

}  // namespace pyrnn
