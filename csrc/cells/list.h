// The one list of all cells: kernels, checks and bindings iterate it.
//
// To add a cell: a header beside this one, and a line here.
#pragma once

#include "cells/coupled.h"
#include "cells/elman.h"
#include "cells/gru.h"
#include "cells/lstm.h"
#include "cells/normed.h"
#include "cells/peepholes.h"
#include "cells/projection.h"

//      name               recurrence
#define PYRNN_CELLS(X)                                                 \
  X("rnn_tanh", Elman<Tanh>)                                           \
  X("rnn_relu", Elman<Relu>)                                           \
  X("rnn_sigmoid", Elman<Sigmoid>)                                     \
  X("lstm", Lstm)                                                      \
  X("lstm_peephole", PeepholeLstm)                                     \
  X("lstm_coupled", CoupledLstm)                                       \
  X("lstm_coupled_peephole", CoupledPeepholeLstm)                      \
  X("lstm_projected", Projected<Lstm>)                                 \
  X("lstm_peephole_projected", Projected<PeepholeLstm>)                \
  X("lstm_coupled_projected", Projected<CoupledLstm>)                  \
  X("lstm_coupled_peephole_projected", Projected<CoupledPeepholeLstm>) \
  X("lstm_norm", NormedLstm)                                           \
  X("gru", Gru)                                                        \
  X("gru_reset_before", GruResetBefore)                                \
  X("gru_norm", NormedGru)
