// A thread among those that share a task. Data only: see recurrent.h.
#pragma once

namespace pyrnn {

struct Barrier;
/// Waits until all workers of the team are here.
void wait(Barrier* barrier);

/// A thread among those that share a task.
struct Worker {
  int index, count;
  Barrier* barrier;
};

}  // namespace pyrnn
