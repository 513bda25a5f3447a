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
  return a.count == b.count;
}

}  // namespace

template <class T>
void StackCall<T>::backward(const StackUpstream<T>& upstream, const StackGradients<T>& gradients,
                            bool retain) {
  forced_ = forced_schedule();
  for (i64 layer = 0; layer < shape().L; ++layer) at(layer).plan.extent.forced = forced_;
  const i64 chunk = wavefront_chunk(at(0).plan, shape().L, shape().D, team_size());
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
    Work work = gradients_of(layer, upstream, dy, gradients.h0 != nullptr, retain);
    overwritten = !retain;
    T* const dx = layer > 0 ? below.get() : gradients.x;
    const Steps steps{0, at(layer).plan.extent.steps};
    Barriers barriers(2);
    run_team(2 * flops(layer), [&](const Worker& all) {
      each_direction(work.passes, at(layer).plan, all, barriers,
                     [&](const Pass<T>& pass, const Worker& worker) {
                       kernels().backward(pass, steps, worker);
                     });
      if (has_tokens(layer)) token_gradients(work, gradients.table, all);
      weight_gradients(layer, work, gradients, all);
      if (!dx) return;
      clear_input_padding(layer, dx, all);
      input_gradient(layer, work, dx, steps, all);
      if (layer > 0) drop(layer - 1, steps, dx, dx, all);
    });
    state_gradients(layer, work, gradients);
    above = std::move(below);
  }
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
    work_of[i] = gradients_of(layer, upstream, layer + 1 < L ? dx[i + 1] : upstream.dy,
                              gradients.h0 != nullptr, retain);
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
      input_gradient(layer, work, below, steps, alone.worker());
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
    if (has_tokens(0)) token_gradients(work_of.front(), gradients.table, all);
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
                                                       const T* dy, bool needs_state, bool retain) {
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
    if (retain) {
      work.gates.push_back(mine.gates.copy());
      pass.gates.base = work.gates.back().get();
    }
    if (kernels().projects) {
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
    pass.needs_state = needs_state;
  }
  return work;
}

/// The gradients of the sums, added up by token, and those of the table's rows.
template <class T>
void StackCall<T>::token_gradients(const Work& work, T* table, const Worker& worker) const {
  for (std::size_t d = 0; d < work.passes.size(); ++d) {
    kernels().gather_tokens(work.passes[d], work.tokens[d].get(), worker);
  }
  wait(worker.barrier);
  for (std::size_t d = 0; table && d < work.passes.size(); ++d) {
    const InputGradient<T> task{{work.tokens[d].get(), tokens_.count},
                                0,
                                tokens_.count,
                                0,
                                input_.looked_up,
                                table,
                                nullptr,
                                d > 0};
    kernels().input_gradient(work.passes[d], task, worker);
    wait(worker.barrier);
  }
}

/// Those of all weights of a layer: of each term, with the bias that goes where its gates go.
template <class T>
void StackCall<T>::weight_gradients(i64 layer, const Work& work, const StackGradients<T>& gradients,
                                    const Worker& worker) const {
  if (gradients.weights.empty()) return;
  for (i64 d = 0; d < shape().D; ++d) {
    const Pass<T>& pass = work.passes[static_cast<std::size_t>(d)];
    const WeightPlaces out = weight_places(gradients, layer, d);
    for (int k = 0; k < kernels().terms.count; ++k) {
      const Term& term = kernels().terms.of[k];
      // Equal ones are summed once, and copied when all is done.
      const bool twin = term.operand == Operand::kInput && equal_feeds(kernels().terms);
      T* bias = term.bias < 0 || twin ? nullptr : out.of[term.bias];
      const Workspace<T>& sums = term.stage > 0 && kernels().projects ? pass.outputs : pass.gates;
      WeightGradient<T> task{sums, rows(), {}, 0, out.of[term.weight], 0, bias, work.scratch.get()};
      const auto add = [&](const Rows<T>& operand, i64 columns, i64 stride) {
        task.operand = operand;
        task.columns = columns;
        task.out_stride = stride;
        kernels().weight_gradient(pass, k, task, worker);
        task.bias = nullptr;
      };
      if (term.operand == Operand::kState) {
        add(pass.h, pass.P, pass.P);
      } else if (term.operand == Operand::kScratch) {
        add({pass.scratch, padded_, nullptr, nullptr, 0, nullptr}, pass.H, pass.H);
      } else {
        if (pass.E > 0) {
          task.gates = {work.tokens[static_cast<std::size_t>(d)].get(), tokens_.count};
          task.rows = tokens_.count;
          add({input_.table, pass.E, tokens_.ids.get(), nullptr, 0, nullptr}, pass.E, pass.I);
        }
        task.gates = pass.gates;
        task.rows = rows();
        task.out += pass.E;
        if (pass.I > pass.E) add(pass.x, pass.I - pass.E, pass.I);
      }
    }
    if (kernels().own.count > 0) {
      kernels().own_gradient(pass, out.of[kernels().own.weight], worker);
    }
  }
}

template <class T>
typename StackCall<T>::WeightPlaces StackCall<T>::weight_places(const StackGradients<T>& gradients,
                                                                i64 layer, i64 d) const {
  const WeightList& list = kernels().weights;
  WeightPlaces places{};
  const std::size_t each =
      gradients.weights.size() / static_cast<std::size_t>(shape().L * shape().D);
  auto next = gradients.weights.begin() +
              static_cast<std::ptrdiff_t>(static_cast<std::size_t>(layer * shape().D + d) * each);
  for (int w = 0; w < list.count; ++w) {
    if (shape().bias || !is_bias(kernels().terms, w)) places.of[w] = *next++;
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
void StackCall<T>::input_gradient(i64 layer, const Work& work, T* dx, const Steps& steps,
                                  const Worker& worker) const {
  for (std::size_t d = 0; d < work.passes.size(); ++d) {
    const Pass<T>& pass = work.passes[d];
    const Batch& walk = *pass.batch;
    const InputGradient<T> task{pass.gates,
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
}

template <class T>
void StackCall<T>::state_gradients(i64 layer, const Work& work,
                                   const StackGradients<T>& gradients) const {
  for (i64 d = 0; d < shape().D; ++d) {
    const i64 state = (layer * shape().D + d) * input_.batch;
    const Pass<T>& pass = work.passes[static_cast<std::size_t>(d)];
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
