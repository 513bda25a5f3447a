// A stack forward: layer by layer, both directions of a layer at once; or, where one layer is too
// little for all threads, layers one behind the other.
#include <algorithm>

#include "cpu/engine/directions.h"
#include "cpu/engine/stack.h"
#include "cpu/engine/wavefront.h"

namespace pyrnn {

using i64 = std::int64_t;

template <class T>
void StackCall<T>::clear_padding(T* y, i64 row) const {
  if (!forward_batch_.has_padding()) return;
  for (i64 t = 0; t < input_.time; ++t) {
    for (i64 b = 0; b < input_.batch; ++b) {
      if (t >= input_.lengths[b]) std::fill_n(y + (t * input_.batch + b) * row, row, T(0));
    }
  }
}

/// c0 in whole blocks, in the order of the batch; of a layer that runs by windows h0 as well.
template <class T>
void StackCall<T>::start_states(i64 layer) {
  for (i64 d = 0; d < shape().D; ++d) {
    const i64 state = (layer * shape().D + d) * input_.batch;
    const Batch& walk = batch(d).view();
    DirectionMemory<T>& mine = at(layer).directions[static_cast<std::size_t>(d)];
    if (kernels().has_cell) {
      pad_rows(walk, input_.c0 ? input_.c0 + state * shape().H : nullptr, shape().H, padded_,
               in_windows(layer) ? mine.c_kept.get() : mine.c_start.get());
    }
    if (in_windows(layer)) {
      pad_rows(walk, input_.h0 ? input_.h0 + state * shape().P : nullptr, shape().P, shape().P,
               mine.h_kept.get());
    }
  }
}

/// The masks on what R multiplies, and h0 behind them.
template <class T>
void StackCall<T>::mask_states(i64 layer) {
  if (!masks_states()) return;
  Alone alone;
  for (i64 d = 0; d < shape().D; ++d) {
    DirectionMemory<T>& mine = at(layer).directions[static_cast<std::size_t>(d)];
    const Batch& walk = batch(d).view();
    array_kernels<T>(packed_->table())
        .state_masks(
            {dropout_mask(shape().recurrent_dropout, 0), stream(MaskKind::kState, layer, d), &walk,
             input_.sequences, shape().P, padded_out_, mine.state_mask.get()},
            alone.worker());
    if (mine.h_start.size() == 0) continue;
    const i64 state = (layer * shape().D + d) * input_.batch * shape().P;
    for (i64 b = 0; b < walk.B; ++b) {
      const i64 row = walk.order[b] * shape().P;
      for (i64 u = 0; u < shape().P; ++u) {
        mine.h_start[row + u] = mine.state_mask[b * padded_out_ + u] * input_.h0[state + row + u];
      }
    }
  }
}

template <class T>
void StackCall<T>::forward(const StackOutput<T>& output) {
  forced_ = forced_schedule();
  const LayerPlan first = plan(extent(0));
  const bool windows = in_windows(shape().L - 1);
  const i64 chunk = windows ? 0 : wavefront_chunk(first, shape().L, shape().D, team_size());
  if (chunk > 0) {
    forward_by_wavefront(output, chunk);
  } else {
    forward_by_layer(output);
  }
}

template <class T>
void StackCall<T>::prepare(i64 layer, bool cells) {
  const bool top = layer + 1 == shape().L;
  allocate(layer, keep_ != Keep::kNothing, top && cells);
  if (at(layer).y) clear_padding(at(layer).y->get(), width());
  start_states(layer);
  mask_states(layer);
}

template <class T>
void StackCall<T>::forward_by_layer(const StackOutput<T>& output) {
  for (i64 layer = 0; layer < shape().L; ++layer) {
    prepare(layer, output.cells != nullptr);
    if (in_windows(layer)) {
      forward_by_windows(layer, output);
    } else {
      forward_layer(layer);
      finish(layer, output);
    }
    if (layer > 0 && keep_ == Keep::kNothing) at(layer - 1) = Layer{};
  }
}

template <class T>
void StackCall<T>::forward_layer(i64 layer) {
  Layer& here = at(layer);
  const Passes all_passes = passes(layer);
  const Steps steps{0, here.plan.extent.steps};
  Barriers barriers(2);
  run_team(flops(layer), [&](const Worker& all) {
    if (has_tokens(layer)) project_tokens(all_passes, all);
    each_direction(
        all_passes, here.plan, all, barriers,
        [&](const Pass<T>& pass, const Worker& worker) { run_forward(pass, steps, worker); });
    drop(layer, steps, here.y->get(), here.dropped.get(), all);
  });
}

template <class T>
void StackCall<T>::run_forward(const Pass<T>& pass, const Steps& steps,
                               const Worker& worker) const {
  if (input_.runner) return input_.runner->forward(pass, steps, worker);
  kernels().forward(pass, steps, worker);
}

template <class T>
void StackCall<T>::forward_by_wavefront(const StackOutput<T>& output, i64 chunk) {
  double work = 0;
  std::vector<Passes> passes_of;
  for (i64 layer = 0; layer < shape().L; ++layer) {
    prepare(layer, output.cells != nullptr);
    passes_of.push_back(passes(layer));
    work += flops(layer);
  }
  const Chunks chunks{at(0).plan.extent.steps, chunk};
  Wavefront wavefront(shape().L, chunks.count());
  run_team(work, [&](const Worker& all) {
    if (has_tokens(0)) {
      project_tokens(passes_of.front(), all);
      wait(all.barrier);
    }
    Alone alone;
    const auto run = [&](i64 layer, const Steps& steps) {
      const Pass<T>& pass = passes_of[static_cast<std::size_t>(layer)].front();
      kernels().forward(pass, steps, alone.worker());
      drop(layer, steps, at(layer).y->get(), at(layer).dropped.get(), alone.worker());
    };
    if (all.count == 1) {
      for (i64 layer = 0; layer < shape().L; ++layer) run(layer, {0, chunks.steps});
    } else {
      wavefront.work([&](i64 layer, i64 c) { run(layer, chunks[c]); });
    }
  });
  for (i64 layer = 0; layer < shape().L; ++layer) finish(layer, output);
}

/// x W of the distinct tokens, by all workers.
template <class T>
void StackCall<T>::project_tokens(const Passes& of, const Worker& worker) const {
  const Rows<T> table{input_.table, input_.looked_up, tokens_.ids.get(), nullptr, 0, nullptr};
  for (const Pass<T>& pass : of) {
    kernels().project(pass, table, tokens_.count, const_cast<T*>(pass.projected), worker);
  }
}

/// h and c after each sequence's last step, in the caller's order; and all of c on request.
template <class T>
void StackCall<T>::finish(i64 layer, const StackOutput<T>& output) const {
  const bool top = layer + 1 == shape().L;
  const Passes all_passes = passes(layer);
  for (i64 d = 0; d < shape().D; ++d) {
    const Pass<T>& pass = all_passes[static_cast<std::size_t>(d)];
    final_states(layer * shape().D + d, pass, output);
    if (top && output.cells) copy_cells(pass, output.cells + d * shape().H);
  }
  if (top && output.cells) clear_padding(output.cells, shape().D * shape().H);
}

template <class T>
void StackCall<T>::final_states(i64 state, const Pass<T>& pass,
                                const StackOutput<T>& output) const {
  const Batch& walk = *pass.batch;
  for (i64 b = 0; b < walk.B; ++b) {
    const i64 to = state * walk.B + walk.order[b];
    const i64 last = walk.length[b] - 1;
    const i64 row = last >= 0 ? walk.offset[last] + b : -1;
    const T* h = row >= 0    ? pass.y + walk.place[row] * pass.y_stride
                 : input_.h0 ? input_.h0 + to * pass.P
                             : zeros_.get();
    std::copy_n(h, pass.P, output.h_n + to * pass.P);
    if (!output.c_n) continue;
    const T* c = row < 0            ? pass.c_start + b * padded_
                 : pass.keeps_cells ? pass.cells + row * padded_
                                    : pass.cells + b * padded_;
    std::copy_n(c, pass.H, output.c_n + to * pass.H);
  }
}

template <class T>
void StackCall<T>::copy_cells(const Pass<T>& pass, T* out) const {
  for (i64 k = 0; k < pass.batch->rows; ++k) {
    std::copy_n(pass.cells + k * padded_, pass.H,
                out + pass.batch->position[k] * pass.cells_stride);
  }
}

template class StackCall<float>;
template class StackCall<double>;

}  // namespace pyrnn
