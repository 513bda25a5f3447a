// The nouns of a pass over one layer in one direction. Data only: these types are compiled under
// every instruction set's flags, so a function here could be merged by the linker across them.
//
// Letters: T time, B batch, I input, H hidden, G gates, N rows of the workspace (the sum of all
// lengths), UB units in a block of the workspace.
#pragma once

#include <cstdint>

namespace pyrnn {

/// Units in a block of the workspace: 64 bytes, on every instruction set, since the order of the
/// blocks is the order of the sums in the backward products.
template <class T>
constexpr std::int64_t kUnitBlock = 64 / static_cast<std::int64_t>(sizeof(T));

/// A ragged batch as one direction walks it. Sequences are sorted by falling length, so those
/// still running at step s are the first active[s]; finished rows leave the tile. The workspace
/// holds one row per step and running sequence: sequence b of step s has row offset[s] + b.
struct Batch {
  std::int64_t T, B;
  std::int64_t steps;            // the longest length
  std::int64_t rows;             // N, the sum of all lengths
  const std::int64_t* length;    // [B] falling
  const std::int64_t* order;     // [B] which sequence of the caller's each one is
  const std::int64_t* active;    // [steps + 1] active[steps] = 0
  const std::int64_t* offset;    // [steps + 1]
  const std::int64_t* position;  // [N] t B + b: where the row stands in x and y
  const std::int64_t* previous;  // [N] position of the step before, or ~b at the first step
};

/// Rows of a matrix, perhaps picked by an index; index i < 0 means row ~i of `initial`, or zeros.
template <class T>
struct Rows {
  const T* base;  // [*, stride]
  std::int64_t stride;
  const std::int64_t* index;  // null: row k is row k
  const T* initial;           // [*, initial_stride] or null
  std::int64_t initial_stride;
  const T* zeros;  // as long as a row
};

/// How one layer in one direction is spread over the threads. It never changes a bit of the
/// result: every sum keeps its order.
enum class Split : int { kBatch, kUnits };

struct Plan {
  Split split;         // each thread has its own sequences, or its own hidden units
  bool hoist;          // form x W for `chunk` steps at once, before the recurrence
  std::int64_t chunk;  // steps
};

/// One layer in one direction: its weights, packed. A panel is a tile's columns, contiguous in k.
template <class T>
struct Weights {
  const T* bias;   // [blocks][sums][UB]
  const T* w;      // [panel][I][input gates][width]
  const T* r;      // [panel][H][state gates][width]
  const T* gated;  // [panel][H][width], second stage only
  // for the backward products, rows in the order of the workspace
  const T* w_rows;      // [panel of I][input gates * H][width]
  const T* r_rows;      // [panel of H][state gates * H][width]
  const T* gated_rows;  // [panel of H][H][width]
};

/// One layer in one direction, as the kernels see it.
template <class T>
struct Pass {
  const Batch* batch;
  Weights<T> weights;
  Plan plan;
  std::int64_t I, H;
  std::int64_t padded;  // H rounded up to whole blocks: the row length of cells, gated, dh, dc

  Rows<T> x;  // by workspace row; unused where `projected` is given
  Rows<T> h;  // the state before each workspace row
  // Token input: x W + bias of each distinct token, and which of them each position holds.
  const T* projected;  // [blocks][tokens][sums][UB] or null
  std::int64_t tokens;
  const std::int64_t* token;  // [T B]

  T* y;  // [T B, y_stride]
  std::int64_t y_stride;

  // The workspace. Saved for backward it has N rows; else a chunk's rows, or none.
  T* gates;  // [blocks][capacity][sums][UB] activated gates, then the gradients of the sums
  std::int64_t capacity;
  bool saved;
  T* cells;          // [N, padded] c', or [B, padded] where nothing is saved
  const T* c_start;  // [B, padded] in the order of the batch
  T* gated;          // [N, padded] the second stage's operand, or [B, padded]

  // backward
  const T* dy;       // [T B, y_stride] or null
  const T* dcells;   // [T B, y_stride] or null
  T* dh;             // [B, padded] dL/dh flowing back past the product; starts as dL/dh_n
  T* dc;             // [B, padded] starts as dL/dc_n, ends as dL/dc_0
  bool needs_state;  // form dL/dh_0 in dh at the end
};

/// out (+)= dgates · W_rows
template <class T>
struct InputGradient {
  const T* gates;  // [blocks][capacity][sums][UB]
  std::int64_t capacity, rows;
  T* out;                     // [*, I]
  const std::int64_t* index;  // [rows] which row of out, or null
  bool add;
};

/// dW[gate, unit, :] = sum over rows of dgates[row, unit] operand[row, :]
template <class T>
struct WeightGradient {
  const T* gates;  // [blocks][capacity][sums][UB]
  std::int64_t capacity, rows;
  Rows<T> operand;
  std::int64_t columns;
  T* out;      // [G H, columns]
  T* bias;     // [G H] or null
  T* scratch;  // outer_scratch(columns) elements, shared by the workers
};

/// Which of a cell's feeds an operation is about.
enum class Source : int { kInput, kState, kGated };

}  // namespace pyrnn
