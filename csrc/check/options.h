// What the command line asks for.
#pragma once

#include <string>
#include <vector>

namespace pyrnn::check {

struct Options {
  bool extended = false;             // --long
  bool hash = false;                 // --hash
  bool list = false;                 // --list
  bool help = false;                 // --help
  std::string isa;                   // --isa NAME; empty: all that run here
  std::vector<std::string> groups;   // names on the command line; empty: all
  std::vector<std::string> skipped;  // --skip NAME

  /// Throws std::invalid_argument with what to print.
  static Options parse(int argc, const char* const* argv);
  static const char* usage();

  bool wants(const std::string& group) const;
};

}  // namespace pyrnn::check
