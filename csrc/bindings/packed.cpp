// pack.
#include "bindings/packed.h"

#include "bindings/gil.h"
#include "bindings/module.h"
#include "dispatch/dispatch.h"

namespace pyrnn {

using i64 = std::int64_t;

PackedWeights& expect_packed(const py::handle& value) {
  return expect_object<PackedWeights>(value, "packed", "pack returns");
}

template <class T>
std::vector<Shape> weight_shapes(const StackShape& shape, const CellKernels<T>& cell) {
  std::vector<Shape> shapes;
  for (i64 layer = 0; layer < shape.L; ++layer) {
    const i64 lengths[] = {1, shape.H, shape.layer_input(layer), shape.P};  // by Axis
    for (i64 d = 0; d < shape.D; ++d) {
      for (int w = 0; w < cell.weights.count; ++w) {
        const Weight& weight = cell.weights.line[w];
        if (!shape.bias && is_bias(weight)) continue;
        Shape rows{weight.blocks * lengths[static_cast<int>(weight.rows)]};
        if (weight.columns != Axis::kOne) rows.push_back(lengths[static_cast<int>(weight.columns)]);
        shapes.push_back(rows);
      }
    }
  }
  return shapes;
}

template std::vector<Shape> weight_shapes(const StackShape&, const CellKernels<float>&);
template std::vector<Shape> weight_shapes(const StackShape&, const CellKernels<double>&);

namespace {

/// The place of a cell in the list; -1 if there is none of that name.
i64 find_cell(const KernelTable& table, const std::string& name) {
  for (int i = 0; i < kCellCount; ++i) {
    if (name == table.cells_f32[i].name) return i;
  }
  return -1;
}

/// Probabilities with which masks act.
struct Probabilities {
  double dropout, zoneout_h, zoneout_c, recurrent_dropout;
};

StackShape stack_shape(const KernelTable& table, const std::string& cell, i64 I, i64 H, i64 L,
                       bool bidirectional, bool bias, const Probabilities& p, i64 proj_size) {
  constexpr i64 kMost = i64{1} << 31;
  for (const auto& [name, size] :
       {std::pair{"input_size", I}, std::pair{"hidden_size", H}, std::pair{"num_layers", L}}) {
    if (size < 1 || size > kMost) {
      throw py::value_error(std::string(name) + ": expected 1 to 2**31; got " +
                            std::to_string(size));
    }
  }
  if (proj_size < 0 || proj_size >= H) {
    throw py::value_error("proj_size: expected 0 for none, or less than hidden_size; got " +
                          std::to_string(proj_size));
  }
  for (const auto& [name, value] :
       {std::pair{"dropout", p.dropout}, std::pair{"zoneout_h", p.zoneout_h},
        std::pair{"zoneout_c", p.zoneout_c}, std::pair{"recurrent_dropout", p.recurrent_dropout}}) {
    if (!(value >= 0 && value < 1)) {
      throw py::value_error(std::string(name) + ": expected a probability in [0, 1); got " +
                            std::to_string(value));
    }
  }
  const i64 plain = find_cell(table, cell);
  if (plain < 0 || table.cells_f32[plain].projects) {
    throw py::value_error("cell: no cell is called '" + cell + "'");
  }
  const i64 index = proj_size > 0 ? find_cell(table, cell + "_projected") : plain;
  if (index < 0) {
    throw py::value_error("proj_size: expected 0 for " + cell + "; got " +
                          std::to_string(proj_size));
  }
  const i64 P = proj_size > 0 ? proj_size : H;
  return {static_cast<int>(index), I,    H,         P,           L,
          bidirectional ? 2 : 1,   bias, p.dropout, p.zoneout_h, p.zoneout_c,
          p.recurrent_dropout};
}

template <class T>
PackedWeights pack_as(const KernelTable& table, const StackShape& shape, const py::list& weights) {
  const CellKernels<T>& cell = cell_kernels<T>(table, shape.cell);
  i64 each = 0;
  for (int w = 0; w < cell.weights.count; ++w) each += shape.bias || !is_bias(cell.weights.line[w]);
  // Before the list of shapes is made: there may be 2**31 layers.
  const i64 count = shape.L * shape.D * each;
  if (static_cast<i64>(weights.size()) != count) {
    throw py::value_error("weights: expected " + std::to_string(count) + " arrays; got " +
                          std::to_string(weights.size()));
  }
  Packed<T> packed;
  std::vector<const T*> data;
  i64 elements = 0;
  const auto shapes = weight_shapes(shape, cell);
  for (std::size_t i = 0; i < shapes.size(); ++i) {
    const auto array = expect_array<T>(weights[i], "weights", shapes[i]);
    packed.weights.push_back(array);
    data.push_back(array.data());
    elements += array.size();
  }
  const ReleaseGil release(kFlopsPerElement * static_cast<double>(elements));
  packed.stack = std::make_shared<PackedStack<T>>(table, shape, data.data());
  return {std::move(packed)};
}

PackedWeights pack(const std::string& cell, i64 I, i64 H, i64 L, bool bidirectional, bool bias,
                   double dropout, i64 proj_size, double zoneout_h, double zoneout_c,
                   double recurrent_dropout, const py::list& weights) {
  const KernelTable& table = current_table();
  const StackShape shape =
      stack_shape(table, cell, I, H, L, bidirectional, bias,
                  {dropout, zoneout_h, zoneout_c, recurrent_dropout}, proj_size);
  if (weights.size() > 0 && py::isinstance<py::array_t<double>>(weights[0])) {
    return pack_as<double>(table, shape, weights);
  }
  return pack_as<float>(table, shape, weights);
}

/// The list of cells: (name, has c, projects, [(weight, blocks, rows, columns), ...]).
py::list cells() {
  constexpr const char* kAxes[] = {"one", "units", "input", "output"};
  py::list list;
  for (const CellKernels<float>& cell : current_table().cells_f32) {
    py::list weights;
    for (int w = 0; w < cell.weights.count; ++w) {
      const Weight& weight = cell.weights.line[w];
      weights.append(py::make_tuple(weight.name, weight.blocks,
                                    kAxes[static_cast<int>(weight.rows)],
                                    kAxes[static_cast<int>(weight.columns)]));
    }
    list.append(py::make_tuple(cell.name, cell.has_cell, cell.projects, weights));
  }
  return list;
}

}  // namespace

void register_packed(py::module_& m) {
  py::class_<PackedWeights>(m, "PackedWeights", py::is_final(),
                            "A stack's weights in the kernels' layout.");
  m.def("pack", &pack, py::arg("cell"), py::arg("input_size"), py::arg("hidden_size"),
        py::arg("num_layers"), py::arg("bidirectional"), py::arg("bias"), py::arg("dropout"),
        py::arg("proj_size"), py::arg("zoneout_h"), py::arg("zoneout_c"),
        py::arg("recurrent_dropout"), py::arg("weights"));
  m.def("cells", &cells);
}

}  // namespace pyrnn
