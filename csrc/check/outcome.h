// What a call leaves, by name: in its dtype, or in double where others are held against it.
#pragma once

#include <string>
#include <vector>

namespace pyrnn::check {

template <class Array>
struct Outcome {
  Array y;                      // [T, B, D P]
  Array h_n, c_n;               // [L D, B, P], [L D, B, H]; c_n empty for a cell without c
  Array cells;                  // [T, B, D H]
  Array dx;                     // [T, B, I], or [V, I] for a table
  Array dh0, dc0;               // as h_n, c_n
  std::vector<Array> dweights;  // PyTorch's order
};

/// f(name, array of a, array of b) for all arrays of two outcomes of the same problem.
template <class A, class B, class F>
void each_pair(const Outcome<A>& a, const Outcome<B>& b, F&& f) {
  f(std::string("y"), a.y, b.y);
  f(std::string("h_n"), a.h_n, b.h_n);
  f(std::string("c_n"), a.c_n, b.c_n);
  f(std::string("cells"), a.cells, b.cells);
  f(std::string("dx"), a.dx, b.dx);
  f(std::string("dh0"), a.dh0, b.dh0);
  f(std::string("dc0"), a.dc0, b.dc0);
  for (std::size_t i = 0; i < a.dweights.size() && i < b.dweights.size(); ++i) {
    f("dweights[" + std::to_string(i) + "]", a.dweights[i], b.dweights[i]);
  }
}

}  // namespace pyrnn::check
