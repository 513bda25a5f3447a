// The simple recurrent network (Elman 1990), with tanh, ReLU or σ.
#pragma once

#include "cells/cell.h"

namespace pyrnn::PYRNN_ISA {
namespace {

///   h' = φ(W x + b_ih + R h + b_hh)
template <class Activation>
struct Elman {
  static constexpr WeightList kWeights = weights_of(1);
  static constexpr TermList kTerms = {2, {input_term(each(1)), state_term(each(1))}};
  static constexpr OwnWeights kOwn = {};
  static constexpr int kSums = 1;
  static constexpr int kStages = 1;
  static constexpr bool kHasCell = false;
  static constexpr bool kReadsState = false;
  static constexpr bool kCarries = false;
  static constexpr bool kProjects = false;
  static constexpr bool kNormalises = false;

  template <class U>
  static PYRNN_INLINE void forward(Stage<0>, U& u) {
    u.next.h = Activation::value(u.s[0]);
    u.s[0] = u.next.h;
  }

  ///   ds = φ' dh'
  template <class U>
  static PYRNN_INLINE void backward(Stage<0>, U& u) {
    u.s[0] = Activation::chain(u.s[0], u.dnext.h);
  }
};

}  // namespace
}  // namespace pyrnn::PYRNN_ISA
