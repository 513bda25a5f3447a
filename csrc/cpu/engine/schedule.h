// How a pass is spread over threads and steps. Nothing here changes a bit of any result.
#pragma once

#include "problem/recurrent.h"

namespace pyrnn {

/// Parts of the schedule that tests and measurements fix: -1 leaves them to `plan`.
struct ForcedSchedule {
  int fuse = -1;   // 1: x W within the step; 0: hoisted
  int split = -1;  // 0: batch, 1: units, 2: none
  std::int64_t chunk = -1;
};

/// In force for the passes that begin from now on.
void force_schedule(const ForcedSchedule& forced);
ForcedSchedule forced_schedule();

/// A plan, and how many threads can follow it.
struct Schedule {
  Plan plan;
  int threads;
};

/// What one direction of one layer asks for. `sums`: accumulators a unit; `tiles`: into how many
/// tiles its hidden units can be split; `forced`: as it stood when the pass began, so that all of
/// its threads and all of its memory follow one plan.
struct Extent {
  std::int64_t steps, batch, rows, I, H;
  int sums;
  std::int64_t tiles;
  ForcedSchedule forced;
};

Schedule plan(const Extent& extent, int threads);

}  // namespace pyrnn
