// The nouns of a pass over one layer in one direction. Data only: these types are compiled under
// every instruction set's flags, so a function here could be merged by the linker across them.
//
// Letters: T time, B batch, I input, H hidden, P output, G gates, N rows of the workspace (the sum
// of all lengths), UB units in a block of the workspace.
#pragma once

#include <cstdint>

#include "problem/arrays.h"
#include "problem/weights.h"

namespace pyrnn {

/// Units in a block of the workspace: 64 bytes, on every instruction set, since the order of the
/// blocks is the order of the sums in the backward products.
template <class T>
constexpr std::int64_t kUnitBlock = 64 / static_cast<std::int64_t>(sizeof(T));

/// In an index of rows: none of them but zeros.
constexpr std::int64_t kZeroRow = INT64_MIN;

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
  const std::int64_t* position;  // [N] t B + b: where the row stands in x
  const std::int64_t* place;     // [N] where it stands in y
  // [N] place of the step before, ~b at the first step, or kZeroRow where a sequence starts anew
  const std::int64_t* previous;
  bool resets;  // whether some sequence starts anew at some step
};

/// Sequences [first, last) of a batch.
struct Sequences {
  std::int64_t first, last;
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

/// How one layer in one direction is spread over the threads: each has its own sequences, or its
/// own hidden units. It never changes a bit of the result: every sum keeps its order.
enum class Split : int { kBatch, kUnits };

/// A layer's weights, packed as operands. A panel is a tile's columns, contiguous in k.
template <class T>
struct Operands {
  const T* bias;               // [blocks][sums][UB]
  const T* own;                // [own weights][padded]
  const T* norms;              // see NormWeights in cpu/kernels/norm.h
  const T* panels[kMaxTerms];  // of each term [panel][K][gates][width]
  // for the backward products, rows in the order of the workspace
  const T* rows[kMaxTerms];  // of each term [panel of K][gates * H][width]
};

/// Sums of a ragged batch along one axis: activated by forward, overwritten with their gradients by
/// backward.
template <class T>
struct Workspace {
  T* base;  // [blocks][capacity][sums][UB]
  std::int64_t capacity;
};

/// Which generator of masks: those of different kinds, layers and directions are independent.
struct MaskStream {
  std::uint64_t seed;
  std::uint64_t stream;
};

/// Zoneout of a state: a unit keeps its value of the step before with probability p. Drawn anew at
/// each step of a sequence, or, where nothing is drawn, mixed in its expectation.
struct Zone {
  double p;  // 0: none
  bool drawn;
  MaskStream masks;
  std::uint64_t threshold;  // of 2^24
};

/// So many numbers tell the norms of a row: r of the sets of W x, of those of R h; mean and r of
/// c'.
constexpr int kNormNumbers = 4;

/// What layer norms in the recurrence keep beside the gates.
template <class T>
struct Norms {
  // W x and R h normalised, of N rows where these are saved; backward makes of them the gradients
  // of the products.
  Workspace<T> input, state;
  Workspace<T> step;  // R h of one step, of B rows; backward: its gradient
  T* numbers;         // [N, kNormNumbers]

  // backward
  T* doutput;                // [N, padded]: dm of an LSTM, see cells/normed.h
  T* dweights[kMaxWeights];  // by the cell's list, null where nobody asks
  bool add;                  // to what stands in dweights
};

/// One layer in one direction, as the kernels see it.
template <class T>
struct Pass {
  const Batch* batch;
  Operands<T> operands;
  Split split;
  bool hoist;          // form x W for `chunk` steps at once, before the recurrence
  std::int64_t chunk;  // steps
  std::int64_t I, H, P;
  std::int64_t padded, padded_out;  // H and P rounded up to whole blocks

  Rows<T> x;        // by workspace row, the columns from E on; no base where there are none
  Rows<T> h;        // the output before each workspace row
  Rows<T> operand;  // what R multiplies: h, or h behind its mask
  // Token input: the first E of the I columns are looked up. x W + bias of each distinct token, and
  // which of them each position holds.
  std::int64_t E;
  const T* projected;  // [blocks][tokens][sums][UB] or null
  std::int64_t tokens;
  const std::int64_t* token;  // [T B]

  T* y;  // [places, y_stride]
  std::int64_t y_stride;

  // Masks within the recurrence; sequences tells which one each of the caller's is, null: 0 .. B-1.
  const std::int64_t* sequences;  // [B]
  Zone zone_h, zone_c;
  const T* state_mask;  // [B, padded_out] factors on what R multiplies, or null
  T* masked;            // h' behind its mask, as y stands; null where there is none

  // Saved for backward the workspace has N rows; else a chunk's rows, or none.
  Workspace<T> gates;
  bool saved;
  T* cells;  // c', of N rows, or of B where not all are kept: [*, padded]
  bool keeps_cells;
  T* candidates;     // c' before zoneout, of N rows or of B; null where that is c'
  const T* c_start;  // [B, padded] in the order of the batch
  T* scratch;        // what a stage leaves to the next: [N, padded], or [B, padded]
  Norms<T> norms;

  // backward
  const T* dy;  // [T B, dy_stride] or null
  std::int64_t dy_stride;
  const T* dcells;  // [T B, cells_stride] or null
  std::int64_t cells_stride;
  Workspace<T> outputs;  // of a projection's sums: [blocks of P][N][1][UB]
  T* dh;                 // [B, padded_out] flows back past the product; starts as dL/dh_n
  T* dc;                 // [B, padded] starts as dL/dc_n, ends as dL/dc_0
  bool needs_state;      // form dL/dh_0 in dh at the end
};

/// Steps [first, last) of a pass.
struct Steps {
  std::int64_t first, last;
};

/// out (+)= dgates · W_rows, for the rows [first, last)
template <class T>
struct InputGradient {
  Workspace<T> gates;
  std::int64_t first, last;
  std::int64_t column, columns;  // which ones of the I
  T* out;                        // [*, columns]
  const std::int64_t* index;     // by row: which row of out, or null
  bool add;
};

/// dW[gate, unit, :] = sum over rows of dgates[row, unit] operand[row, :], for one term
template <class T>
struct WeightGradient {
  Workspace<T> gates;
  std::int64_t rows;
  Rows<T> operand;
  std::int64_t columns;
  T* out;  // [blocks * units, out_stride]
  std::int64_t out_stride;
  T* bias;     // [blocks * units] or null
  T* scratch;  // outer_scratch(columns) elements, shared by the workers
  bool add;    // to what stands in out and bias
};

/// The mask behind a layer: number u of the outputs of step t of a sequence is kept or lost
/// whatever else is in the batch; see cpu/kernels/dropout.h.
struct LayerMask {
  DropoutMask mask;
  std::int64_t layer;
  const std::int64_t* sequences;  // [B] which one each of the caller's is; null: 0 .. B-1
};

/// out = 0 or 1 / (1 - p) for each output of each sequence: recurrent dropout, one mask a sequence.
template <class T>
struct StateMasks {
  DropoutMask mask;  // its threshold and scale
  MaskStream masks;
  const Batch* batch;
  const std::int64_t* sequences;  // [B] of the caller, or null
  std::int64_t P, padded_out;
  T* out;  // [B, padded_out] in the order of the batch, zeros from P on
};

/// to = mask from, for the workspace rows [first, last); from may be to.
template <class T>
struct LayerDropout {
  LayerMask behind;
  const Batch* batch;
  std::int64_t first, last, width;
  const T* from;  // [T B, width]
  T* to;          // [T B, width]
};

}  // namespace pyrnn
