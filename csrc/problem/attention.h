// The nouns of attention. Data only: see recurrent.h.
//
// Letters besides those of recurrent.h: S steps of a memory, A width of a key, E width of a value.
#pragma once

#include "problem/recurrent.h"

namespace pyrnn {

/// What queries attend to: some steps for each sequence of the caller's.
template <class T>
struct Memory {
  std::int64_t B, S, A, E;
  const std::int64_t* lengths;  // [B]
  const T* keys;                // [S, B, A]
  const T* values;              // [S, B, E]
  const T* weight;              // [A] v of additive attention, or null
};

/// Queries to it, one for each row of a batch.
template <class T>
struct Attention {
  Memory<T> memory;
  const Batch* batch;
  const T* query;  // [N, A]
  T* weights;      // [T, B, S]
  T* context;      // [T, B, E]
};

/// What flows back through those queries. Absent arrays are null.
template <class T>
struct AttentionGradient {
  Attention<T> of;
  const T* upstream;  // [T, B, E] into the contexts, from outside
  const T* dweights;  // [T, B, S] into the weights
  T* dcontext;        // [N, E] what flows into the contexts besides; upstream is added to it
  T* dscores;         // [N, S]
  T* dquery;          // [N, A]
  T* dkeys;           // [S, B, A] or null
  T* dvalues;         // [S, B, E] or null
  T* dweight;         // [B, A] each sequence's share of dv, or null
};

}  // namespace pyrnn
