// Attention of all queries of each sequence at once, and back.
#include "bindings/gil.h"
#include "bindings/memory.h"
#include "bindings/module.h"
#include "cpu/engine/packed_stack.h"
#include "cpu/engine/team.h"
#include "dispatch/dispatch.h"

namespace pyrnn {
namespace {

using i64 = std::int64_t;

/// What a tanh costs, in the operations of a product that take as long.
constexpr double kFlopsPerTanh = 40;

/// The problem of a call, and the arrays that it reads.
template <class T>
struct Read {
  Memory<T> memory;
  py::array_t<T> query;
  std::vector<py::object> keep;

  Read(const py::object& given, const MemoryArguments& of)
      : query(expect_array<T>(given, "query", 3)) {
    memory = read_memory<T>(of, query.shape(1), keep);
    expect_shape(query, "query", {time(), memory.B, memory.A});
    elements_of(weights(), "weights");
    elements_of(context(), "context");
  }

  i64 time() const { return query.shape(0); }
  Shape weights() const { return {time(), memory.B, memory.S}; }
  Shape context() const { return {time(), memory.B, memory.E}; }
  Attention<T> problem(const Batch& batch, T* a, T* c) const {
    return {memory, &batch, query.data(), a, c};
  }
  double flops() const {
    const double each = memory.weight ? kFlopsPerTanh : 2;
    return static_cast<double>(time() * memory.B) * static_cast<double>(memory.S) *
           (each * static_cast<double>(memory.A) + 2 * static_cast<double>(memory.E));
  }
};

template <class T>
py::tuple attend_as(const py::object& query, const MemoryArguments& memory) {
  const Read<T> given(query, memory);
  py::array_t<T> context = new_array<T>(given.context(), "context");
  py::array_t<T> weights = new_array<T>(given.weights(), "weights");
  T *const a = weights.mutable_data(), *const c = context.mutable_data();
  {
    const ReleaseGil release(given.flops());
    const RaggedBatch batch(given.time(), given.memory.B, nullptr, nullptr, false);
    const auto kernel = array_kernels<T>(current_table()).attend;
    run_team(given.flops(), [&](const Worker& worker) {
      kernel(given.problem(batch.view(), a, c), {0, given.time()}, worker);
    });
  }
  return py::make_tuple(context, weights);
}

py::tuple attend(const py::object& query, const py::object& keys, const py::object& values,
                 const py::object& weight, const py::object& lengths) {
  const auto call =
      py::isinstance<py::array_t<double>>(query) ? attend_as<double> : attend_as<float>;
  return call(query, {keys, values, weight, lengths});
}

struct Needs {
  bool query, keys, values, weight;
};

template <class T>
py::tuple attend_back_as(const py::object& query, const MemoryArguments& memory,
                         const py::object& weights, const py::object& dcontext,
                         const py::object& dweights, const Needs& needs) {
  Read<T> given(query, memory);
  const Memory<T>& of = given.memory;
  const T* const a = optional_data<T>(weights, "weights", given.weights(), given.keep);
  if (!a) throw py::type_error("weights: expected those of forward; got None");
  AttentionGradient<T> task{};
  task.upstream = optional_data<T>(dcontext, "dcontext", given.context(), given.keep);
  task.dweights = optional_data<T>(dweights, "dweights", given.weights(), given.keep);
  py::object dkeys = py::none(), dvalues = py::none(), dweight = py::none();
  const auto make = [](const Shape& shape, const char* name, T*& data) {
    py::array_t<T> array = new_array<T>(shape, name);
    data = array.mutable_data();
    return array;
  };
  py::array_t<T> dquery = make({given.time(), of.B, of.A}, "dquery", task.dquery);
  if (needs.keys) dkeys = make({of.S, of.B, of.A}, "dkeys", task.dkeys);
  if (needs.values) dvalues = make({of.S, of.B, of.E}, "dvalues", task.dvalues);
  T* dv = nullptr;
  if (needs.weight && of.weight) dweight = make({of.A}, "dweight", dv);
  {
    const double flops = 3 * given.flops();
    const ReleaseGil release(flops);
    const RaggedBatch batch(given.time(), of.B, nullptr, nullptr, false);
    const Buffer<T> dscores(elements(given.weights()));
    const Buffer<T> none = Buffer<T>(task.upstream ? 0 : elements(given.context())).zeroed();
    const Buffer<T> shares(dv ? elements({of.B, of.A}) : 0);
    const Buffer<i64> first = Buffer<i64>(dv ? of.B : 0).zeroed();
    task.of = given.problem(batch.view(), const_cast<T*>(a), nullptr);
    if (!task.upstream) task.upstream = none.get();
    task.dscores = dscores.get();
    task.dweight = shares.get();
    const ArrayKernels<T>& kernels = array_kernels<T>(current_table());
    run_team(flops, [&](const Worker& worker) {
      kernels.attend_back(task, {0, given.time()}, worker);
      if (!dv) return;
      wait(worker.barrier);
      kernels.sum_rows({of.B, of.A, 1, shares.get(), first.get(), dv}, worker);
    });
  }
  return py::make_tuple(needs.query ? py::object(dquery) : py::none(), dkeys, dvalues, dweight);
}

py::tuple attend_back(const py::object& query, const py::object& keys, const py::object& values,
                      const py::object& weight, const py::object& lengths,
                      const py::object& weights, const py::object& dcontext,
                      const py::object& dweights, bool needs_query, bool needs_keys,
                      bool needs_values, bool needs_weight) {
  const auto call =
      py::isinstance<py::array_t<double>>(query) ? attend_back_as<double> : attend_back_as<float>;
  return call(query, {keys, values, weight, lengths}, weights, dcontext, dweights,
              {needs_query, needs_keys, needs_values, needs_weight});
}

}  // namespace

void register_attention(py::module_& m) {
  m.def("attend", &attend, py::arg("query"), py::arg("keys"), py::arg("values"), py::arg("weight"),
        py::arg("lengths"));
  m.def("attend_back", &attend_back, py::arg("query"), py::arg("keys"), py::arg("values"),
        py::arg("weight"), py::arg("lengths"), py::arg("weights"), py::arg("dcontext"),
        py::arg("dweights"), py::arg("needs_query"), py::arg("needs_keys"), py::arg("needs_values"),
        py::arg("needs_weight"));
}

}  // namespace pyrnn
