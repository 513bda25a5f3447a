// One call on a whole stack: all layers, directions, lengths and masks, forward and backward.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "cpu/engine/distinct.h"
#include "cpu/engine/dropout_mask.h"
#include "cpu/engine/layer.h"
#include "cpu/engine/packed_stack.h"
#include "cpu/engine/ragged.h"

namespace pyrnn {

/// Runs the steps of a layer where the kernels' own time loops do not do it all: an input that
/// depends on the state before. Called by all workers that share the layer's sequences.
template <class T>
class StepRunner {
 public:
  virtual void forward(const Pass<T>& pass, const Steps& steps, const Worker& worker) = 0;
  virtual void backward(const Pass<T>& pass, const Steps& steps, const Worker& worker) = 0;

 protected:
  ~StepRunner() = default;
};

/// The input of a call: x, or ids with a table (x = table[ids]), or both side by side, the rows of
/// the table first.
template <class T>
struct StackInput {
  std::int64_t time, batch;
  const T* x;                     // [T, B, I - E] or null
  const std::int64_t* ids;        // [T, B] or null
  const T* table;                 // [V, E]
  std::int64_t vocabulary;        // V
  std::int64_t looked_up;         // E; 0 without ids
  const T* h0;                    // [L D, B, P] or null
  const T* c0;                    // [L D, B, H] or null
  const std::int64_t* lengths;    // [B] or null
  const std::int64_t* sequences;  // [B] which sequence each one is, for masks; null: 0 .. B-1
  const unsigned char* reset;     // [T, B] where a sequence starts anew, or null
  std::optional<std::uint64_t> seed;
  bool keeps_y = true;              // whether the last layer's outputs of all steps are wanted
  std::int64_t recompute = 0;       // steps of a window that backward runs again; 0: all is kept
  StepRunner<T>* runner = nullptr;  // of the only layer, or null
};

/// Where a call leaves its results; absent ones are null.
template <class T>
struct StackOutput {
  T* h_n;    // [L D, B, P]
  T* c_n;    // [L D, B, H]
  T* cells;  // [T, B, D H]
};

/// The gradients that arrive, each may be null.
template <class T>
struct StackUpstream {
  const T* dy;      // [T, B, D P]
  const T* dh_n;    // [L D, B, P]
  const T* dc_n;    // [L D, B, H]
  const T* dcells;  // [T, B, D H]
};

/// Where the gradients go, each may be null.
template <class T>
struct StackGradients {
  T* x;                     // [T, B, I - E]
  T* table;                 // the rows of tokens().ids, [count, E]
  std::vector<T*> weights;  // PyTorch's order, or empty
  T* h0;                    // [L D, B, P]
  T* c0;                    // [L D, B, H]
  bool in_place = false;    // rows of the table stand where they do in it, [V, E]
};

/// What a call keeps for backward: nothing, or enough for all gradients but, perhaps, the input's.
enum class Keep { kNothing, kAllButInput, kAll };

/// What masks act on within the recurrence: each kind has streams of bits of its own.
enum class MaskKind : std::uint64_t { kZoneH = 1, kZoneC = 2, kState = 3 };

/// A call and the state it leaves behind. The input's arrays must outlive it if it is saved.
template <class T>
class StackCall {
 public:
  /// std::out_of_range for an id, within the lengths, that is no row of the table; OutOfMemory.
  StackCall(std::shared_ptr<PackedStack<T>> packed, const StackInput<T>& input, Keep keep);

  void forward(const StackOutput<T>& output);
  /// Releases what forward left, unless `retain`. Out of memory it leaves all as it was, or, if
  /// that came too late, has released it.
  void backward(const StackUpstream<T>& upstream, const StackGradients<T>& gradients, bool retain);

  /// The last layer's outputs [T, B, D P]; shared with whoever shows them. None where they were not
  /// wanted and no gradient needs them.
  std::shared_ptr<Buffer<T>> y() const { return layers_.back().y; }
  const StackShape& shape() const { return packed_->shape(); }
  const StackInput<T>& input() const { return input_; }
  /// Of a call with ids.
  const Numbered& tokens() const { return tokens_; }
  const CellKernels<T>& kernels() const { return packed_->kernels(); }
  bool keeps_input() const { return keep_ == Keep::kAll; }
  void release() { layers_.clear(); }
  bool released() const { return layers_.empty(); }

 private:
  using Layer = LayerMemory<T>;
  using Passes = std::vector<Pass<T>>;  // of a layer, a direction each

  const RaggedBatch& batch(std::int64_t d) const;
  std::int64_t rows() const { return forward_batch_.view().rows; }
  std::int64_t places() const { return input_.time * input_.batch; }
  std::int64_t width() const { return shape().D * shape().P; }
  bool has_tokens(std::int64_t layer) const { return layer == 0 && input_.ids; }
  std::int64_t dense_columns(std::int64_t layer) const {
    return shape().layer_input(layer) - (layer == 0 ? input_.looked_up : 0);
  }
  Layer& at(std::int64_t layer) { return layers_[static_cast<std::size_t>(layer)]; }
  const Layer& at(std::int64_t layer) const { return layers_[static_cast<std::size_t>(layer)]; }
  std::optional<LayerMask> mask_behind(std::int64_t layer) const;
  bool masks_states() const { return input_.seed && shape().recurrent_dropout > 0; }
  bool keeps_y(std::int64_t layer) const;
  bool in_windows(std::int64_t layer) const;
  bool hands_on() const;
  bool shares_sums() const;
  NormMemory<T> norm_memory(bool saved, std::int64_t rows) const;
  Norms<T> norms(const NormMemory<T>& of, std::int64_t rows) const;
  std::int64_t capacity(const LayerPlan& plan, bool saved, std::int64_t rows) const;
  Zone zone(MaskKind kind, double p, std::int64_t layer, std::int64_t d) const;
  MaskStream stream(MaskKind kind, std::int64_t layer, std::int64_t d) const;
  Extent extent(std::int64_t layer) const;
  double flops(std::int64_t layer) const;
  Passes passes(std::int64_t layer) const;
  Rows<T> layer_input(std::int64_t layer, std::int64_t d) const;
  void drop(std::int64_t layer, const Steps& steps, const T* from, T* to,
            const Worker& worker) const;

