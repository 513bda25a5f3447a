// forward, backward.
#include "bindings/module.h"

#include <pybind11/stl.h>

#include <atomic>
#include <optional>
#include <stdexcept>

#include "bindings/arguments.h"
#include "bindings/gil.h"
#include "bindings/packed.h"
#include "cpu/engine/indices.h"
#include "cpu/engine/stack.h"

namespace pyrnn {
namespace {

using i64 = std::int64_t;

/// A call that backward can be asked of, and the arrays that it reads.
template <class T>
struct Saved {
  std::unique_ptr<StackCall<T>> call;
  std::vector<py::object> arrays;
};

struct Workspace {
  std::variant<Saved<float>, Saved<double>> of;
  std::atomic<bool> busy{false}, consumed{false};
};

Workspace& expect_workspace(const py::handle& value) {
  return expect_object<Workspace>(value, "workspace", "forward returns with save=True");
}

/// Marks a workspace as in use; a second thread is refused. At the end it notes whether the call
/// has been used up, by success or by a failure on the way.
class Turn {
 public:
  explicit Turn(Workspace& workspace) : workspace_(workspace) {
    if (workspace_.busy.exchange(true)) {
      throw std::runtime_error("workspace: another thread's backward call is using it");
    }
  }
  ~Turn() {
    workspace_.consumed =
        std::visit([](const auto& of) { return of.call->released(); }, workspace_.of);
    workspace_.busy = false;
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

 private:
  Workspace& workspace_;
};

double flops(const StackShape& shape, i64 places, int gates) {
  return 2.0 * static_cast<double>(places) * static_cast<double>(shape.L * shape.D) *
         static_cast<double>(gates * shape.H) * static_cast<double>(shape.I + shape.H);
}

/// A copy of the lengths, each valid.
py::array_t<i64> checked_lengths(const py::object& lengths, i64 T, i64 B) {
  const auto given = expect_array<i64>(lengths, "lengths", Shape{B});
  auto copy = new_array<i64>({B}, "lengths");
  keep_indices(given.data(), B, copy.mutable_data(),
               [&](i64 length, i64) { expect_index<std::invalid_argument>("lengths", length, T); });
  return copy;
}

template <class T>
StackInput<T> stack_input(const StackShape& shape, bool has_cell, const py::object& x,
                          const py::object& ids, const py::object& table, const py::object& h0,
                          const py::object& c0, const py::object& lengths,
                          std::optional<std::uint64_t> seed, std::vector<py::object>& keep) {
  StackInput<T> input{};
  input.seed = seed;
  if (!x.is_none()) {
    const auto array = expect_array<T>(x, "x", 3);
    input.time = array.shape(0);
    input.batch = array.shape(1);
    input.x = optional_data<T>(x, "x", {input.time, input.batch, shape.I}, keep);
  } else {
    const auto array = expect_array<i64>(ids, "ids", 2);
    const auto rows = expect_array<T>(table, "table", 2);
    input.time = array.shape(0);
    input.batch = array.shape(1);
    input.vocabulary = rows.shape(0);
    input.ids = array.data();
    keep.push_back(array);
    input.table = optional_data<T>(table, "table", {input.vocabulary, shape.I}, keep);
  }
  if (!lengths.is_none()) {
    const auto copy = checked_lengths(lengths, input.time, input.batch);
    keep.push_back(copy);
    input.lengths = copy.data();
  }
  const Shape states{shape.L * shape.D, input.batch, shape.H};
  input.h0 = optional_data<T>(h0, "h0", states, keep);
  if (has_cell) input.c0 = optional_data<T>(c0, "c0", states, keep);
  return input;
}

template <class T>
py::tuple forward_as(const Packed<T>& packed, const py::object& x, const py::object& ids,
                     const py::object& table, const py::object& h0, const py::object& c0,
                     const py::object& lengths, std::optional<std::uint64_t> seed, bool save,
                     bool return_cells) {
  const StackShape& shape = packed.stack->shape();
  const CellKernels<T>& kernels = packed.stack->kernels();
  Saved<T> saved;
  const auto input =
      stack_input<T>(shape, kernels.has_cell, x, ids, table, h0, c0, lengths, seed, saved.arrays);
  const Shape states{shape.L * shape.D, input.batch, shape.H};
  const Shape outputs{input.time, input.batch, shape.D * shape.H};
  elements_of(outputs, "y");
  py::array_t<T> h_n = new_array<T>(states, "h_n");
  py::object c_n = py::none(), cells = py::none();
  StackOutput<T> output{h_n.mutable_data(), nullptr, nullptr};
  if (kernels.has_cell) {
    py::array_t<T> array = new_array<T>(states, "c_n");
    output.c_n = array.mutable_data();
    c_n = array;
  }
  if (kernels.has_cell && return_cells) {
    py::array_t<T> array = new_array<T>(outputs, "cells");
    output.cells = array.mutable_data();
    cells = array;
  }
  {
    const ReleaseGil release(flops(shape, input.time * input.batch, kernels.gates));
    saved.call = std::make_unique<StackCall<T>>(packed.stack, input, save);
    saved.call->forward(output);
  }
  py::array_t<T> y = shared_array<T>(outputs, saved.call->y());
  if (!save) return py::make_tuple(y, h_n, c_n, cells, py::none());
  // Backward reads y again: nobody may write to it meanwhile.
  y.attr("flags").attr("writeable") = false;
  saved.arrays.insert(saved.arrays.end(), packed.weights.begin(), packed.weights.end());
  auto workspace = std::make_unique<Workspace>();
  workspace->of = std::move(saved);
  return py::make_tuple(y, h_n, c_n, cells, py::cast(std::move(workspace)));
}

py::tuple forward(const py::object& packed, const py::object& x, const py::object& ids,
                  const py::object& table, const py::object& h0, const py::object& c0,
                  const py::object& lengths, std::optional<std::uint64_t> seed, bool save,
                  bool return_cells) {
  return std::visit(
      [&](const auto& of) {
        return forward_as(of, x, ids, table, h0, c0, lengths, seed, save, return_cells);
      },
      expect_packed(packed).of);
}

template <class T>
py::tuple backward_as(Saved<T>& saved, const py::object& dy, const py::object& dh_n,
                      const py::object& dc_n, const py::object& dcells, bool needs_x,
                      bool needs_state, bool needs_weights, bool retain) {
  if (saved.call->released()) {
    throw std::runtime_error("workspace: a backward call has consumed it");
  }
  const StackShape& shape = saved.call->shape();
  const StackInput<T>& input = saved.call->input();
  const CellKernels<T>& kernels = saved.call->kernels();
  const Shape states{shape.L * shape.D, input.batch, shape.H};
  const Shape outputs{input.time, input.batch, shape.D * shape.H};
  std::vector<py::object> keep;
  StackUpstream<T> upstream{};
  upstream.dy = optional_data<T>(dy, "dy", outputs, keep);
  upstream.dh_n = optional_data<T>(dh_n, "dh_n", states, keep);
  if (kernels.has_cell) {
    upstream.dc_n = optional_data<T>(dc_n, "dc_n", states, keep);
    upstream.dcells = optional_data<T>(dcells, "dcells", outputs, keep);
  }
  StackGradients<T> gradients{};
  const auto make = [](const Shape& of, T*& data) {
    py::array_t<T> array = new_array<T>(of, "gradients");
    data = array.mutable_data();
    return array;
  };
  py::object dx = py::none(), dweights = py::none(), dh0 = py::none(), dc0 = py::none();
  if (needs_x && input.ids) {
    const Tokens& tokens = saved.call->tokens();
    const py::array_t<i64> ids = new_array<i64>({tokens.count}, "gradients");
    if (tokens.count > 0) {
      std::copy_n(tokens.distinct.get(), tokens.count, const_cast<i64*>(ids.data()));
    }
    dx = py::make_tuple(ids, make({tokens.count, shape.I}, gradients.x), input.vocabulary);
  } else if (needs_x) {
    dx = make({input.time, input.batch, shape.I}, gradients.x);
  }
  if (needs_state) dh0 = make(states, gradients.h0);
  if (needs_state && kernels.has_cell) dc0 = make(states, gradients.c0);
  if (needs_weights) {
    py::list list;
    for (const Shape& of : weight_shapes(shape, kernels.gates)) {
      gradients.weights.push_back(nullptr);
      list.append(make(of, gradients.weights.back()));
    }
    dweights = list;
  }
  {
    const ReleaseGil release(2 * flops(shape, input.time * input.batch, kernels.gates));
    saved.call->backward(upstream, gradients, retain);
  }
  if (!retain) saved.arrays.clear();
  return py::make_tuple(dx, dweights, dh0, dc0);
}

py::tuple backward(const py::object& value, const py::object& dy, const py::object& dh_n,
                   const py::object& dc_n, const py::object& dcells, bool needs_x, bool needs_state,
                   bool needs_weights, bool retain) {
  Workspace& workspace = expect_workspace(value);
  const Turn turn(workspace);
  return std::visit(
      [&](auto& of) {
        return backward_as(of, dy, dh_n, dc_n, dcells, needs_x, needs_state, needs_weights, retain);
      },
      workspace.of);
}

bool consumed(const py::object& value) { return expect_workspace(value).consumed; }

}  // namespace

void register_recurrent(py::module_& m) {
  py::class_<Workspace>(m, "Workspace", py::is_final(), "What a forward call leaves for backward.")
      .def_property_readonly("consumed", &consumed);
  m.def("forward", &forward, py::arg("packed"), py::arg("x"), py::arg("ids"), py::arg("table"),
        py::arg("h0"), py::arg("c0"), py::arg("lengths"), py::arg("seed"), py::arg("save"),
        py::arg("return_cells"));
  m.def("backward", &backward, py::arg("workspace"), py::arg("dy"), py::arg("dh_n"),
        py::arg("dc_n"), py::arg("dcells"), py::arg("needs_x"), py::arg("needs_state"),
        py::arg("needs_weights"), py::arg("retain"));
}

}  // namespace pyrnn
