// Every cell as code for a CUDA device: a unit of each, float and double, forward and backward.
// Nothing runs it. That it compiles, without a warning, is what is checked (.ci/run cuda): the
// headers of math/ and cells/ hold nothing that a device lacks.
#include "cells/list.h"
#include "math/logarithm.h"

namespace pyrnn::PYRNN_ISA {
namespace {

/// A step of one unit and back, from and to `numbers`, so that nothing of it can be left out.
template <class Cell, class V>
__device__ void step(V* numbers) {
  constexpr int kSums = Cell::kSums;
  V s[kSums], saved[kSums];
  for (int j = 0; j < kSums; ++j) s[j] = numbers[j];
  const State<V> state{numbers[kSums], numbers[kSums + 1]};
  const State<V> dnext{numbers[kSums + 2], numbers[kSums + 3]};
  State<V> next{}, dstate{};
  if constexpr (Cell::kGated.count > 0) Cell::gate(s, state, numbers[kSums + 4]);
  Cell::forward(s, state, next, saved);
  Cell::backward(saved, state, next, dnext, dstate, s);
  if constexpr (Cell::kGated.count > 0) {
    Cell::backward_gate(saved[0], state, numbers[kSums + 4], dstate, s[0]);
  }
  for (int j = 0; j < kSums; ++j) numbers[j] = s[j];
  numbers[kSums] = next.h + dstate.h;
  numbers[kSums + 1] = next.c + dstate.c;
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
