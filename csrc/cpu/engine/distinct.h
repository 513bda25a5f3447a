// The distinct ones of many ids.
#pragma once

#include "cpu/engine/buffer.h"

namespace pyrnn {

struct Distinct {
  std::int64_t count = 0;
  Buffer<std::int64_t> ids;    // [count] and perhaps more room, rising
  Buffer<std::int64_t> place;  // of each given id among them; -1 for the one left out
};

/// Of n ids in [0, rows), read once each; `omitted` is left out (-1: none). std::out_of_range for
/// an id outside.
Distinct distinct_ids(const std::int64_t* given, std::int64_t n, std::int64_t rows,
                      std::int64_t omitted);

struct Numbered {
  std::int64_t count = 0;
  Buffer<std::int64_t> ids;     // [count] and perhaps more room, in order of appearance
  Buffer<std::int64_t> number;  // [places], at each position the number of its id; else undefined
};

/// Numbers the ids in [0, rows) that stand at n positions, as they appear there; each is read once.
/// std::out_of_range for an id outside. The time goes with n, or with `rows` where that is less.
Numbered number_ids(const std::int64_t* given, std::int64_t places, const std::int64_t* position,
                    std::int64_t n, std::int64_t rows);

}  // namespace pyrnn
