#include "cpu/engine/stack.h"

#include <algorithm>
#include <string>

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
                        Keep keep)
    : packed_(std::move(packed)),
      input_(countable(input, *packed_)),
      keep_(keep),
      padded_(round_up(shape().H, kUnitBlock<T>)),
      padded_out_(round_up(shape().P, kUnitBlock<T>)),
      forward_batch_(input.time, input.batch, input.lengths, input.reset, false),
      zeros_(Buffer<T>(padded_).zeroed()),
      layers_(static_cast<std::size_t>(shape().L)) {
  if (shape().D == 2) {
    reverse_batch_.emplace(input.time, input.batch, input.lengths, input.reset, true);
  }
  if (input.ids) {
    const Batch& walk = forward_batch_.view();
    tokens_ = number_ids(input.ids, places(), walk.position, walk.rows, input.vocabulary);
  }
  if (keep != Keep::kNothing) packed_->prepare_backward(keep == Keep::kAll);
}

template <class T>
const RaggedBatch& StackCall<T>::batch(i64 d) const {
  return d == 0 ? forward_batch_ : *reverse_batch_;
}

template <class T>
Extent StackCall<T>::extent(i64 layer) const {
  const Batch& batch = forward_batch_.view();
  const i64 tile = 4 * packed_->table().vector_bytes / static_cast<i64>(sizeof(T));
  Extent extent{};
  extent.steps = batch.steps;
  extent.batch = batch.steps > 0 ? batch.active[0] : 0;
  extent.tiles = (shape().H * kernels().sums + tile - 1) / tile;
  extent.input = dense_columns(layer);
  for (int k = 0; k < kernels().terms.count; ++k) {
    const Term& term = kernels().terms.of[k];
    const i64 lanes =
        kernels().weights.line[term.weight].rows == Axis::kOutput ? shape().P : shape().H;
    const i64 width = term.operand == Operand::kInput   ? extent.input
                      : term.operand == Operand::kState ? shape().P
                                                        : shape().H;
    const double products = static_cast<double>(term.feed.count * lanes * width);
    (term.operand == Operand::kInput ? extent.input_flops : extent.step_flops) += 2 * products;
  }
  extent.element_bytes = sizeof(T);
  extent.whole_rows = kernels().normalises;
  extent.forced = forced_;
  return extent;
}

/// Operations of a forward pass.
template <class T>
double StackCall<T>::flops(i64 layer) const {
  const Extent& extent = at(layer).plan.extent;
  return static_cast<double>(rows() * shape().D) * (extent.step_flops + extent.input_flops);
}

template <class T>
bool StackCall<T>::keeps_y(i64 layer) const {
  return layer + 1 < shape().L || input_.keeps_y || !in_windows(layer);
}

/// Whether a layer keeps neither its workspace nor, perhaps, its outputs.
template <class T>
bool StackCall<T>::in_windows(i64 layer) const {
  if (forward_batch_.view().steps == 0) return false;
  if (keep_ != Keep::kNothing) return input_.recompute > 0;
  return layer + 1 == shape().L && !input_.keeps_y && forward_batch_.view().steps > kWindowSteps;
}

/// Whether a stage leaves something for the next to multiply.
template <class T>
bool StackCall<T>::hands_on() const {
  return kernels().stages > 1 && !kernels().normalises;
}

template <class T>
bool StackCall<T>::shares_sums() const {
  return hands_on() && !kernels().projects;
}

template <class T>
NormMemory<T> StackCall<T>::norm_memory(bool saved, i64 rows) const {
  const i64 row = padded_ * kernels().sums, kept = saved ? rows : 0;
  return {Buffer<T>(elements({kept, row})), Buffer<T>(elements({kept, row})),
          Buffer<T>(elements({input_.batch, row})), Buffer<T>(kept * kNormNumbers)};
}

template <class T>
Norms<T> StackCall<T>::norms(const NormMemory<T>& of, i64 rows) const {
  Norms<T> norms{};
  norms.input = {of.input.get(), rows};
  norms.state = {of.state.get(), rows};
  norms.step = {of.step.get(), input_.batch};
  norms.numbers = of.numbers.get();
  return norms;
}

/// Rows of the workspace of a layer over so many rows.
template <class T>
i64 StackCall<T>::capacity(const LayerPlan& plan, bool saved, i64 rows) const {
  if (saved) return rows;
  return plan.hoist ? plan.chunk * input_.batch : shares_sums() ? input_.batch : 0;
}

/// Memory for a layer: of all steps where backward comes (`keep`), of all cell states where these
/// are wanted.
template <class T>
void StackCall<T>::allocate(i64 layer, bool keep, bool cells) {
  Layer& here = at(layer);
  const i64 B = input_.batch;
  here.plan = plan(extent(layer));
  if (input_.runner) here.plan.hoist = false;  // W x waits for the state before
  here.saved = keep;
  here.keeps_cells = keep || cells;
  if (keeps_y(layer)) here.y = std::make_shared<Buffer<T>>(places() * width());
  if (mask_behind(layer)) here.dropped = Buffer<T>(places() * width());
  here.directions.resize(static_cast<std::size_t>(shape().D));
  for (DirectionMemory<T>& d : here.directions) {
    if (has_tokens(layer)) d.projected = Buffer<T>(padded_ * tokens_.count * kernels().sums);
    if (masks_states()) d.state_mask = Buffer<T>(B * padded_out_);
  }
  if (in_windows(layer)) return allocate_windows(layer);
  if (masks_states()) here.masked = Buffer<T>(places() * width());
  for (DirectionMemory<T>& d : here.directions) {
    d.capacity = capacity(here.plan, keep, rows());
    d.gates = Buffer<T>(padded_ * d.capacity * kernels().sums);
    if (kernels().has_cell) {
      d.cells = Buffer<T>((here.keeps_cells ? rows() : B) * padded_);
      d.c_start = Buffer<T>(B * padded_);
      if (shape().zoneout_c > 0) d.candidates = Buffer<T>((keep ? rows() : B) * padded_);
    }
    if (hands_on()) d.scratch = Buffer<T>((keep ? rows() : B) * padded_);
    if (kernels().normalises) d.norms = norm_memory(keep, rows());
    if (masks_states() && input_.h0) d.h_start = Buffer<T>(B * shape().P);
  }
}

