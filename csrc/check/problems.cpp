#include "check/problems.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "check/expected.h"
#include "check/random.h"
#include "cpu/engine/packed_stack.h"

namespace pyrnn::check {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr i64 kWrongId = i64{1} << 40;

/// The numbers of one problem, each rounded to T.
template <class T>
class Filler {
 public:
  explicit Filler(std::uint64_t seed) : random_(seed) {}

  std::vector<double> numbers(i64 n, double scale) {
    std::vector<double> values(static_cast<std::size_t>(n));
    for (double& value : values)
      value = static_cast<double>(static_cast<T>(random_.uniform() * scale));
    return values;
  }

  std::vector<i64> lengths(const Shape& shape) {
    if (shape.lengths == Lengths::kNone) return {};
    std::vector<i64> all(static_cast<std::size_t>(shape.B), shape.T);
    if (shape.lengths == Lengths::kZero) std::fill(all.begin(), all.end(), 0);
    if (shape.lengths != Lengths::kRagged) return all;
    for (i64& length : all) length = random_.below(shape.T + 1);
    if (shape.B > 0) all[static_cast<std::size_t>(shape.B / 2)] = shape.T;
    if (shape.B > 3) all[1] = 0;
    return all;
  }

  /// One step in four starts anew; what lies past a length may say anything.
  std::vector<unsigned char> reset(const Shape& shape) {
    std::vector<unsigned char> all(static_cast<std::size_t>(shape.T * shape.B));
    for (unsigned char& anew : all) anew = random_.below(4) == 0;
    return all;
  }

  std::vector<i64> ids(const Shape& shape) {
    std::vector<i64> all(static_cast<std::size_t>(shape.T * shape.B));
    for (i64& id : all) id = random_.below(shape.V);
    return all;
  }

 private:
  Random random_;
};

/// Calls poison(place) for every place t B + b past the length of its sequence.
template <class F>
void each_padding(const Problem& p, F&& poison) {
  for (i64 t = 0; t < p.shape.T; ++t) {
    for (i64 b = 0; b < p.shape.B; ++b) {
      if (t >= p.length(b)) poison(t * p.shape.B + b);
    }
  }
}

void poison_padding(Problem& p) {
  const auto rows = [&](std::vector<double>& array, i64 width) {
    if (array.empty()) return;
    each_padding(p, [&](i64 place) { std::fill_n(array.begin() + place * width, width, kNaN); });
  };
  rows(p.x, p.shape.I - p.shape.looked_up());
  rows(p.dy, p.shape.D * p.shape.output());
  rows(p.dcells, p.shape.D * p.shape.H);
  if (p.ids.empty()) return;
  each_padding(p, [&](i64 place) { p.ids[static_cast<std::size_t>(place)] = kWrongId; });
}

template <class T>
void fill_weights(Problem& p, Filler<T>& fill) {
  const Shape& s = p.shape;
  for (i64 layer = 0; layer < s.L; ++layer) {
    for (i64 d = 0; d < s.D; ++d) {
      for (const WeightShape& weight : weight_shapes(p.cell, s, layer)) {
        p.weights.push_back(fill.numbers(weight.size(), weight.scale));
      }
    }
  }
}

template <class T>
Problem draw(const CellTraits& cell, const Shape& given, std::uint64_t seed) {
  Problem p{};
  p.shape = given;
  p.shape.P = cell.projects ? (given.H + 1) / 2 : 0;
  // Where a ReLU is mixed with what was before it, its output does not show on which side it was.
  p.shape.drawn = given.drawn || cell.name == "rnn_relu";
  const Shape& s = p.shape;
  p.cell = cell;
  Filler<T> fill(seed);
  p.lengths = fill.lengths(s);
  const i64 places = s.T * s.B, states = s.L * s.D * s.B;
  if (s.V > 0) {
    p.ids = fill.ids(s);
    p.table = fill.numbers(s.V * s.looked_up(), 1.5);
  }
  p.x = fill.numbers(places * (s.I - s.looked_up()), 1.5);
  if (s.states) p.h0 = fill.numbers(states * s.output(), 1);
  if (s.states && cell.has_cell) p.c0 = fill.numbers(states * s.H, 1);
  fill_weights(p, fill);
  p.dy = fill.numbers(places * s.D * s.output(), 1);
  p.dh_n = fill.numbers(states * s.output(), 1);
  if (cell.has_cell) {
    p.dcells = fill.numbers(places * s.D * s.H, 1);
    p.dc_n = fill.numbers(states * s.H, 1);
  }
  if (s.resets) p.reset = fill.reset(s);
  poison_padding(p);
  return p;
}

}  // namespace

