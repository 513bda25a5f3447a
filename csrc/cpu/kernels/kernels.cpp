// All kernels, compiled once for each instruction set (see CMakeLists.txt). The only name that
// leaves the object file is its table.
#include "cpu/kernels/attention.h"
#include "cpu/kernels/convolution.h"
#include "cpu/kernels/convolution_gradient.h"
#include "cpu/kernels/crf_backward.h"
#include "cpu/kernels/crf_decode.h"
#include "cpu/kernels/ctc.h"
#include "cpu/kernels/dropout.h"
#include "cpu/kernels/elementwise.h"
#include "cpu/kernels/forward.h"
#include "cpu/kernels/gradients.h"
#include "cpu/kernels/kernel_table.h"
#include "cpu/kernels/likeliest.h"
#include "cpu/kernels/loss.h"
#include "cpu/kernels/normed_backward.h"
#include "cpu/kernels/normed_forward.h"
#include "cpu/kernels/pack.h"
#include "cpu/kernels/product.h"
#include "cpu/kernels/rows.h"
#include "cpu/kernels/update.h"

// After the vectors, which cpu/tile.h brings in.
#include "cells/list.h"

namespace pyrnn::PYRNN_ISA {
namespace {

template <class Cell, class T>
void run_forward(const Pass<T>& pass, const Steps& steps, const Worker& worker) {
  if constexpr (Cell::kNormalises) {
    NormedForward<Cell, T>(pass, worker).run(steps);
  } else {
    Forward<Cell, T>(pass, worker).run(steps);
  }
}

template <class Cell, class T>
void run_backward(const Pass<T>& pass, const Steps& steps, const Worker& worker) {
  if constexpr (Cell::kNormalises) {
    NormedBackward<Cell, T>(pass, worker).run(steps);
  } else {
    Backward<Cell, T>(pass, worker).run(steps);
  }
}

template <class Cell, class T>
constexpr CellKernels<T> kernels_of(const char* name) {
  return {
      name,
      Cell::kWeights,
      Cell::kTerms,
      Cell::kOwn,
      Cell::kSums,
      Cell::kStages,
      Cell::kHasCell,
      Cell::kProjects,
      Cell::kNormalises,
      packed_sizes<Cell, T>,
      pack_forward<Cell, T>,
      pack_backward<Cell, T>,
      project<Cell, T>,
      run_forward<Cell, T>,
      run_backward<Cell, T>,
      input_gradient<Cell, T>,
      weight_gradient<Cell, T>,
      own_gradient<Cell, T>,
      gather_tokens<Cell, T>,
  };
}

template <class T>
constexpr ArrayKernels<T> kArrays = {
    outer_scratch<T>,
    product_scratch<T>,
    product<T>,
    map_sigmoid<T>,
    map_tanh<T>,
    dropout<T>,
    drop_rows<T>,
    state_masks<T>,
    gather_rows<T>,
    sum_rows<T>,
    softmax<T>,
    likeliest<T>,
    cross_entropy<T>,
    convolution_scratch<T>,
    convolution_max<T>,
    convolution_gradient<T>,
    crf_scratch<T>,
    crf_forward<T>,
    crf_backward<T>,
    ctc_loss<T>,
    attend<T>,
    attend_back<T>,
    adam<T>,
    descent<T>,
    square_norm<T>,
};

}  // namespace

#define PYRNN_TEXT_OF(name) #name
#define PYRNN_TEXT(name) PYRNN_TEXT_OF(name)
#define PYRNN_F32(name, ...) kernels_of<__VA_ARGS__, float>(name),
#define PYRNN_F64(name, ...) kernels_of<__VA_ARGS__, double>(name),
#define PYRNN_ONE(...) +1

static_assert(kCellCount == 0 PYRNN_CELLS(PYRNN_ONE), "kernel_table.h and cells/list.h disagree");

extern const KernelTable kTable;
constexpr KernelTable kTable = {
    PYRNN_TEXT(PYRNN_ISA),
    sizeof(VecF),
    sequences_of,
    {PYRNN_CELLS(PYRNN_F32)},
    {PYRNN_CELLS(PYRNN_F64)},
    kArrays<float>,
    kArrays<double>,
    crf_decode,
    ctc_scratch,
};

}  // namespace pyrnn::PYRNN_ISA
