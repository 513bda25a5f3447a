// A call of the library on a problem: one instruction set, one number of threads, one schedule.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "check/guarded.h"
#include "check/outcome.h"
#include "check/problems.h"
#include "cpu/engine/stack.h"

namespace pyrnn::check {

/// How a call is spread; -1 leaves a part of the schedule to the library.
struct Setting {
  int threads = 1;
  int fuse = -1;       // 1: x W within the step; 0: hoisted
  int split = -1;      // 0: batch, 1: units, 2: none
  i64 chunk = -1;      // steps hoisted at once
  int wavefront = -1;  // 1: layers one behind the other by chunks of steps; 0: layer by layer
  i64 recompute = 0;   // steps of a window that backward runs again; 0: none

  std::string text() const;
};

/// What all others must equal: one thread, x W within the step.
constexpr Setting kPlain{.threads = 1, .fuse = 1, .split = 2, .wavefront = 0};

/// Which gradients arrive, and which are asked for.
struct Wanted {
  bool dy = true, dh_n = true, dc_n = true, dcells = true;
  bool x = true, state = true, weights = true;
};

/// Who runs the kernels.
enum class Under {
  kExactTeam,  // setting.threads threads, under the schedule of `setting`
  kTeam,       // as many as come, under whatever is in force
};

template <class T>
class Call {
 public:
  /// Packs the weights. The table must outlive the call.
  Call(const KernelTable& table, const Problem& problem, const Setting& setting,
       Under under = Under::kExactTeam);

  /// Another call on weights that are packed already.
  Call(const Call& packed, const Problem& problem);

  void forward(bool save = true, bool cells = true, bool y = true);
  void backward(const Wanted& wanted = {}, bool retain = false);
  bool released() const { return call_->released(); }

  /// What forward and backward left so far. An array is empty where the cell has none such or it
  /// was not asked for.
  Outcome<Guarded<T>> outcome;

 private:
  struct Inputs {
    explicit Inputs(const Problem& problem);
    Guarded<i64> ids;
    Guarded<T> x, table, h0, c0, dy, dcells, dh_n, dc_n;
    std::vector<Guarded<T>> weights;
  };

  StackInput<T> input() const;
  Guarded<T> spread(const Guarded<T>& rows) const;

  const Problem problem_;
  const Setting setting_;
  const Under under_;
  Inputs inputs_;
  std::shared_ptr<PackedStack<T>> packed_;
  std::unique_ptr<StackCall<T>> call_;
};

/// Forward and backward, everything asked for.
template <class T>
Outcome<Guarded<T>> outcome_of(const KernelTable& table, const Problem& problem,
                               const Setting& setting);

/// The index of a cell in the library's list.
int cell_index(const KernelTable& table, const std::string& name);

/// All cells of the library.
std::vector<CellTraits> cells(const KernelTable& table);

}  // namespace pyrnn::check
