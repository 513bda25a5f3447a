// Connectionist temporal classification over ragged sequences.
#include <algorithm>
#include <numeric>
#include <stdexcept>

#include "bindings/arguments.h"
#include "bindings/gil.h"
#include "bindings/module.h"
#include "cpu/engine/indices.h"
#include "cpu/engine/packed_stack.h"
#include "cpu/engine/team.h"
#include "dispatch/dispatch.h"

namespace pyrnn {
namespace {

using i64 = std::int64_t;

/// What a frame costs for each symbol of the softmax, and of the target, in operations of a
/// product.
constexpr double kFlopsPerElement = 50;

/// Copies of lengths and targets, and what follows from them: kernels read no others.
struct Targets {
  Buffer<i64> lengths, symbols, targets, order, work;
  i64 room = 0;
  double flops = 0;

  Targets(i64 B, i64 L) : lengths(B), symbols(B), targets(elements({B, L})), order(B), work(B) {}
};

Targets read(const py::object& lengths, const py::object& target_lengths, const py::object& targets,
             const Shape& shape, i64 blank, bool gradient) {
  const i64 steps = shape[0], B = shape[1], C = shape[2];
  const auto given = expect_array<i64>(targets, "targets", 2);
  const i64 L = given.shape(1);
  expect_shape(given, "targets", {B, L});
  const auto frames = expect_array<i64>(lengths, "lengths", Shape{B});
  const auto counts = expect_array<i64>(target_lengths, "target_lengths", Shape{B});
  Targets kept(B, L);
  i64 *const N = kept.lengths.get(), *const n = kept.symbols.get(), *const work = kept.work.get();
  keep_indices(frames.data(), B, N, [&](i64 length, i64) {
    expect_index<std::invalid_argument>("lengths", length, steps);
  });
  keep_indices(counts.data(), B, n, [&](i64 length, i64) {
    expect_index<std::invalid_argument>("target_lengths", length, L);
  });
  for (i64 b = 0; b < B; ++b) {
    keep_indices(given.data() + b * L, n[b], kept.targets.get() + b * L, [&](i64 symbol, i64) {
      expect_index<std::invalid_argument>("targets", symbol, C - 1);
      if (symbol == blank) throw py::value_error("targets: expected symbols; got the blank");
    });
    elements({N[b], 8 + n[b] + C, 32});  // more than is taken; MemoryError where that overflows
    kept.room = std::max(kept.room, current_table().ctc_scratch(N[b], n[b], C, gradient));
    work[b] = N[b] * (C + 4 * n[b] + 20);
    kept.flops += kFlopsPerElement * static_cast<double>(work[b]);
  }
  i64* const order = kept.order.get();
  std::iota(order, order + B, i64{0});
  std::sort(order, order + B,
            [&](i64 a, i64 b) { return work[a] != work[b] ? work[a] > work[b] : a < b; });
  return kept;
}

template <class T>
py::tuple ctc_loss_as(const py::object& logits, const py::object& targets,
                      const py::object& lengths, const py::object& target_lengths, i64 blank,
                      bool normalized, bool gradient, double scale) {
  const auto given = expect_array<T>(logits, "logits", 3);
  const Shape shape(given.shape(), given.shape() + 3);
  if (blank < 0 || blank >= shape[2]) {
    throw py::value_error("blank: expected 0 to C - 1 = " + std::to_string(shape[2] - 1) +
                          "; got " + std::to_string(blank));
  }
  const Targets kept = read(lengths, target_lengths, targets, shape, blank, gradient);
  py::array_t<T> losses = new_array<T>({shape[1]}, "losses");
  py::object dlogits = py::none();
  Ctc<T> task{};
  task.steps = shape[0];
  task.B = shape[1];
  task.C = shape[2];
  task.L = shape[1] ? kept.targets.size() / shape[1] : 0;
  task.logits = given.data();
  task.targets = kept.targets.get();
  task.lengths = kept.lengths.get();
  task.symbols = kept.symbols.get();
  task.order = kept.order.get();
  task.work = kept.work.get();
  task.blank = blank;
  task.normalized = normalized;
  task.scale = static_cast<T>(scale);
  task.losses = losses.mutable_data();
  if (gradient) {
    py::array_t<T> array = new_array<T>(shape, "dlogits");
    task.gradient = array.mutable_data();
    dlogits = array;
  }
  task.parts = static_cast<int>(std::clamp<i64>(task.B, 1, get_num_threads()));
  task.room = kept.room;
  {
    const ReleaseGil release(kept.flops);
    const Buffer<double> scratch(elements({task.parts, task.room}));
    task.scratch = scratch.get();
    const ArrayKernels<T>& kernels = array_kernels<T>(current_table());
    run_team(kept.flops, [&](const Worker& worker) { kernels.ctc_loss(task, worker); });
  }
  return py::make_tuple(losses, dlogits);
}

py::tuple ctc_loss(const py::object& logits, const py::object& targets, const py::object& lengths,
                   const py::object& target_lengths, i64 blank, bool normalized, bool gradient,
                   double scale) {
  const auto call =
      py::isinstance<py::array_t<double>>(logits) ? ctc_loss_as<double> : ctc_loss_as<float>;
  return call(logits, targets, lengths, target_lengths, blank, normalized, gradient, scale);
}

}  // namespace

void register_ctc(py::module_& m) {
  m.def("ctc_loss", &ctc_loss, py::arg("logits"), py::arg("targets"), py::arg("lengths"),
        py::arg("target_lengths"), py::arg("blank"), py::arg("normalized"), py::arg("gradient"),
        py::arg("scale"));
}

}  // namespace pyrnn
