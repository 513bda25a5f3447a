// pack.
#include "bindings/packed.h"

#include "bindings/module.h"
#include "dispatch/dispatch.h"

namespace pyrnn {

using i64 = std::int64_t;

PackedWeights& expect_packed(const py::handle& value) {
  return expect_object<PackedWeights>(value, "packed", "pack returns");
}

std::vector<Shape> weight_shapes(const StackShape& shape, int gates) {
  std::vector<Shape> shapes;
  const i64 rows = gates * shape.H;
  for (i64 layer = 0; layer < shape.L; ++layer) {
    for (i64 d = 0; d < shape.D; ++d) {
      shapes.push_back({rows, shape.layer_input(layer)});
      shapes.push_back({rows, shape.H});
      if (shape.bias) shapes.insert(shapes.end(), 2, Shape{rows});
    }
  }
  return shapes;
}

namespace {

i64 cell_index(const KernelTable& table, const std::string& name) {
  for (int i = 0; i < kCellCount; ++i) {
    if (name == table.cells_f32[i].name) return i;
  }
  throw py::value_error("cell: no cell is called '" + name + "'");
}

StackShape stack_shape(const KernelTable& table, const std::string& cell, i64 I, i64 H, i64 L,
                       bool bidirectional, bool bias, double dropout) {
  constexpr i64 kMost = i64{1} << 31;
  for (const auto& [name, size] :
       {std::pair{"input_size", I}, std::pair{"hidden_size", H}, std::pair{"num_layers", L}}) {
    if (size < 1 || size > kMost) {
      throw py::value_error(std::string(name) + ": expected 1 to 2**31; got " +
                            std::to_string(size));
    }
  }
  if (!(dropout >= 0 && dropout < 1)) {
    throw py::value_error("dropout: expected a probability in [0, 1); got " +
                          std::to_string(dropout));
  }
  return {static_cast<int>(cell_index(table, cell)), I, H, L, bidirectional ? 2 : 1, bias, dropout};
}

template <class T>
PackedWeights pack_as(const KernelTable& table, const StackShape& shape, const py::list& weights) {
  // Before the list of shapes is made: there may be 2**31 layers.
  const i64 count = shape.L * shape.D * (shape.bias ? 4 : 2);
  if (static_cast<i64>(weights.size()) != count) {
    throw py::value_error("weights: expected " + std::to_string(count) + " arrays; got " +
                          std::to_string(weights.size()));
  }
  const auto shapes = weight_shapes(shape, cell_kernels<T>(table, shape.cell).gates);
  Packed<T> packed;
  std::vector<const T*> data;
  for (std::size_t i = 0; i < shapes.size(); ++i) {
    const auto array = expect_array<T>(weights[i], "weights", shapes[i]);
    packed.weights.push_back(array);
    data.push_back(array.data());
  }
  packed.stack = std::make_shared<PackedStack<T>>(table, shape, data.data());
  return {std::move(packed)};
}

PackedWeights pack(const std::string& cell, i64 I, i64 H, i64 L, bool bidirectional, bool bias,
                   double dropout, const py::list& weights) {
  const KernelTable& table = current_table();
  const StackShape shape = stack_shape(table, cell, I, H, L, bidirectional, bias, dropout);
  if (weights.size() > 0 && py::isinstance<py::array_t<double>>(weights[0])) {
    return pack_as<double>(table, shape, weights);
  }
  return pack_as<float>(table, shape, weights);
}

}  // namespace

void register_packed(py::module_& m) {
  py::class_<PackedWeights>(m, "PackedWeights", py::is_final(),
                            "A stack's weights in the kernels' layout.");
  m.def("pack", &pack, py::arg("cell"), py::arg("input_size"), py::arg("hidden_size"),
        py::arg("num_layers"), py::arg("bidirectional"), py::arg("bias"), py::arg("dropout"),
        py::arg("weights"));
}

}  // namespace pyrnn
