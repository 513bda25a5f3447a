// Peepholes (Gers and Schmidhuber 2000): the gates of an LSTM see the cell state, each unit its
// own.
#pragma once

#include "cells/lstm.h"

namespace pyrnn::PYRNN_ISA {
namespace {

///   s_i += p_i c    s_f += p_f c    s_o += p_o c'
struct Peepholes {
  static constexpr bool kSees = true;

  /// Of the K-th weight that the unit has to itself.
  template <int K, class U, class V>
  static PYRNN_INLINE V add(const U& u, V c, V s) {
    return fma(u.own[K], c, s);
  }
};

using PeepholeLstm = LstmOf<ForgetGate, Peepholes>;

}  // namespace
}  // namespace pyrnn::PYRNN_ISA