  void allocate(std::int64_t layer, bool keep, bool cells);
  void allocate_windows(std::int64_t layer);
  void clear_padding(T* y, std::int64_t row) const;
  void start_states(std::int64_t layer);
  void mask_states(std::int64_t layer);
  void prepare(std::int64_t layer, bool cells);
  void forward_by_layer(const StackOutput<T>& output);
  void forward_layer(std::int64_t layer);
  void run_forward(const Pass<T>& pass, const Steps& steps, const Worker& worker) const;
  void run_backward(const Pass<T>& pass, const Steps& steps, const Worker& worker) const;
  void forward_by_wavefront(const StackOutput<T>& output, std::int64_t chunk);
  void project_tokens(const Passes& of, const Worker& worker) const;
  void finish(std::int64_t layer, const StackOutput<T>& output) const;
  void final_states(std::int64_t state, const Pass<T>& pass, const StackOutput<T>& output) const;
  void copy_cells(const Pass<T>& pass, T* out) const;

  Chunks windows(std::int64_t layer) const;
  Window<T> window(std::int64_t layer, std::int64_t d, std::int64_t number, bool saved,
                   bool cells) const;
  void forward_by_windows(std::int64_t layer, const StackOutput<T>& output);
  void keep_states(std::int64_t layer, std::int64_t d, std::int64_t number, const Window<T>& of);
  void finish_windows(std::int64_t layer, const StackOutput<T>& output) const;
  double window_flops(std::int64_t layer, const Window<T>& of) const;

  using Work = LayerGradients<T>;
  /// One layer's weights in one direction, by their places in the cell's list.
  struct WeightPlaces {
    T* of[kMaxWeights];
  };
  Work gradients_of(std::int64_t layer, const StackUpstream<T>& upstream, const T* dy,
                    const StackGradients<T>& gradients, bool retain);
  void norm_gradients_of(std::int64_t layer, std::int64_t d, Work& work,
                         const StackGradients<T>& gradients, bool retain);
  void backward_by_layer(const StackUpstream<T>& upstream, const StackGradients<T>& gradients,
                         bool retain, bool& overwritten);
  void backward_layer(std::int64_t layer, Work& work, const StackGradients<T>& gradients, T* dx);
  void backward_by_windows(std::int64_t layer, Work& work, const StackGradients<T>& gradients,
                           T* dx);
  void clear_cut_states(const Pass<T>& pass) const;
  void backward_by_wavefront(const StackUpstream<T>& upstream, const StackGradients<T>& gradients,
                             bool retain, bool& overwritten, std::int64_t chunk);
  void gather_tokens(const Work& work, std::int64_t d, const Pass<T>& pass, bool add,
                     const Worker& worker) const;
  void table_gradient(const Work& work, const StackGradients<T>& gradients,
                      const Worker& worker) const;
  void weight_gradients(std::int64_t layer, const Work& work, const StackGradients<T>& gradients,
                        const Worker& worker) const;
  void row_gradients(std::int64_t layer, std::int64_t d, const Pass<T>& pass, const Work& work,
                     const StackGradients<T>& gradients, bool add, const Worker& worker) const;
  void token_gradients(std::int64_t layer, std::int64_t d, const Work& work,
                       const StackGradients<T>& gradients, const Worker& worker) const;
  T* own_bias(const Term& term, const WeightPlaces& out) const;
  WeightPlaces weight_places(const StackGradients<T>& gradients, std::int64_t layer,
                             std::int64_t d) const;
  void copy_equal_biases(const StackGradients<T>& gradients) const;
  void clear_input_padding(std::int64_t layer, T* dx, const Worker& worker) const;
  void input_gradients(std::int64_t layer, const Work& work, T* dx, const Steps& steps,
                       const Worker& worker) const;
  void input_gradient(std::int64_t layer, std::int64_t d, const Pass<T>& pass, T* dx,
                      const Steps& steps, const Worker& worker) const;
  void state_gradients(std::int64_t layer, const Work& work,
                       const StackGradients<T>& gradients) const;

  std::shared_ptr<PackedStack<T>> packed_;
  StackInput<T> input_;
  Keep keep_;
  ForcedSchedule forced_;             // of the pass at hand
  std::int64_t padded_, padded_out_;  // H and P in whole blocks
  RaggedBatch forward_batch_;
  std::optional<RaggedBatch> reverse_batch_;
  Numbered tokens_;
  Buffer<T> zeros_;
  std::vector<Layer> layers_;
};

}  // namespace pyrnn
