// What is asked of the system: how many CPUs there are, that signals go elsewhere, huge pages.
#pragma once

#include <cstddef>

#if defined(__unix__) || defined(__APPLE__)
#include <csignal>
#endif

namespace pyrnn {

/// The CPUs that the calling thread may run on.
int available_cpus();

/// The same as it was when first asked.
int known_cpus();

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