std::string Shape::text() const {
  const char* const of_lengths[] = {"", " full", " ragged", " zero"};
  std::string text;
  const auto add = [&text](const char* letter, i64 n) {
    text += letter;
    text += std::to_string(n);
  };
  add("T", T);
  add(" B", B);
  add(" I", I);
  add(" H", H);
  if (P > 0) add(" P", P);
  if (L > 1) add(" L", L);
  if (D > 1) add(" D", D);
  if (V > 0) add(" V", V);
  text += of_lengths[static_cast<int>(lengths)];
  if (!bias) text += " no-bias";
  if (!states) text += " no-state";
  if (dropout > 0) text += " dropout";
  if (zoneout_h > 0 || zoneout_c > 0) text += drawn ? " zoneout" : " expected-zoneout";
  if (recurrent_dropout > 0) text += " recurrent-dropout";
  if (resets) text += " resets";
  return text;
}

/// Of about 1/sqrt(n): sums of order one, so that gates neither saturate nor stay linear, and
/// errors shrink from step to step.
std::vector<WeightShape> weight_shapes(const CellTraits& cell, const Shape& s, i64 layer) {
  const i64 lengths[] = {1, s.H, s.layer_input(layer), s.output()};  // by Axis
  std::vector<WeightShape> all;
  for (int w = 0; w < cell.weights.count; ++w) {
    const Weight& weight = cell.weights.line[w];
    if (!s.bias && is_bias(weight)) continue;
    const i64 rows = weight.blocks * lengths[static_cast<int>(weight.rows)];
    const i64 columns = lengths[static_cast<int>(weight.columns)];
    const double scale = weight.columns == Axis::kOne     ? 0.5
                         : weight.columns == Axis::kInput ? 1.5
                                                          : 1.2;
    all.push_back({rows, columns, scale / std::sqrt(static_cast<double>(columns))});
  }
  return all;
}

i64 Problem::forward_chain() const {
  i64 longest = 0;
  for (i64 layer = 0; layer < shape.L; ++layer) {
    longest = std::max(longest, shape.layer_input(layer) + shape.H);
  }
  return shape.L * (longest + 8);
}

i64 Problem::backward_chain() const {
  return forward_chain() + shape.L * shape.D * (cell.sums * shape.H + shape.T * shape.B);
}

/// A ReLU's slope jumps at 0: a sum nearer to it than rounding errors reach may fall on either
/// side, so such problems are drawn again.
///
/// The norm of two or three numbers that lie close together is steep, up to 1 / sqrt(1e-5), and
/// layers multiply their slopes: of some problems the least steep one is taken.
template <class T>
Problem problem_of(const CellTraits& cell, const Shape& shape) {
  constexpr double kNearest = sizeof(T) == 4 ? 2e-6 : 1e-13;
  constexpr double kSteep = 40;  // most problems come to less than 20
  constexpr std::uint64_t kAttempts = 24;
  std::optional<Problem> flattest;
  double least = 0;
  for (std::uint64_t attempt = 0;; ++attempt) {
    Problem p = draw<T>(cell, shape, shape.seed + (attempt << 32));
    if (cell.name == "rnn_relu" && kink_within(p, kNearest)) continue;
    if (!cell.normalises) return p;
    const double slope = sensitivity(p, 1e-9);
    if (slope <= kSteep) return p;
    if (!flattest || slope < least) {
      flattest = std::move(p);
      least = slope;
    }
    if (attempt + 1 >= kAttempts) return *flattest;
  }
}

template Problem problem_of<float>(const CellTraits&, const Shape&);
template Problem problem_of<double>(const CellTraits&, const Shape&);

