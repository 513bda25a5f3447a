// Which instruction set runs. Detected once; PYRNN_ISA=scalar|avx2|avx512|neon overrides.
#pragma once

#include <string>
#include <vector>

#include "cpu/kernels/kernel_table.h"

namespace pyrnn {

/// The kernels that were built and that this CPU can run, the best last.
const std::vector<const KernelTable*>& available_tables();

/// All that were built, whether or not they run here.
std::vector<std::string> built_isas();

/// The kernels in use. Throws std::runtime_error if PYRNN_ISA names what cannot run here.
const KernelTable& current_table();

/// Throws std::invalid_argument if there is no such set here.
void use_isa(const std::string& name);

}  // namespace pyrnn
