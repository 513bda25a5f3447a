// Instruction sets, threads, schedules, memory: what runs beneath the kernels.
#include "bindings/module.h"

#include <pybind11/stl.h>

#include <charconv>
#include <cstdlib>
#include <limits>
#include <stdexcept>
#include <string_view>

#include "cpu/engine/buffer.h"
#include "cpu/engine/schedule.h"
#include "cpu/engine/team.h"
#include "dispatch/dispatch.h"

namespace pyrnn {
namespace {

namespace py = pybind11;

constexpr int kMostThreads = 1024;

std::vector<std::string> available_isas() {
  std::vector<std::string> list;
  for (const KernelTable* table : available_tables()) list.emplace_back(table->isa);
  return list;
}

void expect_between(const char* name, std::int64_t value, std::int64_t least, std::int64_t most) {
  if (value >= least && value <= most) return;
  throw py::value_error(std::string(name) + ": expected " + std::to_string(least) + " to " +
                        std::to_string(most) + "; got " + std::to_string(value));
}

void set_threads(int n) {
  expect_between("num_threads", n, 1, kMostThreads);
  set_num_threads(n);
}

/// PYRNN_NUM_THREADS, where it is set.
void set_threads_from_environment() {
  const char* const given = std::getenv("PYRNN_NUM_THREADS");
  const std::string_view text(given ? given : "");
  if (text.empty()) return;
  int n = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (error != std::errc() || end != text.data() + text.size() || n < 1 || n > kMostThreads) {
    throw std::runtime_error("PYRNN_NUM_THREADS: expected an integer from 1 to " +
                             std::to_string(kMostThreads) + "; got '" + std::string(text) + "'");
  }
  set_num_threads(n);
}

/// A text of any bytes in plain characters, as Python shows bytes: an error's must be Unicode.
std::string printable(const char* text) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string shown;
  for (; *text; ++text) {
    const auto byte = static_cast<unsigned char>(*text);
    if (byte >= 0x20 && byte < 0x7f) {
      shown += *text;
    } else {
      shown += {'\\', 'x', kDigits[byte / 16], kDigits[byte % 16]};
    }
  }
  return shown;
}

/// What the environment chooses; what it cannot choose is told at import.
void follow_environment() {
  try {
    current_table();
    set_threads_from_environment();
  } catch (const std::runtime_error& error) {
    throw std::runtime_error(printable(error.what()));
  }
}

void set_cache_limit(std::int64_t size) {
  expect_between("size", size, 0, std::numeric_limits<std::int64_t>::max());
  pool_set_limit(static_cast<std::size_t>(size));
}

py::dict build_config() {
  py::dict config;
#if defined(__clang__)
  config["compiler"] = "clang " __clang_version__;
#else
  config["compiler"] = "gcc " __VERSION__;
#endif
  config["built_isas"] = built_isas();
  config["available_isas"] = available_isas();
  config["isa"] = current_table().isa;
  config["num_threads"] = get_num_threads();
  config["cache_limit"] = pool_limit();
  config["cuda"] = false;
  return config;
}

void force(int fuse, int split, std::int64_t chunk, int wavefront, int team) {
  expect_between("fuse", fuse, -1, 1);
  expect_between("split", split, -1, 2);
  expect_between("chunk", chunk, -1, std::numeric_limits<std::int64_t>::max());
  expect_between("wavefront", wavefront, -1, 1);
  expect_between("team", team, 0, kMostThreads);
  force_schedule({fuse, split, chunk, wavefront});
  force_team(team);
}

void fail(std::int64_t n, bool forever) {
  expect_between("n", n, 0, std::numeric_limits<std::int64_t>::max());
  fail_allocation(n, forever);
}

}  // namespace

void register_runtime(py::module_& m) {
  follow_environment();
  m.def("available_isas", &available_isas);
  m.def("isa", [] { return current_table().isa; });
  m.def("set_isa", &use_isa, py::arg("name"));
  m.def("get_num_threads", &get_num_threads);
  m.def("set_num_threads", &set_threads, py::arg("n"));
  m.def("build_config", &build_config);
  m.def("force_schedule", &force, py::arg("fuse"), py::arg("split"), py::arg("chunk"),
        py::arg("wavefront"), py::arg("team"));
  m.def("idle_memory", &pool_idle_bytes);
  m.def("used_memory", &pool_used_bytes);
  m.def("fresh_blocks", &pool_fresh_blocks);
  m.def("empty_cache", &pool_trim);
  m.def("get_cache_limit", &pool_limit);
  m.def("set_cache_limit", &set_cache_limit, py::arg("size"));
  m.def("fail_allocation", &fail, py::arg("n"), py::arg("forever"));
  m.def("failed_allocations", &failed_allocations);
}

}  // namespace pyrnn
