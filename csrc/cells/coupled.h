// Coupled gates (variant CIFG of Greff et al. 2017): an LSTM forgets as much as it takes in.
#pragma once

#include "cells/peepholes.h"

namespace pyrnn::PYRNN_ISA {
namespace {

///   f = 1 - i
struct CoupledForget {
  static constexpr bool kOwnSum = false;

  template <class V>
  static PYRNN_INLINE V value(V i, V) {
    return one_minus(i);
  }
  ///   di = g dc' - df
  template <class V>
  static PYRNN_INLINE V input_gradient(V di, V df) {
    return di - df;
  }
};

using CoupledLstm = LstmOf<CoupledForget, NoPeepholes>;
using CoupledPeepholeLstm = LstmOf<CoupledForget, Peepholes>;

}  // namespace
}  // namespace pyrnn::PYRNN_ISA
