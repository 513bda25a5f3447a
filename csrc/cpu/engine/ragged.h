// A ragged batch, sorted by falling length, as each direction walks it.
#pragma once

#include "cpu/engine/buffer.h"
#include "problem/recurrent.h"

namespace pyrnn {

class RaggedBatch {
 public:
  /// lengths [B], each 0 .. T; null: all are T. reset [T, B]: where a sequence starts anew, null:
  /// nowhere; the reverse direction is cut at the same places.
  RaggedBatch(std::int64_t T, std::int64_t B, const std::int64_t* lengths,
              const unsigned char* reset, bool reverse);

  const Batch& view() const { return view_; }
  /// Whether some position of [T, B] lies past its sequence's length.
  bool has_padding() const { return view_.rows < view_.T * view_.B; }

 private:
  void sort(const std::int64_t* lengths);
  void walk(bool reverse);
  void cut(const unsigned char* reset, bool reverse);

  Batch view_;
  Buffer<std::int64_t> length_, order_, active_, offset_, position_, previous_;
};

/// Some steps of a batch as a batch of their own. Its y is a window: row b holds the output of
/// sequence b before these steps, and behind these B rows stand those of the steps.
class BatchWindow {
 public:
  BatchWindow(const Batch& whole, const Steps& steps);

  const Batch& view() const { return view_; }
  /// Rows of y.
  std::int64_t places() const { return view_.B + view_.rows; }

 private:
  Batch view_;
  Buffer<std::int64_t> length_, active_, offset_, place_, previous_;
};

}  // namespace pyrnn
