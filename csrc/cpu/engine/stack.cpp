#include "cpu/engine/stack.h"

#include <algorithm>
#include <stdexcept>
#include <string>

#include "cpu/engine/indices.h"

namespace pyrnn {
namespace {

using i64 = std::int64_t;

/// The input again, if the elements of all that a call on it needs can be counted: OutOfMemory
/// here, before a product of sizes overflows.
template <class T>
const StackInput<T>& countable(const StackInput<T>& input, const PackedStack<T>& packed) {
  const StackShape& shape = packed.shape();
  const i64 units = packed.kernels().sums * round_up(shape.H, kUnitBlock<T>);
  try {
    elements({input.time, input.batch, std::max(shape.I, shape.D * units)});
    elements({shape.L * shape.D, input.batch, units});
  } catch (const OutOfMemory&) {
    throw OutOfMemory(("x: expected no more than memory can hold; got " +
                       std::to_string(input.time) + " steps of " + std::to_string(input.batch) +
                       " sequences")
                          .c_str());
  }
  return input;
}

}  // namespace

template <class T>
StackCall<T>::StackCall(std::shared_ptr<PackedStack<T>> packed, const StackInput<T>& input,
                        bool save)
    : packed_(std::move(packed)),
      input_(countable(input, *packed_)),
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
  const std::uint64_t count = static_cast<std::uint64_t>(places() * width());
  return dropout_mask(shape().dropout, *input_.seed, static_cast<std::uint64_t>(layer) * count);
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
          (shape().H + tile - 1) / tile,
          forced_};
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
    const i64 id = read_once(input_.ids + place);
    expect_index<std::out_of_range>("ids", id, input_.vocabulary - 1);
    i64& token = number[id];
    if (token < 0) {
      token = tokens_.count++;
      tokens_.distinct[token] = id;
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

template class StackCall<float>;
template class StackCall<double>;

}  // namespace pyrnn
