// The parts of the extension, one file each.
#pragma once

#include <pybind11/pybind11.h>

namespace pyrnn {

void register_runtime(pybind11::module_& m);
void register_packed(pybind11::module_& m);
void register_recurrent(pybind11::module_& m);
void register_cell_step(pybind11::module_& m);
void register_arrays(pybind11::module_& m);
void register_rows(pybind11::module_& m);
void register_convolution(pybind11::module_& m);
void register_crf(pybind11::module_& m);
void register_ctc(pybind11::module_& m);
void register_attention(pybind11::module_& m);
void register_decoder(pybind11::module_& m);
void register_streams(pybind11::module_& m);
void register_continuations(pybind11::module_& m);
void register_updates(pybind11::module_& m);

}  // namespace pyrnn
