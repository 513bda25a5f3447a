// A ragged batch, sorted by falling length, as each direction walks it.
#pragma once

#include "cpu/engine/buffer.h"
#include "problem/recurrent.h"

namespace pyrnn {

class RaggedBatch {
 public:
  /// lengths [B], each 0 .. T; null: all are T.
  RaggedBatch(std::int64_t T, std::int64_t B, const std::int64_t* lengths, bool reverse);

  const Batch& view() const { return view_; }
  /// Whether some position of [T, B] lies past its sequence's length.
  bool has_padding() const { return view_.rows < view_.T * view_.B; }

 private:
  void sort(const std::int64_t* lengths);
  void walk(bool reverse);

  Batch view_;
  Buffer<std::int64_t> length_, order_, active_, offset_, position_, previous_;
};

}  // namespace pyrnn
