// Gated recurrent unit (Cho et al. 2014), in both forms: the reset gate acts after the recurrent
// product (cuDNN, PyTorch) or before it (the paper).
#pragma once

#include "cells/cell.h"

namespace pyrnn::PYRNN_ISA {
namespace {

///   r = σ(s_r)   z = σ(s_z)
///   n = tanh(s_x + r s_h),  s_x = W_n x + b_in,  s_h = R_n h + b_hn
///   h' = (1 - z) n + z h
struct Gru {
  static constexpr int kGates = 3;
  static constexpr int kSums = 4;
  static constexpr Feed kInput = {3, {0, 1, 2}, {0, 1, 2}};
  static constexpr Feed kState = {3, {0, 1, 2}, {0, 1, 3}};
  static constexpr Feed kGated = {0, {}, {}};
  static constexpr bool kHasCell = false;
  static constexpr bool kReadsState = true;
  static constexpr bool kCarries = true;

  template <class V>
  static PYRNN_INLINE void forward(const V (&s)[4], const State<V>& state, State<V>& next,
                                   V (&saved)[4]) {
    const V r = sigmoid(s[0]);
    const V z = sigmoid(s[1]);
    const V n = tanh(fma(r, s[3], s[2]));
    next.h = fma(z, state.h - n, n);
    saved[0] = r;
    saved[1] = z;
    saved[2] = n;
    saved[3] = s[3];
  }

  ///   ds_x = (1 - n²) (1 - z) dh'   ds_z = z (1 - z) (h - n) dh'
  ///   ds_h = r ds_x                 ds_r = r (1 - r) s_h ds_x
  ///   dh = z dh'
  template <class V>
  static PYRNN_INLINE void backward(const V (&saved)[4], const State<V>& state, const State<V>&,
                                    const State<V>& dnext, State<V>& dstate, V (&ds)[4]) {
    const V r = saved[0], z = saved[1], n = saved[2], s_h = saved[3];
    ds[2] = Tanh::chain(n, (splat<V>(1) - z) * dnext.h);
    ds[1] = Sigmoid::chain(z, (state.h - n) * dnext.h);
    ds[3] = r * ds[2];
    ds[0] = Sigmoid::chain(r, s_h * ds[2]);
    dstate.h = z * dnext.h;
  }
};

///   r = σ(s_r)   z = σ(s_z)   gated = r h
///   n = tanh(s_n),  s_n = W_n x + b_in + R_n (r h) + b_hn
///   h' = (1 - z) n + z h
/// Two stages: r and z of all units must be known before R_n (r h) can be formed.
struct GruResetBefore {
  static constexpr int kGates = 3;
  static constexpr int kSums = 3;
  static constexpr Feed kInput = {3, {0, 1, 2}, {0, 1, 2}};
  static constexpr Feed kState = {2, {0, 1}, {0, 1}};
  static constexpr Feed kGated = {1, {2}, {2}};
  static constexpr bool kHasCell = false;
  static constexpr bool kReadsState = true;
  static constexpr bool kCarries = true;

  /// The first stage: s_r and s_z are finished, s_n still lacks its recurrent product.
  template <class V>
  static PYRNN_INLINE void gate(V (&s)[3], const State<V>& state, V& gated) {
    s[0] = sigmoid(s[0]);
    s[1] = sigmoid(s[1]);
    gated = s[0] * state.h;
  }

  /// The second stage: s holds r, z and the finished s_n.
  template <class V>
  static PYRNN_INLINE void forward(const V (&s)[3], const State<V>& state, State<V>& next,
                                   V (&saved)[3]) {
    const V z = s[1];
    const V n = tanh(s[2]);
    next.h = fma(z, state.h - n, n);
    saved[0] = s[0];
    saved[1] = z;
    saved[2] = n;
  }

  ///   ds_n = (1 - n²) (1 - z) dh'   ds_z = z (1 - z) (h - n) dh'
  ///   dh = z dh'                    (r waits for backward_gate)
  template <class V>
  static PYRNN_INLINE void backward(const V (&saved)[3], const State<V>& state, const State<V>&,
                                    const State<V>& dnext, State<V>& dstate, V (&ds)[3]) {
    const V r = saved[0], z = saved[1], n = saved[2];
    ds[2] = Tanh::chain(n, (splat<V>(1) - z) * dnext.h);
    ds[1] = Sigmoid::chain(z, (state.h - n) * dnext.h);
    ds[0] = r;
    dstate.h = z * dnext.h;
  }

  ///   d(r h) = ds_n R_n   ds_r = r (1 - r) h d(r h)   dh += r d(r h)
  template <class V>
  static PYRNN_INLINE void backward_gate(V r, const State<V>& state, V dgated, State<V>& dstate,
                                         V& ds_r) {
    ds_r = Sigmoid::chain(r, state.h * dgated);
    dstate.h = fma(r, dgated, dstate.h);
  }
};

}  // namespace
}  // namespace pyrnn::PYRNN_ISA
