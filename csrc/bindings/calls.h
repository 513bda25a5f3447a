// What calls of layers share: the arrays that they read, and what they leave for backward.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

#include "bindings/arguments.h"
#include "cpu/engine/indices.h"
#include "cpu/engine/stack.h"

namespace pyrnn {

/// A call that backward can be asked of, and the arrays that it reads.
template <class Call>
struct Saved {
  std::unique_ptr<Call> call;
  std::vector<py::object> arrays;
};

template <template <class> class Call>
struct SavedCall {
  std::variant<Saved<Call<float>>, Saved<Call<double>>> of;
  std::atomic<bool> busy{false}, consumed{false};
};

/// Marks a workspace as in use; a second thread is refused. At the end it notes whether the call
/// has been used up, by success or by a failure on the way.
template <class Kept>
class Turn {
 public:
  explicit Turn(Kept& workspace) : workspace_(workspace) {
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
  Kept& workspace_;
};

/// A copy of the lengths, each valid.
inline py::array_t<std::int64_t> checked_lengths(const py::object& lengths, const char* name,
                                                 std::int64_t T, std::int64_t B) {
  using i64 = std::int64_t;
  const auto given = expect_array<i64>(lengths, name, Shape{B});
  auto copy = new_array<i64>({B}, name);
  keep_indices(given.data(), B, copy.mutable_data(),
               [&](i64 length, i64) { expect_index<std::invalid_argument>(name, length, T); });
  return copy;
}

/// The arrays of a call, as Python hands them over.
struct Arguments {
  const py::object &x, &ids, &table, &h0, &c0, &lengths, &sequences, &reset;
};

/// x (T, B, I - E), or ids (T, B) with a table (V, E), or both: columns side by side, the table's
/// first.
template <class T>
StackInput<T> stack_input(const StackShape& shape, bool has_cell, const Arguments& of,
                          std::optional<std::uint64_t> seed, std::vector<py::object>& keep) {
  using i64 = std::int64_t;
  StackInput<T> input{};
  input.seed = seed;
  if (!of.ids.is_none() || of.x.is_none()) {
    const auto array = expect_array<i64>(of.ids, "ids", 2);
    const auto rows = expect_array<T>(of.table, "table", 2);
    input.time = array.shape(0);
    input.batch = array.shape(1);
    input.vocabulary = rows.shape(0);
    input.looked_up = rows.shape(1);
    const bool beside = !of.x.is_none();
    if (beside ? input.looked_up >= shape.I : input.looked_up != shape.I) {
      throw py::value_error("table: expected " + std::string(beside ? "fewer than " : "") +
                            std::to_string(shape.I) + " columns; got " +
                            std::to_string(input.looked_up));
    }
    input.ids = array.data();
    keep.push_back(array);
    input.table = optional_data<T>(of.table, "table", {input.vocabulary, input.looked_up}, keep);
  }
  if (!of.x.is_none()) {
    const auto array = expect_array<T>(of.x, "x", 3);
    if (of.ids.is_none()) {
      input.time = array.shape(0);
      input.batch = array.shape(1);
    }
    input.x =
        optional_data<T>(of.x, "x", {input.time, input.batch, shape.I - input.looked_up}, keep);
  }
  if (!of.lengths.is_none()) {
    const auto copy = checked_lengths(of.lengths, "lengths", input.time, input.batch);
    keep.push_back(copy);
    input.lengths = copy.data();
  }
  if (!of.sequences.is_none()) {
    const auto array = expect_array<i64>(of.sequences, "sequences", Shape{input.batch});
    keep.push_back(array);
    input.sequences = array.data();
  }
  if (!of.reset.is_none()) {
    const auto array = expect_array<bool>(of.reset, "reset", Shape{input.time, input.batch});
    keep.push_back(array);
    input.reset = reinterpret_cast<const unsigned char*>(array.data());
  }
  const i64 states = shape.L * shape.D;
  input.h0 = optional_data<T>(of.h0, "h0", {states, input.batch, shape.P}, keep);
  if (has_cell) input.c0 = optional_data<T>(of.c0, "c0", {states, input.batch, shape.H}, keep);
  return input;
}

}  // namespace pyrnn
