// Ends the program if a group hangs: a team that waits for ever must fail the check, not stop it.
#pragma once

namespace pyrnn::check {

class Watchdog {
 public:
  Watchdog(const char* group, unsigned seconds);
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;
};

}  // namespace pyrnn::check
