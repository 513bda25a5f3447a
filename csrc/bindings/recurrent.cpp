// forward, backward.
#include "bindings/module.h"

#include <pybind11/stl.h>

#include "bindings/calls.h"
#include "bindings/gil.h"
#include "bindings/packed.h"

namespace pyrnn {
namespace {

using i64 = std::int64_t;

using SavedStack = SavedCall<StackCall>;

SavedStack& expect_workspace(const py::handle& value) {
  return expect_object<SavedStack>(value, "workspace", "forward returns with save=True");
}

double flops(const StackShape& shape, i64 places, int sums) {
  return 2.0 * static_cast<double>(places) * static_cast<double>(shape.L * shape.D) *
         static_cast<double>(sums * shape.H) * static_cast<double>(shape.I + shape.P);
}

/// What a call is to keep.
struct Kept {
  Keep keep;
  bool cells, y;
  i64 recompute;  // steps
};

template <class T>
py::tuple forward_as(const Packed<T>& packed, const Arguments& arguments,
                     std::optional<std::uint64_t> seed, const Kept& kept) {
  const StackShape& shape = packed.stack->shape();
  const CellKernels<T>& kernels = packed.stack->kernels();
  Saved<StackCall<T>> saved;
  auto input = stack_input<T>(shape, kernels.has_cell, arguments, seed, saved.arrays);
  input.keeps_y = kept.y;
  input.recompute = kept.recompute;
  const i64 states = shape.L * shape.D;
  const Shape outputs{input.time, input.batch, shape.D * shape.P};
  elements_of(outputs, "y");
  py::array_t<T> h_n = new_array<T>({states, input.batch, shape.P}, "h_n");
  py::object c_n = py::none(), cells = py::none();
  StackOutput<T> output{h_n.mutable_data(), nullptr, nullptr};
  if (kernels.has_cell) {
    py::array_t<T> array = new_array<T>({states, input.batch, shape.H}, "c_n");
    output.c_n = array.mutable_data();
    c_n = array;
  }
  if (kernels.has_cell && kept.cells) {
    py::array_t<T> array = new_array<T>({input.time, input.batch, shape.D * shape.H}, "cells");
    output.cells = array.mutable_data();
    cells = array;
  }
  {
    const ReleaseGil release(flops(shape, input.time * input.batch, kernels.sums));
    saved.call = std::make_unique<StackCall<T>>(packed.stack, input, kept.keep);
    saved.call->forward(output);
  }
  py::object y = py::none();
  if (kept.y) y = shared_array<T>(outputs, saved.call->y());
  if (kept.keep == Keep::kNothing) return py::make_tuple(y, h_n, c_n, cells, py::none());
  // Backward reads y again: nobody may write to it meanwhile.
  if (kept.y) y.attr("flags").attr("writeable") = false;
  saved.arrays.insert(saved.arrays.end(), packed.weights.begin(), packed.weights.end());
  auto workspace = std::make_unique<SavedStack>();
  workspace->of = std::move(saved);
  return py::make_tuple(y, h_n, c_n, cells, py::cast(std::move(workspace)));
}

py::tuple forward(const py::object& packed, const py::object& x, const py::object& ids,
                  const py::object& table, const py::object& h0, const py::object& c0,
                  const py::object& lengths, std::optional<std::uint64_t> seed,
                  const py::object& sequences, const py::object& reset, bool save, bool needs_x,
                  bool return_cells, bool return_sequences, i64 recompute) {
  if (recompute < 0) {
    throw py::value_error("recompute: expected a number of steps, 0 for none; got " +
                          std::to_string(recompute));
  }
  const Keep keep = !save ? Keep::kNothing : needs_x ? Keep::kAll : Keep::kAllButInput;
  return std::visit(
      [&](const auto& of) {
        return forward_as(of, {x, ids, table, h0, c0, lengths, sequences, reset}, seed,
                          {keep, return_cells, return_sequences, recompute});
      },
      expect_packed(packed).of);
}

/// The gradients of a call: the arrays to return, and where the kernels put them.
template <class T>
struct Results {
  StackGradients<T> into{};
  py::object x = py::none(), table = py::none(), weights = py::none();
  py::object h0 = py::none(), c0 = py::none();

