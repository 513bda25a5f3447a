// The threads that share a task.
//
// A task runs on the caller and as many workers as come in time: a worker that sleeps, or that
// another process keeps from its core, is left behind, and the caller goes on without it. Results
// do not depend on how many come.
#pragma once

#include <cstdint>

#include "cpu/problem.h"

namespace pyrnn {

/// Sets and tells how many threads a task may use; at first, the CPUs this process may run on.
void set_num_threads(int threads);
int get_num_threads();

/// Whether workers are awake, so that starting them costs nanoseconds rather than a wake-up.
bool team_is_hot();

/// The longest a call may take on one thread before it is worth waking workers: 150 µs at about
/// 100 GFLOP/s.
constexpr double kWakeFlops = 15e6;
/// And before it is worth sharing with workers that are awake.
constexpr double kShareFlops = 200e3;

/// How many threads a task of so many operations should ask for.
int threads_for(double flops);

namespace detail {
using Task = void (*)(void* context, const Worker& worker);
void run(int threads, Task task, void* context);
}  // namespace detail

/// task(worker) on up to `threads` threads at once, with a barrier between them.
template <class F>
void run_team(int threads, F&& task) {
  detail::run(
      threads, [](void* context, const Worker& worker) { (*static_cast<F*>(context))(worker); },
      &task);
}

/// Barriers for teams of their own inside a task: two directions at once.
class Barriers {
 public:
  explicit Barriers(int count);
  ~Barriers();
  Barriers(const Barriers&) = delete;
  Barriers& operator=(const Barriers&) = delete;
  Barrier* operator[](int i) const;
  /// Says how many threads meet at barrier i; before any of them waits there.
  void expect(int i, int threads);

 private:
  Barrier* barriers_;
};

}  // namespace pyrnn
