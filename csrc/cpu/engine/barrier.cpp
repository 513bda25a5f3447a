#include "cpu/engine/barrier.h"

#include "cpu/engine/system.h"

namespace pyrnn {
namespace {

/// Where threads outnumber the CPUs, the one to wait for is likely not running: hardly at all.
constexpr std::chrono::microseconds kCrowdedSpin{2};

}  // namespace

void Barrier::wait() {
  if (expected <= 1) return;
  const std::uint32_t mine = generation.load(std::memory_order_relaxed);
  if (arrived.fetch_add(1, std::memory_order_acq_rel) + 1 == expected) {
    arrived.store(0, std::memory_order_relaxed);
    generation.store(mine + 1, std::memory_order_seq_cst);
    if (sleepers.load(std::memory_order_seq_cst) > 0) {
      std::lock_guard<std::mutex> lock(mutex);
      awake.notify_all();
    }
    return;
  }
  const auto passed = [&] { return generation.load(std::memory_order_acquire) != mine; };
  if (spin(expected > known_cpus() ? kCrowdedSpin : kBarrierSpin, passed)) return;
  std::unique_lock<std::mutex> lock(mutex);
  sleepers.fetch_add(1, std::memory_order_seq_cst);
  awake.wait(lock, [&] { return generation.load(std::memory_order_seq_cst) != mine; });
  sleepers.fetch_sub(1, std::memory_order_relaxed);
}

void wait(Barrier* barrier) { barrier->wait(); }

}  // namespace pyrnn
