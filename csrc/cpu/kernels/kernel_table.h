// What an instruction set offers: one table of functions per set, filled by cpu/kernels.cpp.
#pragma once

#include "problem/arrays.h"
#include "problem/attention.h"
#include "problem/convolution.h"
#include "problem/crf.h"
#include "problem/ctc.h"
#include "problem/recurrent.h"
#include "problem/worker.h"

namespace pyrnn {

/// How many elements each packed operand of a layer takes.
struct PackedSizes {
  std::int64_t bias, own, norms, panels[kMaxTerms], rows[kMaxTerms];
};

/// A layer's weights in PyTorch's layout, in the order of the cell's list; absent ones are null.
template <class T>
struct MasterWeights {
  std::int64_t I, H, P;
  const T* of[kMaxWeights];
};

/// The kernels of one cell in one dtype. Each is called by all workers of a team at once.
template <class T>
struct CellKernels {
  const char* name;
  WeightList weights;
  TermList terms;
  OwnWeights own;
  int sums, stages;
  bool has_cell, projects, normalises;

  PackedSizes (*packed_sizes)(const MasterWeights<T>&);
  void (*pack_forward)(const MasterWeights<T>&, const Operands<T>& to, const Worker&);
  void (*pack_backward)(const MasterWeights<T>&, const Operands<T>& to, const Worker&);

  /// x W + bias for the rows of an operand, into [blocks][rows][sums][UB].
  void (*project)(const Pass<T>&, const Rows<T>& operand, std::int64_t rows, T* out, const Worker&);
  void (*forward)(const Pass<T>&, const Steps&, const Worker&);
  void (*backward)(const Pass<T>&, const Steps&, const Worker&);
  void (*input_gradient)(const Pass<T>&, const InputGradient<T>&, const Worker&);
  /// Of the weight of a term.
  void (*weight_gradient)(const Pass<T>&, int term, const WeightGradient<T>&, const Worker&);
  /// Of the weights that units have to themselves; `add`: to what stands in out.
  void (*own_gradient)(const Pass<T>&, T* out, bool add, const Worker&);
  /// The gradients of `project`'s rows: out[token] += dgates[row], the last row first.
  void (*gather_tokens)(const Pass<T>&, T* out, bool add, const Worker&);
};

template <class T>
struct ArrayKernels {
  /// Elements of scratch that a weight gradient with so many columns takes, and a product.
  std::int64_t (*outer_scratch)(std::int64_t columns);
  std::int64_t (*product_scratch)(const Product<T>&);
  void (*product)(const Product<T>&, const Worker&);
  /// Element-wise σ, tanh: out[i] = f(x[i]).
  void (*sigmoid)(const T* x, T* out, std::int64_t n);
  void (*tanh)(const T* x, T* out, std::int64_t n);
  /// to[i] = mask[i] from[i] for i < n; from may be to.
  void (*dropout)(const DropoutMask&, const T* from, T* to, std::int64_t n, const Worker&);
  /// Between layers.
  void (*drop_rows)(const LayerDropout<T>&, const Worker&);
  /// Within a layer: of each sequence, factors on what R multiplies.
  void (*state_masks)(const StateMasks<T>&, const Worker&);
  void (*gather_rows)(const RowLookup<T>&, const Worker&);
  void (*sum_rows)(const RowSum<T>&, const Worker&);
  void (*softmax)(const Softmax<T>&, const Worker&);
  void (*likeliest)(const Likeliest<T>&, const Worker&);
  void (*cross_entropy)(const CrossEntropy<T>&, const Worker&);
  ConvolutionScratch (*convolution_scratch)(const Convolution<T>&);
  void (*convolution_max)(const ConvolutionMax<T>&, const Worker&);
  void (*convolution_gradient)(const ConvolutionGradient<T>&, const Worker&);
  CrfScratch (*crf_scratch)(std::int64_t labels);
  void (*crf_forward)(const CrfForward<T>&, const Worker&);
  void (*crf_backward)(const CrfBackward<T>&, const Worker&);
  void (*ctc_loss)(const Ctc<T>&, const Worker&);
  /// Of some steps of the queries; backward, from the last steps to the first.
  void (*attend)(const Attention<T>&, const Steps&, const Worker&);
  void (*attend_back)(const AttentionGradient<T>&, const Steps&, const Worker&);
  void (*adam)(const Adam<T>&, const Worker&);
  void (*descent)(const Descent<T>&, const Worker&);
  double (*square_norm)(const T* x, const std::int64_t* ids, std::int64_t rows, std::int64_t width);
};

constexpr int kCellCount = 15;

struct KernelTable {
  const char* isa;
  int vector_bytes;
  /// Which sequences of a batch a worker has, where each has its own.
  Sequences (*sequences)(const Batch&, const Worker&);
  CellKernels<float> cells_f32[kCellCount];
  CellKernels<double> cells_f64[kCellCount];
  ArrayKernels<float> arrays_f32;
  ArrayKernels<double> arrays_f64;
  void (*crf_decode)(const CrfDecode&, const Worker&);  // in double alone
  /// Elements of scratch that a worker takes for a sequence of N frames and L symbols out of C.
  std::int64_t (*ctc_scratch)(std::int64_t N, std::int64_t L, std::int64_t C, bool gradient);
};

}  // namespace pyrnn
