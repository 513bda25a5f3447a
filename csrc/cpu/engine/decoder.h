// A recurrent layer that attends to a memory at each step: one call forward, one backward.
//
//   q_t = W_q h_{t-1}     c_t = attention(q_t)     h_t = cell([x_t, c_t], h_{t-1})
//
// The layer is a StackCall, whose columns of x are looked up and so projected beforehand, whose
// columns of c are dense; what this call does besides stands between its steps. Each worker has its
// sequences and takes them through all steps, without a barrier.
#pragma once

#include <memory>

#include "cpu/engine/stack.h"
#include "problem/attention.h"

namespace pyrnn {

template <class T>
struct DecoderInput {
  /// With x [T, B, I], or ids and a table; I is the width of x alone.
  StackInput<T> layer;
  Memory<T> memory;
  const T* projection;  // W_q [A, H], or null: q is h itself
};

/// The gradients that arrive, each may be null.
template <class T>
struct DecoderUpstream {
  StackUpstream<T> layer;
  const T* dcontext;  // [T, B, E]
};

/// Where the gradients go, each may be null.
template <class T>
struct DecoderGradients {
  StackGradients<T> layer;  // x [T, B, I], or of a table
  T* keys;                  // [S, B, A]
  T* values;                // [S, B, E]
  T* projection;            // [A, H]
  T* weight;                // [A]
};

/// The input's arrays must outlive it if it is saved.
template <class T>
class DecoderCall final : private StepRunner<T> {
 public:
  /// Errors as those of StackCall.
  DecoderCall(std::shared_ptr<PackedStack<T>> packed, const DecoderInput<T>& input, bool save);

  void forward(const StackOutput<T>& output);
  /// Releases what forward left, unless `retain`; out of memory as in StackCall.
  void backward(const DecoderUpstream<T>& upstream, const DecoderGradients<T>& gradients,
                bool retain);

  const DecoderInput<T>& input() const { return input_; }
  const StackCall<T>& layer() const { return *call_; }
  std::shared_ptr<Buffer<T>> y() const { return call_->y(); }             // [T, B, H]
  const std::shared_ptr<Buffer<T>>& context() const { return context_; }  // [T, B, E]
  const std::shared_ptr<Buffer<T>>& weights() const { return weights_; }  // [T, B, S]
  bool released() const { return call_->released(); }

 private:
  /// A worker's sequences, as a batch of their own over the same rows.
  struct Part {
    Batch batch;
    Pass<T> pass;
    std::int64_t first;  // of the whole batch's sequences
    T* scratch;          // for products
    T* rows;             // [its sequences, H]
  };
  /// What workers need of their own: for `parts` of them.
  struct Parts {
    int count = 0;
    std::int64_t scratch_each = 0;
    Buffer<std::int64_t> walks;  // [parts, 2, steps + 1]
    Buffer<T> scratch;           // [parts, scratch_each]
    Buffer<T> rows;              // [B, H]
  };

  void forward(const Pass<T>& pass, const Steps& steps, const Worker& worker) override;
  void backward(const Pass<T>& pass, const Steps& steps, const Worker& worker) override;

  std::int64_t places() const { return input_.layer.time * input_.layer.batch; }
  std::int64_t hidden() const { return call_->shape().H; }
  const ArrayKernels<T>& arrays() const { return array_kernels<T>(packed_->table()); }
  Parts parts(std::int64_t steps) const;
  bool take_part(const Pass<T>& pass, const Worker& worker, Part& part) const;
  Attention<T> attention(const Batch* batch) const;
  Product<T> query_product(std::int64_t rows) const;
  void form_queries(const Part& part, std::int64_t step, const Worker& worker) const;
  void pass_back(const Part& part, std::int64_t step, const Worker& worker) const;
  void memory_gradients(const DecoderGradients<T>& gradients);
  void clear_padding(T* to, std::int64_t width) const;

  std::shared_ptr<PackedStack<T>> packed_;
  DecoderInput<T> input_;
  std::shared_ptr<Buffer<T>> context_, weights_;
  Buffer<std::int64_t> numbers_;  // [T, B] of the rows of x, where it is dense
  std::unique_ptr<StackCall<T>> call_;
  Buffer<T> transposed_;         // W_q [H, A], where there is more than one step
  Buffer<T> before_;             // [N, H] the states that queries are made of
  Buffer<T> query_;              // [N, A], or nothing where q is h
  Parts parts_;                  // of the pass at hand
  AttentionGradient<T> back_{};  // the same
  T* dy_ = nullptr;              // [T, B, H] what flows into the outputs, the same
};

}  // namespace pyrnn
