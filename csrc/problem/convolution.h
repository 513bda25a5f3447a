// The nouns of a convolution with a maximum over time. Data only: see recurrent.h.
#pragma once

#include <cstdint>

namespace pyrnn {

/// F filters over windows of W steps of ragged sequences.
template <class T>
struct Convolution {
  std::int64_t B, I, F, W;
  std::int64_t time;  // steps that an array has room for
  const T* x;         // step t of sequence b is the row of I at x + t step + b sequence
  std::int64_t step, sequence;
  const std::int64_t* lengths;  // [B]
  std::int64_t rows, longest;   // N, the sum of all lengths, and the largest of them
  const T* weight;              // [F, I, W]
  const T* bias;                // [F] or null
};

/// How many elements a convolution takes for its packed weights, and for a worker's windows.
struct ConvolutionScratch {
  std::int64_t panels, windows;
};

/// The largest activation of each filter: see cpu/kernels/convolution.h.
template <class T>
struct ConvolutionMax {
  Convolution<T> of;
  T* y;                 // [B, F]
  std::int64_t* steps;  // [B, F] where it was first reached; -1 where there is no step
  // scratch, for up to `parts` workers
  int parts;
  T* panels;                    // convolution_scratch().panels
  T* windows;                   // [parts, convolution_scratch().windows]
  T* carried;                   // [parts, F]
  std::int64_t* carried_steps;  // [parts, F]
};

/// What flows back through the windows at `steps`.
template <class T>
struct ConvolutionGradient {
  Convolution<T> of;
  const std::int64_t* steps;  // [B, F] each within its length, or -1
  const T* dy;                // [B, F]
  T* dx;                      // as x, or null
  T* dweight;                 // [F, I, W] or null
  T* dbias;                   // [F] or null
  // scratch, for up to `parts` workers
  int parts;
  T* taps;     // [F, W, I]
  T* windows;  // [parts, W, I]
};

}  // namespace pyrnn
