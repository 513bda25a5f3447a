#include "cpu/engine/packed_stack.h"

#include <memory>

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

/// A pass over the weights' elements costs about as much as so many operations each.
constexpr double kFlopsPerElement = 50;

/// pack(layer and direction, worker) for all of them, each shared among threads.
template <class F>
void pack_all(std::int64_t count, std::int64_t elements, F&& pack) {
  run_team(kFlopsPerElement * static_cast<double>(elements), [&](const Worker& worker) {
    for (std::int64_t i = 0; i < count; ++i) pack(static_cast<std::size_t>(i), worker);
  });
}

/// Memory for n elements more, counted in total.
template <class T>
T* take(std::vector<Buffer<T>>& memory, std::int64_t n, std::int64_t& total) {
  memory.emplace_back(n);
  total += n;
  return memory.back().get();
}

}  // namespace

template <class T>
PackedStack<T>::PackedStack(const KernelTable& table, const StackShape& shape,
                            const T* const* weights)
    : table_(table), kernels_(cell_kernels<T>(table, shape.cell)), shape_(shape) {
  for (std::int64_t layer = 0; layer < shape.L; ++layer) {
    for (std::int64_t d = 0; d < shape.D; ++d) {
      MasterWeights<T> master{
          shape.layer_input(layer), shape.H, weights[0], weights[1], nullptr, nullptr};
      if (shape.bias) {
        master.bias_ih = weights[2];
        master.bias_hh = weights[3];
      }
      weights += shape.bias ? 4 : 2;
      masters_.push_back(master);
      const PackedSizes sizes = kernels_.packed_sizes(master.I, master.H);
      Weights<T> packed{};
      packed.bias = forward_.take(sizes.bias);
      packed.w = forward_.take(sizes.w);
      packed.r = forward_.take(sizes.r);
      packed.gated = forward_.take(sizes.gated);
      forward_.weights.push_back(packed);
    }
  }
  pack_all(shape.L * shape.D, forward_.elements, [&](std::size_t i, const Worker& worker) {
    kernels_.pack_forward(masters_[i], forward_.weights[i], worker);
  });
}

template <class T>
T* PackedStack<T>::Operands::take(std::int64_t n) {
  memory.emplace_back(n);
  elements += n;
  return memory.back().get();
}

template <class T>
void PackedStack<T>::prepare_backward() {
  if (backward_.load(std::memory_order_acquire)) return;
  auto made = std::make_unique<Operands>();
  made->weights = forward_.weights;
  for (std::size_t k = 0; k < made->weights.size(); ++k) {
    const PackedSizes sizes = kernels_.packed_sizes(masters_[k].I, masters_[k].H);
    made->weights[k].w_rows = made->take(sizes.w_rows);
    made->weights[k].r_rows = made->take(sizes.r_rows);
    made->weights[k].gated_rows = made->take(sizes.gated_rows);
  }
  pack_all(shape_.L * shape_.D, made->elements, [&](std::size_t i, const Worker& worker) {
    kernels_.pack_backward(masters_[i], made->weights[i], worker);
  });
  Operands* none = nullptr;
  if (backward_.compare_exchange_strong(none, made.get(), std::memory_order_acq_rel)) {
    made.release();
  }
}

template class PackedStack<float>;
template class PackedStack<double>;

}  // namespace pyrnn
