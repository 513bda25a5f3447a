// pyrnn._core, the extension: a contents page.
#include "bindings/module.h"

PYBIND11_MODULE(_core, m, pybind11::mod_gil_not_used()) {
  m.doc() = "The compiled kernels of pyrnn. Use them through pyrnn.kernels.native.";
  pyrnn::register_runtime(m);        // instruction sets, threads, schedules, memory
  pyrnn::register_packed(m);         // pack
  pyrnn::register_recurrent(m);      // forward, backward
  pyrnn::register_streams(m);        // chains of layers, sessions that run them step by step
  pyrnn::register_continuations(m);  // what a chain reads, and how it goes on by itself
  pyrnn::register_cell_step(m);      // one step of one layer
  pyrnn::register_arrays(m);       // products, element-wise operations, dropout, softmax, the loss
  pyrnn::register_rows(m);         // rows of a table, looked up and added up
  pyrnn::register_convolution(m);  // filters over sequences, the largest activation of each
  pyrnn::register_crf(m);          // conditional random fields
  pyrnn::register_ctc(m);          // connectionist temporal classification
  pyrnn::register_attention(m);    // weighted means of a sequence, by queries
  pyrnn::register_decoder(m);      // a layer that attends to a memory at each step
  pyrnn::register_updates(m);      // Adam's update, norms
}
