// What the files of a Linux system tell: which share of the CPUs a process may use, and the sizes
// of their caches. Nothing is allocated, so threads of a task may ask.
#pragma once

#include <cstddef>

#include "cpu/engine/system.h"

namespace pyrnn {

/// Room for a path; its end included.
constexpr std::size_t kPathBytes = 1024;

/// The fewest CPUs whose whole time the control groups of this process allow it, at least 1; 0
/// where none has a limit. A group binds all groups below it. `root` stands before the paths of all
/// files: for tests.
int quota_cpus(const char* root = "");

/// The caches of a CPU; 0 bytes for what nothing tells.
CacheBytes cache_bytes_of(int cpu, const char* root = "");

}  // namespace pyrnn
