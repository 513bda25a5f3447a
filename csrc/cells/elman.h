// The simple recurrent network (Elman 1990), with tanh, ReLU or σ.
#pragma once

#include "cells/cell.h"

namespace pyrnn::PYRNN_ISA {
namespace {

///   h' = φ(W x + b_ih + R h + b_hh)
template <class Activation>
struct Elman {
  static constexpr int kGates = 1;
  static constexpr int kSums = 1;
  static constexpr Feed kInput = {1, {0}, {0}};
  static constexpr Feed kState = {1, {0}, {0}};
  static constexpr Feed kGated = {0, {}, {}};
  static constexpr bool kHasCell = false;
  static constexpr bool kReadsState = false;
  static constexpr bool kCarries = false;

  template <class V>
  static PYRNN_INLINE void forward(const V (&s)[1], const State<V>&, State<V>& next,
                                   V (&saved)[1]) {
    next.h = Activation::value(s[0]);
    saved[0] = next.h;
  }

  ///   ds = φ' dh'
  template <class V>
  static PYRNN_INLINE void backward(const V (&saved)[1], const State<V>&, const State<V>&,
                                    const State<V>& dnext, State<V>&, V (&ds)[1]) {
    ds[0] = Activation::chain(saved[0], dnext.h);
  }
};

}  // namespace
}  // namespace pyrnn::PYRNN_ISA
