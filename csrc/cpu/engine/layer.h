// What the layers of a call keep, and the chunks of steps in which they run.
#pragma once

#include <memory>
#include <vector>

#include "cpu/engine/buffer.h"
#include "cpu/engine/ragged.h"
#include "cpu/engine/schedule.h"

namespace pyrnn {

/// What layer norms keep: see Norms.
template <class T>
struct NormMemory {
  Buffer<T> input, state;  // [blocks][N][sums][UB]
  Buffer<T> step;          // [blocks][B][sums][UB]
  Buffer<T> numbers;       // [N, kNormNumbers]
};

/// One direction of one layer, from forward to backward.
template <class T>
struct DirectionMemory {
  Buffer<T> gates;       // [blocks][capacity][sums][UB]
  Buffer<T> cells;       // [N or B, padded]
  Buffer<T> candidates;  // [N or B, padded]
  Buffer<T> c_start;     // [B, padded]
  Buffer<T> scratch;     // [N or B, padded]
  Buffer<T> projected;   // [blocks][tokens][sums][UB]
  NormMemory<T> norms;
  std::int64_t capacity = 0;

  Buffer<T> state_mask;  // [B, padded_out] in the order of the batch
  Buffer<T> h_start;     // [B, P] h0 behind its mask, in the caller's order

  // Of a layer that runs by windows: states before each of them, in the order of the batch; where
  // they are not to run again, only those of the present one.
  Buffer<T> h_kept, c_kept;  // [windows + 1 or 1, B, P], [windows + 1 or 1, B, padded]
};

template <class T>
struct LayerMemory {
  LayerPlan plan;
  std::shared_ptr<Buffer<T>> y;  // [T B, D P], or none
  Buffer<T> masked;              // y behind the mask on what R multiplies
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
  std::vector<Buffer<T>> norms;    // what a pass's norms need besides, and copies
  std::vector<Pass<T>> passes;
  Buffer<T> scratch;  // for weight gradients
};

/// Steps of a window where nothing asks for fewer: its outputs stay in the second-level cache for a
/// sequence or two, and what a window costs by itself does not count.
constexpr std::int64_t kWindowSteps = 64;

/// One direction of one layer over a window of steps.
template <class T>
struct Window {
  BatchWindow batch;
  Buffer<T> y{}, masked{};  // [B + rows, P]
  Buffer<T> gates{}, cells{}, candidates{}, scratch{};
  NormMemory<T> norms{};
  Pass<T> pass{};  // whose batch is that of the window, wherever it stands
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
