#include "check/report.h"

#include <cstdio>

namespace pyrnn::check {
namespace {

/// A broken kernel fails thousands of checks; the first few tell as much.
constexpr std::int64_t kMostTold = 12;

}  // namespace

void Report::begin(const std::string& group) {
  group_ = group;
  remarks_.clear();
  began_ = Clock::now();
  passed_ = failed_ = told_ = 0;
  worst_ = 0;
}

void Report::end() {
  const double seconds = std::chrono::duration<double>(Clock::now() - began_).count();
  std::printf("%-20s %8lld passed %6lld failed %7.1f s", group_.c_str(),
              static_cast<long long>(passed_), static_cast<long long>(failed_), seconds);
  if (worst_ > 0) std::printf("   at most %.2f of the tolerance", worst_);
  std::printf("%s\n", remarks_.c_str());
  std::fflush(stdout);
  all_passed_ += passed_;
  all_failed_ += failed_;
}

int Report::finish() const {
  std::printf("%lld passed, %lld failed\n", static_cast<long long>(all_passed_),
              static_cast<long long>(all_failed_));
  return all_failed_ == 0 ? 0 : 1;
}

void Report::remark(const std::string& text) { remarks_ += "   " + text; }

void Report::fail(const std::string& message) {
  if (++told_ > kMostTold) return;
  std::string where = group_;
  for (const std::string& scope : scopes_) where += " | " + scope;
  std::printf("FAILED %s | %s\n", where.c_str(), message.c_str());
  if (told_ == kMostTold)
    std::printf("FAILED %s: further failures are counted, not told\n", group_.c_str());
  std::fflush(stdout);
}

}  // namespace pyrnn::check
