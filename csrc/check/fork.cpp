// After fork the child has no workers and none of the other threads: a call there must still work,
// on a team of its own, whatever the parent was doing.
#include <atomic>
#include <csignal>
#include <thread>
#include <vector>

#include "check/call.h"
#include "check/comparison.h"
#include "check/groups.h"
#include "check/sanitizers.h"
#include "cpu/engine/team.h"

#if defined(__unix__) || defined(__APPLE__)
#include <sys/wait.h>
#include <unistd.h>
#define PYRNN_CHECK_HAS_FORK 1
#endif

// The sanitizers' own locks are not made for it: ThreadSanitizer refuses threads in a forked child,
// AddressSanitizer's allocator may be left locked if another thread was in it.

namespace pyrnn::check {

#if defined(PYRNN_CHECK_HAS_FORK) && !defined(PYRNN_CHECK_THREAD_SANITIZER)
namespace {

constexpr double kMuch = 1e12;
constexpr unsigned kPatienceSeconds = 20;
#if defined(PYRNN_CHECK_ADDRESS_SANITIZER)
constexpr bool kForksWhileBusy = false;
#else
constexpr bool kForksWhileBusy = true;
#endif

/// A call on the team, and a task that meets at barriers; do they give what they must?
class Work {
 public:
  explicit Work(const KernelTable& table)
      : table_(table),
        problem_(
            problem_of<float>(cells(table)[static_cast<std::size_t>(cell_index(table, "lstm"))],
                              {.T = 8, .B = 5, .I = 20, .H = 40})),
        want_(outcome_of<float>(table, problem_, Setting{})) {}

  bool run() const {
    std::atomic<int> met{0};
    int size = 0;
    run_team(kMuch, [&](const Worker& worker) {
      ++met;
      wait(worker.barrier);
      if (worker.index == 0) size = met;
      wait(worker.barrier);
    });
    Call<float> call(table_, problem_, Setting{}, Under::kTeam);
    call.forward();
    call.backward();
    return size >= 1 && call.outcome.y.same_bits(want_.y) && call.outcome.dx.same_bits(want_.dx) &&
           call.outcome.dweights.front().same_bits(want_.dweights.front());
  }

 private:
  const KernelTable& table_;
  const Problem problem_;
  const Outcome<Guarded<float>> want_;
};

/// Whether a child did f() well; a child that hangs is ended by its alarm.
template <class F>
bool in_child(F&& f) {
  const pid_t child = fork();
  if (child < 0) return false;
  if (child == 0) {
    std::signal(SIGALRM, SIG_DFL);
    alarm(kPatienceSeconds);
    _exit(f() ? 0 : 1);
  }
  int status = 0;
  return waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

void check_quiet(Report& report, const Work& work) {
  for (int i = 0; i < 10; ++i) {
    report.expect(work.run(), [] { return "wrong before the fork"; });
    report.expect(in_child([&] { return work.run() && work.run(); }),
                  [] { return "a child failed"; });
    report.expect(
        in_child([&] { return work.run() && in_child([&] { return work.run(); }) && work.run(); }),
        [] { return "a child's child failed"; });
  }
}

/// While other threads are inside calls, and so inside the pool and the team.
void check_busy(Report& report, const Work& work, int forks) {
  std::atomic<bool> done{false};
  std::atomic<int> wrong{0}, calls{0};
  std::vector<std::thread> others;
  for (int i = 0; i < 2; ++i) {
    others.emplace_back([&] {
      for (; !done; ++calls) wrong += !work.run();
    });
  }
  while (calls == 0) std::this_thread::yield();
  int failed = 0;
  for (int i = 0; i < forks && failed < 2; ++i) failed += !in_child([&] { return work.run(); });
  done = true;
  for (std::thread& other : others) other.join();
  report.expect(failed == 0, [&] { return "children of a busy process failed or hung"; });
  report.expect(wrong == 0, [] { return "a call beside forks went wrong"; });
}

}  // namespace

void check_fork(const Context& context) {
  const int before = get_num_threads();
  set_num_threads(3);
  const Work work(*context.tables.back());
  check_quiet(context.report, work);
  if (kForksWhileBusy) check_busy(context.report, work, context.options.extended ? 1000 : 100);
  context.report.expect(work.run(), [] { return "wrong in the parent afterwards"; });
  set_num_threads(before);
}

#else

void check_fork(const Context& context) { context.report.remark("no fork here"); }

#endif

}  // namespace pyrnn::check
