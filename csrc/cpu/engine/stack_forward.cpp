// A stack forward: layer by layer, both directions of a layer at once.
#include <algorithm>

#include "cpu/engine/directions.h"
#include "cpu/engine/stack.h"

namespace pyrnn {

using i64 = std::int64_t;

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
  forced_ = forced_schedule();
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
  const auto dropout = array_kernels<T>(packed_->table()).dropout;
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
    if (mask) dropout(*mask, here.y->get(), here.dropped.get(), places() * width(), all);
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

template class StackCall<float>;
template class StackCall<double>;

}  // namespace pyrnn
