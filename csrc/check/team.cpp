// The library's own team under stress: many tiny tasks, several callers at once, sizes that change
// meanwhile, workers that have gone to sleep, and whole calls of the stack on it.
#include "cpu/engine/team.h"

#include <atomic>
#include <chrono>
#include <memory>
#include <thread>
#include <vector>

#include "check/call.h"
#include "check/comparison.h"
#include "check/groups.h"

namespace pyrnn::check {
namespace {

/// A task of so many operations is worth waking the workers and waiting for them.
constexpr double kMuch = 1e12;
constexpr int kMostThreads = 8;

/// Puts the number of threads back.
class Threads {
 public:
  explicit Threads(int n) : before_(get_num_threads()) { set_num_threads(n); }
  ~Threads() { set_num_threads(before_); }
  Threads(const Threads&) = delete;
  Threads& operator=(const Threads&) = delete;

 private:
  const int before_;
};

/// Runs one task: are all of its workers there, each once, and agreed on how many they are?
/// `rounds` times they also meet at the barrier, and each must see what all others wrote before.
/// Returns the size of the team, or 0 if something was wrong.
int run_task(double flops, int rounds) {
  std::atomic<int> came{0}, wrong{0}, size{0};
  std::atomic<unsigned> places{0};
  int slots[kMostThreads] = {};
  run_team(flops, [&](const Worker& worker) {
    if (worker.index < 0 || worker.index >= worker.count || worker.count > kMostThreads) {
      ++wrong;
      return;
    }
    ++came;
    if (places.fetch_or(1u << worker.index) & 1u << worker.index) ++wrong;
    const int agreed = size.exchange(worker.count);
    if (agreed != 0 && agreed != worker.count) ++wrong;
    for (int round = 1; round <= rounds; ++round) {
      slots[worker.index] = round;
      wait(worker.barrier);
      for (int i = 0; i < worker.count; ++i) wrong += slots[i] != round;
      wait(worker.barrier);
    }
  });
  return wrong == 0 && came == size ? size.load() : 0;
}

void check_sizes(Report& report) {
  int largest = 0;
  for (int threads = 1; threads <= kMostThreads; ++threads) {
    const Threads in_force(threads);
    for (int i = 0; i < 20; ++i) {
      const int size = run_task(kMuch, 3);
      largest = std::max(largest, size);
      report.expect(size >= 1 && size <= threads, [&] {
        return "asked for " + std::to_string(threads) + " threads: a team of " +
               std::to_string(size);
      });
    }
  }
  report.remark("teams of up to " + std::to_string(largest));
}

void check_tiny_tasks(Report& report, int count) {
  const Threads in_force(2);
  int wrong = 0, shared = 0;
  for (int i = 0; i < count; ++i) {
    const int size = run_task(i % 3 == 0 ? 1e6 : i % 50 == 1 ? kMuch : 300e3, i % 4);
    wrong += size == 0;
    shared += size > 1;
  }
  report.expect(wrong == 0, [&] { return std::to_string(wrong) + " tiny tasks went wrong"; });
  report.remark(std::to_string(shared) + " of " + std::to_string(count) + " tiny tasks shared");
}

/// Callers at once, while another thread changes the number of threads.
void check_callers(Report& report, int count) {
  const Threads in_force(3);
  std::atomic<int> wrong{0};
  std::atomic<bool> done{false};
  std::vector<std::thread> callers;
  for (int caller = 0; caller < 3; ++caller) {
    callers.emplace_back([&, caller] {
      for (int i = 0; i < count; ++i) wrong += run_task(i % 5 == caller ? kMuch : 1e6, i % 3) == 0;
    });
  }
  std::thread changes([&] {
    for (int i = 0; !done; ++i) {
      set_num_threads(1 + i % 6);
      std::this_thread::sleep_for(std::chrono::microseconds(50));
    }
  });
  for (std::thread& caller : callers) caller.join();
  done = true;
  changes.join();
  report.expect(wrong == 0, [&] { return std::to_string(wrong) + " tasks of callers went wrong"; });
}

/// Workers sleep after a millisecond and must wake.
void check_idleness(Report& report) {
  const Threads in_force(2);
  int wrong = 0, shared = 0;
  for (int i = 0; i < 30; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(i % 4));
    const int size = run_task(kMuch, 2);
    wrong += size == 0;
    shared += size > 1;
  }
  report.expect(wrong == 0, [] { return "a task after idling went wrong"; });
  report.remark(std::to_string(shared) + " of 30 after idling shared");
}

/// Teams inside a team, as for two directions: each half meets at a barrier of its own.
void check_parts(Report& report) {
  const Threads in_force(4);
  std::atomic<int> wrong{0};
  for (int i = 0; i < 50; ++i) {
    Barriers barriers(2);
    int slots[kMostThreads] = {};
    run_team(kMuch, [&](const Worker& all) {
      const int parts = all.count > 1 ? 2 : 1, part = all.index % parts;
      const int members = (all.count - part + parts - 1) / parts;
      if (all.index < parts) barriers.expect(part, members);
      wait(all.barrier);
      for (int round = 1; round <= 5 + 20 * part; ++round) {
        slots[all.index] = round;
        wait(barriers[part]);
        for (int other = part; other < all.count; other += parts) wrong += slots[other] != round;
        wait(barriers[part]);
      }
      wait(all.barrier);
    });
  }
  report.expect(wrong == 0, [] { return "the barriers of two parts mixed them up"; });
}

// Calls of the stack on the team: the kernel is watched to see how many threads came.

std::atomic<int> largest_team{0};
const KernelTable* watched_table = nullptr;
int watched_cell = 0;

void watched_forward(const Pass<float>& pass, const Steps& steps, const Worker& worker) {
  if (worker.count > largest_team) largest_team = worker.count;
  watched_table->cells_f32[watched_cell].forward(pass, steps, worker);
}

KernelTable watched(const KernelTable& table, int cell) {
  watched_table = &table;
  watched_cell = cell;
  KernelTable copy = table;
  copy.cells_f32[cell].forward = watched_forward;
  return copy;
}

const Shape kShapes[] = {
    {.T = 20, .B = 12, .I = 32, .H = 64, .lengths = Lengths::kRagged},
    {.T = 12,
     .B = 3,
     .I = 16,
     .H = 70,
     .L = 2,
     .D = 2,
     .lengths = Lengths::kRagged,
     .dropout = 0.2},
    {.T = 15, .B = 6, .I = 24, .H = 50, .D = 2, .V = 30},
};

void check_calls(const Context& context, const char* cell_name) {
  const KernelTable& table = *context.tables.back();
  const int cell = cell_index(table, cell_name);
  const KernelTable watching = watched(table, cell);
  int shared = 0, all = 0;
  for (const Shape& shape : kShapes) {
    const Problem problem = problem_of<float>(cells(table)[static_cast<std::size_t>(cell)], shape);
    const Outcome<Guarded<float>> plain = outcome_of<float>(table, problem, Setting{});
    for (const int threads : {2, 3, 4, 2}) {
      const Threads in_force(threads);
      const Report::Scope scope(context.report, std::string(cell_name) + " " + shape.text() +
                                                    " on " + std::to_string(threads) + " threads");
      for (int i = 0; i < 4; ++i) {
        Call<float> call(watching, problem, Setting{}, Under::kTeam);
        run_task(kMuch, 0);  // wakes the workers: for a millisecond they take smaller tasks too
        largest_team = 0;
        call.forward();
        run_task(kMuch, 0);
        call.backward();
        shared += largest_team > 1;
        ++all;
        expect_same_bits(context.report, call.outcome, plain);
      }
    }
  }
  context.report.remark(std::to_string(shared) + " of " + std::to_string(all) + " " + cell_name +
                        " calls shared");
}

/// Several callers on the same packed weights, the first backward of all among them.
void check_shared_weights(const Context& context) {
  const Threads in_force(2);
  const KernelTable& table = *context.tables.back();
  for (const CellTraits& cell : cells(table)) {
    const Report::Scope scope(context.report, cell.name + " from several callers");
    const Problem problem = problem_of<float>(cell, kShapes[0]);
    const Outcome<Guarded<float>> plain = outcome_of<float>(table, problem, Setting{});
    const Call<float> packed(table, problem, Setting{}, Under::kTeam);
    std::vector<std::unique_ptr<Call<float>>> calls;
    std::vector<std::thread> callers;
    for (int i = 0; i < 4; ++i) {
      calls.push_back(std::make_unique<Call<float>>(packed, problem));
      callers.emplace_back([call = calls.back().get()] {
        for (int round = 0; round < 3; ++round) {
          call->forward();
          call->backward();
        }
      });
    }
    for (std::thread& caller : callers) caller.join();
    for (const auto& call : calls) expect_same_bits(context.report, call->outcome, plain);
  }
}

}  // namespace

void check_team(const Context& context) {
  const bool extended = context.options.extended;
  check_sizes(context.report);
  check_tiny_tasks(context.report, extended ? 100000 : 10000);
  check_callers(context.report, extended ? 5000 : 500);
  check_idleness(context.report);
  check_parts(context.report);
  check_calls(context, "lstm");
  check_calls(context, "gru_reset_before");
  check_shared_weights(context);
}

}  // namespace pyrnn::check
