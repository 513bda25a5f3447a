// What a chain makes of a sequence, and how it goes on by itself.
#include "bindings/module.h"

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
py::list last_states_as(const std::shared_ptr<const Chain<T>>& chain, const py::object& given) {
  if (!chain->takes_ids()) throw py::value_error("chain: expected one that reads ids");
  const auto array = expect_array<i64>(given, "ids", 1);
  const i64 steps = array.size();
  Buffer<i64> ids(steps);
  keep_indices(array.data(), steps, ids.get(), [&](i64 id, i64) {
    expect_index<std::out_of_range>("ids", id, chain->vocabulary() - 1);
  });
  Sessions<T> sessions(chain);
  sessions.open();
  sessions.choose_slot(0);
  Buffer<T> out(chain->out());
  {
    const ReleaseGil release(static_cast<double>(steps) * chain->flops());
    for (i64 t = 0; t < steps; ++t) {
      sessions.read_ids(ids.get() + t, 1);
      sessions.step(1, nullptr, out.get());
    }
  }
  return read_states(sessions, 0, 1);
}

/// The states behind a sequence, by one thread, step by step.
py::list last_states(const py::object& chain, const py::object& ids) {
  return std::visit([&](const auto& of) { return last_states_as(of, ids); },
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

/// ids (U, B), 0 behind each sentence, with the tokens, ln p and the end of each.
template <class T>
py::tuple results(const Continuations<T>& of) {
  const auto& sentences = of.sentences();
  const i64 B = static_cast<i64>(sentences.size());
  py::array_t<i64> tokens(B);
  py::array_t<double> scores(B);
  py::array_t<bool> finished(B);
  i64 longest = 0;
  for (i64 b = 0; b < B; ++b) {
    const Continued& sentence = sentences[static_cast<std::size_t>(b)];
    tokens.mutable_data()[b] = sentence.tokens;
    scores.mutable_data()[b] = sentence.score;
    finished.mutable_data()[b] = sentence.finished;
    longest = std::max(longest, sentence.tokens);
  }
  py::array_t<i64> ids(Shape{longest, B});
  std::copy_n(of.tokens().begin(), longest * B, ids.mutable_data());
  return py::make_tuple(ids, tokens, scores, finished);
}

template <class T>
py::tuple continuations_as(const std::shared_ptr<const Chain<T>>& chain, const py::list& states,
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
py::tuple continuations(const py::object& chain, const py::list& states, i64 first, i64 end,
                        i64 most, const py::object& barred, const py::object& absent) {
  return std::visit(
      [&](const auto& of) {
        return continuations_as(of, states, first, end, most, barred, absent);
      },
      expect_object<ChainObject>(chain, "chain", "chain returns").of);
}

}  // namespace

void register_continuations(py::module_& m) {
  m.def("last_states", &last_states, py::arg("chain"), py::arg("ids"));
  m.def("continuations", &continuations, py::arg("chain"), py::arg("states"), py::arg("first"),
        py::arg("end"), py::arg("most"), py::arg("barred"), py::arg("absent"));
}

}  // namespace pyrnn
