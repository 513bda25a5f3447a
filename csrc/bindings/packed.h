// The Python object that holds a stack's packed weights.
#pragma once

#include <memory>
#include <variant>
#include <vector>

#include "bindings/arguments.h"
#include "cpu/engine/packed_stack.h"

namespace pyrnn {

template <class T>
struct Packed {
  std::shared_ptr<PackedStack<T>> stack;
  std::vector<py::object> weights;  // the masters, read again when backward is prepared
};

/// A stack's packed weights, float32 or float64.
struct PackedWeights {
  std::variant<Packed<float>, Packed<double>> of;
};

/// Those in an object that `pack` returned; TypeError for anything else.
PackedWeights& expect_packed(const py::handle& value);

/// Of a stack's weights, layer by layer, direction by direction, each in the order of its cell's
/// list.
template <class T>
std::vector<Shape> weight_shapes(const StackShape& shape, const CellKernels<T>& cell);

}  // namespace pyrnn
