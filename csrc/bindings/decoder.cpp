// decode, decode_back: a layer that attends to a memory at each step.
#include "cpu/engine/decoder.h"

#include <pybind11/stl.h>

#include "bindings/gil.h"
#include "bindings/memory.h"
#include "bindings/module.h"
#include "bindings/packed.h"

namespace pyrnn {
namespace {

using i64 = std::int64_t;
using SavedDecoder = SavedCall<DecoderCall>;

double flops(const StackShape& shape, i64 places, int sums) {
  return 2.0 * static_cast<double>(places) * static_cast<double>(sums * shape.H) *
         static_cast<double>(shape.I + shape.H);
}

/// The arrays of a call, as Python hands them over.
struct DecoderArguments {
  Arguments layer;
  MemoryArguments memory;
  const py::object& projection;
};

/// One layer in one direction, of a cell that ends its step in its tile.
template <class T>
void expect_one_layer(const Packed<T>& packed) {
  const StackShape& shape = packed.stack->shape();
  const CellKernels<T>& kernels = packed.stack->kernels();
  if (shape.L * shape.D != 1 || kernels.normalises || kernels.projects) {
    throw py::value_error("packed: expected one layer in one direction, without norms; got " +
                          std::to_string(shape.L * shape.D) + " of " + kernels.name);
  }
  if (shape.zoneout_h > 0 || shape.zoneout_c > 0 || shape.recurrent_dropout > 0) {
    throw py::value_error("packed: expected no masks within the layer; got some");
  }
}

template <class T>
DecoderInput<T> decoder_input(const Packed<T>& packed, const DecoderArguments& of,
                              std::vector<py::object>& keep) {
  expect_one_layer(packed);
  StackShape shape = packed.stack->shape();
  const i64 E = expect_array<T>(of.memory.values, "values", 3).shape(2);
  if (E < 1 || E >= shape.I) {
    throw py::value_error("values: expected a last axis from 1 to " + std::to_string(shape.I - 1) +
                          "; got " + std::to_string(E));
  }
  if (of.layer.x.is_none() == of.layer.ids.is_none()) {
    throw py::value_error(std::string("x: expected either x, or ids with a table; got ") +
                          (of.layer.x.is_none() ? "neither" : "both"));
  }
  shape.I -= E;
  DecoderInput<T> input{};
  const bool has_cell = packed.stack->kernels().has_cell;
  input.layer = stack_input<T>(shape, has_cell, of.layer, std::nullopt, keep);
  input.memory = read_memory<T>(of.memory, input.layer.batch, keep);
  const i64 A = input.memory.A;
  if (of.projection.is_none() && A != shape.H) {
    throw py::value_error("keys: expected a last axis of " + std::to_string(shape.H) + "; got " +
                          std::to_string(A));
  }
  input.projection = optional_data<T>(of.projection, "projection", {A, shape.H}, keep);
  return input;
}

template <class T>
py::tuple decode_as(const Packed<T>& packed, const DecoderArguments& arguments, bool save) {
  const CellKernels<T>& kernels = packed.stack->kernels();
  const StackShape& shape = packed.stack->shape();
  Saved<DecoderCall<T>> saved;
  const DecoderInput<T> input = decoder_input(packed, arguments, saved.arrays);
  const i64 time = input.layer.time, B = input.layer.batch;
  const Shape outputs{time, B, shape.H}, contexts{time, B, input.memory.E};
  const Shape weights{time, B, input.memory.S};
  elements_of(outputs, "y");
  elements_of(contexts, "context");
  elements_of(weights, "weights");
  py::array_t<T> h_n = new_array<T>({1, B, shape.H}, "h_n");
  py::object c_n = py::none();
  StackOutput<T> output{h_n.mutable_data(), nullptr, nullptr};
  if (kernels.has_cell) {
    py::array_t<T> array = new_array<T>({1, B, shape.H}, "c_n");
    output.c_n = array.mutable_data();
    c_n = array;
  }
  {
    const ReleaseGil release(flops(shape, time * B, kernels.sums));
    saved.call = std::make_unique<DecoderCall<T>>(packed.stack, input, save);
    saved.call->forward(output);
  }
  py::object results[] = {shared_array<T>(outputs, saved.call->y()),
                          shared_array<T>(contexts, saved.call->context()),
                          shared_array<T>(weights, saved.call->weights())};
  py::object workspace = py::none();
  if (save) {
    // Backward reads them again: nobody may write to them meanwhile.
    for (py::object& each : results) each.attr("flags").attr("writeable") = false;
    saved.arrays.insert(saved.arrays.end(), packed.weights.begin(), packed.weights.end());
    auto kept = std::make_unique<SavedDecoder>();
    kept->of = std::move(saved);
    workspace = py::cast(std::move(kept));
  }
  return py::make_tuple(results[0], results[1], results[2], h_n, c_n, workspace);
}

py::tuple decode(const py::object& packed, const py::object& x, const py::object& ids,
                 const py::object& table, const py::object& h0, const py::object& c0,
                 const py::object& lengths, const py::object& keys, const py::object& values,
                 const py::object& weight, const py::object& memory_lengths,
                 const py::object& projection, bool save) {
  const py::none none;
  const DecoderArguments arguments{{x, ids, table, h0, c0, lengths, none, none},
                                   {keys, values, weight, memory_lengths},
                                   projection};
  return std::visit([&](const auto& of) { return decode_as(of, arguments, save); },
                    expect_packed(packed).of);
}

/// What a backward call is asked for.
struct Needs {
  bool x, state, weights, keys, values, attention;
};

/// The gradients of a call: the arrays to return, and where the kernels put them.
template <class T>
struct Results {
  DecoderGradients<T> into{};
  py::object x = py::none(), table = py::none(), weights = py::none(), h0 = py::none();
  py::object c0 = py::none(), keys = py::none(), values = py::none();
  py::object projection = py::none(), weight = py::none();

