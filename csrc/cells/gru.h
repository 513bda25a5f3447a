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
  static constexpr WeightList kWeights = weights_of(3);
  static constexpr TermList kTerms = {2,
                                      {input_term(each(3)), state_term({3, {0, 1, 2}, {0, 1, 3}})}};
  static constexpr OwnWeights kOwn = {};
  static constexpr int kSums = 4;
  static constexpr int kStages = 1;
  static constexpr bool kHasCell = false;
  static constexpr bool kReadsState = true;
  static constexpr bool kCarries = true;
  static constexpr bool kProjects = false;
  static constexpr bool kNormalises = false;

  template <class U>
  static PYRNN_INLINE void forward(Stage<0>, U& u) {
    const auto r = sigmoid(u.s[0]);
    const auto z = sigmoid(u.s[1]);
    const auto n = tanh(fma(r, u.s[3], u.s[2]));
    u.next.h = fma(z, u.state.h - n, n);
    u.s[0] = r;
    u.s[1] = z;
    u.s[2] = n;
  }

  ///   ds_x = (1 - n²) (1 - z) dh'   ds_z = z (1 - z) (h - n) dh'
  ///   ds_h = r ds_x                 ds_r = r (1 - r) s_h ds_x
  ///   dh = z dh'
  template <class U>
  static PYRNN_INLINE void backward(Stage<0>, U& u) {
    const auto r = u.s[0], z = u.s[1], n = u.s[2], s_h = u.s[3];
    u.s[2] = Tanh::chain(n, one_minus(z) * u.dnext.h);
    u.s[1] = Sigmoid::chain(z, (u.state.h - n) * u.dnext.h);
    u.s[3] = r * u.s[2];
    u.s[0] = Sigmoid::chain(r, s_h * u.s[2]);
    u.dstate.h = z * u.dnext.h;
  }
};

///   r = σ(s_r)   z = σ(s_z)
///   n = tanh(s_n),  s_n = W_n x + b_in + R_n (r h) + b_hn
///   h' = (1 - z) n + z h
/// Two stages: r of all units must be known before R_n (r h) can be formed.
struct GruResetBefore {
  static constexpr WeightList kWeights = weights_of(3);
  static constexpr TermList kTerms = {
      3,
      {input_term(each(3)), state_term(each(2)),
       Term{1, Operand::kScratch, kWeightHh, kBiasHh, {1, {2}, {2}}}}};
  static constexpr OwnWeights kOwn = {};
  static constexpr int kSums = 3;
  static constexpr int kStages = 2;
  static constexpr bool kHasCell = false;
  static constexpr bool kReadsState = true;
  static constexpr bool kCarries = true;
  static constexpr bool kProjects = false;
  static constexpr bool kNormalises = false;

  /// s_r and s_z are finished, s_n still lacks its recurrent product.
  template <class U>
  static PYRNN_INLINE void forward(Stage<0>, U& u) {
    u.s[0] = sigmoid(u.s[0]);
    u.s[1] = sigmoid(u.s[1]);
    u.scratch = u.s[0] * u.state.h;
  }

  /// s holds r, z and the finished s_n.
  template <class U>
  static PYRNN_INLINE void forward(Stage<1>, U& u) {
    const auto n = tanh(u.s[2]);
    u.next.h = fma(u.s[1], u.state.h - n, n);
    u.s[2] = n;
  }

  ///   ds_n = (1 - n²) (1 - z) dh'   ds_z = z (1 - z) (h - n) dh'
  ///   dh = z dh'                    (r waits for the first stage)
  template <class U>
  static PYRNN_INLINE void backward(Stage<1>, U& u) {
    const auto z = u.s[1], n = u.s[2];
    u.s[2] = Tanh::chain(n, one_minus(z) * u.dnext.h);
    u.s[1] = Sigmoid::chain(z, (u.state.h - n) * u.dnext.h);
    u.dstate.h = z * u.dnext.h;
  }

  ///   d(r h) = ds_n R_n   ds_r = r (1 - r) h d(r h)   dh += r d(r h)
  template <class U>
  static PYRNN_INLINE void backward(Stage<0>, U& u) {
    const auto r = u.s[0];
    u.s[0] = Sigmoid::chain(r, u.state.h * u.dscratch);
    u.dstate.h = fma(r, u.dscratch, u.dstate.h);
  }
};

}  // namespace
}  // namespace pyrnn::PYRNN_ISA
