// How a layer is spread over steps and threads. Nothing here changes a bit of any result.
#pragma once

#include "problem/recurrent.h"

namespace pyrnn {

/// Parts of the schedule that tests and measurements fix: -1 leaves them to `plan`.
struct ForcedSchedule {
  int fuse = -1;   // 1: x W within the step; 0: hoisted
  int split = -1;  // 0: batch, 1: units, 2: none
  std::int64_t chunk = -1;
  int wavefront = -1;  // 1: where layers can follow one another; 0: layer by layer
};

/// In force for the passes that begin from now on.
void force_schedule(const ForcedSchedule& forced);
ForcedSchedule forced_schedule();

/// What one direction of one layer asks for.
struct Extent {
  std::int64_t steps, batch;
  std::int64_t tiles;     // into how many its hidden units can be split
  std::int64_t input;     // columns of W that are not looked up
  double step_flops;      // of a step of one sequence, without x W
  double input_flops;     // of x W
  double element_bytes;   // of a weight
  bool whole_rows;        // x W of all units comes first: always hoisted
  ForcedSchedule forced;  // as it stood when the pass began
};

/// How a layer runs, whoever comes to help: decided once, before any memory is taken for it.
struct LayerPlan {
  Extent extent;
  bool hoist;          // form x W for `chunk` steps at once
  std::int64_t chunk;  // steps
};

LayerPlan plan(const Extent& extent);

/// How many threads of a team follow a plan, and what each of them has.
struct Deal {
  Split split;
  int threads;
};

Deal deal(const LayerPlan& plan, int threads);

/// Whether the layers of a stack, one direction each, should follow one another by chunks of steps
/// instead of each being shared by all threads; and the steps of such a chunk, 0 if not.
std::int64_t wavefront_chunk(const LayerPlan& layer, std::int64_t layers, std::int64_t directions,
                             int threads);

}  // namespace pyrnn
