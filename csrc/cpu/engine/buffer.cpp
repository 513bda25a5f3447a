#include "cpu/engine/buffer.h"

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <mutex>

#include "cpu/engine/system.h"

#if defined(__unix__) || defined(__APPLE__)
#include <pthread.h>
#endif

namespace pyrnn {
namespace {

constexpr std::size_t kLine = 64;
constexpr std::size_t kHugePage = std::size_t{2} << 20;
/// Blocks of this size and more are to have huge pages.
constexpr std::size_t kHugeFrom = 2 * kHugePage;

/// A size class: blocks come in (8 .. 15) 2^k cache lines, and in every number of them below that,
/// so that nearly equal needs share blocks and rounding wastes an eighth at most. Classes are
/// numbered by rising size.
struct SizeClass {
  static constexpr int kPerOctave = 8;
  /// pool_allocate_array asks for no more than 2^62 bytes.
  static constexpr int kCount = kPerOctave * (62 - 6 - 1);

  int number;

  static SizeClass of(std::size_t bytes) {
    const std::size_t lines = (bytes + kLine - 1) / kLine;
    const int octave = lines < 2 * kPerOctave ? 0 : static_cast<int>(std::bit_width(lines)) - 4;
    const std::size_t unit = std::size_t{1} << octave;
    return {octave * kPerOctave + static_cast<int>((lines + unit - 1) / unit)};
  }

  std::size_t bytes() const {
    const int octave = number < 2 * kPerOctave ? 0 : number / kPerOctave - 1;
    return static_cast<std::size_t>(number - octave * kPerOctave) * kLine << octave;
  }
};

/// In front of every block, a cache line: its size, and while it is idle its neighbours among the
/// idle blocks of that size, and among all of them by age.
struct alignas(kLine) Header {
  struct Links {
    Header *newer = nullptr, *older = nullptr;
  };

  SizeClass size;
  Links alike, all;

  std::size_t bytes() const { return size.bytes(); }
};
static_assert(sizeof(Header) == kLine);

/// Idle blocks by age. The links lie in the blocks: nothing is allocated.
template <Header::Links Header::* kLinks>
class List {
 public:
  Header* newest() const { return newest_; }
  Header* oldest() const { return oldest_; }

  void add(Header* block) {
    block->*kLinks = {nullptr, newest_};
    (newest_ ? (newest_->*kLinks).newer : oldest_) = block;
    newest_ = block;
  }

  void remove(Header* block) {
    const Header::Links links = std::exchange(block->*kLinks, {});
    (links.newer ? (links.newer->*kLinks).older : newest_) = links.older;
    (links.older ? (links.older->*kLinks).newer : oldest_) = links.newer;
  }

 private:
  Header *newest_ = nullptr, *oldest_ = nullptr;
};

/// How many allocations are left until one fails; 0: none will.
std::atomic<std::int64_t> until_failure{0};
std::atomic<bool> fails_forever{false};
std::atomic<std::int64_t> failures{0};

/// Memory from the system, null if there is none. Weights that the caches do not hold are walked
/// from end to end at every step: on huge pages an LSTM at T, B, H = 35, 20, 650 takes 8 % less
/// time forward and 4 % in training; smaller layers take as long as before.
void* fresh(std::size_t bytes) {
  if (bytes < kHugeFrom) return std::aligned_alloc(kLine, bytes);
  void* const memory = std::aligned_alloc(kHugePage, round_up(bytes, kHugePage));
  if (memory) prefer_huge_pages(memory, bytes);  // not the rest, which nobody touches
  return memory;
}

/// An idle block may be so many size classes above the wanted one: up to four times as large. That
/// wastes nothing but what would lie idle, and batches of changing length soon find all they need.
/// 200 steps of an LSTM (H 128, 64 sequences, 20 to 400 steps, each batch of nearly equal lengths)
/// ask the system for 46 blocks and hold 194 MiB; with blocks of the wanted class alone for 262 and
/// 829 MiB, of up to a quarter more for 131 and 397 MiB.
constexpr int kReach = 2 * SizeClass::kPerOctave;

class Pool {
 public:
  void* allocate(std::size_t bytes) {
    if (allocation_fails()) throw OutOfMemory(static_cast<double>(bytes));
    const SizeClass wanted = SizeClass::of(bytes);
    if (Header* const idle = take(wanted)) return idle + 1;
    void* memory = fresh(sizeof(Header) + wanted.bytes());
    if (!memory) {
      trim();
      memory = fresh(sizeof(Header) + wanted.bytes());
    }
    if (!memory) throw OutOfMemory(static_cast<double>(bytes));
    used_bytes_ += wanted.bytes();
    ++fresh_blocks_;
    return new (memory) Header{wanted, {}, {}} + 1;
  }

  void release(void* block) noexcept {
    if (!block) return;
    Header* const header = static_cast<Header*>(block) - 1;
    used_bytes_ -= header->bytes();
    free_all([&]() -> Header* {
      if (header->bytes() > limit_) return header;
      alike_[header->size.number].add(header);
      all_.add(header);
      idle_bytes_ += header->bytes();
      return evict(limit_);
    });
  }

