#include "cpu/engine/chain.h"

#include <algorithm>

#include "cpu/engine/team.h"

namespace pyrnn {
namespace {

using i64 = std::int64_t;

/// A step from a projected row reads neither the table nor W. The rows together may take so much:
/// 65 characters and H 256 take a quarter of a megabyte, 10 000 words 40.
constexpr double kProjectedBytes = 64.0 * (1 << 20);

/// What an element costs, in the operations of a product that take as long.
constexpr double kFlopsPerActivation = 60;

/// Rows of W^T begin in different places of the caches: not a power of two apart.
template <class T>
i64 row_stride(i64 out) {
  const i64 line = kUnitBlock<T>, lines = (out + line - 1) / line;
  return line * (lines % 8 == 0 ? lines + 1 : lines);
}

template <class T>
double flops_of(const PackedStack<T>& stack) {
  const StackShape& shape = stack.shape();
  double flops = 0;
  for (i64 layer = 0; layer < shape.L; ++layer) {
    const double columns = static_cast<double>(shape.layer_input(layer) + shape.P);
    flops += 2 * columns * static_cast<double>(stack.kernels().sums * shape.H);
    if (stack.kernels().projects) flops += 2 * static_cast<double>(shape.H * shape.P);
  }
  return flops;
}

}  // namespace

template <class T>
Affine<T> affine(const T* weight, const T* bias, i64 in, i64 out) {
  const i64 stride = row_stride<T>(out);
  Affine<T> made{in, out, stride, Buffer<T>(elements({in, stride})).zeroed(), {}};
  for (i64 n = 0; n < out; ++n) {
    for (i64 k = 0; k < in; ++k) made.weight[k * stride + n] = weight[n * in + k];
  }
  if (bias) {
    made.bias = Buffer<T>(out);
    std::copy_n(bias, out, made.bias.get());
  }
  return made;
}

template Affine<float> affine(const float*, const float*, i64, i64);
template Affine<double> affine(const double*, const double*, i64, i64);

template <class T>
Chain<T>::Chain(const KernelTable& table, std::vector<Link<T>> links)
    : kernels_(array_kernels<T>(table)), links_(std::move(links)) {
  for (const Link<T>& link : links_) measure(link);
  project_table();
}

template <class T>
void Chain<T>::measure(const Link<T>& link) {
  i64 in = out_, out = out_;
  widest_ = std::max(widest_, out_);
  if (const auto* rows = std::get_if<Table<T>>(&link)) {
    in = vocabulary_ = rows->rows;
    out = rows->width;
  } else if (const auto* recurrence = std::get_if<Recurrence<T>>(&link)) {
    in = recurrence->stack->shape().I;
    out = recurrence->stack->shape().P;
    flops_ += flops_of(*recurrence->stack);
  } else if (const auto* product = std::get_if<Affine<T>>(&link)) {
    in = product->in;
    out = product->out;
    flops_ += 2 * static_cast<double>(in) * static_cast<double>(out);
  } else if (const auto* scaling = std::get_if<Scaling>(&link)) {
    in = out = scaling->width;
  } else {
    flops_ += kFlopsPerActivation * static_cast<double>(out);
  }
  if (&link == &links_.front()) in_ = in;
  out_ = out;
  widths_.push_back(out);
}

template <class T>
void Chain<T>::project_table() {
  if (links_.size() < 2 || !takes_ids()) return;
  auto* const first = std::get_if<Recurrence<T>>(&links_[1]);
  if (!first) return;
  const PackedStack<T>& stack = *first->stack;
  const StackShape& shape = stack.shape();
  const i64 width = stack.kernels().sums * round_up(shape.H, kUnitBlock<T>);
  if (static_cast<double>(vocabulary_) * static_cast<double>(width) * sizeof(T) > kProjectedBytes) {
    return;
  }
  first->projected = Buffer<T>(vocabulary_ * width);
  Pass<T> pass{};
  pass.operands = stack.forward(0, 0);
  pass.I = pass.E = shape.I;
  pass.H = shape.H;
  pass.P = shape.P;
  const Rows<T> rows{table()->values.get(), shape.I, nullptr, nullptr, 0, nullptr};
  const double flops = 2 * static_cast<double>(vocabulary_) * static_cast<double>(width * shape.I);
  run_team(flops, [&](const Worker& worker) {
    stack.kernels().project(pass, rows, vocabulary_, first->projected.get(), worker);
  });
}

template class Chain<float>;
template class Chain<double>;

}  // namespace pyrnn
