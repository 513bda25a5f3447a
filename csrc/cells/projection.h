// Projection (Sak, Senior and Beaufays 2014): what a cell would put out passes through a matrix
// first, so that R is as wide as the projection.
#pragma once

#include "cells/cell.h"

namespace pyrnn::PYRNN_ISA {
namespace {

///   scratch = the cell's h'
///   h' = W_hr scratch
template <class Cell>
struct Projected : Cell {
  static_assert(Cell::kStages == 1 && !Cell::kReadsState && !Cell::kCarries);
  static constexpr int kWeightHr = Cell::kWeights.count;
  static constexpr WeightList kWeights =
      with(Cell::kWeights, {"weight_hr", 1, Axis::kOutput, Axis::kUnits});
  static constexpr TermList kTerms =
      with(Cell::kTerms, Term{1, Operand::kScratch, kWeightHr, -1, each(1)});
  static constexpr int kStages = 2;
  static constexpr bool kProjects = true;

  template <class U>
  static PYRNN_INLINE void forward(Stage<0>, U& u) {
    Cell::forward(Stage<0>{}, u);
    u.scratch = u.next.h;
  }

  template <class U>
  static PYRNN_INLINE void forward(Stage<1>, U& u) {
    u.next.h = u.s[0];
  }

  ///   ds = dh'
  template <class U>
  static PYRNN_INLINE void backward(Stage<1>, U& u) {
    u.s[0] = u.dnext.h;
  }

  template <class U>
  static PYRNN_INLINE void backward(Stage<0>, U& u) {
    u.dnext.h = u.dscratch;
    Cell::backward(Stage<0>{}, u);
  }
};

}  // namespace
}  // namespace pyrnn::PYRNN_ISA
