// What sessions run: layers one behind the other, with their weights as they were when the chain
// was made.
#pragma once

#include <memory>
#include <variant>
#include <vector>

#include "cpu/engine/packed_stack.h"

namespace pyrnn {

/// y = table[id]
template <class T>
struct Table {
  std::int64_t rows, width;  // V, E
  Buffer<T> values;          // [V, E]
};

/// A stack of recurrent layers, in one direction.
template <class T>
struct Recurrence {
  std::shared_ptr<PackedStack<T>> stack;
  /// Where a table stands in front, and this is not too large: x W + bias of each of its rows.
  Buffer<T> projected;  // [blocks][V][sums][UB]
};

/// y = x W^T + b
template <class T>
struct Affine {
  std::int64_t in, out;  // I, O
  std::int64_t stride;   // of a row of the weight
  Buffer<T> weight;      // [I, stride]: W^T, which a product of few rows reads as it stands
  Buffer<T> bias;        // [O], or nothing
};

enum class Map : int { kTanh, kSigmoid, kRelu };

/// y = (x - mean) / deviation, or back: y = x deviation + mean; in float64, as data are prepared.
struct Scaling {
  std::int64_t width;
  Buffer<double> mean, deviation;  // [width]
  bool back;
};

template <class T>
using Link = std::variant<Table<T>, Recurrence<T>, Affine<T>, Map, Scaling>;

/// Rows of an affine layer that one product takes: few enough that it reads W^T in place.
constexpr std::int64_t kProductRows = 96;

template <class T>
Affine<T> affine(const T* weight, const T* bias, std::int64_t in, std::int64_t out);

template <class T>
class Chain {
 public:
  /// Links whose widths agree; a table stands first or nowhere. OutOfMemory.
  Chain(const KernelTable& table, std::vector<Link<T>> links);

  const std::vector<Link<T>>& links() const { return links_; }
  const ArrayKernels<T>& kernels() const { return kernels_; }
  /// Whether a step is an id, of so many: V. Else it is `in` numbers.
  bool takes_ids() const { return vocabulary_ > 0; }
  std::int64_t vocabulary() const { return vocabulary_; }
  std::int64_t in() const { return in_; }
  std::int64_t out() const { return out_; }
  /// The widest of what passes between two links.
  std::int64_t widest() const { return widest_; }
  /// Operations of a step.
  double flops() const { return flops_; }
  /// The table, if there is one.
  const Table<T>* table() const { return std::get_if<Table<T>>(&links_.front()); }
  /// How wide what a link gives is.
  std::int64_t width_behind(std::size_t link) const { return widths_[link]; }

 private:
  void measure(const Link<T>& link);
  void project_table();

  const ArrayKernels<T>& kernels_;
  std::vector<Link<T>> links_;
  std::vector<std::int64_t> widths_;
  std::int64_t vocabulary_ = 0, in_ = 0, out_ = 0, widest_ = 0;
  double flops_ = 0;
};

}  // namespace pyrnn
