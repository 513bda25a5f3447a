// Long short-term memory (Hochreiter and Schmidhuber 1997) with the forget gate of Gers,
// Schmidhuber and Cummins (2000).
#pragma once

#include "cells/cell.h"

namespace pyrnn::PYRNN_ISA {
namespace {

///   i = σ(s_i)   f = σ(s_f)   g = tanh(s_g)   o = σ(s_o)
///   c' = f c + i g
///   h' = o tanh(c')
struct Lstm {
  static constexpr int kGates = 4;
  static constexpr int kSums = 4;
  static constexpr Feed kInput = {4, {0, 1, 2, 3}, {0, 1, 2, 3}};
  static constexpr Feed kState = {4, {0, 1, 2, 3}, {0, 1, 2, 3}};
  static constexpr Feed kGated = {0, {}, {}};
  static constexpr bool kHasCell = true;
  static constexpr bool kReadsState = false;
  static constexpr bool kCarries = false;

  template <class V>
  static PYRNN_INLINE void forward(const V (&s)[4], const State<V>& state, State<V>& next,
                                   V (&saved)[4]) {
    const V i = sigmoid(s[0]);
    const V f = sigmoid(s[1]);
    const V g = tanh(s[2]);
    const V o = sigmoid(s[3]);
    next.c = fma(f, state.c, i * g);
    next.h = o * tanh(next.c);
    saved[0] = i;
    saved[1] = f;
    saved[2] = g;
    saved[3] = o;
  }

  ///   dc' += o (1 - tanh²(c')) dh'
  ///   ds_i = i (1 - i) g dc'    ds_f = f (1 - f) c dc'
  ///   ds_g = (1 - g²) i dc'     ds_o = o (1 - o) tanh(c') dh'
  ///   dc = f dc'
  template <class V>
  static PYRNN_INLINE void backward(const V (&saved)[4], const State<V>& state,
                                    const State<V>& next, const State<V>& dnext, State<V>& dstate,
                                    V (&ds)[4]) {
    const V i = saved[0], f = saved[1], g = saved[2], o = saved[3];
    const V y = tanh(next.c);
    const V dc = dnext.c + Tanh::chain(y, o * dnext.h);
    ds[0] = Sigmoid::chain(i, g * dc);
    ds[1] = Sigmoid::chain(f, state.c * dc);
    ds[2] = Tanh::chain(g, i * dc);
    ds[3] = Sigmoid::chain(o, y * dnext.h);
    dstate.c = f * dc;
  }
};

}  // namespace
}  // namespace pyrnn::PYRNN_ISA
