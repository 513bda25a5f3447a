// The nouns of connectionist temporal classification. Data only: see recurrent.h.
#pragma once

#include <cstdint>

namespace pyrnn {

/// Losses of ragged sequences of frames, and their gradients; cpu/kernels/ctc.h has the letters.
template <class T>
struct Ctc {
  std::int64_t steps, B, C, L;
  const T* logits;              // [steps, B, C], or ln p
  const std::int64_t* targets;  // [B, L], right within the lengths
  const std::int64_t* lengths;  // [B]
  const std::int64_t* symbols;  // [B] the lengths of the targets
  const std::int64_t* order;    // [B] the sequences, those of most work first
  const std::int64_t* work;     // [B] what each takes
  std::int64_t blank;
  bool normalized;  // whether the logits are ln p
  T scale;          // of the gradient alone
  T* losses;        // [B]
  T* gradient;      // [steps, B, C], or null
  // scratch, for up to `parts` workers
  int parts;
  double* scratch;    // [parts, room]
  std::int64_t room;  // ctc_scratch() of the sequence that takes most
};

}  // namespace pyrnn