/// Zoneout of a state of a layer in one direction. The kinds of masks have streams of their own.
template <class T>
Zone StackCall<T>::zone(MaskKind kind, double p, i64 layer, i64 d) const {
  return {p, input_.seed.has_value(), stream(kind, layer, d), dropout_mask(p, 0).threshold};
}

template <class T>
MaskStream StackCall<T>::stream(MaskKind kind, i64 layer, i64 d) const {
  const auto place = static_cast<std::uint64_t>(layer * shape().D + d);
  return {input_.seed.value_or(0), (static_cast<std::uint64_t>(kind) << 32) + place};
}

/// What the columns of W from E on multiply, by the rows of a direction's workspace.
template <class T>
Rows<T> StackCall<T>::layer_input(i64 layer, i64 d) const {
  const T* x = input_.x;
  if (layer > 0) {
    const Layer& below = at(layer - 1);
    x = below.dropped.size() > 0 ? below.dropped.get() : below.y->get();
  }
  return {x, dense_columns(layer), batch(d).view().position, nullptr, 0, nullptr};
}

template <class T>
typename StackCall<T>::Passes StackCall<T>::passes(i64 layer) const {
  const Layer& here = at(layer);
  const bool kept = keep_ != Keep::kNothing;
  Passes passes;
  for (i64 d = 0; d < shape().D; ++d) {
    const DirectionMemory<T>& mine = here.directions[static_cast<std::size_t>(d)];
    const i64 state = (layer * shape().D + d) * input_.batch * shape().P;
    Pass<T> pass{};
    pass.batch = &batch(d).view();
    pass.operands =
        kept ? packed_->backward(layer, d, keep_ == Keep::kAll) : packed_->forward(layer, d);
    pass.split = Split::kBatch;
    pass.hoist = here.plan.hoist;
    pass.chunk = here.plan.chunk;
    pass.I = shape().layer_input(layer);
    pass.H = shape().H;
    pass.P = shape().P;
    pass.padded = padded_;
    pass.padded_out = padded_out_;
    pass.y = here.y ? here.y->get() + d * shape().P : nullptr;
    pass.y_stride = pass.dy_stride = width();
    pass.x = layer_input(layer, d);
    pass.h = {pass.y,    width(),     pass.batch->previous, input_.h0 ? input_.h0 + state : nullptr,
              shape().P, zeros_.get()};
    pass.operand = pass.h;
    if (masks_states()) {
      pass.state_mask = mine.state_mask.get();
      pass.masked = here.masked.get() + d * shape().P;
      pass.operand.base = pass.masked;
      pass.operand.initial = mine.h_start.get();
    }
    pass.sequences = input_.sequences;
    pass.zone_h = zone(MaskKind::kZoneH, shape().zoneout_h, layer, d);
    pass.zone_c = zone(MaskKind::kZoneC, kernels().has_cell ? shape().zoneout_c : 0, layer, d);
    if (has_tokens(layer)) {
      pass.E = input_.looked_up;
      pass.projected = mine.projected.get();
      pass.tokens = tokens_.count;
      pass.token = tokens_.number.get();
    }
    pass.gates = {mine.gates.get(), mine.capacity};
    pass.saved = here.saved;
    pass.cells = mine.cells.get();
    pass.keeps_cells = here.keeps_cells;
    pass.candidates = mine.candidates.get();
    pass.c_start = mine.c_start.get();
    pass.scratch = mine.scratch.get();
    pass.norms = norms(mine.norms, rows());
    pass.cells_stride = shape().D * shape().H;
    passes.push_back(pass);
  }
  return passes;
}

template <class T>
std::optional<LayerMask> StackCall<T>::mask_behind(i64 layer) const {
  if (!input_.seed || shape().dropout <= 0 || layer + 1 >= shape().L) return std::nullopt;
  return LayerMask{dropout_mask(shape().dropout, *input_.seed), layer, input_.sequences};
}

/// Dropout behind a layer, of the rows of some steps.
template <class T>
void StackCall<T>::drop(i64 layer, const Steps& steps, const T* from, T* to,
                        const Worker& worker) const {
  const std::optional<LayerMask> mask = mask_behind(layer);
  if (!mask) return;
  const Batch& walk = forward_batch_.view();
  array_kernels<T>(packed_->table())
      .drop_rows(
          {*mask, &walk, walk.offset[steps.first], walk.offset[steps.last], width(), from, to},
          worker);
}

template class StackCall<float>;
template class StackCall<double>;

}  // namespace pyrnn
