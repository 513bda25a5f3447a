// The recurrent calls that are checked: shapes, and the numbers that fill them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "problem/weights.h"

namespace pyrnn::check {

using i64 = std::int64_t;

enum class Lengths {
  kNone,    // no array of lengths: all are T
  kFull,    // an array, all T
  kRagged,  // 0 .. T in any order, T and, from four sequences on, 0 among them
  kZero,    // an array of zeros
};

/// T time, B batch, I input, H hidden, P outputs (0: as many as hidden units), L layers,
/// D directions, V vocabulary (0: dense input), E of the I columns looked up (0: all of them).
struct Shape {
  i64 T, B, I, H, P = 0, L = 1, D = 1, V = 0, E = 0;
  Lengths lengths = Lengths::kNone;
  bool bias = true;
  bool states = true;  // h0 and c0 are given
  double dropout = 0;
  double zoneout_h = 0, zoneout_c = 0, recurrent_dropout = 0;
  bool drawn = true;    // masks are; else zoneout is mixed in its expectation
  bool resets = false;  // some steps start their sequences anew
  std::uint64_t seed = 1;

  i64 looked_up() const { return V == 0 ? 0 : E > 0 ? E : I; }
  bool masked() const {
    return drawn && (dropout > 0 || zoneout_h > 0 || zoneout_c > 0 || recurrent_dropout > 0);
  }
  i64 output() const { return P > 0 ? P : H; }
  i64 layer_input(i64 layer) const { return layer == 0 ? I : D * output(); }
  std::string text() const;
};

struct CellTraits {
  std::string name;
  WeightList weights;
  TermList terms;
  int sums;
  bool has_cell, projects, normalises;
};

/// A weight of one layer in one direction.
struct WeightShape {
  i64 rows, columns;
  double scale;  // of the numbers that are drawn for it

  i64 size() const { return rows * columns; }
};

/// The weights of a layer in one direction, by the cell's list.
std::vector<WeightShape> weight_shapes(const CellTraits& cell, const Shape& shape, i64 layer);

/// A call's inputs, and the gradients that arrive, in double; each is a number of the dtype under
/// test. What no kernel may read is poisoned: NaN in x, dy and dcells, a wrong id in ids.
struct Problem {
  Shape shape;
  CellTraits cell;

  std::vector<double> x;                     // [T, B, I - E]; empty for tokens alone
  std::vector<i64> ids;                      // [T, B]; empty for dense input
  std::vector<double> table;                 // [V, E]
  std::vector<double> h0, c0;                // [L D, B, P], [L D, B, H]; empty if not given
  std::vector<i64> lengths;                  // [B]; empty for Lengths::kNone
  std::vector<i64> sequences;                // [B]; empty: 0 .. B-1
  std::vector<unsigned char> reset;          // [T, B]; empty for none
  std::vector<std::vector<double>> weights;  // PyTorch's order
  std::vector<double> dy, dcells;            // [T, B, D P], [T, B, D H]
  std::vector<double> dh_n, dc_n;            // as h0, c0

  i64 length(i64 b) const {
    return lengths.empty() ? shape.T : lengths[static_cast<std::size_t>(b)];
  }
  /// Terms in the longest sum of forward, and in the longest of all.
  i64 forward_chain() const;
  i64 backward_chain() const;
};

/// Random numbers for a shape, rounded to T. A cell that projects has half as many outputs as
/// units.
template <class T>
Problem problem_of(const CellTraits& cell, const Shape& shape);

/// The shapes of every run, and `count` more drawn at random.
std::vector<Shape> shapes();
std::vector<Shape> random_shapes(i64 count);
/// Calls with nothing, or next to nothing, to compute.
std::vector<Shape> empty_shapes();

}  // namespace pyrnn::check
