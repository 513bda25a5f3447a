#include "cpu/engine/schedule.h"

#include <algorithm>
#include <atomic>

#include "cpu/engine/system.h"

namespace pyrnn {
namespace {

using i64 = std::int64_t;

std::atomic<int> forced_fuse{-1}, forced_split{-1}, forced_wavefront{-1};
std::atomic<i64> forced_chunk{-1};

/// Sequences that a thread needs for a tile that is not bound by loads.
constexpr i64 kSequencesPerThread = 3;
/// With no more sequences a thread than this, weights that do not fit its second-level cache are
/// better shared out than read by every thread: LSTM of H 650, two threads, 5.9 → 4.2 ms with 3
/// sequences a thread, but 1.9 → 2.0 ms with 6 (H 300).
constexpr i64 kFewSequences = 4;
/// The same for weights that do not fit the last-level cache (H 1500, 10 sequences: 85 → 62 ms).
constexpr i64 kManySequences = 24;
/// Up to so many sequences the step is bound by the stream of R through the caches: x W is formed
/// beforehand, for several steps at a time, where it can fill whole tiles.
constexpr i64 kHoistSequences = 2;
constexpr i64 kHoistSteps = 12;
/// A step pays for its barrier from about this much work.
constexpr double kStepFlops = 30e3;
/// Below this much work a step is too short to be shared well.
constexpr double kShortStepFlops = 1.5e6;
/// Chunks that the layers of a wavefront follow one another in: enough that the first and the last
/// ones, when some threads have nothing to do, cost little.
constexpr i64 kWavefrontChunks = 12;
constexpr i64 kLeastWavefrontSteps = 4;

int by_batch(const Extent& e, int threads) {
  return static_cast<int>(std::clamp<i64>(e.batch / kSequencesPerThread, 1, threads));
}

int by_units(const Extent& e, int threads) {
  if (static_cast<double>(e.batch) * e.step_flops < kStepFlops) return 1;
  return static_cast<int>(std::clamp<i64>(e.tiles, 1, threads));
}

/// What weights take in memory, told by the operations with them.
double bytes_of(const Extent& e, double flops) { return flops / 2 * e.element_bytes; }

double l2() { return static_cast<double>(cache_bytes().l2); }
double l3() { return static_cast<double>(cache_bytes().l3); }

bool should_hoist(const Extent& e) {
  if (e.whole_rows) return true;
  if (e.input == 0 || e.steps <= 1) return false;
  if (e.forced.fuse >= 0) return e.forced.fuse == 0;
  return e.batch <= kHoistSequences || bytes_of(e, e.step_flops + e.input_flops) > l3() / 2;
}

/// Whether threads should rather share the weights that a step reads than the sequences.
bool weights_outweigh(const LayerPlan& plan, int threads) {
  const Extent& e = plan.extent;
  const double bytes = bytes_of(e, e.step_flops + (plan.hoist ? 0 : e.input_flops));
  const i64 few = bytes > l3() ? kManySequences : kFewSequences;
  return bytes > l2() && e.batch <= few * threads;
}

}  // namespace

LayerPlan plan(const Extent& extent) {
  // What must be hoisted anyway is hoisted for no more rows than fill a tile, and stays in a cache.
  const i64 steps = extent.whole_rows ? kHoistSteps / std::max<i64>(extent.batch, 1) : kHoistSteps;
  const i64 chunk = extent.forced.chunk > 0 ? extent.forced.chunk : steps;
  return {extent, should_hoist(extent), std::clamp<i64>(chunk, 1, std::max<i64>(extent.steps, 1))};
}

Deal deal(const LayerPlan& plan, int threads) {
  const Extent& e = plan.extent;
  switch (e.forced.split) {
    case 0:
      return {Split::kBatch, threads};
    case 1:
      return {Split::kUnits, threads};
    case 2:
      return {Split::kBatch, 1};
    default:
      break;
  }
  const int batch = by_batch(e, threads), units = by_units(e, threads);
  if (units > batch || (units == batch && weights_outweigh(plan, threads))) {
    return {Split::kUnits, units};
  }
  return {Split::kBatch, batch};
}

i64 wavefront_chunk(const LayerPlan& layer, i64 layers, i64 directions, int threads) {
  const Extent& e = layer.extent;
  const bool possible = layers > 1 && directions == 1 && e.steps > 1;
  if (!possible || e.forced.wavefront == 0) return 0;
  if (e.forced.wavefront == 1) return layer.chunk;
  const bool shareable = by_batch(e, threads) == threads && e.batch > kFewSequences * threads;
  const bool short_steps = static_cast<double>(e.batch) * e.step_flops < kShortStepFlops;
  if (threads < 2 || shareable || !short_steps || e.steps < 2 * kLeastWavefrontSteps) return 0;
  return std::max(kLeastWavefrontSteps, (e.steps + kWavefrontChunks - 1) / kWavefrontChunks);
}

void force_schedule(const ForcedSchedule& forced) {
  forced_fuse = forced.fuse;
  forced_split = forced.split;
  forced_chunk = forced.chunk;
  forced_wavefront = forced.wavefront;
}

ForcedSchedule forced_schedule() {
  ForcedSchedule forced;
  forced.fuse = forced_fuse;
  forced.split = forced_split;
  forced.chunk = forced_chunk;
  forced.wavefront = forced_wavefront;
  return forced;
}

}  // namespace pyrnn
