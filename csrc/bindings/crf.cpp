// Linear-chain conditional random fields over ragged sequences.
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

/// What an exponential or a logarithm costs, in the operations of a product that take as long.
constexpr double kFlopsPerElement = 50;

/// The field of a call, and what it is read from.
template <class T>
struct Field {
  Crf<T> of{};
  Shape shape;  // of the emissions
  Buffer<i64> lengths, order, labels;
  i64 rows = 0;  // the sum of all lengths
  std::vector<py::object> keep;

  /// How many threads may have scratch of their own.
  int parts() const { return static_cast<int>(std::clamp<i64>(of.B, 1, get_num_threads())); }
  double flops(double products) const {
    const double C = static_cast<double>(of.C);
    return static_cast<double>(rows) * C * (2 * products * C + kFlopsPerElement);
  }
};

template <class T>
const T* scores(const py::object& value, const char* name, const Shape& shape, Field<T>& field) {
  const auto array = expect_array<T>(value, name, shape);
  field.keep.push_back(array);
  return array.data();
}

template <class T>
Field<T> read(const py::object& emissions, const py::object& transitions, const py::object& start,
              const py::object& end, const py::object& lengths) {
  Field<T> field;
  Crf<T>& of = field.of;
  const auto given = expect_array<T>(emissions, "emissions", 3);
  field.shape = Shape(given.shape(), given.shape() + 3);
  of.steps = given.shape(0);
  of.B = given.shape(1);
  of.C = given.shape(2);
  if (of.C == 0) {
    throw py::value_error("emissions: expected shape (T, B, C), C at least 1; got " +
                          text(field.shape));
  }
  of.emissions = given.data();
  field.keep.push_back(given);
  of.transitions = scores<T>(transitions, "transitions", {of.C, of.C}, field);
  of.start = scores<T>(start, "start", {of.C}, field);
  of.end = scores<T>(end, "end", {of.C}, field);
  const auto known = expect_array<i64>(lengths, "lengths", Shape{of.B});
  field.lengths = Buffer<i64>(of.B);
  field.order = Buffer<i64>(of.B);
  i64* const kept = field.lengths.get();
  keep_indices(known.data(), of.B, kept, [&](i64 length, i64) {
    expect_index<std::invalid_argument>("lengths", length, of.steps);
    field.rows += length;
  });
  i64* const order = field.order.get();
  std::iota(order, order + of.B, i64{0});
  std::sort(order, order + of.B,
            [&](i64 a, i64 b) { return kept[a] != kept[b] ? kept[a] > kept[b] : a < b; });
  of.lengths = kept;
  of.order = order;
  return field;
}

/// Keeps a copy of the labels within the lengths.
template <class T>
void read_labels(const py::object& labels, Field<T>& field) {
  Crf<T>& of = field.of;
  const auto given = expect_array<i64>(labels, "labels", Shape{of.steps, of.B});
  field.labels = Buffer<i64>(given.size());
  i64* const kept = field.labels.get();
  for (i64 t = 0; t < of.steps; ++t) {
    for (i64 b = 0; b < of.B; ++b) {
      const i64 k = t * of.B + b, label = t < of.lengths[b] ? read_once(given.data() + k) : 0;
      expect_index<std::invalid_argument>("labels", label, of.C - 1);
      kept[k] = label;
    }
  }
  of.labels = kept;
}

/// The scratch of a pass in one direction.
template <class T>
struct Scratch {
  Buffer<T> panels, largest, least, rows;

  template <class Task>
  Scratch(const CrfScratch& sizes, Task& task)
      : panels(sizes.panels),
        largest(sizes.lanes),
        least(sizes.lanes),
        rows(elements({task.parts, sizes.rows})) {
    task.matrix.panels = panels.get();
    task.matrix.largest = largest.get();
    task.matrix.least = least.get();
    task.rows = rows.get();
  }
};

