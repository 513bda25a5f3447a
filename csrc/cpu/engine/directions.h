// What the passes over a stack share: directions side by side, and states in whole blocks.
#pragma once

#include <algorithm>
#include <vector>

#include "cpu/engine/schedule.h"
#include "cpu/engine/team.h"

namespace pyrnn {

/// f(pass, worker) for the pass of each direction: both at once where there are two threads or
/// more, each by a team of its own; one after the other otherwise. All workers call this; they meet
/// at its end.
template <class T, class F>
void each_direction(const std::vector<Pass<T>>& passes, const LayerPlan& plan, const Worker& all,
                    Barriers& barriers, F&& f) {
  const std::size_t directions = passes.size();
  const int parts = directions == 2 && all.count > 1 ? 2 : 1;
  const int part = all.index % parts;
  const int members = (all.count - part + parts - 1) / parts;
  const Deal dealt = deal(plan, members);
  const Worker worker{all.index / parts, std::min(dealt.threads, members), barriers[part]};
  if (worker.index == 0) barriers.expect(part, worker.count);
  wait(all.barrier);
  if (worker.index < worker.count) {
    for (std::size_t d = static_cast<std::size_t>(part); d < directions;
         d += static_cast<std::size_t>(parts)) {
      Pass<T> mine = passes[d];
      mine.split = dealt.split;
      f(mine, worker);
      if (d + static_cast<std::size_t>(parts) < directions) wait(worker.barrier);
    }
  }
  wait(all.barrier);
}

/// from [n, lanes] into to [n, padded], rows in the order of the batch; zeros without `from`.
template <class T>
void pad_rows(const Batch& batch, const T* from, std::int64_t lanes, std::int64_t padded, T* to) {
  for (std::int64_t b = 0; b < batch.B; ++b, to += padded) {
    const std::int64_t real = from ? lanes : 0;
    if (from) std::copy_n(from + batch.order[b] * lanes, lanes, to);
    std::fill(to + real, to + padded, T(0));
  }
}

template <class T>
void unpad_rows(const Batch& batch, const T* from, std::int64_t lanes, std::int64_t padded, T* to) {
  for (std::int64_t b = 0; b < batch.B; ++b)
    std::copy_n(from + b * padded, lanes, to + batch.order[b] * lanes);
}

}  // namespace pyrnn
