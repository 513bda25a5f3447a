// The one list of all cells: kernels, checks and bindings iterate it.
//
// To add a cell: a header beside this one, and a line here.
#pragma once

#include "cells/elman.h"
#include "cells/gru.h"
#include "cells/lstm.h"

//      name               recurrence
#define PYRNN_CELLS(X)             \
  X("rnn_tanh", Elman<Tanh>)       \
  X("rnn_relu", Elman<Relu>)       \
  X("rnn_sigmoid", Elman<Sigmoid>) \
  X("lstm", Lstm)                  \
  X("gru", Gru)                    \
  X("gru_reset_before", GruResetBefore)
