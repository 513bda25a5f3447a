// Layer norm in the recurrence (Ba, Kiros and Hinton 2016, supplementary formulas): W x and R h are
// normalised over all units, each with gains of its own; what else are biases are the shifts.
//
//   n = (u - mean u) r,  r = 1 / sqrt(mean (u - mean u)² + ε)       u = W x, or R h, of a row
//   s = b_ih + b_hh + gain_ih n_x + gain_hh n_h
//
// A mean is over the units of the gates of a set: of the first `kFirstSet` gates, and of the
// others. From s on a step is that of the cell without norms, but for the output of an LSTM.
#pragma once

#include "cells/gru.h"
#include "cells/lstm.h"

namespace pyrnn::PYRNN_ISA {
namespace {

/// A product starts at 0: the biases are no part of what is normalised.
constexpr TermList without_biases(TermList list) {
  for (int k = 0; k < list.count; ++k) list.of[k].bias = -1;
  return list;
}

template <class Cell, int FIRST_SET>
struct Normed : Cell {
  static constexpr int kGates = Cell::kWeights.line[kWeightIh].blocks;
  static constexpr int kWeightNormIh = kFurther, kWeightNormHh = kFurther + 1;
  static constexpr WeightList kWeights =
      with(with(Cell::kWeights, {"weight_norm_ih", kGates, Axis::kUnits, Axis::kOne}),
           {"weight_norm_hh", kGates, Axis::kUnits, Axis::kOne});
  static constexpr TermList kTerms = without_biases(Cell::kTerms);
  static constexpr bool kNormalises = true;
  static constexpr int kFirstSet = FIRST_SET;
};

/// Of r and z together; of n.
using NormedGru = Normed<Gru, 2>;

///   i = σ(s_i)   f = σ(s_f)   g = tanh(s_g)   o = σ(s_o)
///   c' = f c + i g
///   h' = o tanh(m),  m = gain_c n_c + b_c,  n_c the norm of c'
/// Two stages: c' of all units must be known before it can be normalised.
struct NormedLstm : Normed<Lstm, 4> {
  static constexpr int kWeightNormC = kWeightNormHh + 1, kBiasNormC = kWeightNormC + 1;
  static constexpr WeightList kWeights =
      with(with(Normed::kWeights, {"weight_norm_c", 1, Axis::kUnits, Axis::kOne}),
           {"bias_norm_c", 1, Axis::kUnits, Axis::kOne});
  static constexpr int kStages = 2;
  static constexpr int kOutputSum = kO;  // the only one that the second stage has to do with

  template <class U>
  static PYRNN_INLINE void forward(Stage<0>, U& u) {
    u.s[kI] = sigmoid(u.s[kI]);
    u.s[kF] = sigmoid(u.s[kF]);
    u.s[kG] = tanh(u.s[kG]);
    u.s[kO] = sigmoid(u.s[kO]);
    u.next.c = fma(u.s[kF], u.state.c, u.s[kI] * u.s[kG]);
  }

  /// scratch holds m.
  template <class U>
  static PYRNN_INLINE void forward(Stage<1>, U& u) {
    u.next.h = u.s[kO] * tanh(u.scratch);
  }

  ///   ds_o = o (1 - o) tanh(m) dh'   dm = o (1 - tanh²(m)) dh'
  template <class U>
  static PYRNN_INLINE void backward(Stage<1>, U& u) {
    const auto o = u.s[kO];
    const auto y = tanh(u.scratch);
    u.s[kO] = Sigmoid::chain(o, y * u.dnext.h);
    u.dscratch = Tanh::chain(y, o * u.dnext.h);
  }

  ///   ds_i = i (1 - i) g dc'    ds_f = f (1 - f) c dc'    ds_g = (1 - g²) i dc'
  ///   dc = f dc'
  template <class U>
  static PYRNN_INLINE void backward(Stage<0>, U& u) {
    const auto i = u.s[kI], f = u.s[kF], g = u.s[kG];
    const auto dc = u.dnext.c;
    u.s[kI] = Sigmoid::chain(i, g * dc);
    u.s[kF] = Sigmoid::chain(f, u.state.c * dc);
    u.s[kG] = Tanh::chain(g, i * dc);
    u.dstate.c = f * dc;
  }
};

}  // namespace
}  // namespace pyrnn::PYRNN_ISA
