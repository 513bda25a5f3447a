#include "cpu/engine/team.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <new>
#include <thread>
#include <vector>

#include "cpu/engine/barrier.h"
#include "cpu/engine/system.h"

#if defined(__unix__) || defined(__APPLE__)
#include <pthread.h>
#endif
#if defined(__linux__)
#include <sched.h>
#endif

namespace pyrnn {

Barriers::Barriers(int count) : barriers_(new Barrier[static_cast<std::size_t>(count)]) {}
Barriers::~Barriers() { delete[] barriers_; }
Barrier* Barriers::operator[](int i) const { return barriers_ + i; }
void Barriers::expect(int i, int threads) { barriers_[i].expected = threads; }

namespace {

/// An idle worker spins no longer than this before it sleeps.
constexpr std::chrono::microseconds kIdleSpin{1000};
/// How often a worker that has joined pauses before it yields: about 20 µs.
constexpr int kClosingPauses = 500;
/// What one thread does in a second, about.
constexpr double kFlopsPerSecond = 100e9;
/// Work that is worth sharing with workers that are awake (2 µs), and worth waking them (0.6 ms).
constexpr double kShareFlops = 200e3;
constexpr double kWakeFlops = 60e6;

/// How long the caller waits for workers to come: a quarter of what it would need alone, and no
/// longer than another process may keep a core before the system takes it away (3 ms on Linux).
std::chrono::microseconds patience(double flops) {
  const double alone = 1e6 * flops / kFlopsPerSecond;
  return std::chrono::microseconds(static_cast<int>(std::clamp(alone / 4, 20.0, 6000.0)));
}
/// Of which it spins so long, then sleeps: a worker may be waiting for this very core.
constexpr std::chrono::microseconds kArrivalSpin{250};

/// Who may join the task on offer: one word, so that a worker that joins has read all of it at
/// once.
struct alignas(8) Offer {
  std::uint32_t generation;  // of the task
  std::uint16_t places;      // for workers; closing the offer lowers it to `joined`
  std::uint16_t joined;
};

/// One task at a time is shared; a second caller, finding the team busy, works alone.
///
/// The caller makes an offer and raises `ticket`, which workers watch. They join by counting
/// themselves into the offer; the caller closes it and then knows the team's size.
class Team {
 public:
  std::atomic<int> threads{0};  // 0: as many as there are CPUs, once somebody asks
  std::atomic<int> forced{0};

  /// How many threads a task may use.
  int number() {
    int n = threads.load(std::memory_order_relaxed);
    if (n > 0) return n;
    const int cpus = available_cpus();
    return threads.compare_exchange_strong(n, cpus) ? cpus : n;
  }

  /// How many threads a task of so many operations is worth. Waking a worker takes 50 µs on a quiet
  /// machine, 150 µs and more on a virtual one; one that is awake joins in less than 1 µs.
  int threads_for(double flops) {
    if (const int exactly = forced; exactly > 0) return exactly;
    const bool awake = spinning_.load(std::memory_order_relaxed) > 0;
    return flops < (awake ? kShareFlops : kWakeFlops) ? 1 : number();
  }

  void run(double flops, detail::Task task, void* context) {
    int wanted = threads_for(flops);
    std::unique_lock<std::mutex> turn(turn_, std::defer_lock);
    if (wanted > 1) wanted = turn.try_lock() ? 1 + grow(wanted - 1) : 1;
    if (wanted == 1) {
      Barrier alone;
      task(context, Worker{0, 1, &alone});
      return;
    }
    offer(wanted, task, context);
    const int size = close(patience(flops));
    task(context, Worker{0, size, &barrier_});
    const auto finished = [&] { return finished_.load(std::memory_order_acquire) == size - 1; };
    if (!spin(kBarrierSpin, finished)) {
      std::unique_lock<std::mutex> lock(mutex_);
      done_.wait(lock, finished);
    }
  }

  /// In a forked child there are no workers: forget them, and whatever state they left behind.
  void after_fork() {
    const int n = threads, exactly = forced;
    new (this) Team;
    threads = n;
    forced = exactly;
  }

 private:
  /// Sees to it that `count` workers exist; tells how many of these do, where the system has no
  /// more threads to give, or no memory.
  int grow(int count) {
    try {
      // Room first: a thread that exists but has no place in the list would end the process.
      workers_.reserve(static_cast<std::size_t>(count));
      while (static_cast<int>(workers_.size()) < count) {
        const NoSignals inherited;
        std::thread worker(&Team::serve, this);
        workers_.push_back(worker.native_handle());
        worker.detach();
      }
    } catch (const std::exception&) {
    }
    return std::min(count, static_cast<int>(workers_.size()));
  }

  void offer(int wanted, detail::Task task, void* context) {
    task_ = task;
    context_ = context;
    finished_.store(0, std::memory_order_relaxed);
    size_.store(0, std::memory_order_relaxed);
    const std::uint32_t generation = offer_.load().generation + 1;
    offer_.store({generation, static_cast<std::uint16_t>(wanted - 1), 0},
                 std::memory_order_release);
    ticket_.fetch_add(1, std::memory_order_seq_cst);
    if (spinning_.load(std::memory_order_seq_cst) < wanted - 1) {
      keep_workers_off_this_cpu();
      std::lock_guard<std::mutex> lock(mutex_);
      offered_.notify_all();
    }
  }

