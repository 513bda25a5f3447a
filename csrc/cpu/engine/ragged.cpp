#include "cpu/engine/ragged.h"

#include <algorithm>
#include <numeric>

namespace pyrnn {

using i64 = std::int64_t;

RaggedBatch::RaggedBatch(i64 T, i64 B, const i64* lengths, const unsigned char* reset, bool reverse)
    : view_{}, length_(B), order_(B) {
  view_.T = T;
  view_.B = B;
  sort(lengths);
  walk(reverse);
  if (reset) cut(reset, reverse);
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
  view_.place = position_.get();
  view_.previous = previous_.get();
}

/// A cut before step t lies behind step t - 1 of the reverse direction.
void RaggedBatch::cut(const unsigned char* reset, bool reverse) {
  for (i64 k = reverse ? offset_[view_.steps > 0] : 0; k < view_.rows; ++k) {
    if (!reset[position_[k] + (reverse ? view_.B : 0)]) continue;
    previous_[k] = kZeroRow;
    view_.resets = true;
  }
}

BatchWindow::BatchWindow(const Batch& whole, const Steps& steps)
    : view_(whole),
      length_(whole.B),
      active_(steps.last - steps.first + 1),
      offset_(steps.last - steps.first + 1) {
  const i64 first = whole.offset[steps.first];
  view_.steps = steps.last - steps.first;
  view_.rows = whole.offset[steps.last] - first;
  view_.position = whole.position + first;
  place_ = Buffer<i64>(view_.rows);
  previous_ = Buffer<i64>(view_.rows);
  for (i64 b = 0; b < view_.B; ++b) {
    length_[b] = std::clamp<i64>(whole.length[b] - steps.first, 0, view_.steps);
  }
  for (i64 s = 0; s < view_.steps; ++s) {
    active_[s] = whole.active[steps.first + s];
    offset_[s] = whole.offset[steps.first + s] - first;
    for (i64 b = 0; b < active_[s]; ++b) {
      const i64 k = offset_[s] + b;
      place_[k] = view_.B + k;
      previous_[k] = whole.previous[first + k] == kZeroRow ? kZeroRow
                     : s == 0                              ? b
                                                           : place_[offset_[s - 1] + b];
    }
  }
  active_[view_.steps] = 0;
  offset_[view_.steps] = view_.rows;
  view_.length = length_.get();
  view_.active = active_.get();
  view_.offset = offset_.get();
  view_.place = place_.get();
  view_.previous = previous_.get();
}

}  // namespace pyrnn
