// A stack of layers and its weights in the kernels' layout.
#pragma once

#include <atomic>
#include <vector>

#include "cpu/engine/buffer.h"
#include "cpu/kernels/kernel_table.h"

namespace pyrnn {

/// A pass over the weights' elements costs about as much as so many operations each.
constexpr double kFlopsPerElement = 50;

/// Layers of one cell in one or two directions.
struct StackShape {
  int cell;  // index in PYRNN_CELLS
  std::int64_t I, H, P, L, D;
  bool bias;
  double dropout;  // between layers
  double zoneout_h = 0, zoneout_c = 0;
  double recurrent_dropout = 0;

  std::int64_t layer_input(std::int64_t layer) const { return layer == 0 ? I : D * P; }
};

template <class T>
class PackedStack {
 public:
  /// weights: pointers in PyTorch's order, which must stay valid and unchanged.
  PackedStack(const KernelTable& table, const StackShape& shape, const T* const* weights);
  ~PackedStack();
  PackedStack(const PackedStack&) = delete;
  PackedStack& operator=(const PackedStack&) = delete;

  const StackShape& shape() const { return shape_; }
  const CellKernels<T>& kernels() const { return kernels_; }
  const KernelTable& table() const { return table_; }

  /// The operands of one layer in one direction, those of the passes forward.
  const Operands<T>& forward(std::int64_t layer, std::int64_t direction) const {
    return forward_.of[place(layer, direction)];
  }
  /// All of them, once they are prepared: with W of the first layer only where its input has a
  /// gradient.
  const Operands<T>& backward(std::int64_t layer, std::int64_t direction, bool needs_x) const {
    return backward_[needs_x].load(std::memory_order_acquire)->of[place(layer, direction)];
  }

  /// Packs what backward needs, the first time it is called. Of two threads that are first, both
  /// may pack, and one result stays: no lock that a fork could leave held, nor half a result.
  void prepare_backward(bool needs_x);

 private:
  /// Packed weights of all layers and directions, and the memory that they stand in.
  struct Packed {
    std::vector<Operands<T>> of;  // [L D]
    std::vector<Buffer<T>> memory;
    std::int64_t elements = 0;

    const T* take(std::int64_t n);
  };

  std::size_t place(std::int64_t layer, std::int64_t direction) const {
    return static_cast<std::size_t>(layer * shape_.D + direction);
  }

  const KernelTable& table_;
  const CellKernels<T>& kernels_;
  const StackShape shape_;
  std::vector<MasterWeights<T>> masters_;
  Packed forward_;
  std::atomic<Packed*> backward_[2];  // by needs_x; null until it is needed
};

/// Whether a stack without biases lacks a weight.
bool is_bias(const Weight& weight);

template <class T>
const CellKernels<T>& cell_kernels(const KernelTable& table, int cell);

template <class T>
const ArrayKernels<T>& array_kernels(const KernelTable& table);

}  // namespace pyrnn
