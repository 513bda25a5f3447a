// What a cell tells the drivers about itself: nothing else distinguishes one cell from another.
//
// A cell has gate blocks in W and R (PyTorch's order) and *sums*, the accumulators that one hidden
// unit needs. A Feed says which gate block of a matrix goes to which sum; the bias of a gate goes
// where its gate goes. A sum starts at its bias, takes x·W in rising k, then h·R in rising k.
//
//   kGates              gate blocks of W and R
//   kSums               accumulators a unit
//   kInput              Feed of W
//   kState              Feed of R, operand h
//   kGated              Feed of R, operand `gated` (the second stage; empty for most cells)
//   kHasCell            there is a cell state c beside h
//   kReadsState         the pointwise part needs h (else only the product does)
//   kCarries            backward leaves a part of dh that bypasses the product
//   forward(s, state, next, saved)                 s: finished sums
//   backward(saved, state, next, dnext, dstate, ds)
// A cell with a second stage has `gate` and `backward_gate` besides: see gru.h.
#pragma once

#include "math/activations.h"

namespace pyrnn::PYRNN_ISA {
namespace {

/// count gate blocks: gate[j] of the matrix feeds sum[j].
struct Feed {
  int count;
  int gate[4];
  int sum[4];
};

/// The state of one unit (h; c where the cell has one), or its gradient.
template <class V>
struct State {
  V h;
  V c;
};

}  // namespace
}  // namespace pyrnn::PYRNN_ISA
