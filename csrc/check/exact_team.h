// Teams of an exact size. Left to itself the library takes as many threads as come in time and as
// the work is worth: nobody could say that four threads were tried.
#pragma once

#include <utility>

#include "cpu/engine/team.h"

namespace pyrnn::check {

/// While it lives, every task runs on exactly `count` threads. One caller at a time.
class ExactTeam {
 public:
  explicit ExactTeam(int count) { force_team(count); }
  ~ExactTeam() { force_team(0); }
  ExactTeam(const ExactTeam&) = delete;
  ExactTeam& operator=(const ExactTeam&) = delete;
};

/// task(worker) on exactly `count` threads.
template <class F>
void run_exactly(int count, F&& task) {
  const ExactTeam exact(count);
  run_team(0, std::forward<F>(task));
}

}  // namespace pyrnn::check
