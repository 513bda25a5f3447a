#include "check/options.h"

#include <algorithm>
#include <stdexcept>

namespace pyrnn::check {

Options Options::parse(int argc, const char* const* argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument == "--long") {
      options.extended = true;
    } else if (argument == "--hash") {
      options.hash = true;
    } else if (argument == "--list") {
      options.list = true;
    } else if (argument == "--help") {
      options.help = true;
    } else if (argument == "--isa" || argument == "--skip") {
      if (++i == argc) throw std::invalid_argument(argument + ": expected a name");
      if (argument == "--isa") options.isa = argv[i];
      if (argument == "--skip") options.skipped.push_back(argv[i]);
    } else if (argument.rfind("-", 0) == 0) {
      throw std::invalid_argument(argument + ": no such option");
    } else {
      options.groups.push_back(argument);
    }
  }
  return options;
}

const char* Options::usage() {
  return "usage: pyrnn_check [--long] [--isa NAME] [--hash] [--list] [--skip GROUP] [GROUP ...]\n"
         "  Checks the kernels; exits with 1 if anything failed.\n"
         "  GROUP       only these groups of checks\n"
         "  --skip G    all groups but this one\n"
         "  --long      more shapes, more schedules, more samples (minutes)\n"
         "  --isa NAME  only this instruction set\n"
         "  --hash      print a hash of the kernels' results instead, to compare machines by\n"
         "  --list      name the groups and the instruction sets\n";
}

bool Options::wants(const std::string& group) const {
  const auto among = [&](const std::vector<std::string>& names) {
    return std::find(names.begin(), names.end(), group) != names.end();
  };
  return (groups.empty() || among(groups)) && !among(skipped);
}

}  // namespace pyrnn::check
