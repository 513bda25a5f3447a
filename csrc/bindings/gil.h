// Giving up Python's lock while a kernel runs.
#pragma once

#include <pybind11/pybind11.h>

#include <chrono>
#include <thread>

namespace pyrnn {

/// Releases the lock while it lives.
class ReleaseGil {
 public:
  /// Only for so much work that it pays: releasing costs 0.1 to 0.2 µs, so from about 10 µs on.
  explicit ReleaseGil(double flops) : state_(flops > kWorthwhile ? PyEval_SaveThread() : nullptr) {}
  ~ReleaseGil() {
    if (state_) restore();
  }
  ReleaseGil(const ReleaseGil&) = delete;
  ReleaseGil& operator=(const ReleaseGil&) = delete;

 private:
  static constexpr double kWorthwhile = 1e6;

  /// Once the interpreter is ending, Python below 3.14 answers a thread that comes back (a daemon
  /// thread) with pthread_exit, which unwinds its stack: from a destructor that ends the process,
  /// and objects would be freed without the lock. Such a thread stays here, as it does from 3.14
  /// on, until the process is gone.
  void restore() noexcept {
    try {
      PyEval_RestoreThread(state_);
    } catch (...) {
      for (;;) std::this_thread::sleep_for(std::chrono::hours(1));
    }
  }

  PyThreadState* const state_;
};

}  // namespace pyrnn