template <class T>
void run_forward(const Field<T>& field, T* alphas, T* log_likelihood) {
  const ArrayKernels<T>& kernels = array_kernels<T>(current_table());
  CrfForward<T> task{};
  task.of = field.of;
  task.alphas = alphas;
  task.log_likelihood = log_likelihood;
  task.parts = field.parts();
  task.matrix.scores = field.of.transitions;
  const ReleaseGil release(field.flops(1));
  const Scratch<T> scratch(kernels.crf_scratch(field.of.C), task);
  run_team(field.flops(1), [&](const Worker& worker) { kernels.crf_forward(task, worker); });
}

template <class T>
void run_backward(const Field<T>& field, CrfBackward<T>& task) {
  const ArrayKernels<T>& kernels = array_kernels<T>(current_table());
  const Crf<T>& of = task.of = field.of;
  task.parts = field.parts();
  const ReleaseGil release(field.flops(2));
  const Buffer<T> transposed(elements({of.C, of.C}));
  task.transposed = transposed.get();
  task.matrix.scores = transposed.get();
  const Scratch<T> scratch(kernels.crf_scratch(of.C), task);
  run_team(field.flops(2), [&](const Worker& worker) { kernels.crf_backward(task, worker); });
}

template <class T>
py::tuple crf_forward_as(const py::object& emissions, const py::object& labels,
                         const py::object& transitions, const py::object& start,
                         const py::object& end, const py::object& lengths) {
  Field<T> field = read<T>(emissions, transitions, start, end, lengths);
  read_labels(labels, field);
  py::array_t<T> log_likelihood = new_array<T>({field.of.B}, "log_likelihood");
  py::array_t<T> alphas = new_array<T>(field.shape, "alphas");
  run_forward(field, alphas.mutable_data(), log_likelihood.mutable_data());
  return py::make_tuple(log_likelihood, alphas);
}

template <class T>
py::tuple crf_gradient_as(const py::object& emissions, const py::object& labels,
                          const py::object& transitions, const py::object& start,
                          const py::object& end, const py::object& lengths,
                          const py::object& alphas, const py::object& dy) {
  Field<T> field = read<T>(emissions, transitions, start, end, lengths);
  read_labels(labels, field);
  const Crf<T>& of = field.of;
  CrfBackward<T> task{};
  task.alphas = scores<T>(alphas, "alphas", field.shape, field);
  task.dy = scores<T>(dy, "dy", {of.B}, field);
  py::array_t<T> demissions = new_array<T>(field.shape, "demissions");
  py::array_t<T> dtransitions = new_array<T>({of.C, of.C}, "dtransitions");
  py::array_t<T> dstart = new_array<T>({of.C}, "dstart"), dend = new_array<T>({of.C}, "dend");
  task.out = demissions.mutable_data();
  task.dtransitions = dtransitions.mutable_data();
  task.dstart = dstart.mutable_data();
  task.dend = dend.mutable_data();
  const Buffer<i64> first_pair(of.B);
  for (i64 b = 0; b < of.B; ++b) {
    first_pair.get()[b] = task.pairs;
    task.pairs += std::max<i64>(of.lengths[b] - 1, 0);
  }
  task.first_pair = first_pair.get();
  const Buffer<T> before(elements({task.pairs, of.C})), after(before.size());
  const Buffer<T> counts(elements({kCrfCounts, of.C, of.C}));
  const Buffer<unsigned char> far(of.B);
  Product<T> product{};
  product.M = product.N = of.C;
  product.K = task.pairs;
  product.transpose_a = true;
  const Buffer<T> panels(array_kernels<T>(current_table()).product_scratch(product));
  task.before = before.get();
  task.after = after.get();
  task.counts = counts.get();
  task.far = far.get();
  task.product = panels.get();
  run_backward(field, task);
  return py::make_tuple(demissions, dtransitions, dstart, dend);
}

