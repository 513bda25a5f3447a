// One call on a whole stack: all layers, directions, lengths and masks, forward and backward.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "cpu/engine/dropout_mask.h"
#include "cpu/engine/packed_stack.h"
#include "cpu/engine/ragged.h"
#include "cpu/engine/schedule.h"

namespace pyrnn {

/// The input of a call. Either x, or ids with a table: x = table[ids].
template <class T>
struct StackInput {
  std::int64_t time, batch;
  const T* x;                   // [T, B, I] or null
  const std::int64_t* ids;      // [T, B] or null
  const T* table;               // [V, I]
  std::int64_t vocabulary;      // V
  const T* h0;                  // [L D, B, H] or null
  const T* c0;                  // [L D, B, H] or null
  const std::int64_t* lengths;  // [B] or null
  std::optional<std::uint64_t> seed;
};

/// Where a call leaves its results; absent ones are null.
template <class T>
struct StackOutput {
  T* h_n;    // [L D, B, H]
  T* c_n;    // [L D, B, H]
  T* cells;  // [T, B, D H]
};

/// The gradients that arrive, each may be null.
template <class T>
struct StackUpstream {
  const T* dy;      // [T, B, D H]
  const T* dh_n;    // [L D, B, H]
  const T* dc_n;    // [L D, B, H]
  const T* dcells;  // [T, B, D H]
};

/// Where the gradients go, each may be null.
template <class T>
struct StackGradients {
  T* x;                     // [T, B, I], or for a table the rows of tokens().distinct, [count, I]
  std::vector<T*> weights;  // PyTorch's order, or empty
  T* h0;                    // [L D, B, H]
  T* c0;                    // [L D, B, H]
};

/// The distinct tokens of a batch.
struct Tokens {
  Buffer<std::int64_t> distinct;  // [count] ids in order of appearance
  Buffer<std::int64_t> of;        // [T B] which of them stands at a position
  std::int64_t count = 0;
};

/// A call and the state it leaves behind. The input's arrays must outlive it if it is saved.
template <class T>
class StackCall {
 public:
  /// std::out_of_range for an id, within the lengths, that is no row of the table; OutOfMemory.
  StackCall(std::shared_ptr<PackedStack<T>> packed, const StackInput<T>& input, bool save);

  void forward(const StackOutput<T>& output);
  /// Releases what forward left, unless `retain`. Out of memory it leaves all as it was, or, if
  /// that came too late, has released it.
  void backward(const StackUpstream<T>& upstream, const StackGradients<T>& gradients, bool retain);

  /// The last layer's outputs [T, B, D H]; shared with whoever shows them.
  std::shared_ptr<Buffer<T>> y() const { return layers_.back().y; }
  const StackShape& shape() const { return packed_->shape(); }
  const StackInput<T>& input() const { return input_; }
  /// Of a call with ids.
  const Tokens& tokens() const { return tokens_; }
  const CellKernels<T>& kernels() const { return packed_->kernels(); }
  void release() { layers_.clear(); }
  bool released() const { return layers_.empty(); }

 private:
  /// What one direction of one layer keeps.
  struct Direction {
    Buffer<T> gates, cells, c_start, gated, projected;
    std::int64_t capacity = 0;
  };
  struct Layer {
    std::shared_ptr<Buffer<T>> y;  // [T B, D H]
    Buffer<T> dropped;             // the next layer's input, where dropout acts
    std::vector<Direction> directions;
    bool saved = false;
  };
  /// What back-propagation through one layer works on, a direction each.
  struct LayerGradients {
    std::vector<Buffer<T>> gates, dh, dc, tokens;
    std::vector<Pass<T>> passes;
    Buffer<T> scratch;  // for weight gradients
  };

  const RaggedBatch& batch(std::int64_t d) const;
  std::int64_t rows() const { return forward_batch_.view().rows; }
  std::int64_t places() const { return input_.time * input_.batch; }
  std::int64_t width() const { return shape().D * shape().H; }
  bool has_tokens(std::int64_t layer) const { return layer == 0 && input_.ids; }
  std::optional<DropoutMask> mask_behind(std::int64_t layer) const;
  Extent extent(std::int64_t layer) const;
  double flops(std::int64_t layer) const;
  Pass<T> pass(std::int64_t layer, std::int64_t d) const;
  const T* layer_input(std::int64_t layer) const;

  void collect_tokens();
  void allocate(std::int64_t layer, bool saved);
  void clear_padding(T* y) const;
  void start_cells(std::int64_t layer, std::int64_t d);
  void forward_layer(std::int64_t layer);
  void project_tokens(const Pass<T>& pass, T* out, const Worker& worker) const;
  void final_states(std::int64_t layer, const StackOutput<T>& output) const;
  void copy_cells(T* out) const;

  LayerGradients gradients_of(std::int64_t layer, const StackUpstream<T>& upstream, const T* dy,
                              bool needs_state, bool retain);
  void backward_layer(std::int64_t layer, LayerGradients& work, T* dx,
                      const StackGradients<T>& gradients) const;
  void weight_gradients(std::int64_t layer, std::int64_t d, const LayerGradients& work,
                        T* const* out, const Worker& worker) const;
  void input_gradient(std::int64_t layer, const LayerGradients& work, T* dx,
                      const Worker& worker) const;
  void state_gradients(std::int64_t layer, const LayerGradients& work,
                       const StackGradients<T>& gradients) const;

  std::shared_ptr<PackedStack<T>> packed_;
  StackInput<T> input_;
  bool save_;
  ForcedSchedule forced_;  // of the pass at hand
  std::int64_t padded_;    // H in whole blocks
  RaggedBatch forward_batch_;
  std::optional<RaggedBatch> reverse_batch_;
  Tokens tokens_;
  Buffer<T> zeros_;
  std::vector<Layer> layers_;
};

}  // namespace pyrnn
