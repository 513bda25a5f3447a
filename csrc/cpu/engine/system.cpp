#include "cpu/engine/system.h"

#include <algorithm>
#include <atomic>
#include <thread>

#include "cpu/engine/system_files.h"

#if defined(__linux__)
#include <sched.h>
#include <sys/mman.h>
#endif

namespace pyrnn {

namespace {

/// CPUs that the calling thread may run on.
int scheduled_cpus() {
#if defined(__linux__)
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) return CPU_COUNT(&set);
#endif
  const unsigned n = std::thread::hardware_concurrency();
  return n > 0 ? static_cast<int>(n) : 1;
}

/// One of them.
int some_cpu() {
#if defined(__linux__)
  return std::max(sched_getcpu(), 0);
#else
  return 0;
#endif
}

}  // namespace

int available_cpus() {
  const int scheduled = scheduled_cpus(), quota = quota_cpus();
  return quota > 0 ? std::min(scheduled, quota) : scheduled;
}

int known_cpus() {
  // Not a static that is set on first use: its lock may be held while another thread forks, and
  // nobody in the child would ever release it.
  static std::atomic<int> known{0};
  int cpus = known.load(std::memory_order_relaxed);
  if (cpus == 0) known.store(cpus = available_cpus(), std::memory_order_relaxed);
  return cpus;
}

CacheBytes cache_bytes() {
  static std::atomic<std::int64_t> known_l2{0}, known_l3{0};  // as above, no lock
  CacheBytes known{known_l2.load(std::memory_order_relaxed),
                   known_l3.load(std::memory_order_relaxed)};
  if (known.l2 > 0 && known.l3 > 0) return known;
  known = cache_bytes_of(some_cpu());
  if (known.l2 == 0) known.l2 = std::int64_t{1} << 20;
  if (known.l3 == 0) known.l3 = std::int64_t{32} << 20;
  known_l2.store(known.l2, std::memory_order_relaxed);
  known_l3.store(known.l3, std::memory_order_relaxed);
  return known;
}

void prefer_huge_pages([[maybe_unused]] void* memory, [[maybe_unused]] std::size_t bytes) {
#if defined(MADV_HUGEPAGE)
  // Where that is refused (an old kernel, one built without them), small pages do as well.
  (void)madvise(memory, bytes, MADV_HUGEPAGE);
#endif
}

#if defined(__unix__) || defined(__APPLE__)

NoSignals::NoSignals() {
  sigset_t all;
  sigfillset(&all);
  // A fault of the thread's own must still be told by whoever handles it.
  for (const int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS}) {
    sigdelset(&all, fault);
  }
  changed_ = pthread_sigmask(SIG_SETMASK, &all, &before_) == 0;
}

NoSignals::~NoSignals() {
  if (changed_) pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

#else

NoSignals::NoSignals() {}
NoSignals::~NoSignals() {}

#endif

}  // namespace pyrnn
