// A block of steps of one session: a call on each stack as over any sequence, which hoists x W and
// shares the work among threads, from the session's states on.
#include <algorithm>

#include "cpu/engine/session.h"
#include "cpu/engine/stack.h"
#include "cpu/engine/team.h"

namespace pyrnn {

using i64 = std::int64_t;

template <class T>
struct Sessions<T>::Block {
  i64 slot, steps;
  const i64* ids;  // [T] where the rows are those of the table, else null
  const T* rows;   // [T, width]
  i64 width;
  std::shared_ptr<Buffer<T>> held;  // what the rows stand in, if not in the caller's array
  std::size_t layer = 0;            // the next recurrent one
  std::vector<Buffer<T>> h, c;      // of each stack after the block: [L, P], [L, H]
};

template <class T>
void Sessions<T>::run(i64 slot, i64 steps, const T* x, const i64* ids, T* out) {
  if (steps == 0) return;
  Block block{slot, steps, ids, x, chain_->in(), {}, 0, {}, {}};
  const auto& links = chain_->links();
  for (std::size_t i = 0; i < links.size(); ++i) {
    const i64 width = chain_->width_behind(i);
    const bool top = i + 1 == links.size();
    if (std::holds_alternative<Table<T>>(links[i])) {
      if (top || !std::holds_alternative<Recurrence<T>>(links[i + 1])) look_up(block);
    } else if (const auto* recurrence = std::get_if<Recurrence<T>>(&links[i])) {
      run_stack(block, *recurrence);
    } else {
      auto made = top ? nullptr : std::make_shared<Buffer<T>>(elements({steps, width}));
      T* const to = top ? out : made->get();
      run_rows(block, links[i], to);
      block.rows = to;
      block.held = std::move(made);
    }
    block.width = width;
  }
  if (block.rows != out) std::copy_n(block.rows, steps * chain_->out(), out);
  keep(block);
}

template <class T>
void Sessions<T>::look_up(Block& block) const {
  const Table<T>& table = *chain_->table();
  block.held = std::make_shared<Buffer<T>>(elements({block.steps, table.width}));
  block.rows = block.held->get();
  const RowLookup<T> lookup{block.steps, table.width, table.values.get(), block.ids,
                            block.held->get()};
  run_team(static_cast<double>(block.steps) * static_cast<double>(table.width),
           [&](const Worker& worker) { chain_->kernels().gather_rows(lookup, worker); });
  block.ids = nullptr;
}

template <class T>
void Sessions<T>::run_stack(Block& block, const Recurrence<T>& recurrence) const {
  const StackShape& shape = recurrence.stack->shape();
  const bool has_cell = recurrence.stack->kernels().has_cell;
  Buffer<T> h(shape.L * shape.P), c(has_cell ? shape.L * shape.H : 0);
  for (i64 place = 0; place < shape.L; ++place, ++block.layer) {
    std::copy_n(this->h(block.layer, block.slot), shape.P, h.get() + place * shape.P);
    if (!has_cell) continue;
    std::copy_n(this->c(block.layer, block.slot), shape.H, c.get() + place * shape.H);
  }
  StackInput<T> input{};
  input.time = block.steps;
  input.batch = 1;
  if (block.ids) {
    input.ids = block.ids;
    input.table = chain_->table()->values.get();
    input.vocabulary = chain_->vocabulary();
    input.looked_up = shape.I;
  } else {
    input.x = block.rows;
  }
  input.h0 = h.get();
  input.c0 = c.get();
  block.h.emplace_back(shape.L * shape.P);
  block.c.emplace_back(c.size());
  StackCall<T> call(recurrence.stack, input, Keep::kNothing);
  call.forward({block.h.back().get(), block.c.back().get(), nullptr});
  block.held = call.y();
  block.rows = block.held->get();
  block.ids = nullptr;
}

/// Of a link that knows nothing of time.
template <class T>
void Sessions<T>::run_rows(Block& block, const Link<T>& link, T* to) const {
  const double flops = static_cast<double>(block.steps) * chain_->flops();
  run_team(flops, [&](const Worker& worker) {
    const i64 first = block.steps * worker.index / worker.count;
    const i64 count = block.steps * (worker.index + 1) / worker.count - first;
    if (count == 0) return;
    const T* const rows = block.rows + first * block.width;
    Flow flow{first, count, {rows, block.width, nullptr, nullptr, 0, nullptr}, block.width, -1,
              0,     0};
    const auto* product = std::get_if<Affine<T>>(&link);
    T* const mine = to + first * (product ? product->out : block.width);
    std::visit([&](const auto& each) { pass(each, flow, mine); }, link);
  });
}

/// The states behind the block, once all of it has succeeded.
template <class T>
void Sessions<T>::keep(Block& block) {
  std::size_t layer = 0;
  for (std::size_t s = 0; s < block.h.size(); ++s) {
    const StackShape& shape = states_[layer].stack->shape();
    for (i64 place = 0; place < shape.L; ++place, ++layer) {
      std::copy_n(block.h[s].get() + place * shape.P, shape.P, h(layer, block.slot));
      if (block.c[s].size() == 0) continue;
      std::copy_n(block.c[s].get() + place * shape.H, shape.H, c(layer, block.slot));
    }
  }
}

template class Sessions<float>;
template class Sessions<double>;

}  // namespace pyrnn
