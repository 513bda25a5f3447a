// What the layers of a call keep, and the chunks of steps in which they run.
#pragma once

#include <memory>
#include <vector>

#include "cpu/engine/buffer.h"
#include "cpu/engine/schedule.h"

namespace pyrnn {

/// One direction of one layer, from forward to backward.
template <class T>
struct DirectionMemory {
  Buffer<T> gates;      // [blocks][capacity][sums][UB]
  Buffer<T> cells;      // [N or B, padded]
  Buffer<T> c_start;    // [B, padded]
  Buffer<T> scratch;    // [N or B, padded]
  Buffer<T> projected;  // [blocks][tokens][sums][UB]
  std::int64_t capacity = 0;
};

template <class T>
struct LayerMemory {
  LayerPlan plan;
  std::shared_ptr<Buffer<T>> y;  // [T B, D P]
  Buffer<T> dropped;             // the next layer's input, where dropout acts
  std::vector<DirectionMemory<T>> directions;
  bool saved = false, keeps_cells = false;
};

/// What back-propagation through one layer works on, a direction each.
template <class T>
struct LayerGradients {
  std::vector<Buffer<T>> gates;    // copies, where the call may be asked again
  std::vector<Buffer<T>> outputs;  // [blocks of P][N][1][UB], of a projection
  std::vector<Buffer<T>> dh, dc;   // [B, padded]
  std::vector<Buffer<T>> tokens;   // [blocks][tokens][sums][UB]
  std::vector<Pass<T>> passes;
  Buffer<T> scratch;  // for weight gradients
};

/// Steps 0 .. count-1 in chunks.
struct Chunks {
  std::int64_t steps, size;

  std::int64_t count() const { return (steps + size - 1) / size; }
  Steps operator[](std::int64_t chunk) const {
    const std::int64_t end = (chunk + 1) * size;
    return {chunk * size, end < steps ? end : steps};
  }
};

}  // namespace pyrnn
