// The assertion layer: counts what held and what did not, and says where.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace pyrnn::check {

class Report {
 public:
  /// Opens a group; everything expected from here on belongs to it.
  void begin(const std::string& group);
  /// Closes it and prints its line.
  void end();
  /// Prints the last line of all; the program's exit code.
  int finish() const;

  /// Counts one check. `message` is called only if it failed, and returns what to print.
  template <class F>
  bool expect(bool good, F&& message) {
    good ? ++passed_ : ++failed_;
    if (!good) fail(message());
    return good;
  }

  /// Notes how much of a tolerance was used: 1 is all of it.
  void used(double share) { worst_ = std::max(worst_, share); }
  /// Something worth saying in the group's line.
  void remark(const std::string& text);

  /// While it lives, failures are told with this text: what was being checked.
  class Scope {
   public:
    Scope(Report& report, std::string text) : report_(report) {
      report_.scopes_.push_back(std::move(text));
    }
    ~Scope() { report_.scopes_.pop_back(); }
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    Report& report_;
  };

 private:
  using Clock = std::chrono::steady_clock;

  void fail(const std::string& message);

  std::vector<std::string> scopes_;
  std::string group_, remarks_;
  Clock::time_point began_{};
  std::int64_t passed_ = 0, failed_ = 0, told_ = 0;  // of the group
  std::int64_t all_passed_ = 0, all_failed_ = 0;
  double worst_ = 0;
};

}  // namespace pyrnn::check
