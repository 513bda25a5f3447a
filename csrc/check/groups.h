// The groups of checks, in the order in which they run. Each has a file of its name.
#pragma once

#include <cstdint>
#include <vector>

#include "check/options.h"
#include "check/report.h"
#include "cpu/kernels/kernel_table.h"

namespace pyrnn::check {

struct Context {
  Report& report;
  const Options& options;
  std::vector<const KernelTable*> tables;  // the instruction sets to check

  /// Whether a set has its turn with what takes long and does not depend on the set, as threads
  /// that outnumber the processors. Every set has it in the long form; in the short one they are
  /// dealt out, a set each turn.
  bool is_due(const KernelTable* table, std::uint64_t turn) const;
};

void check_finite_differences(const Context&);
void check_activations(const Context&);
void check_products(const Context&);
void check_losses(const Context&);
void check_likeliest(const Context&);
void check_updates(const Context&);
void check_rows(const Context&);
void check_convolution(const Context&);
void check_crf(const Context&);
void check_ctc(const Context&);
void check_decoder(const Context&);
void check_sessions(const Context&);
void check_continuations(const Context&);
void check_cells(const Context&);
void check_schedules(const Context&);
void check_bits(const Context&);
void check_training(const Context&);
void check_absences(const Context&);
void check_dropout(const Context&);
void check_system(const Context&);
void check_memory(const Context&);
void check_exhaustion(const Context&);
void check_team(const Context&);
void check_fork(const Context&);

/// Prints hashes of results, for comparison with another machine's.
void print_hashes(const Context&);

/// Whether a table's kernels round a product and a sum once (FMA) or twice: those that do it once
/// must agree in every bit.
bool fuses(const KernelTable& table);

/// f(T()) for float and double.
template <class F>
void each_dtype(F&& f) {
  f(float());
  f(double());
}

}  // namespace pyrnn::check
