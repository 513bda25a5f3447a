// The names of sessions. A session stands in a slot; its id is the slot and how often that slot has
// been closed before, so that the id of a closed session is never another one's.
#pragma once

#include <cstdint>
#include <vector>

namespace pyrnn {

class SessionIds {
 public:
  /// Places for one more, so that `open` allocates nothing.
  void reserve() {
    if (!free_.empty()) return;
    if (slots_.size() == slots_.capacity()) {
      slots_.reserve(slots_.empty() ? 1 : 2 * slots_.size());
    }
    free_.reserve(slots_.capacity());
  }

  std::int64_t open() {
    std::int64_t slot = count();
    if (free_.empty()) {
      slots_.push_back({0, true});
    } else {
      slot = free_.back();
      free_.pop_back();
      slots_[static_cast<std::size_t>(slot)].open = true;
    }
    ++opened_;
    return id_of(slot);
  }

  void close(std::int64_t slot) {
    Slot& closed = slots_[static_cast<std::size_t>(slot)];
    closed.open = false;
    --opened_;
    if (++closed.closings < kMostClosings) free_.push_back(slot);
  }

  /// The slot of an open session; -1 for what is the id of none.
  std::int64_t slot(std::int64_t id) const {
    const std::int64_t slot = id & (kSlots - 1);
    return id >= 0 && slot < count() && is_open(slot) && id_of(slot) == id ? slot : -1;
  }
  /// Whether such an id has been given once.
  bool was_open(std::int64_t id) const {
    const std::int64_t slot = id & (kSlots - 1);
    return id >= 0 && slot < count() && id <= id_of(slot);
  }
  /// Slots 0 .. count-1 have been used.
  std::int64_t count() const { return static_cast<std::int64_t>(slots_.size()); }
  std::int64_t opened() const { return opened_; }
  bool is_open(std::int64_t slot) const { return slots_[static_cast<std::size_t>(slot)].open; }
  std::int64_t id_of(std::int64_t slot) const {
    return slots_[static_cast<std::size_t>(slot)].closings * kSlots + slot;
  }

 private:
  static constexpr std::int64_t kSlots = std::int64_t{1} << 32;
  static constexpr std::int64_t kMostClosings = (std::int64_t{1} << 31) - 1;

  struct Slot {
    std::int64_t closings;
    bool open;
  };
  std::vector<Slot> slots_;
  std::vector<std::int64_t> free_;  // slots
  std::int64_t opened_ = 0;
};

}  // namespace pyrnn
