// The pool: alignment, reuse, zeroing, copies, sizes that cannot be, and several threads at once.
#include <cstdint>
#include <cstring>
#include <limits>
#include <new>
#include <thread>
#include <vector>

#include "check/groups.h"
#include "check/random.h"
#include "cpu/buffer.h"

namespace pyrnn::check {
namespace {

void check_blocks(Report& report) {
  for (std::size_t bytes = 0; bytes < 300000; bytes += 1 + bytes / 3) {
    void* const block = pool_allocate(bytes);
    std::memset(block, 0x5a, bytes);
    report.expect(reinterpret_cast<std::uintptr_t>(block) % 64 == 0,
                  [&] { return std::to_string(bytes) + " bytes: not on a cache line"; });
    pool_release(block);
  }
}

/// What is freed is used again, trim gives it back.
void check_reuse(Report& report) {
  pool_trim();
  report.expect(pool_idle_bytes() == 0, [] { return "trim leaves something"; });
  void* const first = pool_allocate(100000);
  pool_release(first);
  const std::size_t idle = pool_idle_bytes();
  report.expect(idle >= 100000 && idle < 125000, [] { return "idle bytes are miscounted"; });
  void* const second = pool_allocate(99990);  // the same class of sizes
  report.expect(second == first && pool_idle_bytes() == 0, [] { return "a block was not reused"; });
  pool_release(second);
  pool_release(nullptr);
  pool_trim();
  report.expect(pool_idle_bytes() == 0, [] { return "trim leaves something"; });
}

void check_buffers(Report& report) {
  Buffer<double> a = Buffer<double>(37).zeroed();
  a[36] = 5;
  Buffer<double> b = a.copy(), c = std::move(a);
  report.expect(b[36] == 5 && b[0] == 0 && c[36] == 5 && c.get() != b.get() && a.get() == nullptr,
                [] { return "copies and moves of a buffer"; });
  report.expect(Buffer<float>(0).get() == nullptr, [] { return "an empty buffer holds memory"; });
}

/// More than can be must raise bad_alloc, not wrap around.
void check_impossible(Report& report) {
  const std::int64_t sizes[] = {-1, std::int64_t{1} << 61,
                                std::numeric_limits<std::int64_t>::max()};
  for (const std::int64_t n : sizes) {
    bool refused = false;
    try {
      Buffer<double> buffer(n);
      refused = n <= 0 && buffer.get() == nullptr;
    } catch (const std::bad_alloc&) {
      refused = true;
    }
    report.expect(refused, [&] { return std::to_string(n) + " doubles were granted"; });
  }
}

/// Every thread's blocks are its own.
void check_threads(Report& report) {
  std::vector<int> wrong(4, 0);
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < wrong.size(); ++i) {
    threads.emplace_back([&, i] {
      Random random(i + 1);
      for (int round = 0; round < 2000; ++round) {
        const Buffer<std::int64_t> mine(1 + random.below(500));
        const std::int64_t mark = static_cast<std::int64_t>(i) * 10000 + round;
        for (std::int64_t k = 0; k < mine.size(); ++k) mine[k] = mark;
        for (std::int64_t k = 0; k < mine.size(); ++k) wrong[i] += mine[k] != mark;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const int count : wrong) {
    report.expect(count == 0, [] { return "two threads were given the same block"; });
  }
}

}  // namespace

void check_memory(const Context& context) {
  check_blocks(context.report);
  check_reuse(context.report);
  check_buffers(context.report);
  check_impossible(context.report);
  check_threads(context.report);
}

}  // namespace pyrnn::check
