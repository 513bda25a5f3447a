// Instruction sets, threads, schedules, memory: what runs beneath the kernels.
#include "bindings/module.h"

#include <pybind11/stl.h>

#include "cpu/buffer.h"
#include "cpu/schedule.h"
#include "cpu/team.h"
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

void set_threads(int n) {
  if (n < 1) {
    throw py::value_error("num_threads: expected at least 1; got " + std::to_string(n));
  }
  if (n > kMostThreads) {
    throw py::value_error("num_threads: expected at most " + std::to_string(kMostThreads) +
                          "; got " + std::to_string(n));
  }
  set_num_threads(n);
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
  config["cuda"] = false;
  return config;
}

void force(int fuse, int split, std::int64_t chunk, int team) {
  if (team < 0 || team > kMostThreads) throw py::value_error("team: expected 0 to 1024");
  force_schedule({fuse, split, chunk});
  force_team(team);
}

}  // namespace

void register_runtime(py::module_& m) {
  current_table();  // an impossible PYRNN_ISA is told at import
  m.def("available_isas", &available_isas);
  m.def("isa", [] { return current_table().isa; });
  m.def("set_isa", &use_isa, py::arg("name"));
  m.def("get_num_threads", &get_num_threads);
  m.def("set_num_threads", &set_threads, py::arg("n"));
  m.def("build_config", &build_config);
  m.def("force_schedule", &force, py::arg("fuse"), py::arg("split"), py::arg("chunk"),
        py::arg("team"));
  m.def("idle_memory", &pool_idle_bytes);
  m.def("trim_memory", &pool_trim);
}

}  // namespace pyrnn
