// A hundred steps of training, with the library's own kernels from token ids to the update: a small
// language model of two layers with dropout, a softmax, a clipped gradient, Adam.
#pragma once

#include <vector>

#include "check/guarded.h"
#include "check/problems.h"
#include "cpu/kernels/kernel_table.h"

namespace pyrnn::check {

constexpr int kTrainingSteps = 100;

template <class T>
struct Trained {
  Guarded<T> losses;                // [steps] mean loss of each step's batch
  std::vector<Guarded<T>> weights;  // at the end: table, the stack's, output, its bias
};

template <class T>
Trained<T> trained(const KernelTable& table, const CellTraits& cell, int threads = 1,
                   int steps = kTrainingSteps);

}  // namespace pyrnn::check
