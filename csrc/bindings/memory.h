// What queries attend to, as Python hands it over.
#pragma once

#include <vector>

#include "bindings/calls.h"
#include "problem/attention.h"

namespace pyrnn {

/// keys (S, B, A), values (S, B, E), weight (A,) or None, lengths (B,) or None for S.
struct MemoryArguments {
  const py::object &keys, &values, &weight, &lengths;
};

/// `keep` holds on to the arrays, and to a copy of the lengths.
template <class T>
Memory<T> read_memory(const MemoryArguments& of, std::int64_t B, std::vector<py::object>& keep) {
  Memory<T> memory{};
  const auto keys = expect_array<T>(of.keys, "keys", 3);
  const auto values = expect_array<T>(of.values, "values", 3);
  memory.B = B;
  memory.S = keys.shape(0);
  memory.A = keys.shape(2);
  memory.E = values.shape(2);
  elements_of({memory.B, memory.A}, "keys");  // which no array without steps need hold
  elements_of({memory.B, memory.E}, "values");
  memory.keys = optional_data<T>(of.keys, "keys", {memory.S, B, memory.A}, keep);
  memory.values = optional_data<T>(of.values, "values", {memory.S, B, memory.E}, keep);
  memory.weight = optional_data<T>(of.weight, "weight", {memory.A}, keep);
  py::array_t<std::int64_t> lengths;
  if (of.lengths.is_none()) {
    lengths = new_array<std::int64_t>({B}, "lengths");
    std::fill_n(lengths.mutable_data(), B, memory.S);
  } else {
    lengths = checked_lengths(of.lengths, "memory_lengths", memory.S, B);
  }
  memory.lengths = lengths.data();
  keep.push_back(lengths);
  return memory;
}

}  // namespace pyrnn
