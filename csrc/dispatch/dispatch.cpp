#include "dispatch/dispatch.h"

#include <atomic>
#include <cstdlib>
#include <stdexcept>

namespace pyrnn {

namespace scalar {
extern const KernelTable kTable;
}
#if defined(PYRNN_BUILD_SCALAR_FMA)
namespace scalar_fma {
extern const KernelTable kTable;
}
#endif
#if defined(PYRNN_BUILD_AVX2)
namespace avx2 {
extern const KernelTable kTable;
}
#endif
#if defined(PYRNN_BUILD_AVX512)
namespace avx512 {
extern const KernelTable kTable;
}
#endif
#if defined(PYRNN_BUILD_NEON)
namespace neon {
extern const KernelTable kTable;
}
#endif

namespace {

struct Candidate {
  const KernelTable* table;
  bool runs;
};

/// Everything that was built, the best last.
std::vector<Candidate> candidates() {
  std::vector<Candidate> all{{&scalar::kTable, true}};
#if defined(__x86_64__)
  __builtin_cpu_init();
#endif
#if defined(PYRNN_BUILD_SCALAR_FMA)
  all.push_back(
      {&scalar_fma::kTable, __builtin_cpu_supports("avx") && __builtin_cpu_supports("fma")});
#endif
#if defined(PYRNN_BUILD_AVX2)
  const bool v3 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
                  __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2");
  all.push_back({&avx2::kTable, v3});
#endif
#if defined(PYRNN_BUILD_AVX512)
  const bool v4 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                  __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
                  __builtin_cpu_supports("avx512vl");
  all.push_back({&avx512::kTable, v4});
#endif
#if defined(PYRNN_BUILD_NEON)
  all.push_back({&neon::kTable, true});
#endif
  return all;
}

std::string names(const std::vector<const KernelTable*>& tables) {
  std::string list;
  for (const KernelTable* table : tables) {
    if (!list.empty()) list += ", ";
    list += table->isa;
  }
  return list;
}

const KernelTable* find(const std::string& name) {
  for (const KernelTable* table : available_tables()) {
    if (name == table->isa) return table;
  }
  return nullptr;
}

const KernelTable* first_choice() {
  const char* const wanted = std::getenv("PYRNN_ISA");
  if (!wanted || !*wanted) return available_tables().back();
  if (const KernelTable* table = find(wanted)) return table;
  throw std::runtime_error("PYRNN_ISA: expected one of " + names(available_tables()) +
                           " on this machine; got '" + wanted + "'");
}

std::atomic<const KernelTable*> current{nullptr};

}  // namespace

const std::vector<const KernelTable*>& available_tables() {
  static const std::vector<const KernelTable*> tables = [] {
    std::vector<const KernelTable*> runnable;
    for (const Candidate& candidate : candidates()) {
      if (candidate.runs) runnable.push_back(candidate.table);
    }
    return runnable;
  }();
  return tables;
}

std::vector<std::string> built_isas() {
  std::vector<std::string> built;
  for (const Candidate& candidate : candidates()) built.emplace_back(candidate.table->isa);
  return built;
}

const KernelTable& current_table() {
  const KernelTable* table = current.load(std::memory_order_acquire);
  if (!table) {
    table = first_choice();
    current.store(table, std::memory_order_release);
  }
  return *table;
}

void use_isa(const std::string& name) {
  const KernelTable* table = find(name);
  if (!table) {
    throw std::invalid_argument("isa: expected one of " + names(available_tables()) +
                                " on this machine; got '" + name + "'");
  }
  current.store(table, std::memory_order_release);
}

}  // namespace pyrnn
