// The threads that share a task.
//
// A task runs on the caller and as many workers as come in time: a worker that sleeps, or that
// another process keeps from its core, is left behind, and the caller goes on without it. Results
// do not depend on how many come.
#pragma once

#include <cstdint>
#include <type_traits>

#include "problem/worker.h"

namespace pyrnn {

/// Sets and tells how many threads a task may use; at first, the CPUs this process may run on.
void set_num_threads(int threads);
int get_num_threads();

/// For tests: every task gets exactly so many threads, however small it is, and waits until all
/// have come. 0: as many as it is worth.
void force_team(int threads);

/// How many threads a task may get at most.
int team_size();

namespace detail {
using Task = void (*)(void* context, const Worker& worker);
void run(double flops, Task task, void* context);
}  // namespace detail

/// task(worker) on as many threads at once as its number of operations is worth, with a barrier
/// between them. A task must not throw, and so must not allocate: the others would wait for it at
/// their barriers for ever, which is why the process ends instead.
template <class F>
void run_team(double flops, F&& task) {
  detail::run(
      flops,
      [](void* context, const Worker& worker) noexcept {
        (*static_cast<std::remove_reference_t<F>*>(context))(worker);
      },
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
