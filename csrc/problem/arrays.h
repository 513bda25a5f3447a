// The nouns of the array operations around the recurrence. Data only: see recurrent.h.
#pragma once

#include <cstdint>

namespace pyrnn {

/// C (+)= op(A) op(B), row-major
template <class T>
struct Product {
  std::int64_t M, N, K;
  const T* a;  // [M, K], or [K, M] if transpose_a
  std::int64_t lda;
  const T* b;  // [K, N], or [N, K] if transpose_b
  std::int64_t ldb;
  T* c;  // [M, N]
  bool transpose_a, transpose_b;
  const T* bias;  // [N] or null: where each sum starts
  T* scratch;     // room for B in panels, product_scratch() elements
};

/// y = softmax(x) row by row.
template <class T>
struct Softmax {
  std::int64_t rows, columns;
  const T* x;  // [rows, columns]
  T* y;        // [rows, columns]
};

/// Of each row the `count` largest numbers that are allowed, largest first and of equal ones the
/// first, and ln sum e^x over all. Where fewer are allowed and above -inf, -inf stands at column 0.
template <class T>
struct Likeliest {
  std::int64_t rows, columns, count;  // 1 <= count <= columns
  const T* x;                         // [rows, columns]
  const unsigned char* allowed;       // [rows] of `stride`, a mask of columns each; null: all are
  std::int64_t stride;                // 0: the same for all rows
  std::int64_t* ids;                  // [rows, count]
  T* values;                          // [rows, count]
  double* norms;                      // [rows], or null
};

/// losses[n] = -weights[n] log softmax(logits[n])[targets[n]], and its gradient.
template <class T>
struct CrossEntropy {
  std::int64_t rows, columns;
  const T* logits;              // [rows, columns]
  const std::int64_t* targets;  // [rows]
  const T* weights;             // [rows]
  T* losses;                    // [rows]
  T* dlogits;                   // [rows, columns], may be the logits themselves, or null
  T scale = 1;                  // of dlogits alone
};

/// A gradient of `count` numbers, or of some rows of a table of so many.
template <class T>
struct Gradient {
  std::int64_t count;
  const T* g;                         // [count], or [listed, width]
  const std::int64_t* ids = nullptr;  // [listed], rising: the rows of [*, width]; or null for all
  std::int64_t listed = 0, width = 1;
};

/// One step of Adam; see cpu/kernels/update.h for the letters.
template <class T>
struct Adam {
  Gradient<T> gradient;
  T *p, *m, *v, *vmax;  // [count]; vmax may be null
  T beta1, rest1, beta2, rest2, keep, decay, rate, correction, eps;
};

/// One step of gradient descent; see cpu/kernels/update.h for the letters.
template <class T>
struct Descent {
  Gradient<T> gradient;
  T *p, *b;  // [count]; b may be null
  T rate, momentum, decay;
  bool nesterov;
};

/// Which of many numbers are kept, and by what these are multiplied: see cpu/kernels/dropout.h.
struct DropoutMask {
  std::uint64_t seed;
  std::uint64_t first;      // the counter of the first number
  std::uint64_t threshold;  // of 2^24
  double scale;
};

/// out[n] = table[ids[n]]
template <class T>
struct RowLookup {
  std::int64_t rows, width;
  const T* table;           // [*, width]
  const std::int64_t* ids;  // [rows]
  T* out;                   // [rows, width]
};

/// out[place[n]] += values[n] on zeros, n rising
template <class T>
struct RowSum {
  std::int64_t rows, width, places;
  const T* values;            // [rows, width]
  const std::int64_t* place;  // [rows]; a negative one: left out
  T* out;                     // [places, width]
};

}  // namespace pyrnn
