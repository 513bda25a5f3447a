// What is asked of the system: how many CPUs there are, what their caches hold, that signals go
// elsewhere, huge pages.
#pragma once

#include <cstddef>
#include <cstdint>

#if defined(__unix__) || defined(__APPLE__)
#include <csignal>
#endif

namespace pyrnn {

/// The CPUs that the calling thread may run on, or fewer where its control groups limit the time
/// that the process may spend on them.
int available_cpus();

/// The same as it was when first asked.
int known_cpus();

struct CacheBytes {
  std::int64_t l2 = 0;  // that a core has to itself
  std::int64_t l3 = 0;  // the whole, be it shared; without a third level, the whole second one
};

/// The caches of a CPU that the calling thread may run on, as they were when first asked; 1 MiB and
/// 32 MiB where nothing tells.
CacheBytes cache_bytes();

/// Asks for huge pages under a block of memory that has not been used yet, where the system has
/// any.
void prefer_huge_pages(void* memory, std::size_t bytes);

/// While it lives, threads that the calling one makes take no signals. A signal is for the
/// program's own threads: a worker that took one would run its handler unasked, or, where the
/// others block it to wait for it (sigwait), end the process.
class NoSignals {
 public:
  NoSignals();
  ~NoSignals();
  NoSignals(const NoSignals&) = delete;
  NoSignals& operator=(const NoSignals&) = delete;

 private:
#if defined(__unix__) || defined(__APPLE__)
  sigset_t before_;
  bool changed_;
#endif
};

}  // namespace pyrnn
