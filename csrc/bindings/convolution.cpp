// Filters over ragged sequences, and the largest activation of each.
#include "bindings/module.h"

#include <algorithm>
#include <stdexcept>

#include "bindings/arguments.h"
#include "bindings/gil.h"
#include "cpu/engine/indices.h"
#include "cpu/engine/packed_stack.h"
#include "cpu/engine/team.h"
#include "dispatch/dispatch.h"

namespace pyrnn {
namespace {

using i64 = std::int64_t;

/// What a weight that is packed costs, and a number of dx that is cleared, in the operations of a
/// product that take as long.
constexpr double kFlopsPerElement = 20;

/// The problem of a call, and the arrays that it reads.
template <class T>
struct Read {
  Convolution<T> of{};
  Shape shape;          // of x
  Buffer<i64> lengths;  // [B]
  std::vector<py::object> keep;

  Shape maxima() const { return {of.B, of.F}; }
  Shape filters() const { return {of.F, of.I, of.W}; }
  double taps() const { return static_cast<double>(of.W * of.I) * static_cast<double>(of.F); }
  /// How many threads may have scratch of their own.
  int parts(i64 pieces) const {
    return static_cast<int>(std::clamp<i64>(pieces, 1, get_num_threads()));
  }
};

template <class T>
Read<T> read(const py::object& x, const py::object& weight, const py::object& bias,
             const py::object& lengths, bool batch_first) {
  Read<T> read;
  Convolution<T>& of = read.of;
  const auto sequences = expect_array<T>(x, "x", 3);
  const auto filters = expect_array<T>(weight, "weight", 3);
  read.shape = Shape(sequences.shape(), sequences.shape() + 3);
  of.time = sequences.shape(batch_first ? 1 : 0);
  of.B = sequences.shape(batch_first ? 0 : 1);
  of.F = filters.shape(0);
  of.I = filters.shape(1);
  of.W = filters.shape(2);
  if (filters.size() == 0) {
    throw py::value_error("weight: expected shape (F, I, W), each at least 1; got " +
                          text(read.filters()));
  }
  if (sequences.shape(2) != of.I) {
    throw py::value_error("x: expected its last axis to be " + std::to_string(of.I) + "; got " +
                          std::to_string(sequences.shape(2)));
  }
  const auto given = expect_array<i64>(lengths, "lengths", Shape{of.B});
  read.lengths = Buffer<i64>(of.B);
  keep_indices(given.data(), of.B, read.lengths.get(), [&](i64 length, i64) {
    expect_index<std::invalid_argument>("lengths", length, of.time);
    of.rows += length;
    of.longest = std::max(of.longest, length);
  });
  of.lengths = read.lengths.get();
  of.x = sequences.data();
  of.weight = filters.data();
  of.bias = optional_data<T>(bias, "bias", {of.F}, read.keep);
  if (sequences.size() > 0) {  // the product of other axes may be beyond all counting
    of.step = batch_first ? of.I : of.B * of.I;
    of.sequence = batch_first ? of.time * of.I : of.I;
  }
  read.keep.push_back(sequences);
  read.keep.push_back(filters);
  return read;
}

template <class T>
py::tuple convolution_max_as(const py::object& x, const py::object& weight, const py::object& bias,
                             const py::object& lengths, bool batch_first) {
  const Read<T> given = read<T>(x, weight, bias, lengths, batch_first);
  const Convolution<T>& of = given.of;
  py::array_t<T> y = new_array<T>(given.maxima(), "y");
  py::array_t<i64> steps = new_array<i64>(given.maxima(), "steps");
  if (y.size() == 0) return py::make_tuple(y, steps);
  const ArrayKernels<T>& kernels = array_kernels<T>(current_table());
  const ConvolutionScratch sizes = kernels.convolution_scratch(of);
  ConvolutionMax<T> task{};
  task.of = of;
  task.y = y.mutable_data();
  task.steps = steps.mutable_data();
  task.parts = given.parts(of.rows);
  const double flops = (2 * static_cast<double>(of.rows) + kFlopsPerElement) * given.taps();
  {
    const ReleaseGil release(flops);
    const Buffer<T> panels(sizes.panels);
    const Buffer<T> windows(elements({task.parts, sizes.windows}));
    const Buffer<T> carried(elements({task.parts, of.F}));
    const Buffer<i64> carried_steps(elements({task.parts, of.F}));
    task.panels = panels.get();
    task.windows = windows.get();
    task.carried = carried.get();
    task.carried_steps = carried_steps.get();
    run_team(flops, [&](const Worker& worker) { kernels.convolution_max(task, worker); });
  }
  return py::make_tuple(y, steps);
}

py::tuple convolution_max(const py::object& x, const py::object& weight, const py::object& bias,
                          const py::object& lengths, bool batch_first) {
  if (py::isinstance<py::array_t<double>>(weight)) {
    return convolution_max_as<double>(x, weight, bias, lengths, batch_first);
  }
  return convolution_max_as<float>(x, weight, bias, lengths, batch_first);
}

/// A copy of where the maxima stood, each within its sequence, or -1 where there is no step.
template <class T>
Buffer<i64> checked_steps(const py::object& steps, const Read<T>& given) {
  const auto array = expect_array<i64>(steps, "steps", given.maxima());
  const Convolution<T>& of = given.of;
  Buffer<i64> kept(array.size());
  keep_indices(array.data(), kept.size(), kept.get(), [&](i64 step, i64 k) {
    const i64 length = of.lengths[k / of.F];
    if (length > 0 || step != -1) {
      expect_index<std::invalid_argument>("steps", step, length - 1);
    }
  });
  return kept;
}

template <class T>
py::tuple convolution_gradient_as(const py::object& x, const py::object& weight,
                                  const py::object& lengths, const py::object& steps,
                                  const py::object& dy, bool batch_first, bool needs_x,
                                  bool needs_weight, bool needs_bias) {
  const Read<T> given = read<T>(x, weight, py::none(), lengths, batch_first);
  const Convolution<T>& of = given.of;
  const Buffer<i64> kept = checked_steps(steps, given);
  ConvolutionGradient<T> task{};
  task.of = of;
  task.steps = kept.get();
  const auto upstream = expect_array<T>(dy, "dy", given.maxima());
  task.dy = upstream.data();
  py::object dx = py::none(), dweight = py::none(), dbias = py::none();
  const auto make = [](const Shape& shape, const char* name, T*& data) {
    py::array_t<T> array = new_array<T>(shape, name);
    data = array.mutable_data();
    return array;
  };
  if (needs_x) dx = make(given.shape, "dx", task.dx);
  if (needs_weight) dweight = make(given.filters(), "dweight", task.dweight);
  if (needs_bias) dbias = make({of.F}, "dbias", task.dbias);
  task.parts = given.parts(of.F);
  const double flops = 4 * static_cast<double>(of.B + kFlopsPerElement) * given.taps() +
                       kFlopsPerElement * static_cast<double>(of.B * of.time) * of.I;
  {
    const ReleaseGil release(flops);
    const auto kernel = array_kernels<T>(current_table()).convolution_gradient;
    const Buffer<T> taps(task.dx ? elements({of.F, of.W, of.I}) : 0);
    const Buffer<T> windows(elements({task.parts, of.W, of.I}));
    task.taps = taps.get();
    task.windows = windows.get();
    run_team(flops, [&](const Worker& worker) { kernel(task, worker); });
  }
  return py::make_tuple(dx, dweight, dbias);
}

py::tuple convolution_gradient(const py::object& x, const py::object& weight,
                               const py::object& lengths, const py::object& steps,
                               const py::object& dy, bool batch_first, bool needs_x,
                               bool needs_weight, bool needs_bias) {
  const auto call = py::isinstance<py::array_t<double>>(weight) ? convolution_gradient_as<double>
                                                                : convolution_gradient_as<float>;
  return call(x, weight, lengths, steps, dy, batch_first, needs_x, needs_weight, needs_bias);
}

}  // namespace

void register_convolution(py::module_& m) {
  m.def("convolution_max", &convolution_max, py::arg("x"), py::arg("weight"), py::arg("bias"),
        py::arg("lengths"), py::arg("batch_first"));
  m.def("convolution_gradient", &convolution_gradient, py::arg("x"), py::arg("weight"),
        py::arg("lengths"), py::arg("steps"), py::arg("dy"), py::arg("batch_first"),
        py::arg("needs_x"), py::arg("needs_weight"), py::arg("needs_bias"));
}

}  // namespace pyrnn