  static py::array_t<T> make(const Shape& of, T*& data) {
    py::array_t<T> array = new_array<T>(of, "gradients");
    data = array.mutable_data();
    return array;
  }

  void make_input(const StackCall<T>& call) {
    const StackInput<T>& input = call.input();
    if (input.ids) {
      const Numbered& tokens = call.tokens();
      py::array_t<i64> ids = new_array<i64>({tokens.count}, "gradients");
      if (tokens.count > 0) std::copy_n(tokens.ids.get(), tokens.count, ids.mutable_data());
      table =
          py::make_tuple(ids, make({tokens.count, input.looked_up}, into.table), input.vocabulary);
    }
    if (input.x) x = make({input.time, input.batch, call.shape().I - input.looked_up}, into.x);
  }

  void make_states(const StackCall<T>& call) {
    const StackShape& shape = call.shape();
    const i64 states = shape.L * shape.D, B = call.input().batch;
    h0 = make({states, B, shape.P}, into.h0);
    if (call.kernels().has_cell) c0 = make({states, B, shape.H}, into.c0);
  }

  void make_weights(const StackCall<T>& call) {
    py::list list;
    for (const Shape& of : weight_shapes(call.shape(), call.kernels())) {
      into.weights.push_back(nullptr);
      list.append(make(of, into.weights.back()));
    }
    weights = list;
  }
};

template <class T>
py::tuple backward_as(Saved<StackCall<T>>& saved, const py::object& dy, const py::object& dh_n,
                      const py::object& dc_n, const py::object& dcells, bool needs_x,
                      bool needs_state, bool needs_weights, bool retain) {
  if (saved.call->released()) {
    throw std::runtime_error("workspace: a backward call has consumed it");
  }
  if (needs_x && !saved.call->keeps_input()) {
    throw py::value_error("needs_x: expected False, as forward was called so; got True");
  }
  const StackShape& shape = saved.call->shape();
  const StackInput<T>& input = saved.call->input();
  const CellKernels<T>& kernels = saved.call->kernels();
  const i64 states = shape.L * shape.D;
  std::vector<py::object> keep;
  StackUpstream<T> upstream{};
  upstream.dy = optional_data<T>(dy, "dy", {input.time, input.batch, shape.D * shape.P}, keep);
  upstream.dh_n = optional_data<T>(dh_n, "dh_n", {states, input.batch, shape.P}, keep);
  if (kernels.has_cell) {
    upstream.dc_n = optional_data<T>(dc_n, "dc_n", {states, input.batch, shape.H}, keep);
    upstream.dcells =
        optional_data<T>(dcells, "dcells", {input.time, input.batch, shape.D * shape.H}, keep);
  }
  Results<T> results;
  if (needs_x) results.make_input(*saved.call);
  if (needs_state) results.make_states(*saved.call);
  if (needs_weights) results.make_weights(*saved.call);
  {
    const ReleaseGil release(2 * flops(shape, input.time * input.batch, kernels.sums));
    saved.call->backward(upstream, results.into, retain);
  }
  if (!retain) saved.arrays.clear();
  return py::make_tuple(results.x, results.table, results.weights, results.h0, results.c0);
}

py::tuple backward(const py::object& value, const py::object& dy, const py::object& dh_n,
                   const py::object& dc_n, const py::object& dcells, bool needs_x, bool needs_state,
                   bool needs_weights, bool retain) {
  SavedStack& workspace = expect_workspace(value);
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
  py::class_<SavedStack>(m, "Workspace", py::is_final(), "What a forward call leaves for backward.")
      .def_property_readonly("consumed", &consumed);
  m.def("forward", &forward, py::arg("packed"), py::arg("x"), py::arg("ids"), py::arg("table"),
        py::arg("h0"), py::arg("c0"), py::arg("lengths"), py::arg("seed"), py::arg("sequences"),
        py::arg("reset"), py::arg("save"), py::arg("needs_x"), py::arg("return_cells"),
        py::arg("return_sequences"), py::arg("recompute"));
  m.def("backward", &backward, py::arg("workspace"), py::arg("dy"), py::arg("dh_n"),
        py::arg("dc_n"), py::arg("dcells"), py::arg("needs_x"), py::arg("needs_state"),
        py::arg("needs_weights"), py::arg("retain"));
}

}  // namespace pyrnn
