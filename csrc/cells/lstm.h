// Long short-term memory (Hochreiter and Schmidhuber 1997) with the forget gate of Gers,
// Schmidhuber and Cummins (2000). What a variant changes is a type: the forget gate
// (cells/coupled.h), the peepholes (cells/peepholes.h); cells/projection.h is a stage behind it.
#pragma once

#include "cells/cell.h"

namespace pyrnn::PYRNN_ISA {
namespace {

/// f = σ(s_f), a gate of its own.
struct ForgetGate {
  static constexpr bool kOwnSum = true;

  template <class V>
  static PYRNN_INLINE V value(V, V s_f) {
    return sigmoid(s_f);
  }
  /// What flows back to the input gate.
  template <class V>
  static PYRNN_INLINE V input_gradient(V di, V) {
    return di;
  }
};

/// The gates do not see the cell state.
struct NoPeepholes {
  static constexpr bool kSees = false;

  template <int K, class U, class V>
  static PYRNN_INLINE V add(const U&, V, V s) {
    return s;
  }
};

///   i = σ(s_i)   f = σ(s_f)   g = tanh(s_g)   o = σ(s_o)
///   c' = f c + i g
///   h' = o tanh(c')
template <class Forget, class Peepholes>
struct LstmOf {
  static constexpr bool kForgets = Forget::kOwnSum;
  static constexpr int kSums = kForgets ? 4 : 3;
  // Where each gate stands, and its peephole.
  static constexpr int kI = 0, kF = 1, kG = kForgets ? 2 : 1, kO = kG + 1;
  static constexpr int kOwnI = 0, kOwnF = 1, kOwnO = kForgets ? 2 : 1;

  static constexpr TermList kTerms = {2, {input_term(each(kSums)), state_term(each(kSums))}};
  static constexpr OwnWeights own() {
    if (!Peepholes::kSees) return {};
    OwnWeights list{kOwnO + 1, kFurther, {}};
    list.of[kOwnI] = {kOwnI, kI, false};
    if (kForgets) list.of[kOwnF] = {kOwnF, kF, false};
    list.of[kOwnO] = {kOwnO, kO, true};
    return list;
  }
  static constexpr OwnWeights kOwn = own();
  static constexpr WeightList kWeights =
      Peepholes::kSees
          ? with(weights_of(kSums), {"weight_peephole", kOwn.count, Axis::kUnits, Axis::kOne})
          : weights_of(kSums);
  static constexpr int kStages = 1;
  static constexpr bool kHasCell = true;
  static constexpr bool kReadsState = false;
  static constexpr bool kCarries = false;
  static constexpr bool kProjects = false;
  static constexpr bool kNormalises = false;

  template <class U>
  static PYRNN_INLINE void forward(Stage<0>, U& u) {
    const auto c = u.state.c;
    const auto i = sigmoid(Peepholes::template add<kOwnI>(u, c, u.s[kI]));
    const auto s_f = Peepholes::template add<kOwnF>(u, c, u.s[kF]);  // unused by a coupled gate
    const auto f = Forget::value(i, s_f);
    const auto g = tanh(u.s[kG]);
    u.next.c = fma(f, c, i * g);
    const auto o = sigmoid(Peepholes::template add<kOwnO>(u, u.next.c, u.s[kO]));
    u.next.h = o * tanh(u.next.c);
    u.s[kI] = i;
    if constexpr (kForgets) u.s[kF] = f;
    u.s[kG] = g;
    u.s[kO] = o;
  }

  ///   ds_o = o (1 - o) tanh(c') dh'
  ///   dc' += o (1 - tanh²(c')) dh' + p_o ds_o
  ///   ds_i = i (1 - i) g dc'    ds_f = f (1 - f) c dc'    ds_g = (1 - g²) i dc'
  ///   dc = f dc' + p_i ds_i + p_f ds_f
  template <class U>
  static PYRNN_INLINE void backward(Stage<0>, U& u) {
    const auto i = u.s[kI], g = u.s[kG], o = u.s[kO];
    const auto f = kForgets ? u.s[kF] : Forget::value(i, i);
    const auto y = tanh(u.next.c);
    const auto ds_o = Sigmoid::chain(o, y * u.dnext.h);
    const auto dc =
        Peepholes::template add<kOwnO>(u, ds_o, u.dnext.c + Tanh::chain(y, o * u.dnext.h));
    const auto df = u.state.c * dc;
    u.s[kI] = Sigmoid::chain(i, Forget::input_gradient(g * dc, df));
    u.dstate.c = Peepholes::template add<kOwnI>(u, u.s[kI], f * dc);
    if constexpr (kForgets) {
      u.s[kF] = Sigmoid::chain(f, df);
      u.dstate.c = Peepholes::template add<kOwnF>(u, u.s[kF], u.dstate.c);
    }
    u.s[kG] = Tanh::chain(g, i * dc);
    u.s[kO] = ds_o;
  }
};

using Lstm = LstmOf<ForgetGate, NoPeepholes>;

}  // namespace
}  // namespace pyrnn::PYRNN_ISA
