#include "cpu/engine/system.h"

#include <atomic>
#include <thread>

#if defined(__linux__)
#include <sched.h>
#include <sys/mman.h>
#endif

namespace pyrnn {

int available_cpus() {
#if defined(__linux__)
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) return CPU_COUNT(&set);
#endif
  const unsigned n = std::thread::hardware_concurrency();
  return n > 0 ? static_cast<int>(n) : 1;
}

int known_cpus() {
  // Not a static that is set on first use: its lock may be held while another thread forks, and
  // nobody in the child would ever release it.
  static std::atomic<int> known{0};
  int cpus = known.load(std::memory_order_relaxed);
  if (cpus == 0) known.store(cpus = available_cpus(), std::memory_order_relaxed);
  return cpus;
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
