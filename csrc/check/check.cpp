// pyrnn_check: the kernels against each other and against definitions, without Python. See
// csrc/README.md.
#include <cstdio>
#include <exception>
#include <stdexcept>

#include "check/groups.h"
#include "check/random.h"
#include "check/sanitizers.h"
#include "check/watchdog.h"
#include "dispatch/dispatch.h"

#if defined(__GLIBC__)
#include <malloc.h>
#endif

namespace pyrnn::check {

bool Context::is_due(const KernelTable* table, std::uint64_t turn) const {
  // Drawn, since turns come in the order of cells, shapes and dtypes: counted round, a shape would
  // meet the same set in every cell.
  const auto due = Random(turn).below(static_cast<std::int64_t>(tables.size()));
  return options.extended || tables[static_cast<std::size_t>(due)] == table;
}

namespace {

#if defined(PYRNN_CHECK_THREAD_SANITIZER) || defined(PYRNN_CHECK_ADDRESS_SANITIZER)
constexpr unsigned kPatienceSeconds = 3600;
#else
constexpr unsigned kPatienceSeconds = 600;
#endif

struct Group {
  const char* name;
  const char* text;
  void (*check)(const Context&);
};

constexpr Group kGroups[] = {
    {"finite_differences", "gradients of scalar code in double against differences",
     check_finite_differences},
    {"activations", "sigmoid, tanh, exp, log in ulp; special values; tails", check_activations},
    {"products", "matrix products in every transpose", check_products},
    {"losses", "the fused cross-entropy", check_losses},
    {"likeliest", "the largest numbers of rows", check_likeliest},
    {"updates", "optimizer steps and norms", check_updates},
    {"rows", "rows looked up and added up", check_rows},
    {"convolution", "filters over sequences, their maxima, the way back", check_convolution},
    {"crf", "random fields: likelihood, marginals, gradients, the best paths", check_crf},
    {"ctc", "temporal classification: losses and gradients, near and far", check_ctc},
    {"system", "the CPUs and caches that the system tells of", check_system},
    {"memory", "the pool: what it reuses, keeps and gives back", check_memory},
    {"cells", "every cell against scalar code in double, forward and backward", check_cells},
    {"schedules", "the same bits on any threads and schedule", check_schedules},
    {"bits", "the same bits repeated, alone, and on every set with FMA", check_bits},
    {"training", "a hundred steps of training: the same bits on every set with FMA",
     check_training},
    {"decoder", "cells that attend at each step: right, the same bits on any threads and set",
     check_decoder},
    {"sessions", "streams: steps, blocks, pools: right, the same bits in every way",
     check_sessions},
    {"continuations", "sequences read from their beginnings and gone on with, as one alone",
     check_continuations},
    {"absences", "empty calls, missing gradients, kept workspaces", check_absences},
    {"exhaustion", "each allocation of a call fails in turn", check_exhaustion},
    {"dropout", "the masks of dropout", check_dropout},
    {"team", "the threads under stress", check_team},
    {"fork", "calls in forked children", check_fork},
};

std::vector<const KernelTable*> tables_of(const Options& options) {
  std::vector<const KernelTable*> tables;
  for (const KernelTable* table : available_tables()) {
    if (options.isa.empty() || options.isa == table->isa) tables.push_back(table);
  }
  if (tables.empty()) throw std::invalid_argument("--isa: " + options.isa + " does not run here");
  return tables;
}

void expect_known(const Options& options) {
  std::vector<std::string> names = options.groups;
  names.insert(names.end(), options.skipped.begin(), options.skipped.end());
  for (const std::string& name : names) {
    bool known = false;
    for (const Group& group : kGroups) known = known || name == group.name;
    if (!known) throw std::invalid_argument(name + ": no group is called so; see --list");
  }
}

void print_list() {
  for (const Group& group : kGroups) std::printf("%-20s %s\n", group.name, group.text);
  std::printf("instruction sets built:");
  for (const std::string& isa : built_isas()) std::printf(" %s", isa.c_str());
  std::printf("\ninstruction sets that run here:");
  for (const KernelTable* table : available_tables()) std::printf(" %s", table->isa);
  std::printf("\n");
}

void run_group(const Group& group, const Context& context) {
  const Watchdog watchdog(group.name, context.options.extended ? 3600 : kPatienceSeconds);
  context.report.begin(group.name);
  try {
    group.check(context);
  } catch (const std::exception& error) {
    context.report.expect(false, [&] { return std::string("stopped by: ") + error.what(); });
  }
  context.report.end();
}

int run(const Options& options) {
  Report report;
  const Context context{report, options, tables_of(options)};
  if (options.hash) {
    print_hashes(context);
    return 0;
  }
  std::printf("instruction sets:");
  for (const KernelTable* table : context.tables) std::printf(" %s", table->isa);
  std::printf("\n");
  for (const Group& group : kGroups) {
    if (options.wants(group.name)) run_group(group, context);
  }
  return report.finish();
}

}  // namespace
}  // namespace pyrnn::check

int main(int argc, char** argv) {
  using namespace pyrnn::check;
#if defined(__GLIBC__)
  mallopt(M_PERTURB,
          0x80);  // fresh memory is 0x7f7f...: 3e38, so that nothing unwritten is read unseen
#endif
  try {
    const Options options = Options::parse(argc, argv);
    expect_known(options);
    if (options.help) return std::fputs(Options::usage(), stdout) < 0;
    if (options.list) return print_list(), 0;
    return run(options);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "pyrnn_check: %s\n%s", error.what(), Options::usage());
    return 2;
  }
}