  /// Waits a little for the workers, then closes the offer; tells the size of the team.
  int close(std::chrono::microseconds limit) {
    const auto complete = [&] {
      const Offer now =
          offer_.load(std::memory_order_seq_cst);  // pairs with join's look for a sleeper
      return now.joined == now.places;
    };
    if (!spin(std::min(limit, kArrivalSpin), complete)) {
      std::unique_lock<std::mutex> lock(mutex_);
      caller_sleeps_.store(true, std::memory_order_seq_cst);
      if (forced > 0) {
        arrived_.wait(lock, complete);
      } else {
        arrived_.wait_for(lock, limit - std::min(limit, kArrivalSpin), complete);
      }
      caller_sleeps_.store(false, std::memory_order_relaxed);
    }
    Offer now = offer_.load(std::memory_order_acquire);
    while (!offer_.compare_exchange_weak(now, {now.generation, now.joined, now.joined},
                                         std::memory_order_acq_rel)) {
    }
    const int size = now.joined + 1;
    barrier_.expected = size;
    size_.store(size, std::memory_order_release);
    return size;
  }

  /// A sleeping worker is often put behind whoever wakes it, on the same CPU, where it must wait
  /// until the caller gives up spinning (2 ms were seen, with the other CPU idle): until it has
  /// come, it may go wherever the caller may, but there.
  void keep_workers_off_this_cpu() {
#if defined(__linux__)
    const int cpu = sched_getcpu();
    cpu_set_t others;
    if (cpu < 0 || sched_getaffinity(0, sizeof callers_cpus_, &callers_cpus_) != 0) return;
    others = callers_cpus_;
    CPU_CLR(static_cast<std::size_t>(cpu), &others);
    if (CPU_COUNT(&others) == 0) return;
    for (const auto worker : workers_) pthread_setaffinity_np(worker, sizeof others, &others);
    ++narrowings_;
#endif
  }

  /// A worker that has come is free again; `seen` is its count of narrowings.
  void go_where_the_caller_may([[maybe_unused]] std::uint32_t& seen) const {
#if defined(__linux__)
    if (seen != narrowings_) sched_setaffinity(0, sizeof callers_cpus_, &callers_cpus_);
    seen = narrowings_;
#endif
  }

  /// A worker's place in the team, 1 .., or 0 if it came too late.
  int join() {
    Offer now = offer_.load(std::memory_order_acquire);
    do {
      if (now.joined == now.places) return 0;
    } while (!offer_.compare_exchange_weak(
        now, {now.generation, now.places, static_cast<std::uint16_t>(now.joined + 1)},
        std::memory_order_seq_cst));
    if (caller_sleeps_.load(std::memory_order_seq_cst)) {
      std::lock_guard<std::mutex> lock(mutex_);
      arrived_.notify_one();
    }
    return now.joined + 1;
  }

  void serve() {
    std::uint32_t seen = 0, narrowings = 0;
    for (;;) {
      const auto offered = [&] { return ticket_.load(std::memory_order_seq_cst) != seen; };
      spinning_.fetch_add(1, std::memory_order_seq_cst);
      const bool found = spin(kIdleSpin, offered);
      spinning_.fetch_sub(1, std::memory_order_seq_cst);
      if (!found) {
        std::unique_lock<std::mutex> lock(mutex_);
        offered_.wait(lock, offered);
      }
      seen = ticket_.load(std::memory_order_acquire);
      const int place = join();
      if (place == 0) continue;
      int size = size_.load(std::memory_order_acquire);
      for (int i = 0; size == 0; size = size_.load(std::memory_order_acquire)) {
        // The caller is about to close the offer, unless it has lost its core.
        ++i < kClosingPauses ? pause() : std::this_thread::yield();
      }
      go_where_the_caller_may(narrowings);
      task_(context_, Worker{place, size, &barrier_});
      finish(size);
    }
  }

  void finish(int size) {
    if (finished_.fetch_add(1, std::memory_order_acq_rel) + 1 == size - 1) {
      std::lock_guard<std::mutex> lock(mutex_);
      done_.notify_one();
    }
  }

  std::mutex turn_;
  std::mutex mutex_;
  std::condition_variable offered_, arrived_, done_;
  // Each group on lines of its own: what idle workers watch, what they read once there is a task,
  // and what they themselves write while the caller may be at work.
  alignas(kCacheLine) std::atomic<std::uint32_t> ticket_{0};
  alignas(kCacheLine) std::atomic<Offer> offer_{Offer{0, 0, 0}};
  std::atomic<int> size_{0};  // of the team, once the offer is closed
  std::atomic<int> finished_{0};
  detail::Task task_ = nullptr;
  void* context_ = nullptr;
  std::atomic<bool> caller_sleeps_{false};
  alignas(kCacheLine) std::atomic<int> spinning_{0};
#if defined(__linux__)
  cpu_set_t callers_cpus_{};  // when workers were last woken; read once the offer is closed
  std::uint32_t narrowings_ = 0;
#endif
  Barrier barrier_;
  std::vector<std::thread::native_handle_type> workers_;
};

/// Never destroyed: workers may outlive every static object at exit.
Team& team() {
  static Team* const instance = [] {
    Team* made = new Team;
#if defined(__unix__) || defined(__APPLE__)
    pthread_atfork(nullptr, nullptr, [] { team().after_fork(); });
#endif
    return made;
  }();
  return *instance;
}

/// Made as the library loads: a fork must not find it half made.
[[maybe_unused]] const Team& made_at_load = team();

}  // namespace

void set_num_threads(int threads) { team().threads = threads; }
int get_num_threads() { return team().number(); }
void force_team(int threads) { team().forced = threads; }
int team_size() {
  const int exactly = team().forced;
  return exactly > 0 ? exactly : get_num_threads();
}
namespace detail {
void run(double flops, Task task, void* context) { team().run(flops, task, context); }
}  // namespace detail

}  // namespace pyrnn
