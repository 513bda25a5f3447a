// The nouns of a linear-chain conditional random field. Data only: see recurrent.h.
#pragma once

#include <cstdint>

namespace pyrnn {

/// The scores of the labels of ragged sequences; cpu/kernels/crf.h has the letters.
template <class T>
struct Crf {
  std::int64_t steps, B, C;
  const T* emissions;           // [steps, B, C]
  const std::int64_t* labels;   // [steps, B], right within the lengths, or null
  const T* transitions;         // [C, C] from a row to a column
  const T *start, *end;         // [C]
  const std::int64_t* lengths;  // [B]
  const std::int64_t* order;    // [B] the sequences by falling length
};

/// How many elements a field takes: for a matrix that steps multiply with, for a row of labels that
/// is filled up to whole vectors, for a worker's rows.
struct CrfScratch {
  std::int64_t panels, lanes, rows;
};

/// What every step multiplies with, packed.
template <class T>
struct CrfMatrix {
  const T* scores;  // [C, C] from a row to a column, minus infinity where it is forbidden
  T* panels;        // crf_scratch().panels: exp of each score less the largest of its column
  T* largest;       // [lanes] of each column
  T* least;         // [lanes] the sums that are exact, at least
};

/// The forward algorithm.
template <class T>
struct CrfForward {
  Crf<T> of;
  T* alphas;          // [steps, B, C]
  T* log_likelihood;  // [B] or null
  // scratch, for up to `parts` workers
  int parts;
  CrfMatrix<T> matrix;
  T* rows;  // [parts, crf_scratch().rows]
};

/// Sums over pairs of labels that are formed side by side, whatever the number of workers.
constexpr std::int64_t kCrfCounts = 4;

/// The backward algorithm: gradients, or marginals.
template <class T>
struct CrfBackward {
  Crf<T> of;
  const T* alphas;  // [steps, B, C]
  const T* dy;      // [B], or null: marginals
  T* out;           // [steps, B, C] demissions, or the marginals
  // Without dy all of these are null.
  T *dtransitions, *dstart, *dend;  // [C, C], [C], [C]
  const std::int64_t* first_pair;   // [B] where the pairs of each sequence begin
  std::int64_t pairs;               // the sum of all lengths less one
  T *before, *after;                // [pairs, C] scratch
  T* counts;                        // [kCrfCounts, C, C] scratch
  unsigned char* far;               // [B] scratch
  T* product;                       // scratch of the product of before and after
  // scratch, for up to `parts` workers
  int parts;
  CrfMatrix<T> matrix;  // its scores: the transposed transitions, written here
  T* transposed;        // [C, C]
  T* rows;              // [parts, crf_scratch().rows]
};

/// Viterbi's algorithm.
struct CrfDecode {
  Crf<double> of;
  std::int64_t K;       // paths of each sequence
  std::int64_t* paths;  // [K, steps, B]
  double* scores;       // [K, B]
  // scratch, for up to `parts` workers
  int parts;
  double* values;       // [parts, 2, K, lanes]
  std::int64_t* came;   // [parts, steps, K, lanes]
  std::int64_t* found;  // [parts, K]
};

}  // namespace pyrnn