std::vector<Shape> shapes() {
  return {
      {.T = 1, .B = 1, .I = 1, .H = 1},
      {.T = 7, .B = 1, .I = 5, .H = 17},                                // one row: hoisted
      {.T = 6, .B = 1, .I = 70, .H = 67, .states = false},              // panels in pairs
      {.T = 5, .B = 2, .I = 3, .H = 33, .lengths = Lengths::kRagged},   // two rows, then one
      {.T = 9, .B = 5, .I = 16, .H = 16, .lengths = Lengths::kRagged},  // whole vectors
      {.T = 4, .B = 20, .I = 33, .H = 24, .lengths = Lengths::kFull},   // groups of rows
      {.T = 6, .B = 7, .I = 9, .H = 5, .L = 2, .D = 2, .lengths = Lengths::kRagged},
      {.T = 5, .B = 4, .I = 2, .H = 13, .L = 3, .D = 2, .lengths = Lengths::kRagged, .bias = false},
      {.T = 3, .B = 3, .I = 31, .H = 130},                             // three panels of Elman
      {.T = 75, .B = 8, .I = 3, .H = 9, .lengths = Lengths::kRagged},  // rows beyond a chunk
      {.T = 60, .B = 10, .I = 5, .H = 50},                             // beyond a cache's rows
      {.T = 9, .B = 6, .I = 7, .H = 19, .V = 11, .lengths = Lengths::kRagged},
      {.T = 6, .B = 1, .I = 18, .H = 8, .L = 2, .D = 2, .V = 5},  // one row of tokens
      {.T = 50, .B = 7, .I = 4, .H = 6, .V = 300},                // tokens beyond a chunk
      {.T = 6, .B = 5, .I = 4, .H = 7, .L = 3, .lengths = Lengths::kRagged, .dropout = 0.3},
      {.T = 7, .B = 5, .I = 40, .H = 9, .D = 2, .V = 6, .E = 21, .lengths = Lengths::kRagged},
      {.T = 7,
       .B = 5,
       .I = 4,
       .H = 19,
       .D = 2,
       .lengths = Lengths::kRagged,
       .zoneout_h = 0.3,
       .zoneout_c = 0.2,
       .recurrent_dropout = 0.25,
       .resets = true},
      {.T = 6,
       .B = 3,
       .I = 5,
       .H = 33,
       .L = 2,
       .V = 4,
       .lengths = Lengths::kRagged,
       .dropout = 0.2,
       .zoneout_h = 0.1,
       .zoneout_c = 0.4,
       .drawn = false,
       .resets = true},
  };
}

std::vector<Shape> random_shapes(i64 count) {
  const i64 hidden[] = {1, 2, 3, 4, 7, 8, 9, 15, 16, 17, 31, 32, 34, 48, 63, 64, 65, 96, 100, 129};
  std::vector<Shape> all;
  Random random(2026);
  for (i64 n = 0; n < count; ++n) {
    Shape s{
        .T = 1 + random.below(12), .B = 1 + random.below(15), .I = 1 + random.below(70), .H = 1};
    s.H = hidden[random.below(20)];
    s.L = 1 + random.below(4) / 2;
    s.D = 1 + random.below(2);
    if (random.below(3) == 0) s.V = 1 + random.below(20);
    s.lengths = random.below(2) == 0 ? Lengths::kRagged : Lengths::kNone;
    s.bias = random.below(4) > 0;
    s.states = random.below(4) > 0;
    if (random.below(4) == 0) s.dropout = 0.1 + 0.2 * static_cast<double>(random.below(4));
    if (random.below(4) == 0) s.zoneout_h = 0.3;
    if (random.below(4) == 0) s.zoneout_c = 0.2;
    if (random.below(4) == 0) s.recurrent_dropout = 0.25;
    s.drawn = random.below(4) > 0;
    s.resets = random.below(4) == 0;
    s.seed = 1000 + static_cast<std::uint64_t>(n);
    all.push_back(s);
  }
  return all;
}

std::vector<Shape> empty_shapes() {
  return {
      {.T = 0, .B = 3, .I = 2, .H = 5},
      {.T = 4, .B = 0, .I = 2, .H = 5},
      {.T = 0, .B = 0, .I = 2, .H = 5},
      {.T = 0, .B = 2, .I = 3, .H = 17, .L = 2, .D = 2, .V = 4},
      {.T = 4, .B = 0, .I = 2, .H = 5, .L = 2, .D = 2, .lengths = Lengths::kFull},
      {.T = 4, .B = 3, .I = 2, .H = 5, .lengths = Lengths::kZero},
      {.T = 4, .B = 3, .I = 2, .H = 5, .L = 2, .D = 2, .lengths = Lengths::kZero, .states = false},
      {.T = 4, .B = 3, .I = 2, .H = 20, .V = 3, .lengths = Lengths::kZero},
      {.T = 4, .B = 1, .I = 2, .H = 5, .L = 2, .D = 2, .lengths = Lengths::kZero, .dropout = 0.5},
  };
}

}  // namespace pyrnn::check
