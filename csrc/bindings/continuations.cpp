// What a chain makes of a sequence, and how it goes on by itself.
#include "bindings/module.h"

#include <cmath>
#include <memory>
#include <stdexcept>
#include <vector>

#include "bindings/arguments.h"
#include "bindings/gil.h"
#include "bindings/links.h"
#include "bindings/session_states.h"
#include "cpu/engine/continuation.h"
#include "cpu/engine/indices.h"

namespace pyrnn {
namespace {

using i64 = std::int64_t;

/// Steps after which Python is asked whether to stop: some milliseconds.
constexpr i64 kStepsAtOnce = 64;

template <class T>
py::list last_states_as(const std::shared_ptr<const Chain<T>>& chain, const py::object& given,
                        const py::object& ends) {
  if (!chain->takes_ids()) throw py::value_error("chain: expected one that reads ids");
  const auto array = expect_array<i64>(given, "ids", 2);
  const i64 steps = array.shape(0), B = array.shape(1);
  Buffer<i64> ids(steps * B), lengths(B);
  keep_indices(
      expect_array<i64>(ends, "lengths", Shape{B}).data(), B, lengths.get(),
      [&](i64 length, i64) { expect_index<std::invalid_argument>("lengths", length, steps); });
  keep_indices(array.data(), steps * B, ids.get(), [&](i64 id, i64 k) {
    if (k / B >= lengths[k % B]) return;
    expect_index<std::out_of_range>("ids", id, chain->vocabulary() - 1);
  });
  Readings<T> readings(chain, B);
  {
    const ReleaseGil release(static_cast<double>(steps * B) * chain->flops());
    readings.read(ids.get(), lengths.get());
  }
  return read_states(readings, 0, B);
}

/// The states behind each of B sequences.
py::list last_states(const py::object& chain, const py::object& ids, const py::object& lengths) {
  return std::visit([&](const auto& of) { return last_states_as(of, ids, lengths); },
                    expect_object<ChainObject>(chain, "chain", "chain returns").of);
}

/// The ids that a mask names.
std::vector<i64> named(const py::object& mask, const char* name, i64 V) {
  const auto array = expect_array<bool>(mask, name, Shape{V});
  std::vector<i64> ids;
  for (i64 id = 0; id < V; ++id) {
    if (array.data()[id]) ids.push_back(id);
  }
  return ids;
}

template <class T>
Continuing continuing(const Chain<T>& chain, i64 first, i64 end, i64 most, const py::object& barred,
                      const py::object& absent) {
  const i64 V = chain.out();
  if (chain.vocabulary() != V) {
    throw py::value_error("chain: expected as many outputs as it reads ids; got " +
                          std::to_string(V) + " for " + std::to_string(chain.vocabulary()));
  }
  expect_index<std::out_of_range>("first", first, V - 1);
  expect_index<std::out_of_range>("end", end, V - 1);
  if (most < 1) {
    throw py::value_error("most: expected at least 1; got " + std::to_string(most));
  }
  Continuing how{first, end, most, std::vector<unsigned char>(static_cast<std::size_t>(V), 1),
                 named(absent, "absent", V)};
  for (const i64 id : named(barred, "barred", V)) how.allowed[static_cast<std::size_t>(id)] = 0;
  return how;
}

/// Of each sentence its ids, ln p, and whether it ended.
template <class T>
py::list results(const Continuations<T>& of) {
  const auto& sentences = of.sentences();
  const std::size_t B = sentences.size();
  py::list every(B);
  for (std::size_t b = 0; b < B; ++b) {
    const Continued& sentence = sentences[b];
    if (!std::isfinite(sentence.score)) {
      throw py::value_error("logits: expected numbers; got NaN or infinity");
    }
    py::tuple ids(static_cast<std::size_t>(sentence.tokens));
    for (i64 u = 0; u < sentence.tokens; ++u) {
      const i64 id = of.tokens()[static_cast<std::size_t>(u) * B + b];
      PyTuple_SET_ITEM(ids.ptr(), u, py::int_(id).release().ptr());
    }
    every[b] = py::make_tuple(ids, sentence.score, sentence.finished);
  }
  return every;
}

template <class T>
py::list continuations_as(const std::shared_ptr<const Chain<T>>& chain, const py::list& states,
                          i64 first, i64 end, i64 most, const py::object& barred,
                          const py::object& absent) {
  Continuing how = continuing(*chain, first, end, most, barred, absent);
  if (states.empty()) throw py::value_error("states: expected those of at least one layer");
  const i64 B = expect_array<T>(states[0], "state", 3).shape(1);
  Continuations<T> sentences(chain, std::move(how), B);
  write_states(sentences, 0, states, B);
  for (bool more = true; more;) {
    {
      const ReleaseGil release(static_cast<double>(B * kStepsAtOnce) * chain->flops());
      more = sentences.run(kStepsAtOnce);
    }
    if (PyErr_CheckSignals()) throw py::error_already_set();
  }
  return results(sentences);
}

/// How each of B sentences goes on from its states.
py::list continuations(const py::object& chain, const py::list& states, i64 first, i64 end,
                       i64 most, const py::object& barred, const py::object& absent) {
  return std::visit(
      [&](const auto& of) {
        return continuations_as(of, states, first, end, most, barred, absent);
      },
      expect_object<ChainObject>(chain, "chain", "chain returns").of);
}

}  // namespace

void register_continuations(py::module_& m) {
  m.def("last_states", &last_states, py::arg("chain"), py::arg("ids"), py::arg("lengths"));
  m.def("continuations", &continuations, py::arg("chain"), py::arg("states"), py::arg("first"),
        py::arg("end"), py::arg("most"), py::arg("barred"), py::arg("absent"));
}

}  // namespace pyrnn
