// What the passes over a stack share: directions side by side, and states in whole blocks.
#pragma once

#include <algorithm>

#include "cpu/engine/schedule.h"
#include "cpu/engine/team.h"

namespace pyrnn {

/// f(d, worker) for each direction: both at once where there are two threads or more, each by a
/// team of its own; one after the other otherwise. All workers call this; they meet at its end.
template <class F>
void each_direction(std::int64_t directions, const Extent& extent, const Worker& all,
                    Barriers& barriers, F&& f) {
  const int parts = directions == 2 && all.count > 1 ? 2 : 1;
  const int part = all.index % parts;
  const int members = (all.count - part + parts - 1) / parts;
  const Schedule schedule = plan(extent, members);
  const Worker worker{all.index / parts, std::min(schedule.threads, members), barriers[part]};
  if (worker.index == 0) barriers.expect(part, worker.count);
  wait(all.barrier);
  if (worker.index < worker.count) {
    for (std::int64_t d = part; d < directions; d += parts) {
      f(d, schedule.plan, worker);
      if (d + parts < directions) wait(worker.barrier);
    }
  }
  wait(all.barrier);
}

/// from [n, H] into to [n, padded], rows in the order of the batch; zeros without `from`.
template <class T>
void pad_rows(const Batch& batch, const T* from, std::int64_t H, std::int64_t padded, T* to) {
  for (std::int64_t b = 0; b < batch.B; ++b, to += padded) {
    const std::int64_t real = from ? H : 0;
    if (from) std::copy_n(from + batch.order[b] * H, H, to);
    std::fill(to + real, to + padded, T(0));
  }
}

template <class T>
void unpad_rows(const Batch& batch, const T* from, std::int64_t H, std::int64_t padded, T* to) {
  for (std::int64_t b = 0; b < batch.B; ++b)
    std::copy_n(from + b * padded, H, to + batch.order[b] * H);
}

}  // namespace pyrnn
