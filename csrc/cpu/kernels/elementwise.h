// The activations over whole arrays, for the layers around the recurrence.
#pragma once

#include "cpu/kernels/workspace.h"

namespace pyrnn::PYRNN_ISA {
namespace {

template <class T, class F>
PYRNN_INLINE void map(const T* x, T* out, i64 n, F&& f) {
  for (i64 i = 0; i < n; i += kWidth<T>) store_upto(out + i, f(load_upto(x + i, n - i)), n - i);
}

template <class T>
void map_sigmoid(const T* x, T* out, i64 n) {
  map(x, out, n, [](Vec<T> v) { return sigmoid(v); });
}

template <class T>
void map_tanh(const T* x, T* out, i64 n) {
  map(x, out, n, [](Vec<T> v) { return tanh(v); });
}

}  // namespace
}  // namespace pyrnn::PYRNN_ISA
