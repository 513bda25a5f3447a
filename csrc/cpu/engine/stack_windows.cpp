// A layer by windows of steps, where a call keeps less than everything: only the states before each
// window, from which backward runs it again; or, without backward, those of the present one alone.
#include <algorithm>

#include "cpu/engine/directions.h"
#include "cpu/engine/stack.h"

namespace pyrnn {

using i64 = std::int64_t;

template <class T>
Chunks StackCall<T>::windows(i64 layer) const {
  const i64 steps = at(layer).plan.extent.steps;
  const i64 size = keep_ == Keep::kNothing ? kWindowSteps : input_.recompute;
  return {steps, std::clamp<i64>(size, 1, std::max<i64>(steps, 1))};
}

template <class T>
void StackCall<T>::allocate_windows(i64 layer) {
  const i64 kept = keep_ == Keep::kNothing ? 1 : windows(layer).count() + 1;
  for (DirectionMemory<T>& d : at(layer).directions) {
    d.h_kept = Buffer<T>(elements({kept, input_.batch, shape().P}));
    if (kernels().has_cell) d.c_kept = Buffer<T>(elements({kept, input_.batch, padded_}));
  }
}

/// A window of a direction, ready to run. Its y begins with the outputs before it.
template <class T>
Window<T> StackCall<T>::window(i64 layer, i64 d, i64 number, bool saved, bool cells) const {
  const Layer& here = at(layer);
  const DirectionMemory<T>& mine = here.directions[static_cast<std::size_t>(d)];
  const i64 B = input_.batch, P = shape().P, slot = keep_ == Keep::kNothing ? 0 : number;
  Window<T> of{BatchWindow(batch(d).view(), windows(layer)[number])};
  const Batch& walk = of.batch.view();
  const i64 states = saved || cells ? walk.rows : B, left = saved ? walk.rows : B;
  const i64 capacity_here = capacity(here.plan, saved, walk.rows);
  of.y = Buffer<T>(of.batch.places() * P);
  std::copy_n(mine.h_kept.get() + slot * B * P, B * P, of.y.get());
  if (masks_states()) {
    of.masked = Buffer<T>(of.batch.places() * P);
    for (i64 i = 0; i < B * P; ++i) {
      of.masked[i] = mine.state_mask[i / P * padded_out_ + i % P] * of.y[i];
    }
  }
  of.gates = Buffer<T>(padded_ * capacity_here * kernels().sums);
  if (kernels().has_cell) {
    of.cells = Buffer<T>(states * padded_);
    if (shape().zoneout_c > 0) of.candidates = Buffer<T>(left * padded_);
  }
  if (hands_on()) of.scratch = Buffer<T>(left * padded_);
  if (kernels().normalises) of.norms = norm_memory(saved, walk.rows);

  Pass<T>& pass = of.pass;
  pass = passes(layer)[static_cast<std::size_t>(d)];
  pass.batch = &walk;
  pass.x.index = walk.position;
  pass.y = of.y.get();
  pass.y_stride = P;
  pass.h = {pass.y, P, walk.previous, nullptr, 0, zeros_.get()};
  pass.operand = pass.h;
  pass.masked = masks_states() ? of.masked.get() : nullptr;
  if (masks_states()) pass.operand.base = pass.masked;
  pass.gates = {of.gates.get(), capacity_here};
  pass.saved = saved;
  pass.cells = of.cells.get();
  pass.keeps_cells = saved || cells;
  pass.candidates = of.candidates.get();
  pass.c_start = mine.c_kept.get() + slot * B * padded_;
  pass.scratch = of.scratch.get();
  pass.norms = norms(of.norms, walk.rows);
  return of;
}

template <class T>
void StackCall<T>::forward_by_windows(i64 layer, const StackOutput<T>& output) {
  Layer& here = at(layer);
  const bool cells = output.cells && layer + 1 == shape().L;
  const Chunks all_windows = windows(layer);
  Barriers barriers(2);
  if (has_tokens(layer)) {
    const Passes of = passes(layer);
    run_team(flops(layer), [&](const Worker& all) { project_tokens(of, all); });
  }
  for (i64 number = 0; number < all_windows.count(); ++number) {
    std::vector<Window<T>> run;
    Passes of;
    for (i64 d = 0; d < shape().D; ++d) {
      run.push_back(window(layer, d, number, false, cells));
    }
    for (Window<T>& each : run) {
      each.pass.batch = &each.batch.view();
      of.push_back(each.pass);
    }
    const Steps steps{0, run.front().batch.view().steps};
    run_team(window_flops(layer, run.front()), [&](const Worker& all) {
      each_direction(of, here.plan, all, barriers, [&](const Pass<T>& pass, const Worker& worker) {
        kernels().forward(pass, steps, worker);
      });
    });
    for (i64 d = 0; d < shape().D; ++d) {
      const Window<T>& each = run[static_cast<std::size_t>(d)];
      keep_states(layer, d, number, each);
      if (cells) copy_cells(each.pass, output.cells + d * shape().H);
    }
  }
  if (mask_behind(layer)) {
    const Steps steps{0, here.plan.extent.steps};
    run_team(flops(layer), [&](const Worker& all) {
      drop(layer, steps, here.y->get(), here.dropped.get(), all);
    });
  }
  if (cells) clear_padding(output.cells, shape().D * shape().H);
  finish_windows(layer, output);
}

/// The states behind a window, and its outputs where these are kept. Sequences that have no step in
/// it keep what they had.
template <class T>
void StackCall<T>::keep_states(i64 layer, i64 d, i64 number, const Window<T>& of) {
  DirectionMemory<T>& mine = at(layer).directions[static_cast<std::size_t>(d)];
  const i64 B = input_.batch, P = shape().P;
  const Batch& walk = of.batch.view();
  const i64 slot = keep_ == Keep::kNothing ? 0 : number + 1;
  T* const h = mine.h_kept.get() + slot * B * P;
  T* const c = kernels().has_cell ? mine.c_kept.get() + slot * B * padded_ : nullptr;
  if (slot > 0) {
    std::copy_n(h - B * P, B * P, h);
    if (c) std::copy_n(c - B * padded_, B * padded_, c);
  }
  for (i64 b = 0; b < B && walk.length[b] > 0; ++b) {
    const i64 row = walk.offset[walk.length[b] - 1] + b;
    std::copy_n(of.y.get() + walk.place[row] * P, P, h + b * P);
    if (c) {
      std::copy_n(of.cells.get() + (of.pass.keeps_cells ? row : b) * padded_, padded_,
                  c + b * padded_);
    }
  }
  if (!at(layer).y) return;
  T* const y = at(layer).y->get() + d * P;
  for (i64 k = 0; k < walk.rows; ++k) {
    std::copy_n(of.y.get() + walk.place[k] * P, P, y + walk.position[k] * width());
  }
}

/// h and c after each sequence's last step, in the caller's order.
template <class T>
void StackCall<T>::finish_windows(i64 layer, const StackOutput<T>& output) const {
  const i64 B = input_.batch;
  const i64 slot = keep_ == Keep::kNothing ? 0 : windows(layer).count();
  for (i64 d = 0; d < shape().D; ++d) {
    const DirectionMemory<T>& mine = at(layer).directions[static_cast<std::size_t>(d)];
    const i64 state = (layer * shape().D + d) * B;
    const Batch& walk = batch(d).view();
    unpad_rows(walk, mine.h_kept.get() + slot * B * shape().P, shape().P, shape().P,
               output.h_n + state * shape().P);
    if (output.c_n) {
      unpad_rows(walk, mine.c_kept.get() + slot * B * padded_, shape().H, padded_,
                 output.c_n + state * shape().H);
    }
  }
}

template <class T>
double StackCall<T>::window_flops(i64 layer, const Window<T>& of) const {
  const auto share = static_cast<double>(of.batch.view().rows) / static_cast<double>(rows());
  return share * flops(layer);
}

/// One direction after the other, as dx of the second is added to all of the first's; each from its
/// last window to its first.
template <class T>
void StackCall<T>::backward_by_windows(i64 layer, Work& work, const StackGradients<T>& gradients,
                                       T* dx) {
  const Chunks all_windows = windows(layer);
  const bool tokens = has_tokens(layer);
  Barriers barriers(2);
  run_team(flops(layer), [&](const Worker& all) {
    if (dx) clear_input_padding(layer, dx, all);
    if (tokens) project_tokens(work.passes, all);
  });
  for (i64 d = 0; d < shape().D; ++d) {
    const Pass<T>& whole = work.passes[static_cast<std::size_t>(d)];
    for (i64 number = all_windows.count() - 1; number >= 0; --number) {
      Window<T> run = window(layer, d, number, true, false);
      Pass<T>& pass = run.pass;
      pass.batch = &run.batch.view();
      pass.dy = whole.dy;
      pass.dcells = whole.dcells;
      pass.dh = whole.dh;
      pass.dc = whole.dc;
      pass.needs_state = number > 0 || whole.needs_state;
      Buffer<T> outputs;
      if (kernels().projects) {
        outputs = Buffer<T>(run.batch.view().rows * padded_out_);
        pass.outputs = {outputs.get(), run.batch.view().rows};
      }
      const Steps steps{0, run.batch.view().steps};
      const bool add = number + 1 < all_windows.count();
      Buffer<T> doutput;
      if (kernels().normalises) {
        if (kernels().has_cell) doutput = Buffer<T>(run.batch.view().rows * padded_);
        std::copy_n(whole.norms.dweights, kMaxWeights, pass.norms.dweights);
        pass.norms.doutput = doutput.get();
        pass.norms.add = add;
      }
      run_team(3 * window_flops(layer, run), [&](const Worker& all) {
        each_direction(Passes{pass}, at(layer).plan, all, barriers,
                       [&](const Pass<T>& mine, const Worker& worker) {
                         kernels().forward(mine, steps, worker);
                         wait(worker.barrier);
                         kernels().backward(mine, steps, worker);
                       });
        if (tokens) gather_tokens(work, d, pass, add, all);
        row_gradients(layer, d, pass, work, gradients, add, all);
        if (dx) input_gradient(layer, d, pass, dx, steps, all);
      });
      clear_cut_states(pass);
    }
  }
  run_team(flops(layer), [&](const Worker& all) {
    if (tokens) table_gradient(work, gradients, all);
    for (i64 d = 0; tokens && d < shape().D; ++d) {
      token_gradients(layer, d, work, gradients, all);
    }
    if (layer > 0) drop(layer - 1, {0, at(layer).plan.extent.steps}, dx, dx, all);
  });
}

template class StackCall<float>;
template class StackCall<double>;

}  // namespace pyrnn
