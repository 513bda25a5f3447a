#include "cpu/engine/packed_stack.h"

#include <memory>
#include <string_view>

#include "cpu/engine/team.h"

namespace pyrnn {

template <>
const CellKernels<float>& cell_kernels<float>(const KernelTable& table, int cell) {
  return table.cells_f32[cell];
}
template <>
const CellKernels<double>& cell_kernels<double>(const KernelTable& table, int cell) {
  return table.cells_f64[cell];
}
template <>
const ArrayKernels<float>& array_kernels<float>(const KernelTable& table) {
  return table.arrays_f32;
}
template <>
const ArrayKernels<double>& array_kernels<double>(const KernelTable& table) {
  return table.arrays_f64;
}

namespace {

/// pack(layer and direction, worker) for all of them, each shared among threads.
template <class F>
void pack_all(std::int64_t count, std::int64_t elements, F&& pack) {
  run_team(kFlopsPerElement * static_cast<double>(elements), [&](const Worker& worker) {
    for (std::int64_t i = 0; i < count; ++i) pack(static_cast<std::size_t>(i), worker);
  });
}

}  // namespace

bool is_bias(const Weight& weight) { return std::string_view(weight.name).starts_with("bias"); }

template <class T>
PackedStack<T>::PackedStack(const KernelTable& table, const StackShape& shape,
                            const T* const* weights)
    : table_(table), kernels_(cell_kernels<T>(table, shape.cell)), shape_(shape), backward_{} {
  const WeightList& list = kernels_.weights;
  for (std::int64_t i = 0; i < shape.L * shape.D; ++i) {
    MasterWeights<T> master{shape.layer_input(i / shape.D), shape.H, shape.P, {}};
    for (int w = 0; w < list.count; ++w) {
      if (shape.bias || !is_bias(list.line[w])) master.of[w] = *weights++;
    }
    masters_.push_back(master);
    const PackedSizes sizes = kernels_.packed_sizes(master);
    Operands<T> packed{};
    packed.bias = forward_.take(sizes.bias);
    packed.own = forward_.take(sizes.own);
    packed.norms = forward_.take(sizes.norms);
    for (int k = 0; k < kernels_.terms.count; ++k) {
      packed.panels[k] = forward_.take(sizes.panels[k]);
    }
    forward_.of.push_back(packed);
  }
  pack_all(shape.L * shape.D, forward_.elements, [&](std::size_t i, const Worker& worker) {
    kernels_.pack_forward(masters_[i], forward_.of[i], worker);
  });
}

template <class T>
PackedStack<T>::~PackedStack() {
  for (const auto& packed : backward_) delete packed.load();
}

template <class T>
const T* PackedStack<T>::Packed::take(std::int64_t n) {
  memory.emplace_back(n);
  elements += n;
  return memory.back().get();
}

template <class T>
void PackedStack<T>::prepare_backward(bool needs_x) {
  if (backward_[needs_x].load(std::memory_order_acquire)) return;
  auto made = std::make_unique<Packed>();
  made->of = forward_.of;
  for (std::size_t i = 0; i < made->of.size(); ++i) {
    const bool first_layer = i < static_cast<std::size_t>(shape_.D);
    const PackedSizes sizes = kernels_.packed_sizes(masters_[i]);
    for (int k = 0; k < kernels_.terms.count; ++k) {
      if (first_layer && !needs_x && kernels_.terms.of[k].operand == Operand::kInput) continue;
      made->of[i].rows[k] = made->take(sizes.rows[k]);
    }
  }
  pack_all(shape_.L * shape_.D, made->elements, [&](std::size_t i, const Worker& worker) {
    kernels_.pack_backward(masters_[i], made->of[i], worker);
  });
  Packed* none = nullptr;
  if (backward_[needs_x].compare_exchange_strong(none, made.get(), std::memory_order_acq_rel)) {
    made.release();
  }
}

template class PackedStack<float>;
template class PackedStack<double>;

}  // namespace pyrnn
