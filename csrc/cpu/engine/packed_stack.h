// A stack of layers and its weights in the kernels' layout.
#pragma once

#include <atomic>
#include <vector>

#include "cpu/engine/buffer.h"
#include "cpu/kernels/kernel_table.h"

namespace pyrnn {

/// Layers of one cell in one or two directions.
struct StackShape {
  int cell;  // index in PYRNN_CELLS
  std::int64_t I, H, L, D;
  bool bias;
  double dropout;  // between layers

  std::int64_t layer_input(std::int64_t layer) const { return layer == 0 ? I : D * H; }
};

template <class T>
class PackedStack {
 public:
  /// weights: pointers in PyTorch's order, which must stay valid and unchanged.
  PackedStack(const KernelTable& table, const StackShape& shape, const T* const* weights);
  ~PackedStack() { delete backward_.load(); }
  PackedStack(const PackedStack&) = delete;
  PackedStack& operator=(const PackedStack&) = delete;

  const StackShape& shape() const { return shape_; }
  const CellKernels<T>& kernels() const { return kernels_; }
  const KernelTable& table() const { return table_; }

  /// The operands of one layer in one direction; with those of backward once they are prepared.
  Weights<T> weights(std::int64_t layer, std::int64_t direction, bool backward) const {
    const auto k = static_cast<std::size_t>(layer * shape_.D + direction);
    return backward ? backward_.load(std::memory_order_acquire)->weights[k] : forward_.weights[k];
  }

  /// Packs what backward needs, the first time it is called. Of two threads that are first, both
  /// may pack, and one result stays: no lock that a fork could leave held, nor half a result.
  void prepare_backward();

 private:
  /// Packed weights of all layers and directions, and the memory that they stand in.
  struct Operands {
    std::vector<Weights<T>> weights;  // [L D]
    std::vector<Buffer<T>> memory;
    std::int64_t elements = 0;

    T* take(std::int64_t n);
  };

  const KernelTable& table_;
  const CellKernels<T>& kernels_;
  const StackShape shape_;
  std::vector<MasterWeights<T>> masters_;
  Operands forward_;
  /// Null until it is needed. Of several threads that need it at once the first to be done sets it:
  /// no lock that a failed allocation or a fork could leave behind.
  std::atomic<Operands*> backward_{nullptr};
};

template <class T>
const CellKernels<T>& cell_kernels(const KernelTable& table, int cell);

template <class T>
const ArrayKernels<T>& array_kernels(const KernelTable& table);

}  // namespace pyrnn