  void trim() noexcept {
    free_all([&] { return evict(0); });
  }

  void set_limit(std::size_t bytes) {
    free_all([&] { return evict(limit_ = bytes); });
  }

  std::size_t limit() const { return limit_; }
  std::size_t idle_bytes() const { return idle_bytes_; }
  std::size_t used_bytes() const { return used_bytes_; }
  std::int64_t fresh_blocks() const { return fresh_blocks_; }

  // Around a fork: the child gets the pool as no other thread is changing it.
  void lock() { mutex_.lock(); }
  void unlock() { mutex_.unlock(); }

 private:
  using Alike = List<&Header::alike>;
  using All = List<&Header::all>;

  /// Of the idle blocks that fit and are not too large, the smallest, and of its size the one that
  /// was used last; null if there is none.
  Header* take(SizeClass wanted) {
    const std::lock_guard<std::mutex> lock(mutex_);
    const int last = std::min(wanted.number + kReach, SizeClass::kCount - 1);
    for (int number = wanted.number; number <= last; ++number) {
      if (Header* const block = alike_[number].newest()) {
        forget(block);
        used_bytes_ += block->bytes();
        return block;
      }
    }
    return nullptr;
  }

  void forget(Header* block) {
    alike_[block->size.number].remove(block);
    all_.remove(block);
    idle_bytes_ -= block->bytes();
  }

  /// Those that have been idle longest, until no more than `most` bytes are left: a chain by their
  /// `older` links.
  Header* evict(std::size_t most) {
    Header* evicted = nullptr;
    while (idle_bytes_ > most) {
      Header* const block = all_.oldest();
      forget(block);
      block->all.older = std::exchange(evicted, block);
    }
    return evicted;
  }

  /// Gives the blocks that `choose` leaves to the system; the lock is held while it chooses alone,
  /// since unmapping large blocks takes long.
  template <class F>
  void free_all(F&& choose) {
    Header* block;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      block = choose();
    }
    while (block) std::free(std::exchange(block, block->all.older));
  }

  std::mutex mutex_;
  Alike alike_[SizeClass::kCount];
  All all_;
  // Written under the lock, all but used_bytes_ and fresh_blocks_; read without.
  std::atomic<std::size_t> limit_{kCacheLimit}, idle_bytes_{0}, used_bytes_{0};
  std::atomic<std::int64_t> fresh_blocks_{0};
};

/// Never destroyed: arrays that Python frees at exit may come after every static object.
Pool& pool() {
  static Pool* const instance = [] {
    Pool* const made = new Pool;
#if defined(__unix__) || defined(__APPLE__)
    pthread_atfork([] { pool().lock(); }, [] { pool().unlock(); }, [] { pool().unlock(); });
#endif
    return made;
  }();
  return *instance;
}

/// Made as the library loads: a fork must not find it half made.
[[maybe_unused]] const Pool& made_at_load = pool();

}  // namespace

OutOfMemory::OutOfMemory(const char* text) noexcept {
  std::snprintf(text_, sizeof text_, "%s", text);
}

OutOfMemory::OutOfMemory(double bytes) noexcept {
  constexpr double kMiB = 1 << 20, kGiB = 1 << 30;
  const double unit = bytes < kMiB ? 1 : bytes < kGiB ? kMiB : kGiB;
  const char* const name = bytes < kMiB ? "bytes" : bytes < kGiB ? "MiB" : "GiB";
  std::snprintf(text_, sizeof text_, "memory: expected a free block of %.4g %s; got none",
                bytes / unit, name);
}

void* pool_allocate(std::size_t bytes) { return pool().allocate(bytes); }
void pool_release(void* block) noexcept { pool().release(block); }
std::size_t pool_idle_bytes() { return pool().idle_bytes(); }
std::size_t pool_used_bytes() { return pool().used_bytes(); }
std::int64_t pool_fresh_blocks() { return pool().fresh_blocks(); }
std::size_t pool_limit() { return pool().limit(); }
void pool_set_limit(std::size_t bytes) { pool().set_limit(bytes); }
void pool_trim() { pool().trim(); }

void fail_allocation(std::int64_t n, bool forever) {
  fails_forever = forever;
  failures = 0;
  until_failure = n;
}

std::int64_t failed_allocations() { return failures; }

bool allocation_fails() {
  if (until_failure.load(std::memory_order_relaxed) <= 0) return false;
  if (until_failure.fetch_sub(1) != 1) return false;
  if (fails_forever) until_failure = 1;
  ++failures;
  return true;
}

void* pool_allocate_array(std::int64_t n, std::size_t size) {
  // A quarter of the address space leaves room for rounding up to a size class.
  constexpr std::size_t kMost = std::numeric_limits<std::size_t>::max() / 4;
  if (n < 0 || static_cast<std::size_t>(n) > kMost / size) {
    throw OutOfMemory(static_cast<double>(static_cast<std::uint64_t>(n)) *
                      static_cast<double>(size));
  }
  return pool_allocate(static_cast<std::size_t>(n) * size);
}

}  // namespace pyrnn
