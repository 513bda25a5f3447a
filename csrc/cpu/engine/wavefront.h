// Layers that follow one another through time: a chunk of steps of a layer begins as soon as the
// layer below has left that chunk, and this layer the chunk before.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <vector>

#include "cpu/engine/barrier.h"

namespace pyrnn {

/// A thread that works by itself within a task of many.
class Alone {
 public:
  Worker worker() { return {0, 1, &barrier_}; }

 private:
  Barrier barrier_;
};

class Wavefront {
 public:
  /// Layers count in the order in which they follow one another: backward, from the top.
  Wavefront(std::int64_t layers, std::int64_t chunks)
      : chunks_(chunks), left_(layers * chunks), layers_(static_cast<std::size_t>(layers)) {}

  /// f(layer, chunk) for each of them, by as many threads as call this.
  template <class F>
  void work(F&& f) {
    std::unique_lock<std::mutex> lock(mutex_);
    while (left_ > 0) {
      Layer* const layer = next();
      if (!layer) {
        await_change(lock);
        continue;
      }
      const std::int64_t chunk = layer->done;
      layer->busy = true;
      --left_;
      lock.unlock();
      f(layer - layers_.data(), chunk);
      lock.lock();
      layer->busy = false;
      ++layer->done;
      changes_.fetch_add(1, std::memory_order_release);
      changed_.notify_all();
    }
  }

 private:
  struct Layer {
    std::int64_t done = 0;  // chunks
    bool busy = false;
  };

  /// Until another thread is done with its chunk: spins at first, as a sleeper takes long to wake.
  void await_change(std::unique_lock<std::mutex>& lock) {
    const std::uint32_t seen = changes_.load(std::memory_order_relaxed);
    const auto changed = [&] { return changes_.load(std::memory_order_acquire) != seen; };
    lock.unlock();
    const bool found = spin(kBarrierSpin, changed);
    lock.lock();
    if (!found) changed_.wait(lock, changed);
  }

  /// Of the layers that can go on, the furthest from the first: what is left then has the most
  /// layers to share.
  Layer* next() {
    for (std::size_t i = layers_.size(); i-- > 0;) {
      Layer& layer = layers_[i];
      const std::int64_t ready = i == 0 ? chunks_ : layers_[i - 1].done;
      if (!layer.busy && layer.done < ready) return &layer;
    }
    return nullptr;
  }

  const std::int64_t chunks_;
  std::int64_t left_;  // that nobody has begun
  std::vector<Layer> layers_;
  std::atomic<std::uint32_t> changes_{0};
  std::mutex mutex_;
  std::condition_variable changed_;
};

}  // namespace pyrnn
