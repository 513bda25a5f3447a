// Rows of a table: looked up, and added up where they came from.
#pragma once

#include "cpu/kernels/workspace.h"

namespace pyrnn::PYRNN_ISA {
namespace {

template <class T>
void gather_rows(const RowLookup<T>& task, const Worker& worker) {
  const i64 E = task.width;
  const Share own = share(task.rows, worker);
  for (i64 n = own.begin; n < own.end; ++n) {
    __builtin_memcpy(task.out + n * E, task.table + task.ids[n] * E,
                     static_cast<std::size_t>(E) * sizeof(T));
  }
}

/// Each worker has its columns, in whole cache lines, so every sum has its rows in their order.
template <class T>
void sum_rows(const RowSum<T>& task, const Worker& worker) {
  constexpr i64 kLine = 64 / static_cast<i64>(sizeof(T));
  const i64 E = task.width;
  const Share own = share((E + kLine - 1) / kLine, worker);
  const i64 begin = own.begin * kLine, count = lesser(own.end * kLine, E) - begin;
  for (i64 place = 0; place < task.places; ++place) {
    T* const to = task.out + place * E + begin;
    for (i64 i = 0; i < count; i += kWidth<T>) store_upto(to + i, Vec<T>{}, count - i);
  }
  for (i64 n = 0; n < task.rows; ++n) {
    if (task.place[n] < 0) continue;
    const T* const from = task.values + n * E + begin;
    T* const to = task.out + task.place[n] * E + begin;
    for (i64 i = 0; i < count; i += kWidth<T>) {
      const Vec<T> sum = load_upto(to + i, count - i) + load_upto(from + i, count - i);
      store_upto(to + i, sum, count - i);
    }
  }
}

}  // namespace
}  // namespace pyrnn::PYRNN_ISA
