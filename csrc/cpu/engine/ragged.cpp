#include "cpu/engine/ragged.h"

#include <algorithm>
#include <numeric>

namespace pyrnn {

using i64 = std::int64_t;

RaggedBatch::RaggedBatch(i64 T, i64 B, const i64* lengths, bool reverse)
    : view_{}, length_(B), order_(B) {
  view_.T = T;
  view_.B = B;
  sort(lengths);
  walk(reverse);
}

/// Longest first; equal lengths keep the caller's order.
void RaggedBatch::sort(const i64* lengths) {
  i64* const order = order_.get();
  std::iota(order, order + view_.B, i64{0});
  if (lengths) {
    std::stable_sort(order, order + view_.B, [=](i64 a, i64 b) { return lengths[a] > lengths[b]; });
  }
  for (i64 b = 0; b < view_.B; ++b) {
    length_[b] = lengths ? lengths[order[b]] : view_.T;
    view_.rows += length_[b];
  }
  view_.steps = view_.B > 0 ? length_[0] : 0;
  view_.length = length_.get();
  view_.order = order;
}

void RaggedBatch::walk(bool reverse) {
  active_ = Buffer<i64>(view_.steps + 1);
  offset_ = Buffer<i64>(view_.steps + 1);
  position_ = Buffer<i64>(view_.rows);
  previous_ = Buffer<i64>(view_.rows);
  i64 running = view_.B, k = 0;
  for (i64 s = 0; s < view_.steps; ++s) {
    while (length_[running - 1] <= s) --running;
    active_[s] = running;
    offset_[s] = k;
    for (i64 b = 0; b < running; ++b, ++k) {
      const i64 t = reverse ? length_[b] - 1 - s : s;
      position_[k] = t * view_.B + order_[b];
      previous_[k] = s == 0 ? ~order_[b] : position_[offset_[s - 1] + b];
    }
  }
  active_[view_.steps] = 0;
  offset_[view_.steps] = k;
  view_.active = active_.get();
  view_.offset = offset_.get();
  view_.position = position_.get();
  view_.previous = previous_.get();
}

}  // namespace pyrnn
