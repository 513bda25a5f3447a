#include "cpu/stack.h"

#include <algorithm>

#include "cpu/team.h"

namespace pyrnn {
namespace {

using i64 = std::int64_t;

i64 round_up(i64 n, i64 unit) { return (n + unit - 1) / unit * unit; }

/// from [n, H] into to [n, padded], rows in the order of the batch; zeros without `from`.
template <class T>
void pad_rows(const Batch& batch, const T* from, i64 H, i64 padded, T* to) {
  for (i64 b = 0; b < batch.B; ++b, to += padded) {
    const i64 real = from ? H : 0;
    if (from) std::copy_n(from + batch.order[b] * H, H, to);
    std::fill(to + real, to + padded, T(0));
  }
}

template <class T>
void unpad_rows(const Batch& batch, const T* from, i64 H, i64 padded, T* to) {
  for (i64 b = 0; b < batch.B; ++b) std::copy_n(from + b * padded, H, to + batch.order[b] * H);
}

template <class T>
void clear_share(T* p, i64 n, const Worker& worker) {
  std::fill(p + n * worker.index / worker.count, p + n * (worker.index + 1) / worker.count, T(0));
}

/// f(d, worker) for each direction: both at once where there are two threads or more, each by a
/// team of its own; one after the other otherwise. All workers call this; they meet at its end.
template <class F>
void each_direction(i64 directions, const Extent& extent, const Worker& all, Barriers& barriers,
                    F&& f) {
  const int parts = directions == 2 && all.count > 1 ? 2 : 1;
  const int part = all.index % parts;
  const int members = (all.count - part + parts - 1) / parts;
  const Schedule schedule = plan(extent, members);
  const Worker worker{all.index / parts, std::min(schedule.threads, members), barriers[part]};
  if (worker.index == 0) barriers.expect(part, worker.count);
  wait(all.barrier);
  if (worker.index < worker.count) {
    for (i64 d = part; d < directions; d += parts) {
      f(d, schedule.plan, worker);
      if (d + parts < directions) wait(worker.barrier);
    }
  }
  wait(all.barrier);
}

}  // namespace

template <class T>
StackCall<T>::StackCall(std::shared_ptr<PackedStack<T>> packed, const StackInput<T>& input,
                        bool save)
    : packed_(std::move(packed)),
      input_(input),
      save_(save),
      padded_(round_up(shape().H, kUnitBlock<T>)),
      forward_batch_(input.time, input.batch, input.lengths, false),
      zeros_(Buffer<T>(padded_).zeroed()),
      layers_(static_cast<std::size_t>(shape().L)) {
  if (shape().D == 2) reverse_batch_.emplace(input.time, input.batch, input.lengths, true);
  if (input.ids) collect_tokens();
  if (save) packed_->prepare_backward();
}

template <class T>
const RaggedBatch& StackCall<T>::batch(i64 d) const {
  return d == 0 ? forward_batch_ : *reverse_batch_;
}

template <class T>
std::optional<DropoutMask> StackCall<T>::mask_behind(i64 layer) const {
  if (!input_.seed || shape().dropout <= 0 || layer + 1 >= shape().L) return std::nullopt;
  return DropoutMask(shape().dropout, *input_.seed, layer, places() * width());
}

template <class T>
Extent StackCall<T>::extent(i64 layer) const {
  const Batch& batch = forward_batch_.view();
  const i64 tile = 4 * packed_->table().vector_bytes / static_cast<i64>(sizeof(T));
  return {batch.steps,
          batch.steps > 0 ? batch.active[0] : 0,
          batch.rows,
          shape().layer_input(layer),
          shape().H,
          kernels().sums,
          (shape().H + tile - 1) / tile};
}

/// Operations of a forward pass.
template <class T>
double StackCall<T>::flops(i64 layer) const {
  const i64 inputs = has_tokens(layer) ? 0 : shape().layer_input(layer);
  return 2.0 * static_cast<double>(rows() * shape().D * kernels().gates * shape().H) *
         static_cast<double>(inputs + shape().H);
}

/// Numbers the ids that occur within the lengths, in order of appearance.
template <class T>
void StackCall<T>::collect_tokens() {
  Buffer<i64> number(input_.vocabulary);
  std::fill_n(number.get(), input_.vocabulary, i64{-1});
  tokens_.of = Buffer<i64>(places());
  tokens_.distinct = Buffer<i64>(std::min(rows(), input_.vocabulary));
  const Batch& batch = forward_batch_.view();
  for (i64 k = 0; k < batch.rows; ++k) {
    const i64 place = batch.position[k];
    i64& token = number[input_.ids[place]];
    if (token < 0) {
      token = tokens_.count++;
      tokens_.distinct[token] = input_.ids[place];
    }
    tokens_.of[place] = token;
  }
}

template <class T>
void StackCall<T>::allocate(i64 layer, bool saved) {
  Layer& here = layers_[static_cast<std::size_t>(layer)];
  const i64 B = input_.batch;
  const i64 row = kernels().sums * kUnitBlock<T>, blocks = padded_ / kUnitBlock<T>;
  const Plan plan_of_layer = plan(extent(layer), 1).plan;
  here.saved = saved;
  here.y = std::make_shared<Buffer<T>>(places() * width());
  here.directions.resize(static_cast<std::size_t>(shape().D));
  for (Direction& d : here.directions) {
    d.capacity = saved                                       ? rows()
                 : plan_of_layer.hoist && !has_tokens(layer) ? plan_of_layer.chunk * B
                 : kernels().has_gated                       ? B
                                                             : 0;
    d.gates = Buffer<T>(blocks * d.capacity * row);
    if (kernels().has_cell) {
      d.cells = Buffer<T>((saved ? rows() : B) * padded_);
      d.c_start = Buffer<T>(B * padded_);
    }
    if (kernels().has_gated) d.gated = Buffer<T>((saved ? rows() : B) * padded_);
    if (has_tokens(layer)) d.projected = Buffer<T>(blocks * tokens_.count * row);
  }
}

template <class T>
const T* StackCall<T>::layer_input(i64 layer) const {
  if (layer == 0) return input_.x;
  const Layer& below = layers_[static_cast<std::size_t>(layer - 1)];
  return below.dropped.size() > 0 ? below.dropped.get() : below.y->get();
}

template <class T>
Pass<T> StackCall<T>::pass(i64 layer, i64 d) const {
  const Layer& here = layers_[static_cast<std::size_t>(layer)];
  const Direction& mine = here.directions[static_cast<std::size_t>(d)];
  const i64 H = shape().H, state = (layer * shape().D + d) * input_.batch * H;
  Pass<T> pass{};
  pass.batch = &batch(d).view();
  pass.weights = packed_->weights(layer, d, save_);
  pass.I = shape().layer_input(layer);
  pass.H = H;
  pass.padded = padded_;
  pass.y = here.y->get() + d * H;
  pass.y_stride = width();
  pass.x = {layer_input(layer), pass.I, pass.batch->position, nullptr, 0, nullptr};
  pass.h = {pass.y, width(),     pass.batch->previous, input_.h0 ? input_.h0 + state : nullptr,
            H,      zeros_.get()};
  if (has_tokens(layer)) {
    pass.projected = mine.projected.get();
    pass.tokens = tokens_.count;
    pass.token = tokens_.of.get();
  }
  pass.gates = mine.gates.get();
  pass.capacity = mine.capacity;
  pass.saved = here.saved;
  pass.cells = mine.cells.get();
  pass.c_start = mine.c_start.get();
  pass.gated = mine.gated.get();
  return pass;
}

template <class T>
void StackCall<T>::clear_padding(T* y) const {
  if (!forward_batch_.has_padding()) return;
  for (i64 t = 0; t < input_.time; ++t) {
    for (i64 b = 0; b < input_.batch; ++b) {
      if (t >= input_.lengths[b]) std::fill_n(y + (t * input_.batch + b) * width(), width(), T(0));
    }
  }
}

template <class T>
void StackCall<T>::forward(const StackOutput<T>& output) {
  for (i64 layer = 0; layer < shape().L; ++layer) {
    const bool top = layer + 1 == shape().L;
    allocate(layer, save_ || (top && output.cells));
    forward_layer(layer);
    final_states(layer, output);
    if (top && output.cells) copy_cells(output.cells);
  }
}

template <class T>
void StackCall<T>::start_cells(i64 layer, i64 d) {
  if (!kernels().has_cell) return;
  const i64 state = (layer * shape().D + d) * input_.batch * shape().H;
  pad_rows(batch(d).view(), input_.c0 ? input_.c0 + state : nullptr, shape().H, padded_,
           layers_[static_cast<std::size_t>(layer)]
               .directions[static_cast<std::size_t>(d)]
               .c_start.get());
}

template <class T>
void StackCall<T>::forward_layer(i64 layer) {
  Layer& here = layers_[static_cast<std::size_t>(layer)];
  const std::optional<DropoutMask> mask = mask_behind(layer);
  if (mask) here.dropped = Buffer<T>(places() * width());
  clear_padding(here.y->get());
  std::vector<Pass<T>> passes;
  for (i64 d = 0; d < shape().D; ++d) {
    start_cells(layer, d);
    passes.push_back(pass(layer, d));
  }
  Barriers barriers(2);
  const Extent size = extent(layer);
  run_team(flops(layer), [&](const Worker& all) {
    if (has_tokens(layer)) {
      for (i64 d = 0; d < shape().D; ++d) {
        project_tokens(passes[static_cast<std::size_t>(d)],
                       here.directions[static_cast<std::size_t>(d)].projected.get(), all);
      }
    }
    each_direction(shape().D, size, all, barriers,
                   [&](i64 d, const Plan& plan, const Worker& worker) {
                     Pass<T> mine = passes[static_cast<std::size_t>(d)];
                     mine.plan = plan;
                     if (mine.projected) mine.plan.hoist = false;
                     kernels().forward(mine, worker);
                   });
    if (mask) mask->apply(here.y->get(), here.dropped.get(), places() * width(), all);
  });
}

template <class T>
void StackCall<T>::project_tokens(const Pass<T>& pass, T* out, const Worker& worker) const {
  const Rows<T> table{input_.table, shape().I, tokens_.distinct.get(), nullptr, 0, nullptr};
  kernels().project(pass, table, tokens_.count, out, worker);
}

/// h and c after each sequence's last step, in the caller's order.
template <class T>
void StackCall<T>::final_states(i64 layer, const StackOutput<T>& output) const {
  const i64 H = shape().H;
  for (i64 d = 0; d < shape().D; ++d) {
    const Batch& walk = batch(d).view();
    const Pass<T> here = pass(layer, d);
    const i64 state = (layer * shape().D + d) * input_.batch * H;
    for (i64 b = 0; b < walk.B; ++b) {
      const i64 to = state + walk.order[b] * H;
      const i64 last = walk.length[b] - 1;
      const i64 row = last >= 0 ? walk.offset[last] + b : -1;
      const T* h = row >= 0    ? here.y + walk.position[row] * here.y_stride
                   : input_.h0 ? input_.h0 + to
                               : zeros_.get();
      std::copy_n(h, H, output.h_n + to);
      if (!output.c_n) continue;
      const T* c = row < 0      ? here.c_start + b * padded_
                   : here.saved ? here.cells + row * padded_
                                : here.cells + b * padded_;
      std::copy_n(c, H, output.c_n + to);
    }
  }
}

template <class T>
void StackCall<T>::copy_cells(T* out) const {
  const i64 H = shape().H;
  clear_padding(out);
  for (i64 d = 0; d < shape().D; ++d) {
    const Batch& walk = batch(d).view();
    const Pass<T> here = pass(shape().L - 1, d);
    for (i64 k = 0; k < walk.rows; ++k) {
      std::copy_n(here.cells + k * padded_, H, out + walk.position[k] * width() + d * H);
    }
  }
}

template <class T>
void StackCall<T>::backward(const StackUpstream<T>& upstream, const StackGradients<T>& gradients,
                            bool retain) {
  Buffer<T> above;  // dL/dy of the layer at hand, [T B, D H]
  for (i64 layer = shape().L - 1; layer >= 0; --layer) {
    const T* dy = layer + 1 == shape().L ? upstream.dy : above.get();
    Buffer<T> below;
    if (layer > 0) below = Buffer<T>(places() * width());
    LayerGradients work = gradients_of(layer, upstream, dy, gradients.h0 != nullptr, retain);
    backward_layer(layer, work, layer > 0 ? below.get() : gradients.x, gradients);
    state_gradients(layer, work, gradients);
    above = std::move(below);
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
      if (mask) mask->apply(dx, dx, places() * width(), all);
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

/// dx of both directions, one added to the other; of a table, the rows of the batch's tokens.
template <class T>
void StackCall<T>::input_gradient(i64 layer, const LayerGradients& work, T* dx,
                                  const Worker& worker) const {
  const bool tokens = has_tokens(layer);
  const i64 all_rows = tokens ? input_.vocabulary : places();
  if (tokens || forward_batch_.has_padding()) {
    clear_share(dx, all_rows * shape().layer_input(layer), worker);
    wait(worker.barrier);
  }
  for (std::size_t d = 0; d < work.passes.size(); ++d) {
    const Pass<T>& pass = work.passes[d];
    InputGradient<T> task{pass.gates, pass.capacity, rows(), dx, pass.batch->position, d > 0};
    if (tokens) {
      task.gates = work.tokens[d].get();
      task.capacity = task.rows = tokens_.count;
      task.index = tokens_.distinct.get();
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
