#include "bindings/links.h"

#include <string>

namespace pyrnn {
namespace {

using i64 = std::int64_t;

/// Reads the links one after the other; `width` is that of what the last one gives.
template <class T>
class Links {
 public:
  std::vector<Link<T>> all;

  void add(const py::handle& part) {
    if (!py::isinstance<py::tuple>(part) || py::len(part) == 0) {
      throw py::type_error("parts: expected tuples; got " + type_name(part));
    }
    const auto fields = py::reinterpret_borrow<py::tuple>(part);
    const auto kind = std::string(py::str(fields[0]));
    const auto is = [&](const char* name, std::size_t count) {
      if (kind != name) return false;
      if (fields.size() == count) return true;
      throw py::value_error("parts: expected " + std::to_string(count) + " fields of a " + kind +
                            "; got " + std::to_string(fields.size()));
    };
    if (is("table", 2)) return add_table(fields[1]);
    if (is("stack", 2)) return add_stack(fields[1]);
    if (is("linear", 3)) return add_linear(fields[1], fields[2]);
    if (is("scale", 4)) return add_scaling(fields[1], fields[2], fields[3]);
    constexpr std::pair<const char*, Map> kMaps[] = {
        {"tanh", Map::kTanh}, {"sigmoid", Map::kSigmoid}, {"relu", Map::kRelu}};
    for (const auto& [name, map] : kMaps) {
      if (is(name, 1)) return add_map(map);
    }
    throw py::value_error("parts: expected a link's kind; got '" + kind + "'");
  }

 private:
  i64 width_ = 0;

  void expect_width(i64 in) {
    if (all.empty() || in == width_) return;
    throw py::value_error("parts: expected link " + std::to_string(all.size()) + " to read " +
                          std::to_string(width_) + " numbers; it reads " + std::to_string(in));
  }

  void add_table(const py::handle& value) {
    if (!all.empty()) throw py::value_error("parts: expected a table to stand first");
    const auto array = expect_array<T>(value, "table", 2);
    if (array.size() == 0) throw py::value_error("table: expected rows and columns");
    Table<T> table{array.shape(0), array.shape(1), Buffer<T>(array.size())};
    std::copy_n(array.data(), array.size(), table.values.get());
    width_ = table.width;
    all.push_back(std::move(table));
  }

  void add_stack(const py::handle& value) {
    const auto* const packed = std::get_if<Packed<T>>(&expect_packed(value).of);
    if (!packed) throw py::type_error("parts: expected links of one dtype");
    const StackShape& shape = packed->stack->shape();
    if (shape.D != 1) throw py::value_error("parts: expected stacks of one direction");
    expect_width(shape.I);
    width_ = shape.P;
    all.push_back(Recurrence<T>{packed->stack, {}});
  }

  void add_linear(const py::handle& weight, const py::handle& bias) {
    const auto rows = expect_array<T>(weight, "weight", 2);
    const i64 out = rows.shape(0), in = rows.shape(1);
    if (out == 0 || in == 0) throw py::value_error("weight: expected rows and columns");
    std::vector<py::object> keep;
    const T* const start =
        optional_data<T>(py::reinterpret_borrow<py::object>(bias), "bias", {out}, keep);
    expect_width(in);
    width_ = out;
    all.push_back(affine<T>(rows.data(), start, in, out));
  }

  void add_map(Map map) {
    if (all.empty()) throw py::value_error("parts: expected no activation first");
    all.push_back(map);
  }

  void add_scaling(const py::handle& mean, const py::handle& deviation, const py::handle& back) {
    const auto from = expect_array<double>(mean, "mean", 1);
    const auto by = expect_array<double>(deviation, "deviation", Shape{from.shape(0)});
    if (from.size() == 0) throw py::value_error("mean: expected at least one number");
    expect_width(from.size());
    Scaling scaling{from.size(), Buffer<double>(from.size()), Buffer<double>(from.size()),
                    py::cast<bool>(back)};
    std::copy_n(from.data(), from.size(), scaling.mean.get());
    std::copy_n(by.data(), by.size(), scaling.deviation.get());
    width_ = scaling.width;
    all.push_back(std::move(scaling));
  }
};

}  // namespace

template <class T>
std::vector<Link<T>> links_of(const py::list& parts) {
  Links<T> links;
  for (const py::handle& part : parts) links.add(part);
  if (links.all.empty()) throw py::value_error("parts: expected at least one link; got none");
  return std::move(links.all);
}

template std::vector<Link<float>> links_of(const py::list&);
template std::vector<Link<double>> links_of(const py::list&);

}  // namespace pyrnn
