// The pool: alignment, reuse, what it keeps and gives back, zeroing, copies, sizes that cannot be,
// and several threads at once.
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <limits>
#include <new>
#include <thread>
#include <utility>
#include <vector>

#include "check/groups.h"
#include "check/random.h"
#include "cpu/engine/buffer.h"

namespace pyrnn::check {
namespace {

using i64 = std::int64_t;

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

/// While it lives, the pool begins empty and keeps at most so many bytes.
class Limit {
 public:
  explicit Limit(std::size_t bytes) : before_(pool_limit()) {
    pool_trim();
    pool_set_limit(bytes);
  }
  ~Limit() { pool_set_limit(before_); }
  Limit(const Limit&) = delete;
  Limit& operator=(const Limit&) = delete;

 private:
  const std::size_t before_;
};

/// Blocks of these sizes, all at once, each filled, then all freed.
void use(const std::vector<std::size_t>& sizes) {
  std::vector<void*> blocks;
  for (const std::size_t bytes : sizes) {
    blocks.push_back(pool_allocate(bytes));
    std::memset(blocks.back(), 0x5a, bytes);
  }
  for (void* const block : blocks) pool_release(block);
}

/// How many blocks f() takes from the system.
template <class F>
i64 fresh_in(F&& f) {
  const i64 before = pool_fresh_blocks();
  f();
  return pool_fresh_blocks() - before;
}

/// The smallest block that fits, if it is not too large.
void check_choice(Report& report) {
  const Limit limit(kCacheLimit);
  const std::vector<std::size_t> sizes = {100000, 150000, 220000, 1 << 20};
  std::vector<void*> blocks;
  for (const std::size_t bytes : sizes) blocks.push_back(pool_allocate(bytes));
  for (void* const block : blocks) pool_release(block);
  const auto served = [&](std::size_t bytes) {  // by which of the blocks
    void* const block = pool_allocate(bytes);
    pool_release(block);
    return std::find(blocks.begin(), blocks.end(), block) - blocks.begin();
  };
  report.expect(served(99000) == 0 && served(60000) == 0 && served(26000) == 0,
                [] { return "not the smallest block"; });
  report.expect(served(120000) == 1 && served(170000) == 2 && served(300000) == 3,
                [] { return "not the smallest block that fits"; });
  report.expect(fresh_in([&] { use({20000}); }) == 1, [] { return "a block far too large"; });
  report.expect(fresh_in([&] { use({2 << 20}); }) == 1, [] { return "a block too small"; });
}

/// Batches of changing length, as a training step asks for them: after few steps next to nothing
/// comes from the system, and no more is held than the largest steps need.
void check_steadiness(Report& report) {
  const Limit limit(kCacheLimit);
  Random random(4);
  std::size_t most = 0;
  i64 early = 0, late = 0;
  for (int step = 0; step < 400; ++step) {
    const std::size_t rows = static_cast<std::size_t>(20 + random.below(380)) * 64;
    const std::vector<std::size_t> sizes = {rows * 64, rows * 16, rows * 16, rows * 8,
                                            rows * 8,  rows,      4096,      100};
    std::size_t sum = 0;
    for (const std::size_t bytes : sizes) sum += bytes;
    most = std::max(most, sum);
    (step < 20 ? early : late) += fresh_in([&] { use(sizes); });
  }
  const std::size_t idle = pool_idle_bytes();
  report.expect(early <= 24 && late <= 8, [&] {
    return std::to_string(early) + " fresh blocks in 20 steps, " + std::to_string(late) + " later";
  });
  report.expect(idle < 3 * most, [&] {
    return std::to_string(idle) + " bytes held for " + std::to_string(most) + " at a time";
  });
}

/// What has been idle longest goes first, and what is larger than the limit is not kept.
void check_limit(Report& report) {
  const Limit limit(1000000);
  use({300000});
  use({300000, 90000});  // the first is older than the second, both used again
  use({400000});
  report.expect(pool_idle_bytes() >= 790000 && pool_idle_bytes() <= 1000000,
                [] { return "idle bytes are miscounted"; });
  use({500000});  // 300000 and 90000 must go
  report.expect(pool_idle_bytes() >= 900000 && pool_idle_bytes() <= 1000000,
                [] { return "more is kept than the limit says, or less"; });
  report.expect(fresh_in([] { use({400000}); }) == 0, [] { return "the younger block has gone"; });
  report.expect(fresh_in([] { use({90000}); }) == 1, [] { return "the older block has stayed"; });
  const std::size_t idle = pool_idle_bytes();
  use({3000000});
  report.expect(pool_idle_bytes() == idle, [] { return "a block above the limit moved others"; });
  pool_set_limit(450000);
  report.expect(pool_idle_bytes() <= 450000, [] { return "a lower limit freed too little"; });
  pool_set_limit(0);
  report.expect(pool_idle_bytes() == 0, [] { return "no limit of 0"; });
  report.expect(fresh_in([] { use({1000}), use({1000}); }) == 2, [] { return "kept at limit 0"; });
  pool_set_limit(1000000);
  use({200000, 300000});
  void* const reused = pool_allocate(200000);  // has had neighbours
  pool_set_limit(100);
  pool_release(reused);
  report.expect(pool_idle_bytes() == 0, [] { return "kept above a limit that was lowered"; });
}

/// However blocks come and go, what is counted is what is there.
void check_accounts(Report& report) {
  const Limit limit(1 << 20);
  Random random(9);
  const std::size_t used = pool_used_bytes();
  std::vector<std::pair<void*, std::size_t>> held;
  i64 wrong = 0;
  for (int round = 0; round < 20000; ++round) {
    if (held.size() < 40 && random.below(2) == 0) {
      const auto bytes = static_cast<std::size_t>(random.below(i64{64} << random.below(12)));
      held.emplace_back(pool_allocate(bytes), bytes);
    } else if (!held.empty()) {
      const auto which = static_cast<std::size_t>(random.below(static_cast<i64>(held.size())));
      std::swap(held[which], held.back());
      pool_release(held.back().first);
      held.pop_back();
    }
    std::size_t wanted = 0;
    for (const auto& block : held) wanted += block.second;
    wrong += pool_used_bytes() - used < wanted || pool_idle_bytes() > pool_limit();
  }
  for (const auto& block : held) pool_release(block.first);
  report.expect(wrong == 0 && pool_used_bytes() == used, [] { return "bytes are miscounted"; });
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
  const Limit limit(100000);  // so that some come and go
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
  check_choice(context.report);
  check_steadiness(context.report);
  check_limit(context.report);
  check_accounts(context.report);
  check_buffers(context.report);
  check_impossible(context.report);
  check_threads(context.report);
}

}  // namespace pyrnn::check
