#include "cpu/engine/session.h"

#include <algorithm>
#include <numeric>
#include <stdexcept>
#include <string>

#include "cpu/engine/indices.h"
#include "cpu/engine/team.h"
#include "cpu/engine/wavefront.h"

namespace pyrnn {
namespace {

using i64 = std::int64_t;

/// from [n, *] behind to, which has room for more and begins as zeros.
template <class T>
Buffer<T> grown(const Buffer<T>& from, i64 size) {
  Buffer<T> to = Buffer<T>(size).zeroed();
  if (from.size() > 0) std::copy_n(from.get(), from.size(), to.get());
  return to;
}

template <class T>
const T* row_of(const Rows<T>& rows, i64 k) {
  return rows.base + (rows.index ? rows.index[k] : k) * rows.stride;
}

/// Whether numbers rise one by one.
bool side_by_side(const i64* numbers, i64 n) {
  for (i64 k = 1; k < n; ++k) {
    if (numbers[k] != numbers[0] + k) return false;
  }
  return true;
}

}  // namespace

template <class T>
Sessions<T>::Sessions(std::shared_ptr<const Chain<T>> chain) : chain_(std::move(chain)) {
  i64 longest = 0;
  for (const Link<T>& link : chain_->links()) {
    const auto* recurrence = std::get_if<Recurrence<T>>(&link);
    if (!recurrence) continue;
    const StackShape& shape = recurrence->stack->shape();
    for (i64 place = 0; place < shape.L; ++place) {
      const T* const projected = place == 0 ? recurrence->projected.get() : nullptr;
      states_.push_back({recurrence->stack.get(),
                         place,
                         projected,
                         round_up(shape.H, kUnitBlock<T>),
                         round_up(shape.P, kUnitBlock<T>),
                         {},
                         {}});
      longest = std::max(longest, states_.back().padded);
    }
  }
  workspaces_.resize(states_.size());
  zeros_ = Buffer<T>(longest).zeroed();
  reserve_rows(1);
}

template <class T>
i64 Sessions<T>::open() {
  ids_.reserve();
  if (ids_.opened() == slots_) reserve_slots(std::max<i64>(1, 2 * slots_));
  const i64 id = ids_.open();
  reset(ids_.slot(id));
  return id;
}

template <class T>
void Sessions<T>::open_all(i64 sessions) {
  reserve_slots(sessions);
  reserve_rows(sessions);
  for (i64 slot = 0; slot < sessions; ++slot) open();
}

/// All of the new memory is there before any of the old one goes.
template <class T>
void Sessions<T>::reserve_slots(i64 slots) {
  std::vector<std::pair<Buffer<T>, Buffer<T>>> memory;
  for (const LayerStates<T>& layer : states_) {
    const bool has_cell = layer.stack->kernels().has_cell;
    memory.emplace_back(grown(layer.h, elements({slots, 2, layer.padded_out})),
                        has_cell ? grown(layer.c, elements({slots, layer.padded})) : Buffer<T>());
  }
  side_.reserve(static_cast<std::size_t>(slots));
  chosen_.reserve(static_cast<std::size_t>(slots));
  side_.resize(static_cast<std::size_t>(slots));
  chosen_.resize(static_cast<std::size_t>(slots));
  for (std::size_t i = 0; i < states_.size(); ++i) {
    states_[i].h = std::move(memory[i].first);
    states_[i].c = std::move(memory[i].second);
  }
  slots_ = slots;
}

template <class T>
void Sessions<T>::reserve_rows(i64 rows) {
  if (rows <= rows_) return;
  rows = std::max(rows, std::min(2 * rows_, i64{1} << 20));
  std::vector<StepWorkspace<T>> workspaces;
  for (const LayerStates<T>& layer : states_) {
    const CellKernels<T>& kernels = layer.stack->kernels();
    const bool norms = kernels.normalises, hands_on = kernels.stages > 1 && !norms;
    const bool shared_sums = norms || (hands_on && !kernels.projects);
    const bool candidates = kernels.has_cell && layer.stack->shape().zoneout_c > 0;
    const i64 sums = elements({layer.padded, rows, kernels.sums});
    const i64 units = elements({rows, layer.padded});
    workspaces.push_back({Buffer<T>(shared_sums ? sums : 0), Buffer<T>(hands_on ? units : 0),
                          Buffer<T>(kernels.has_cell ? units : 0), Buffer<T>(norms ? sums : 0),
                          Buffer<T>(candidates ? units : 0)});
  }
  Buffer<i64> numbers[6];
  for (Buffer<i64>& each : numbers) each = Buffer<i64>(rows);
  Buffer<T> between[2] = {Buffer<T>(elements({rows, chain_->widest()})),
                          Buffer<T>(elements({rows, chain_->widest()}))};
  workspaces_ = std::move(workspaces);
  std::copy_n(slot_.get(), rows_, numbers[2].get());
  Buffer<i64>* const own[] = {&row_, &length_, &slot_, &previous_, &place_, &read_};
  for (int i = 0; i < 6; ++i) *own[i] = std::move(numbers[i]);
  std::iota(row_.get(), row_.get() + rows, i64{0});
  std::fill_n(length_.get(), rows, i64{1});
  for (int i = 0; i < 2; ++i) between_[i] = std::move(between[i]);
  rows_ = rows;
}

template <class T>
T* Sessions<T>::h(std::size_t layer, i64 slot) const {
  const LayerStates<T>& states = states_[layer];
  return states.h.get() + (2 * slot + side_[static_cast<std::size_t>(slot)]) * states.padded_out;
}

template <class T>
T* Sessions<T>::c(std::size_t layer, i64 slot) const {
  const LayerStates<T>& states = states_[layer];
  return states.c.size() > 0 ? states.c.get() + slot * states.padded : nullptr;
}

template <class T>
void Sessions<T>::reset(i64 slot) {
  for (std::size_t i = 0; i < states_.size(); ++i) {
    std::fill_n(h(i, slot), states_[i].padded_out, T(0));
    if (T* const cells = c(i, slot)) std::fill_n(cells, states_[i].padded, T(0));
  }
}

template <class T>
void Sessions<T>::choose(const i64* ids, i64 n) {
  reserve_rows(std::min(n, ids_.opened()));  // of more, one is there twice, or unknown
  ++calls_;
  for (i64 k = 0; k < n; ++k) {
    const i64 id = read_once(ids + k), slot = ids_.slot(id);
    const std::string got = "got " + std::to_string(id);
    if (slot < 0) {
      throw std::invalid_argument("ids: expected ids of open sessions; " + got +
                                  (ids_.was_open(id) ? ", which is closed" : ""));
    }
    std::uint64_t& call = chosen_[static_cast<std::size_t>(slot)];
    if (call == calls_) {
      throw std::invalid_argument("ids: expected each session once; " + got + " again");
    }
    call = calls_;
    slot_[k] = slot;
  }
}

template <class T>
void Sessions<T>::read_ids(const i64* given, i64 n) {
  keep_indices(given, n, read_.get(), [&](i64 id, i64) {
    expect_index<std::out_of_range>("x", id, chain_->vocabulary() - 1);
  });
}

template <class T>
void Sessions<T>::step(i64 n, const T* x, T* out) {
  for (i64 k = 0; k < n; ++k) {
    const i64 side = side_[static_cast<std::size_t>(slot_[k])];
    previous_[k] = 2 * slot_[k] + side;
    place_[k] = 2 * slot_[k] + 1 - side;
  }
  if (n < kSharedRows) {
    work(x, 0, n, out, turn_);
  } else {
    run_team(static_cast<double>(n) * chain_->flops(), [&](const Worker& worker) {
      const i64 first = n * worker.index / worker.count;
      work(x, first, n * (worker.index + 1) / worker.count - first, out, turn_);
    });
  }
  for (i64 k = 0; k < n; ++k) side_[static_cast<std::size_t>(slot_[k])] ^= 1;
  turn_ ^= 1;
}

template <class T>
void Sessions<T>::place_rows(i64 first, i64 count, i64 step) {
  const i64 side = step & 1;
  for (i64 row = first; row < first + count; ++row) {
    previous_[row] = 2 * slot_[row] + side;
    place_[row] = 2 * slot_[row] + 1 - side;
  }
}

template <class T>
void Sessions<T>::work(const T* x, i64 first, i64 count, T* out, i64 turn) const {
  if (count == 0) return;
  const i64 I = chain_->in(), O = chain_->out();
  Flow flow{first, count, {x ? x + first * I : nullptr, I, nullptr, nullptr, 0, nullptr}, I, -1,
            0,     turn};
  T* const result = out + first * O;
  for (const Link<T>& link : chain_->links()) {
    const int free = flow.buffer == 0 ? 1 : 0;
    T* const to = &link == &chain_->links().back() ? result : room(free, first);
    std::visit([&](const auto& each) { pass(each, flow, to); }, link);
    flow.buffer = flow.rows.base == to ? free : -1;
  }
  if (flow.rows.base == result) return;
  for (i64 k = 0; k < count; ++k) std::copy_n(row_of(flow.rows, k), O, result + k * O);
}

template <class T>
void Sessions<T>::pass(const Table<T>& table, Flow& flow, T*) const {
  flow.rows = {table.values.get(), table.width, read_.get() + flow.first, nullptr, 0, nullptr};
  flow.width = table.width;
}

template <class T>
void Sessions<T>::pass(const Recurrence<T>& recurrence, Flow& flow, T*) const {
  for (i64 place = 0; place < recurrence.stack->shape().L; ++place) pass_layer(flow);
  flow.width = recurrence.stack->shape().P;
}

/// A layer of the kernels, of one step of some rows; all that depends on the rows is the caller's.
template <class T>
Pass<T> Sessions<T>::pass_of(std::size_t layer, const Flow& flow) const {
  const LayerStates<T>& states = states_[layer];
  const StepWorkspace<T>& here = workspaces_[layer];
  const StackShape& shape = states.stack->shape();
  Pass<T> pass{};
  pass.operands = states.stack->forward(states.place, 0);
  pass.split = Split::kBatch;
  pass.chunk = 1;
  pass.I = shape.layer_input(states.place);
  pass.H = shape.H;
  pass.P = shape.P;
  pass.padded = states.padded;
  pass.padded_out = states.padded_out;
  if (states.projected) {
    pass.E = pass.I;
    pass.projected = states.projected;
    pass.tokens = chain_->vocabulary();
    pass.token = read_.get() + flow.first;
  } else {
    pass.x = flow.rows;
  }
  pass.y = states.h.get();
  pass.y_stride = states.padded_out;
  const i64* const previous = previous_.get() + flow.first;
  pass.h = pass.operand = {pass.y, pass.y_stride, previous, nullptr, 0, zeros_.get()};
  pass.zone_h.p = shape.zoneout_h;  // not drawn: in its expectation
  pass.zone_c.p = states.c.size() > 0 ? shape.zoneout_c : 0;
  if (here.gates.size() > 0) {
    const i64 row = states.stack->kernels().sums * kUnitBlock<T>;
    pass.gates = {here.gates.get() + flow.first * row, rows_};
    if (here.norm_step.size() > 0) {
      pass.norms.step = {here.norm_step.get() + flow.first * row, rows_};
    }
  }
  if (here.candidates.size() > 0) {
    pass.candidates = here.candidates.get() + flow.first * states.padded;
  }
  if (here.scratch.size() > 0) pass.scratch = here.scratch.get() + flow.first * states.padded;
  return pass;
}

template <class T>
void Sessions<T>::pass_layer(Flow& flow) const {
  const LayerStates<T>& states = states_[flow.layer];
  const i64 n = flow.count, first = flow.first, padded = states.padded;
  // Of two steps it is the first, or the second: see turn_.
  const i64 active[] = {n, n, 0}, offset[] = {0, 0, n};
  const i64 *const slots = slot_.get() + first, *const place = place_.get() + first;
  Batch batch{};
  batch.T = 1;
  batch.B = batch.rows = n;
  batch.steps = 2;
  batch.length = length_.get();
  batch.order = batch.position = row_.get();
  batch.active = active;
  batch.offset = offset;
  batch.place = place;
  batch.previous = previous_.get() + first;
  Pass<T> pass = pass_of(flow.layer, flow);
  pass.batch = &batch;
  const bool apart = states.c.size() > 0 && !side_by_side(slots, n);
  if (apart) {
    pass.cells = workspaces_[flow.layer].cells.get() + first * padded;
    for (i64 k = 0; k < n; ++k) {
      std::copy_n(states.c.get() + slots[k] * padded, padded, pass.cells + k * padded);
    }
  } else if (states.c.size() > 0) {
    pass.cells = states.c.get() + slots[0] * padded;
  }
  pass.c_start = pass.cells;  // a unit reads its own c before it writes it
  Alone alone;
  states.stack->kernels().forward(pass, {flow.turn, flow.turn + 1}, alone.worker());
  for (i64 k = 0; apart && k < n; ++k) {
    std::copy_n(pass.cells + k * padded, padded, states.c.get() + slots[k] * padded);
  }
  flow.rows = {pass.y, pass.y_stride, place, nullptr, 0, nullptr};
  ++flow.layer;
}

template <class T>
void Sessions<T>::pass(const Affine<T>& affine, Flow& flow, T* to) const {
  const T* a = row_of(flow.rows, 0);
  i64 stride = flow.rows.stride;
  if (flow.rows.index && flow.count > 1) {  // scattered rows are in neither buffer
    T* const gathered = room(to == room(0, flow.first) ? 1 : 0, flow.first);
    for (i64 k = 0; k < flow.count; ++k) {
      std::copy_n(row_of(flow.rows, k), flow.width, gathered + k * flow.width);
    }
    a = gathered;
    stride = flow.width;
  }
  Alone alone;
  for (i64 m = 0; m < flow.count; m += kProductRows) {
    Product<T> product{};
    product.M = std::min(kProductRows, flow.count - m);
    product.N = affine.out;
    product.K = affine.in;
    product.a = a + m * stride;
    product.lda = stride;
    product.b = affine.weight.get();
    product.ldb = affine.stride;
    product.bias = affine.bias.size() > 0 ? affine.bias.get() : nullptr;
    product.c = to + m * affine.out;
    chain_->kernels().product(product, alone.worker());
  }
  flow.rows = {to, affine.out, nullptr, nullptr, 0, nullptr};
  flow.width = affine.out;
}

template <class T>
void Sessions<T>::pass(const Map& map, Flow& flow, T* to) const {
  for (i64 k = 0; k < flow.count; ++k) {
    const T* const from = row_of(flow.rows, k);
    T* const result = to + k * flow.width;
    if (map == Map::kRelu) {
      for (i64 i = 0; i < flow.width; ++i) result[i] = from[i] <= 0 ? T(0) : from[i];
    } else {
      (map == Map::kTanh ? chain_->kernels().tanh : chain_->kernels().sigmoid)(from, result,
                                                                               flow.width);
    }
  }
  flow.rows = {to, flow.width, nullptr, nullptr, 0, nullptr};
}

template <class T>
void Sessions<T>::pass(const Scaling& scaling, Flow& flow, T* to) const {
  const double *const mean = scaling.mean.get(), *const deviation = scaling.deviation.get();
  for (i64 k = 0; k < flow.count; ++k) {
    const T* const from = row_of(flow.rows, k);
    T* const result = to + k * flow.width;
    for (i64 i = 0; i < flow.width; ++i) {
      const double x = static_cast<double>(from[i]);
      result[i] =
          static_cast<T>(scaling.back ? x * deviation[i] + mean[i] : (x - mean[i]) / deviation[i]);
    }
  }
  flow.rows = {to, flow.width, nullptr, nullptr, 0, nullptr};
}

template class Sessions<float>;
template class Sessions<double>;

}  // namespace pyrnn
