// The most float32 multiply-adds that this processor does: peak THREADS. For each line on standard
// input, how many seconds a GFLOP took in the best of three bursts of some milliseconds.
//
// Twenty sums in registers, a' = a * x + y, as many as hide the latency of two units of five cycles
// twice over: no memory, no other arithmetic. One multiply-add counts as two operations.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <thread>
#include <vector>

#ifdef __linux__
#include <sched.h>
#endif

#if defined(__AVX512F__)
constexpr int kBytes = 64, kSums = 20;
#elif defined(__AVX__)
constexpr int kBytes = 32, kSums = 12;  // of sixteen registers
#else
constexpr int kBytes = 16, kSums = 12;
#endif

typedef float Vec __attribute__((vector_size(kBytes)));
constexpr int kLanes = kBytes / sizeof(float);

// The thread's own core: two that begin on one would share it for milliseconds.
static void keep_to(int number) {
#ifdef __linux__
  cpu_set_t all, mine;
  sched_getaffinity(0, sizeof(all), &all);
  CPU_ZERO(&mine);
  for (int core = 0; core < CPU_SETSIZE; ++core) {
    if (CPU_ISSET(core, &all) && number-- == 0) CPU_SET(core, &mine);
  }
  if (CPU_COUNT(&mine) > 0) sched_setaffinity(0, sizeof(mine), &mine);
#else
  (void)number;
#endif
}

static volatile float sink;  // what is computed is used

static void burst(long rounds) {
  Vec x, y, sums[kSums];
  for (int lane = 0; lane < kLanes; ++lane) {
    x[lane] = 0.5f;
    y[lane] = 1.0f + lane;
  }
#pragma GCC unroll 20
  for (int k = 0; k < kSums; ++k) sums[k] = y * static_cast<float>(k);
  for (long round = 0; round < rounds; ++round) {
#pragma GCC unroll 20
    for (int k = 0; k < kSums; ++k) sums[k] = sums[k] * x + y;
  }
  Vec total = sums[0];
#pragma GCC unroll 20
  for (int k = 1; k < kSums; ++k) total += sums[k];
  sink = total[0];
}

static double seconds_of(int threads, long rounds) {
  using Clock = std::chrono::steady_clock;
  const auto start = Clock::now();
  std::vector<std::thread> team;
  for (int k = 0; k < threads; ++k) {
    team.emplace_back([=] {
      keep_to(k);
      burst(rounds);
    });
  }
  for (auto& one : team) one.join();
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// The best of three: others may use the cores too.
static double best_of(int threads, long rounds) {
  double best = seconds_of(threads, rounds);
  for (int again = 0; again < 2; ++again) best = std::min(best, seconds_of(threads, rounds));
  return best;
}

// How many take so long on one core; by the clock of the processor's work, since the wall's would
// stop at once where the core is busy.
static long rounds_of(double seconds) {
  for (long rounds = 1000;; rounds *= 2) {
    const std::clock_t start = std::clock();
    burst(rounds);
    if (std::clock() - start >= seconds * CLOCKS_PER_SEC) return rounds;
  }
}

int main(int count, char** arguments) {
  const int threads = count > 1 ? std::atoi(arguments[1]) : 1;
  if (threads < 1) return 2;
  const long rounds = rounds_of(0.002);
  const double gflop = 2e-9 * kLanes * kSums * static_cast<double>(rounds) * threads;
  while (std::getchar() != EOF) {
    std::printf("%.9g\n", best_of(threads, rounds) / gflop);
    std::fflush(stdout);
  }
}
