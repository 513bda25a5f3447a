// Sessions of a chain of layers, each with states of its own, stepped one at a time or many at
// once. Everything is planned and allocated before a step; the step allocates nothing.
#pragma once

#include <memory>
#include <vector>

#include "cpu/engine/chain.h"
#include "cpu/engine/session_ids.h"

namespace pyrnn {

/// Fewer rows than this would leave a second thread a tile that is bound by its loads.
constexpr std::int64_t kSharedRows = 6;

/// The states of one recurrent layer. h has two rows a session: a step reads one and writes the
/// other, since every unit multiplies all of h. c has one, as a unit reads its own alone.
template <class T>
struct LayerStates {
  const PackedStack<T>* stack;
  std::int64_t place;               // of the layer in its stack
  const T* projected;               // of a table in front, or null
  std::int64_t padded, padded_out;  // H and P in whole blocks
  Buffer<T> h;                      // [slots, 2, padded_out]
  Buffer<T> c;                      // [slots, padded], or nothing
};

/// What a layer needs beside its states.
template <class T>
struct StepWorkspace {
  Buffer<T> gates;       // [blocks][rows][sums][UB], where stages share them
  Buffer<T> scratch;     // [rows, padded], where one stage leaves something to the next
  Buffer<T> cells;       // [rows, padded]: c of sessions that do not stand side by side
  Buffer<T> norm_step;   // R h before its norm, as gates
  Buffer<T> candidates;  // [rows, padded]: c' before zoneout
};

template <class T>
class Sessions {
 public:
  explicit Sessions(std::shared_ptr<const Chain<T>> chain);

  const Chain<T>& chain() const { return *chain_; }
  const std::shared_ptr<const Chain<T>>& shared_chain() const { return chain_; }
  const SessionIds& ids() const { return ids_; }

  /// A new session, its states zeros. OutOfMemory, and nothing has changed.
  std::int64_t open();
  void close(std::int64_t slot) { ids_.close(slot); }
  void reset(std::int64_t slot);

  /// Whose step is next. std::invalid_argument for an id that is none, or there twice; OutOfMemory.
  void choose(const std::int64_t* ids, std::int64_t n);
  void choose_slot(std::int64_t slot) { slot_[0] = slot; }
  /// What they read, where a step is an id. std::out_of_range for no row of the table.
  void read_ids(const std::int64_t* given, std::int64_t n);
  /// One step of the n sessions that were chosen, out of x [n, I], or null for the ids that were
  /// read: out [n, O].
  void step(std::int64_t n, const T* x, T* out);
  /// T steps of one session, each as `step` would make it, out of x [T, I] or ids [T]: out [T, O].
  /// OutOfMemory, and the session is as it was.
  void run(std::int64_t slot, std::int64_t steps, const T* x, const std::int64_t* ids, T* out);

  /// The recurrent layers of all stacks, the lowest first; their states in a slot.
  const std::vector<LayerStates<T>>& layers() const { return states_; }
  T* h(std::size_t layer, std::int64_t slot) const;  // [P]
  T* c(std::size_t layer, std::int64_t slot) const;  // [H], or null

 protected:
  void reserve_slots(std::int64_t slots);
  void reserve_rows(std::int64_t rows);
  /// So many sessions, the first ones, and room for a step of all.
  void open_all(std::int64_t sessions);
  /// The sessions of the rows [first, first + count) are to make such a step, the number of steps
  /// that each has made.
  void place_rows(std::int64_t first, std::int64_t count, std::int64_t step);
  /// A step of some rows by one thread, once their slots, places and ids stand in the arrays below;
  /// turn: see turn_.
  void work(const T* x, std::int64_t first, std::int64_t count, T* out, std::int64_t turn) const;

 private:
  /// Some rows of a step on their way through the chain.
  struct Flow {
    std::int64_t first, count;  // which of the step's rows
    Rows<T> rows;
    std::int64_t width;
    int buffer;         // which of the two holds them; -1: neither
    std::size_t layer;  // the next recurrent one
    std::int64_t turn = 0;
  };

  T* room(int buffer, std::int64_t first) const {
    return between_[buffer].get() + first * chain_->widest();
  }

  // Each leaves its result in the flow, and where it is not a state's, in `to` [count, out].
  void pass(const Table<T>& table, Flow& flow, T* to) const;
  void pass(const Recurrence<T>& recurrence, Flow& flow, T* to) const;
  void pass(const Affine<T>& affine, Flow& flow, T* to) const;
  void pass(const Map& map, Flow& flow, T* to) const;
  void pass(const Scaling& scaling, Flow& flow, T* to) const;
  void pass_layer(Flow& flow) const;
  Pass<T> pass_of(std::size_t layer, const Flow& flow) const;

  /// A block of steps of one session, on its way.
  struct Block;
  void run_stack(Block& block, const Recurrence<T>& recurrence) const;
  void run_rows(Block& block, const Link<T>& link, T* to) const;
  void look_up(Block& block) const;
  void keep(Block& block);

  std::shared_ptr<const Chain<T>> chain_;
  SessionIds ids_;
  std::int64_t slots_ = 0, rows_ = 0;  // for how many there is room
  std::vector<LayerStates<T>> states_;
  std::vector<StepWorkspace<T>> workspaces_;
  /// Kernels walk the weights forth at a step of even number, and back at an odd one, when the
  /// last of them are still in the cache: so steps are numbered 0, 1, 0, 1.
  std::int64_t turn_ = 0;
  std::vector<std::uint64_t> chosen_;  // [slots] in which call it was chosen last
  std::uint64_t calls_ = 0;
  Buffer<std::int64_t> row_, length_;  // [rows] 0, 1, ..; 1, 1, ..
  Buffer<T> between_[2];               // [rows, widest]
  Buffer<T> zeros_;

 protected:
  std::vector<unsigned char> side_;  // [slots] which of its two rows of h is the present one
  // [rows] Its slot; where its h is read and written; the id it reads
  Buffer<std::int64_t> slot_, previous_, place_, read_;
};

}  // namespace pyrnn
