// A stack backward: the last layer first; for each layer the time loop, then the large products.
#include <algorithm>

#include "cpu/engine/directions.h"
#include "cpu/engine/stack.h"

namespace pyrnn {
namespace {

using i64 = std::int64_t;

template <class T>
void clear_share(T* p, i64 n, const Worker& worker) {
  std::fill(p + n * worker.index / worker.count, p + n * (worker.index + 1) / worker.count, T(0));
}

}  // namespace

template <class T>
void StackCall<T>::backward(const StackUpstream<T>& upstream, const StackGradients<T>& gradients,
                            bool retain) {
  forced_ = forced_schedule();
  bool overwritten = false;
  try {
    Buffer<T> above;  // dL/dy of the layer at hand, [T B, D H]
    for (i64 layer = shape().L - 1; layer >= 0; --layer) {
      const T* dy = layer + 1 == shape().L ? upstream.dy : above.get();
      Buffer<T> below;
      if (layer > 0) below = Buffer<T>(places() * width());
      LayerGradients work = gradients_of(layer, upstream, dy, gradients.h0 != nullptr, retain);
      overwritten = !retain;
      backward_layer(layer, work, layer > 0 ? below.get() : gradients.x, gradients);
      state_gradients(layer, work, gradients);
      above = std::move(below);
    }
  } catch (...) {  // no memory: what is half overwritten must not be used again
    if (overwritten) release();
    throw;
  }
  if (!retain) release();
}

template <class T>
typename StackCall<T>::LayerGradients StackCall<T>::gradients_of(i64 layer,
                                                                 const StackUpstream<T>& upstream,
                                                                 const T* dy, bool needs_state,
                                                                 bool retain) {
  LayerGradients work;
  const i64 H = shape().H;
  work.scratch = Buffer<T>(
      array_kernels<T>(packed_->table()).outer_scratch(std::max(shape().layer_input(layer), H)));
  const bool top = layer + 1 == shape().L;
  for (i64 d = 0; d < shape().D; ++d) {
    Direction& mine =
        layers_[static_cast<std::size_t>(layer)].directions[static_cast<std::size_t>(d)];
    const Batch& walk = batch(d).view();
    const i64 state = (layer * shape().D + d) * walk.B * H;
    Pass<T> pass = this->pass(layer, d);
    // The gradients overwrite the gates: work on a copy if they are to be used again.
    if (retain) {
      work.gates.push_back(mine.gates.copy());
      pass.gates = work.gates.back().get();
    }
    work.dh.emplace_back(walk.B * padded_);
    work.dc.emplace_back(kernels().has_cell ? walk.B * padded_ : 0);
    pad_rows(walk, upstream.dh_n ? upstream.dh_n + state : nullptr, H, padded_,
             work.dh.back().get());
    if (kernels().has_cell) {
      pad_rows(walk, upstream.dc_n ? upstream.dc_n + state : nullptr, H, padded_,
               work.dc.back().get());
    }
    work.tokens.emplace_back(mine.projected.size());
    pass.dy = dy ? dy + d * H : nullptr;
    pass.dcells = top && upstream.dcells ? upstream.dcells + d * H : nullptr;
    pass.dh = work.dh.back().get();
    pass.dc = work.dc.back().get();
    pass.needs_state = needs_state;
    work.passes.push_back(pass);
  }
  return work;
}

template <class T>
void StackCall<T>::backward_layer(i64 layer, LayerGradients& work, T* dx,
                                  const StackGradients<T>& gradients) const {
  Barriers barriers(2);
  const Extent size = extent(layer);
  const std::optional<DropoutMask> mask =
      layer > 0 ? mask_behind(layer - 1) : std::optional<DropoutMask>();
  const auto dropout = array_kernels<T>(packed_->table()).dropout;
  const std::size_t each = shape().bias ? 4 : 2;
  run_team(2 * flops(layer), [&](const Worker& all) {
    each_direction(shape().D, size, all, barriers,
                   [&](i64 d, const Plan& plan, const Worker& worker) {
                     Pass<T> mine = work.passes[static_cast<std::size_t>(d)];
                     mine.plan = plan;
                     kernels().backward(mine, worker);
                   });
    if (has_tokens(layer)) {
      for (std::size_t d = 0; d < work.passes.size(); ++d) {
        kernels().gather_tokens(work.passes[d], work.tokens[d].get(), all);
      }
      wait(all.barrier);
    }
    if (!gradients.weights.empty()) {
      for (i64 d = 0; d < shape().D; ++d) {
        const std::size_t first = static_cast<std::size_t>(layer * shape().D + d) * each;
        weight_gradients(layer, d, work, gradients.weights.data() + first, all);
      }
    }
    if (dx) {
      input_gradient(layer, work, dx, all);
      if (mask) dropout(*mask, dx, dx, places() * width(), all);
    }
  });
  if (gradients.weights.empty() || !shape().bias || !kernels().equal_biases) return;
  for (i64 d = 0; d < shape().D; ++d) {
    T* const* out = gradients.weights.data() + static_cast<std::size_t>(layer * shape().D + d) * 4;
    std::copy_n(out[3], kernels().gates * shape().H, out[2]);
  }
}

template <class T>
void StackCall<T>::weight_gradients(i64 layer, i64 d, const LayerGradients& work, T* const* out,
                                    const Worker& worker) const {
  const Pass<T>& pass = work.passes[static_cast<std::size_t>(d)];
  const T* tokens = work.tokens[static_cast<std::size_t>(d)].get();
  // Equal ones are summed once, and copied when all is done.
  T* const bias_ih = shape().bias && !kernels().equal_biases ? out[2] : nullptr;
  T* const bias_hh = shape().bias ? out[3] : nullptr;
  T* const scratch = work.scratch.get();
  WeightGradient<T> task{pass.gates, pass.capacity, rows(),  pass.x,
                         pass.I,     out[0],        bias_ih, scratch};
  if (has_tokens(layer)) {
    task.gates = tokens;
    task.capacity = task.rows = tokens_.count;
    task.operand = {input_.table, shape().I, tokens_.distinct.get(), nullptr, 0, nullptr};
  }
  kernels().weight_gradient(pass, Source::kInput, task, worker);
  task = {pass.gates, pass.capacity, rows(), pass.h, pass.H, out[1], bias_hh, scratch};
  kernels().weight_gradient(pass, Source::kState, task, worker);
  if (kernels().has_gated) {
    task.operand = {pass.gated, padded_, nullptr, nullptr, 0, nullptr};
    kernels().weight_gradient(pass, Source::kGated, task, worker);
  }
}

/// dx of both directions, one added to the other; of a table, the rows of the batch's tokens alone.
template <class T>
void StackCall<T>::input_gradient(i64 layer, const LayerGradients& work, T* dx,
                                  const Worker& worker) const {
  const bool tokens = has_tokens(layer);
  if (!tokens && forward_batch_.has_padding()) {
    clear_share(dx, places() * shape().layer_input(layer), worker);
    wait(worker.barrier);
  }
  for (std::size_t d = 0; d < work.passes.size(); ++d) {
    const Pass<T>& pass = work.passes[d];
    InputGradient<T> task{pass.gates, pass.capacity, rows(), dx, pass.batch->position, d > 0};
    if (tokens) {
      task.gates = work.tokens[d].get();
      task.capacity = task.rows = tokens_.count;
      task.index = nullptr;
    }
    kernels().input_gradient(pass, task, worker);
    wait(worker.barrier);
  }
}

template <class T>
void StackCall<T>::state_gradients(i64 layer, const LayerGradients& work,
                                   const StackGradients<T>& gradients) const {
  for (i64 d = 0; d < shape().D; ++d) {
    const i64 state = (layer * shape().D + d) * input_.batch * shape().H;
    const Pass<T>& pass = work.passes[static_cast<std::size_t>(d)];
    if (gradients.h0) unpad_rows(*pass.batch, pass.dh, shape().H, padded_, gradients.h0 + state);
    if (gradients.c0) unpad_rows(*pass.batch, pass.dc, shape().H, padded_, gradients.c0 + state);
  }
}

template class StackCall<float>;
template class StackCall<double>;

}  // namespace pyrnn
