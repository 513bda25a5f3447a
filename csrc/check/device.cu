// Every cell as code for a CUDA device: a unit of each, float and double, forward and backward.
// Nothing runs it. That it compiles, without a warning, is what is checked (.ci/run cuda): the
// headers of math/ and cells/ hold nothing that a device lacks.
#include "cells/list.h"
#include "math/logarithm.h"

namespace pyrnn::PYRNN_ISA {
namespace {

template <class Cell, int S = 0, class U>
__device__ void forward(U& unit) {
  if constexpr (S < Cell::kStages) {
    Cell::forward(Stage<S>{}, unit);
    forward<Cell, S + 1>(unit);
  }
}

template <class Cell, int S = Cell::kStages - 1, class U>
__device__ void backward(U& unit) {
  if constexpr (S >= 0) {
    Cell::backward(Stage<S>{}, unit);
    backward<Cell, S - 1>(unit);
  }
}

/// A step of one unit and back, in place, so that nothing of it can be left out.
template <class Cell, class V>
__device__ void step(V* numbers) {
  Unit<V, Cell>& unit = *reinterpret_cast<Unit<V, Cell>*>(numbers);
  forward<Cell>(unit);
  backward<Cell>(unit);
}

}  // namespace

__global__ void every_cell(float* f, double* d) {
#define PYRNN_STEP(name, ...) \
  step<__VA_ARGS__>(f);       \
  step<__VA_ARGS__>(d);
  PYRNN_CELLS(PYRNN_STEP)
#undef PYRNN_STEP
}

/// What math/ has beside the cells' activations.
__global__ void every_function(float* f, double* d) {
  f[0] = log(f[0]) + square_root(f[1]);
  d[0] = log(d[0]) + square_root(d[1]);
}

}  // namespace pyrnn::PYRNN_ISA