  static py::array_t<T> make(const Shape& of, T*& data) {
    py::array_t<T> array = new_array<T>(of, "gradients");
    data = array.mutable_data();
    return array;
  }

  Results(const DecoderCall<T>& call, const Needs& needs) {
    const DecoderInput<T>& input = call.input();
    const StackShape& shape = call.layer().shape();
    const Memory<T>& memory = input.memory;
    const i64 B = memory.B;
    if (needs.x) make_input(call);
    if (needs.state) h0 = make({1, B, shape.H}, into.layer.h0);
    if (needs.state && call.layer().kernels().has_cell) c0 = make({1, B, shape.H}, into.layer.c0);
    if (needs.keys) keys = make({memory.S, B, memory.A}, into.keys);
    if (needs.values) values = make({memory.S, B, memory.E}, into.values);
    if (needs.attention && input.projection) {
      projection = make({memory.A, shape.H}, into.projection);
    }
    if (needs.attention && memory.weight) weight = make({memory.A}, into.weight);
    if (!needs.weights) return;
    py::list list;
    for (const Shape& of : weight_shapes(shape, call.layer().kernels())) {
      into.layer.weights.push_back(nullptr);
      list.append(make(of, into.layer.weights.back()));
    }
    weights = list;
  }

  void make_input(const DecoderCall<T>& call) {
    const StackInput<T>& input = call.input().layer;
    if (!input.ids) {
      x = make({input.time, input.batch, input.looked_up}, into.layer.x);
      return;
    }
    const Numbered& tokens = call.layer().tokens();
    py::array_t<i64> ids = new_array<i64>({tokens.count}, "gradients");
    if (tokens.count > 0) std::copy_n(tokens.ids.get(), tokens.count, ids.mutable_data());
    table = py::make_tuple(ids, make({tokens.count, input.looked_up}, into.layer.table),
                           input.vocabulary);
  }
};

template <class T>
py::tuple decode_back_as(Saved<DecoderCall<T>>& saved, const py::object& dy,
                         const py::object& dcontext, const py::object& dh_n, const py::object& dc_n,
                         const Needs& needs, bool retain) {
  if (saved.call->released()) {
    throw std::runtime_error("workspace: a backward call has consumed it");
  }
  const DecoderCall<T>& call = *saved.call;
  const StackShape& shape = call.layer().shape();
  const i64 time = call.input().layer.time, B = call.input().layer.batch;
  std::vector<py::object> keep;
  DecoderUpstream<T> upstream{};
  upstream.layer.dy = optional_data<T>(dy, "dy", {time, B, shape.H}, keep);
  upstream.dcontext =
      optional_data<T>(dcontext, "dcontext", {time, B, call.input().memory.E}, keep);
  upstream.layer.dh_n = optional_data<T>(dh_n, "dh_n", {1, B, shape.H}, keep);
  if (call.layer().kernels().has_cell) {
    upstream.layer.dc_n = optional_data<T>(dc_n, "dc_n", {1, B, shape.H}, keep);
  }
  Results<T> results(call, needs);
  {
    const ReleaseGil release(2 * flops(shape, time * B, call.layer().kernels().sums));
    saved.call->backward(upstream, results.into, retain);
  }
  if (!retain) saved.arrays.clear();
  return py::make_tuple(results.x, results.table, results.weights, results.h0, results.c0,
                        results.keys, results.values, results.projection, results.weight);
}

SavedDecoder& expect_workspace(const py::handle& value) {
  return expect_object<SavedDecoder>(value, "workspace", "decode returns with save=True");
}

py::tuple decode_back(const py::object& value, const py::object& dy, const py::object& dcontext,
                      const py::object& dh_n, const py::object& dc_n, bool needs_x,
                      bool needs_state, bool needs_weights, bool needs_keys, bool needs_values,
                      bool needs_attention, bool retain) {
  SavedDecoder& workspace = expect_workspace(value);
  const Turn turn(workspace);
  const Needs needs{needs_x, needs_state, needs_weights, needs_keys, needs_values, needs_attention};
  return std::visit(
      [&](auto& of) { return decode_back_as(of, dy, dcontext, dh_n, dc_n, needs, retain); },
      workspace.of);
}

bool consumed(const py::object& value) { return expect_workspace(value).consumed; }

}  // namespace

void register_decoder(py::module_& m) {
  py::class_<SavedDecoder>(m, "DecoderWorkspace", py::is_final(),
                           "What a call of decode leaves for backward.")
      .def_property_readonly("consumed", &consumed);
  m.def("decode", &decode, py::arg("packed"), py::arg("x"), py::arg("ids"), py::arg("table"),
        py::arg("h0"), py::arg("c0"), py::arg("lengths"), py::arg("keys"), py::arg("values"),
        py::arg("weight"), py::arg("memory_lengths"), py::arg("projection"), py::arg("save"));
  m.def("decode_back", &decode_back, py::arg("workspace"), py::arg("dy"), py::arg("dcontext"),
        py::arg("dh_n"), py::arg("dc_n"), py::arg("needs_x"), py::arg("needs_state"),
        py::arg("needs_weights"), py::arg("needs_keys"), py::arg("needs_values"),
        py::arg("needs_attention"), py::arg("retain"));
}

}  // namespace pyrnn
