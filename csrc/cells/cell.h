// What a cell tells the drivers about itself: nothing else distinguishes one cell from another.
//
// A step of a cell is a few stages. A stage is a list of products (see Term), each of which adds to
// the *sums*, the accumulators of a unit, and then a pointwise function on a Unit. A sum starts at
// its bias, takes x·W in rising k, then h·R in rising k.
//
//   kWeights      the list of weights: packing, gradients, bindings iterate it
//   kTerms        the products, in the order in which they are added
//   kOwn          weights that a unit has to itself (peepholes)
//   kSums         accumulators a unit
//   kStages       stages of a step; what one leaves in `scratch`, the next multiplies
//   kHasCell      there is a cell state c beside h
//   kReadsState   the pointwise part needs h (else only the product does)
//   kCarries      backward leaves a part of dh that bypasses the product
//   kProjects     the last stage has outputs for lanes, not units: its only sum is the output
//   kNormalises   the products are normalised before they are added: see cells/normed.h
//   forward(Stage<S>, Unit&)    finished sums -> what is saved of them, and next or scratch
//   backward(Stage<S>, Unit&)   what was saved -> the gradients of the sums, and dstate
#pragma once

#include "math/activations.h"
#include "problem/weights.h"

namespace pyrnn::PYRNN_ISA {
namespace {

/// The state of one unit (h; c where the cell has one), or its gradient.
template <class V>
struct State {
  V h;
  V c;
};

/// The number of a stage, as a type.
template <int S>
struct Stage {};

/// One unit of one sequence at one step, as a stage finds and leaves it. What a cell does not have
/// is neither loaded nor stored.
template <class V, int SUMS, int OWN>
struct UnitOf {
  V s[SUMS];                 // forward: the sums, then what is saved; backward: that, then ds
  V own[OWN > 0 ? OWN : 1];  // the unit's own weights
  State<V> state, next;      // before the step, and after it
  V scratch;                 // what the next stage multiplies
  State<V> dstate, dnext;
  V dscratch;
};

template <class V, class Cell>
using Unit = UnitOf<V, Cell::kSums, Cell::kOwn.count>;

template <class V>
PYRNN_INLINE V one_minus(V y) {
  return splat<V>(1) - y;
}

// The weights that all cells have, and their places in the list.
constexpr int kWeightIh = 0, kWeightHh = 1, kBiasIh = 2, kBiasHh = 3, kFurther = 4;

constexpr WeightList weights_of(int gates) {
  return {kFurther,
          {{"weight_ih", gates, Axis::kUnits, Axis::kInput},
           {"weight_hh", gates, Axis::kUnits, Axis::kOutput},
           {"bias_ih", gates, Axis::kUnits, Axis::kOne},
           {"bias_hh", gates, Axis::kUnits, Axis::kOne}}};
}

constexpr WeightList with(WeightList list, const Weight& further) {
  list.line[list.count++] = further;
  return list;
}

constexpr TermList with(TermList list, const Term& further) {
  list.of[list.count++] = further;
  return list;
}

/// The first so many gates, each to the sum of its number.
constexpr Feed each(int gates) { return {gates, {0, 1, 2, 3}, {0, 1, 2, 3}}; }

constexpr Term input_term(const Feed& feed) {
  return {0, Operand::kInput, kWeightIh, kBiasIh, feed};
}
constexpr Term state_term(const Feed& feed) {
  return {0, Operand::kState, kWeightHh, kBiasHh, feed};
}

}  // namespace
}  // namespace pyrnn::PYRNN_ISA
