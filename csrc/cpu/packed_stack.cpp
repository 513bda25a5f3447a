#include "cpu/packed_stack.h"

#include "cpu/team.h"

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

}  // namespace

template <class T>
PackedStack<T>::PackedStack(const KernelTable& table, const StackShape& shape,
                            const T* const* weights)
    : table_(table), kernels_(cell_kernels<T>(table, shape.cell)), shape_(shape) {
  std::int64_t elements = 0;
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
      packed.bias = take(sizes.bias, elements);
      packed.w = take(sizes.w, elements);
      packed.r = take(sizes.r, elements);
      packed.gated = take(sizes.gated, elements);
      forward_.push_back(packed);
    }
  }
  pack_all(shape.L * shape.D, elements, [&](std::size_t i, const Worker& worker) {
    kernels_.pack_forward(masters_[i], forward_[i], worker);
  });
}

template <class T>
T* PackedStack<T>::take(std::int64_t n, std::int64_t& total) {
  memory_.emplace_back(n);
  total += n;
  return memory_.back().get();
}

template <class T>
void PackedStack<T>::prepare_backward() {
  std::call_once(backward_ready_, [this] {
    std::int64_t elements = 0;
    backward_ = forward_;
    for (std::size_t k = 0; k < backward_.size(); ++k) {
      const PackedSizes sizes = kernels_.packed_sizes(masters_[k].I, masters_[k].H);
      backward_[k].w_rows = take(sizes.w_rows, elements);
      backward_[k].r_rows = take(sizes.r_rows, elements);
      backward_[k].gated_rows = take(sizes.gated_rows, elements);
    }
    pack_all(shape_.L * shape_.D, elements, [&](std::size_t i, const Worker& worker) {
      kernels_.pack_backward(masters_[i], backward_[i], worker);
    });
  });
}

template class PackedStack<float>;
template class PackedStack<double>;

}  // namespace pyrnn