template <class T>
py::array crf_marginals_as(const py::object& emissions, const py::object& transitions,
                           const py::object& start, const py::object& end,
                           const py::object& lengths) {
  const Field<T> field = read<T>(emissions, transitions, start, end, lengths);
  py::array_t<T> marginals = new_array<T>(field.shape, "marginals");
  const Buffer<T> alphas(marginals.size());
  run_forward<T>(field, alphas.get(), nullptr);
  CrfBackward<T> task{};
  task.alphas = alphas.get();
  task.out = marginals.mutable_data();
  run_backward(field, task);
  return marginals;
}

bool is_double(const py::object& emissions) {
  return py::isinstance<py::array_t<double>>(emissions);
}

py::tuple crf_forward(const py::object& emissions, const py::object& labels,
                      const py::object& transitions, const py::object& start, const py::object& end,
                      const py::object& lengths) {
  const auto call = is_double(emissions) ? crf_forward_as<double> : crf_forward_as<float>;
  return call(emissions, labels, transitions, start, end, lengths);
}

py::tuple crf_gradient(const py::object& emissions, const py::object& labels,
                       const py::object& transitions, const py::object& start,
                       const py::object& end, const py::object& lengths, const py::object& alphas,
                       const py::object& dy) {
  const auto call = is_double(emissions) ? crf_gradient_as<double> : crf_gradient_as<float>;
  return call(emissions, labels, transitions, start, end, lengths, alphas, dy);
}

py::array crf_marginals(const py::object& emissions, const py::object& transitions,
                        const py::object& start, const py::object& end, const py::object& lengths) {
  const auto call = is_double(emissions) ? crf_marginals_as<double> : crf_marginals_as<float>;
  return call(emissions, transitions, start, end, lengths);
}

/// In double alone: what is to be compared must not be rounded.
py::tuple crf_decode(const py::object& emissions, const py::object& transitions,
                     const py::object& start, const py::object& end, const py::object& lengths,
                     i64 best) {
  const Field<double> field = read<double>(emissions, transitions, start, end, lengths);
  const Crf<double>& of = field.of;
  if (best < 1 || best > (i64{1} << 31) / of.C) {
    throw py::value_error("best: expected 1 to 2**31 / C; got " + std::to_string(best));
  }
  py::array_t<i64> paths = new_array<i64>({best, of.steps, of.B}, "labels");
  py::array_t<double> path_scores = new_array<double>({best, of.B}, "scores");
  const KernelTable& table = current_table();
  const i64 lanes = table.arrays_f64.crf_scratch(of.C).lanes;
  CrfDecode task{};
  task.of = of;
  task.K = best;
  task.paths = paths.mutable_data();
  task.scores = path_scores.mutable_data();
  task.parts = field.parts();
  const double flops = field.flops(static_cast<double>(best) * static_cast<double>(best));
  {
    const ReleaseGil release(flops);
    const Buffer<double> values(elements({task.parts, 2, best, lanes}));
    const Buffer<i64> came(elements({task.parts, of.steps, best, lanes}));
    const Buffer<i64> found(elements({task.parts, best}));
    task.values = values.get();
    task.came = came.get();
    task.found = found.get();
    run_team(flops, [&](const Worker& worker) { table.crf_decode(task, worker); });
  }
  return py::make_tuple(paths, path_scores);
}

}  // namespace

void register_crf(py::module_& m) {
  m.def("crf_forward", &crf_forward, py::arg("emissions"), py::arg("labels"),
        py::arg("transitions"), py::arg("start"), py::arg("end"), py::arg("lengths"));
  m.def("crf_gradient", &crf_gradient, py::arg("emissions"), py::arg("labels"),
        py::arg("transitions"), py::arg("start"), py::arg("end"), py::arg("lengths"),
        py::arg("alphas"), py::arg("dy"));
  m.def("crf_marginals", &crf_marginals, py::arg("emissions"), py::arg("transitions"),
        py::arg("start"), py::arg("end"), py::arg("lengths"));
  m.def("crf_decode", &crf_decode, py::arg("emissions"), py::arg("transitions"), py::arg("start"),
        py::arg("end"), py::arg("lengths"), py::arg("best"));
}

}  // namespace pyrnn
