// A stack backward: the last layer first; for each layer the time loop, then the large products.
// Or, where one layer is too little for all threads, the time loops one behind the other.
#include <algorithm>

#include "cpu/engine/directions.h"
#include "cpu/engine/stack.h"
#include "cpu/engine/wavefront.h"

namespace pyrnn {
namespace {

using i64 = std::int64_t;

template <class T>
void clear_share(T* p, i64 n, const Worker& worker) {
  std::fill(p + n * worker.index / worker.count, p + n * (worker.index + 1) / worker.count, T(0));
}

/// Two biases that feed the same sums have equal gradients: these are summed once.
bool equal_feeds(const TermList& terms) {
  const Feed& a = terms.of[0].feed;
  const Feed& b = terms.of[1].feed;
  for (int j = 0; j < a.count; ++j) {
    if (a.gate[j] != b.gate[j] || a.sum[j] != b.sum[j]) return false;
  }
  return a.count == b.count && terms.of[0].bias >= 0;
}

/// The gradients of a term's product.
template <class T>
const Workspace<T>& product_gradients(const CellKernels<T>& kernels, const Pass<T>& pass,
                                      const Term& term) {
  if (kernels.normalises) {
    return term.operand == Operand::kInput ? pass.norms.input : pass.norms.state;
  }
  return term.stage > 0 && kernels.projects ? pass.outputs : pass.gates;
}

}  // namespace

template <class T>
void StackCall<T>::backward(const StackUpstream<T>& upstream, const StackGradients<T>& gradients,
                            bool retain) {
  forced_ = forced_schedule();
  for (i64 layer = 0; layer < shape().L; ++layer) at(layer).plan.extent.forced = forced_;
  const bool windows = in_windows(shape().L - 1);
  const i64 chunk = windows ? 0 : wavefront_chunk(at(0).plan, shape().L, shape().D, team_size());
  bool overwritten = false;
  try {
    if (chunk > 0) {
      backward_by_wavefront(upstream, gradients, retain, overwritten, chunk);
    } else {
      backward_by_layer(upstream, gradients, retain, overwritten);
    }
  } catch (...) {  // no memory: what is half overwritten must not be used again
    if (overwritten) release();
    throw;
  }
  copy_equal_biases(gradients);
  if (!retain) release();
}

template <class T>
void StackCall<T>::backward_by_layer(const StackUpstream<T>& upstream,
                                     const StackGradients<T>& gradients, bool retain,
                                     bool& overwritten) {
  Buffer<T> above;  // dL/dy of the layer at hand, [T B, D P]
  for (i64 layer = shape().L - 1; layer >= 0; --layer) {
    const T* dy = layer + 1 == shape().L ? upstream.dy : above.get();
    Buffer<T> below;
    if (layer > 0) below = Buffer<T>(places() * width());
    Work work = gradients_of(layer, upstream, dy, gradients, retain);
    T* const dx = layer > 0 ? below.get() : gradients.x;
    if (in_windows(layer)) {
      backward_by_windows(layer, work, gradients, dx);
    } else {
      overwritten = !retain;
      backward_layer(layer, work, gradients, dx);
    }
    state_gradients(layer, work, gradients);
    above = std::move(below);
  }
}

template <class T>
void StackCall<T>::backward_layer(i64 layer, Work& work, const StackGradients<T>& gradients,
                                  T* dx) {
  const Steps steps{0, at(layer).plan.extent.steps};
  Barriers barriers(2);
  run_team(2 * flops(layer), [&](const Worker& all) {
    each_direction(
        work.passes, at(layer).plan, all, barriers,
        [&](const Pass<T>& pass, const Worker& worker) { run_backward(pass, steps, worker); });
    weight_gradients(layer, work, gradients, all);
    if (!dx) return;
    clear_input_padding(layer, dx, all);
    input_gradients(layer, work, dx, steps, all);
    if (layer > 0) drop(layer - 1, steps, dx, dx, all);
  });
}

template <class T>
void StackCall<T>::run_backward(const Pass<T>& pass, const Steps& steps,
                                const Worker& worker) const {
  if (input_.runner) return input_.runner->backward(pass, steps, worker);
  kernels().backward(pass, steps, worker);
}

template <class T>
void StackCall<T>::backward_by_wavefront(const StackUpstream<T>& upstream,
                                         const StackGradients<T>& gradients, bool retain,
                                         bool& overwritten, i64 chunk) {
  const i64 L = shape().L;
  std::vector<Buffer<T>> dx_of(static_cast<std::size_t>(L));  // [T B, P], but the first layer's
  std::vector<Work> work_of(static_cast<std::size_t>(L));
  std::vector<T*> dx(static_cast<std::size_t>(L));
  double flops_of_all = 0;
  for (i64 layer = L - 1; layer >= 0; --layer) {
    const auto i = static_cast<std::size_t>(layer);
    if (layer > 0) dx_of[i] = Buffer<T>(places() * width());
    dx[i] = layer > 0 ? dx_of[i].get() : gradients.x;
    work_of[i] =
        gradients_of(layer, upstream, layer + 1 < L ? dx[i + 1] : upstream.dy, gradients, retain);
    flops_of_all += 2 * flops(layer);
  }
  const Chunks chunks{at(0).plan.extent.steps, chunk};
  Wavefront wavefront(L, chunks.count());
  overwritten = !retain;
  run_team(flops_of_all, [&](const Worker& all) {
    Alone alone;
    const auto run = [&](i64 layer, const Steps& steps) {
      const Work& work = work_of[static_cast<std::size_t>(layer)];
      T* const below = dx[static_cast<std::size_t>(layer)];
      kernels().backward(work.passes.front(), steps, alone.worker());
      if (!below) return;
      input_gradients(layer, work, below, steps, alone.worker());
      if (layer > 0) drop(layer - 1, steps, below, below, alone.worker());
    };
    for (i64 layer = 0; layer < L; ++layer) {
      if (dx[static_cast<std::size_t>(layer)]) {
        clear_input_padding(layer, dx[static_cast<std::size_t>(layer)], all);
      }
    }
    if (all.count == 1) {
      for (i64 layer = L - 1; layer >= 0; --layer) run(layer, {0, chunks.steps});
    } else {
      wavefront.work(
          [&](i64 behind, i64 c) { run(L - 1 - behind, chunks[chunks.count() - 1 - c]); });
      wait(all.barrier);
    }
    for (i64 layer = L - 1; layer >= 0; --layer) {
      weight_gradients(layer, work_of[static_cast<std::size_t>(layer)], gradients, all);
    }
  });
  for (i64 layer = 0; layer < L; ++layer) {
    state_gradients(layer, work_of[static_cast<std::size_t>(layer)], gradients);
  }
}

template <class T>
typename StackCall<T>::Work StackCall<T>::gradients_of(i64 layer, const StackUpstream<T>& upstream,
                                                       const T* dy,
                                                       const StackGradients<T>& gradients,
                                                       bool retain) {
  Work work;
  const i64 widest = std::max({shape().layer_input(layer), shape().H, shape().P});
  work.scratch = Buffer<T>(array_kernels<T>(packed_->table()).outer_scratch(widest));
  const bool top = layer + 1 == shape().L;
  work.passes = passes(layer);
  for (i64 d = 0; d < shape().D; ++d) {
    DirectionMemory<T>& mine = at(layer).directions[static_cast<std::size_t>(d)];
    const Batch& walk = batch(d).view();
    const i64 state = (layer * shape().D + d) * walk.B;
    Pass<T>& pass = work.passes[static_cast<std::size_t>(d)];
    // The gradients overwrite the gates: work on a copy if they are to be used again.
    if (retain && !in_windows(layer)) {
      work.gates.push_back(mine.gates.copy());
      pass.gates.base = work.gates.back().get();
    }
    if (kernels().projects && !in_windows(layer)) {
      work.outputs.emplace_back(rows() * padded_out_);
      pass.outputs = {work.outputs.back().get(), rows()};
    }
    work.dh.emplace_back(walk.B * padded_out_);
    work.dc.emplace_back(kernels().has_cell ? walk.B * padded_ : 0);
    pad_rows(walk, upstream.dh_n ? upstream.dh_n + state * shape().P : nullptr, shape().P,
             padded_out_, work.dh.back().get());
    if (kernels().has_cell) {
      pad_rows(walk, upstream.dc_n ? upstream.dc_n + state * shape().H : nullptr, shape().H,
               padded_, work.dc.back().get());
    }
    work.tokens.emplace_back(mine.projected.size());
    pass.dy = dy ? dy + d * shape().P : nullptr;
    pass.dcells = top && upstream.dcells ? upstream.dcells + d * shape().H : nullptr;
    pass.dh = work.dh.back().get();
    pass.dc = work.dc.back().get();
    pass.needs_state = gradients.h0 != nullptr;
    if (kernels().normalises) norm_gradients_of(layer, d, work, gradients, retain);
  }
  return work;
}

/// What a direction's norms work on besides what forward has left of them.
template <class T>
void StackCall<T>::norm_gradients_of(i64 layer, i64 d, Work& work,
                                     const StackGradients<T>& gradients, bool retain) {
  Norms<T>& norms = work.passes[static_cast<std::size_t>(d)].norms;
  const WeightPlaces out = weight_places(gradients, layer, d);
  std::copy_n(out.of, kMaxWeights, norms.dweights);
  if (in_windows(layer)) return;
  const NormMemory<T>& mine = at(layer).directions[static_cast<std::size_t>(d)].norms;
  const auto taken = [&](Buffer<T> buffer) {
    work.norms.push_back(std::move(buffer));
    return work.norms.back().get();
  };
  if (retain) {
    norms.input.base = taken(mine.input.copy());
    norms.state.base = taken(mine.state.copy());
  }
  if (kernels().has_cell) norms.doutput = taken(Buffer<T>(rows() * padded_));
}

/// The gradients of a direction's sums, added up by token.
template <class T>
void StackCall<T>::gather_tokens(const Work& work, i64 d, const Pass<T>& pass, bool add,
                                 const Worker& worker) const {
  Pass<T> of = pass;
  of.gates = product_gradients(kernels(), pass, kernels().terms.of[0]);
  kernels().gather_tokens(of, work.tokens[static_cast<std::size_t>(d)].get(), add, worker);
}

/// Those of the table's rows. All workers meet at its begin and end.
template <class T>
void StackCall<T>::table_gradient(const Work& work, const StackGradients<T>& gradients,
                                  const Worker& worker) const {
  wait(worker.barrier);
  for (std::size_t d = 0; gradients.table && d < work.passes.size(); ++d) {
    const InputGradient<T> task{{work.tokens[d].get(), tokens_.count},
                                0,
                                tokens_.count,
                                0,
                                input_.looked_up,
                                gradients.table,
                                gradients.in_place ? tokens_.ids.get() : nullptr,
                                d > 0};
    kernels().input_gradient(work.passes[d], task, worker);
    wait(worker.barrier);
  }
}

/// Those of all weights of a layer, and of a table.
template <class T>
void StackCall<T>::weight_gradients(i64 layer, const Work& work, const StackGradients<T>& gradients,
                                    const Worker& worker) const {
  if (has_tokens(layer)) {
    for (i64 d = 0; d < shape().D; ++d) {
      gather_tokens(work, d, work.passes[static_cast<std::size_t>(d)], false, worker);
    }
    table_gradient(work, gradients, worker);
  }
  for (i64 d = 0; d < shape().D; ++d) {
    if (has_tokens(layer)) token_gradients(layer, d, work, gradients, worker);
    row_gradients(layer, d, work.passes[static_cast<std::size_t>(d)], work, gradients, false,
                  worker);
  }
}

/// Those that are sums over the rows of a pass: of each term, with the bias that goes where its
/// gates go. Columns that are looked up have theirs by `token_gradients`.
template <class T>
void StackCall<T>::row_gradients(i64 layer, i64 d, const Pass<T>& pass, const Work& work,
                                 const StackGradients<T>& gradients, bool add,
                                 const Worker& worker) const {
  if (gradients.weights.empty()) return;
  const WeightPlaces out = weight_places(gradients, layer, d);
  const i64 rows_here = pass.batch->rows;
  for (int k = 0; k < kernels().terms.count; ++k) {
    const Term& term = kernels().terms.of[k];
    WeightGradient<T> task{product_gradients(kernels(), pass, term),
                           rows_here,
                           {},
                           0,
                           out.of[term.weight],
                           0,
                           own_bias(term, out),
                           work.scratch.get(),
                           add};
    if (term.operand == Operand::kInput) {
      if (pass.I == pass.E) continue;
      task.operand = pass.x;
      task.columns = pass.I - pass.E;
      task.out += pass.E;
      task.out_stride = pass.I;
      if (pass.E > 0) task.bias = nullptr;
    } else if (term.operand == Operand::kState) {
      task.operand = pass.operand;
      task.columns = task.out_stride = pass.P;
    } else {
      task.operand = {pass.scratch, padded_, nullptr, nullptr, 0, nullptr};
      task.columns = task.out_stride = pass.H;
    }
    kernels().weight_gradient(pass, k, task, worker);
  }
  if (kernels().own.count > 0) {
    kernels().own_gradient(pass, out.of[kernels().own.weight], add, worker);
  }
}

/// Those of the columns of W that multiply a table, and of the bias beside them.
template <class T>
void StackCall<T>::token_gradients(i64 layer, i64 d, const Work& work,
                                   const StackGradients<T>& gradients, const Worker& worker) const {
  if (gradients.weights.empty()) return;
  const Pass<T>& pass = work.passes[static_cast<std::size_t>(d)];
  const WeightPlaces out = weight_places(gradients, layer, d);
  const Term& term = kernels().terms.of[0];
  kernels().weight_gradient(pass, 0,
                            {{work.tokens[static_cast<std::size_t>(d)].get(), tokens_.count},
                             tokens_.count,
                             {input_.table, pass.E, tokens_.ids.get(), nullptr, 0, nullptr},
                             pass.E,
                             out.of[term.weight],
                             pass.I,
                             own_bias(term, out),
                             work.scratch.get(),
                             false},
                            worker);
}

/// Where a term's bias has its gradient; of two with equal ones, these are summed once, and copied
/// when all is done.
template <class T>
T* StackCall<T>::own_bias(const Term& term, const WeightPlaces& out) const {
  const bool twin = term.operand == Operand::kInput && equal_feeds(kernels().terms);
  return term.bias < 0 || twin ? nullptr : out.of[term.bias];
}

template <class T>
typename StackCall<T>::WeightPlaces StackCall<T>::weight_places(const StackGradients<T>& gradients,
                                                                i64 layer, i64 d) const {
  const WeightList& list = kernels().weights;
  WeightPlaces places{};
  if (gradients.weights.empty()) return places;
  const std::size_t each =
      gradients.weights.size() / static_cast<std::size_t>(shape().L * shape().D);
  auto next = gradients.weights.begin() +
              static_cast<std::ptrdiff_t>(static_cast<std::size_t>(layer * shape().D + d) * each);
  for (int w = 0; w < list.count; ++w) {
    if (shape().bias || !is_bias(list.line[w])) places.of[w] = *next++;
  }
  return places;
}

template <class T>
void StackCall<T>::copy_equal_biases(const StackGradients<T>& gradients) const {
  if (gradients.weights.empty() || !shape().bias || !equal_feeds(kernels().terms)) return;
  const TermList& terms = kernels().terms;
  const i64 count = kernels().weights.line[terms.of[0].bias].blocks * shape().H;
  for (i64 layer = 0; layer < shape().L; ++layer) {
    for (i64 d = 0; d < shape().D; ++d) {
      const WeightPlaces out = weight_places(gradients, layer, d);
      std::copy_n(out.of[terms.of[1].bias], count, out.of[terms.of[0].bias]);
    }
  }
}

/// Past a length dx is zero. All workers call this, and meet at its end.
template <class T>
void StackCall<T>::clear_input_padding(i64 layer, T* dx, const Worker& worker) const {
  if (!forward_batch_.has_padding()) return;
  clear_share(dx, places() * dense_columns(layer), worker);
  wait(worker.barrier);
}

/// dx of both directions for some steps, one added to the other. All workers meet at its end.
template <class T>
void StackCall<T>::input_gradients(i64 layer, const Work& work, T* dx, const Steps& steps,
                                   const Worker& worker) const {
  for (i64 d = 0; d < shape().D; ++d) {
    input_gradient(layer, d, work.passes[static_cast<std::size_t>(d)], dx, steps, worker);
  }
}

template <class T>
void StackCall<T>::input_gradient(i64 layer, i64 d, const Pass<T>& pass, T* dx, const Steps& steps,
                                  const Worker& worker) const {
  const Batch& walk = *pass.batch;
  const InputGradient<T> task{product_gradients(kernels(), pass, kernels().terms.of[0]),
                              walk.offset[steps.first],
                              walk.offset[steps.last],
                              pass.E,
                              dense_columns(layer),
                              dx,
                              walk.position,
                              d > 0};
  kernels().input_gradient(pass, task, worker);
  wait(worker.barrier);
}

/// Nothing flows to the state before a step at which a sequence starts anew.
template <class T>
void StackCall<T>::clear_cut_states(const Pass<T>& pass) const {
  const Batch& walk = *pass.batch;
  if (!walk.resets || walk.steps == 0) return;
  for (i64 b = 0; b < walk.active[0]; ++b) {
    if (walk.previous[b] != kZeroRow) continue;
    std::fill_n(pass.dh + b * padded_out_, padded_out_, T(0));
    if (kernels().has_cell) std::fill_n(pass.dc + b * padded_, padded_, T(0));
  }
}

template <class T>
void StackCall<T>::state_gradients(i64 layer, const Work& work,
                                   const StackGradients<T>& gradients) const {
  for (i64 d = 0; d < shape().D; ++d) {
    const i64 state = (layer * shape().D + d) * input_.batch;
    const Pass<T>& pass = work.passes[static_cast<std::size_t>(d)];
    clear_cut_states(pass);
    if (gradients.h0) {
      unpad_rows(*pass.batch, pass.dh, shape().P, padded_out_, gradients.h0 + state * shape().P);
    }
    if (gradients.c0) {
      unpad_rows(*pass.batch, pass.dc, shape().H, padded_, gradients.c0 + state * shape().H);
    }
  }
}

template class StackCall<float>;
template class StackCall<double>;

}  // namespace pyrnn
