#include "cpu/engine/schedule.h"

#include <algorithm>
#include <atomic>

namespace pyrnn {
namespace {

std::atomic<int> forced_fuse{-1}, forced_split{-1};
std::atomic<std::int64_t> forced_chunk{-1};

/// Sequences that a thread needs for a tile that is not bound by loads.
constexpr std::int64_t kSequencesPerThread = 3;
/// Up to so many sequences the step is bound by the stream of R through the caches: x W is formed
/// beforehand, for several steps at a time, where it can fill whole tiles.
constexpr std::int64_t kHoistSequences = 2;
constexpr std::int64_t kHoistSteps = 12;
/// A step pays for its barrier from about this much work.
constexpr double kStepFlops = 30e3;

int follow_batch(const Extent& e, int threads) {
  return static_cast<int>(std::clamp<std::int64_t>(e.batch / kSequencesPerThread, 1, threads));
}

int follow_units(const Extent& e, int threads) {
  const double step = 2.0 * static_cast<double>(e.batch * e.H * e.H * e.sums);
  if (step < kStepFlops) return 1;
  return static_cast<int>(std::clamp<std::int64_t>(e.tiles, 1, threads));
}

}  // namespace

Schedule plan(const Extent& extent, int threads) {
  const ForcedSchedule& forced = extent.forced;
  Schedule schedule{};
  schedule.plan.hoist =
      forced.fuse >= 0 ? forced.fuse == 0 : extent.batch <= kHoistSequences && extent.steps > 1;
  schedule.plan.chunk = std::clamp<std::int64_t>(forced.chunk > 0 ? forced.chunk : kHoistSteps, 1,
                                                 std::max<std::int64_t>(extent.steps, 1));
  const int by_batch = follow_batch(extent, threads);
  const int by_units = follow_units(extent, threads);
  const bool units = by_batch < threads && by_units > by_batch;
  schedule.plan.split = units ? Split::kUnits : Split::kBatch;
  schedule.threads = units ? by_units : by_batch;
  if (forced.split == 0)
    schedule = {{Split::kBatch, schedule.plan.hoist, schedule.plan.chunk}, threads};
  if (forced.split == 1)
    schedule = {{Split::kUnits, schedule.plan.hoist, schedule.plan.chunk}, threads};
  if (forced.split == 2) schedule.threads = 1;
  return schedule;
}

void force_schedule(const ForcedSchedule& forced) {
  forced_fuse = forced.fuse;
  forced_split = forced.split;
  forced_chunk = forced.chunk;
}

ForcedSchedule forced_schedule() {
  ForcedSchedule forced;
  forced.fuse = forced_fuse;
  forced.split = forced_split;
  forced.chunk = forced_chunk;
  return forced;
}

}  // namespace pyrnn
