// A chain, and its links as Python hands them over.
#pragma once

#include <memory>
#include <variant>
#include <vector>

#include "bindings/arguments.h"
#include "bindings/packed.h"
#include "cpu/engine/chain.h"

namespace pyrnn {

/// A chain, float32 or float64.
struct ChainObject {
  std::variant<std::shared_ptr<const Chain<float>>, std::shared_ptr<const Chain<double>>> of;
};

/// A list of tuples, a link each, whose widths agree:
///
///     ("table", values (V, E))               first or nowhere
///     ("stack", what pack returned)          of one direction
///     ("linear", weight (O, I), bias (O,) or None)
///     ("tanh",)   ("sigmoid",)   ("relu",)   not first
///     ("scale", mean (I,), deviation (I,), back)      float64
///
/// TypeError, ValueError for anything else.
template <class T>
std::vector<Link<T>> links_of(const py::list& parts);

}  // namespace pyrnn
