// Weights as a cell declares them. Data only: see recurrent.h.
#pragma once

namespace pyrnn {

/// What the rows or the columns of a weight stand for: hidden units (H), inputs (I), outputs (P: as
/// many as units, or as a projection leaves), or nothing (a vector).
enum class Axis : int { kOne, kUnits, kInput, kOutput };

/// `blocks` gate blocks of rows, one below the other, under PyTorch's name.
struct Weight {
  const char* name;
  int blocks;
  Axis rows, columns;
};

constexpr int kMaxWeights = 8;

/// A cell's weights in PyTorch's order.
struct WeightList {
  int count;
  Weight line[kMaxWeights];
};

/// count gate blocks: gate[j] of the weight feeds sum[j].
struct Feed {
  int count;
  int gate[4];
  int sum[4];
};

/// What a product multiplies its weight with: the input, the output of the step before, or what the
/// stage before has left.
enum class Operand : int { kInput, kState, kScratch };

/// A product of a stage: sum[j] += gate[j] of the weight times the operand. A bias, where there is
/// one, goes where its gates go.
struct Term {
  int stage;
  Operand operand;
  int weight, bias;  // places in the list of weights; -1: none
  Feed feed;
};

constexpr int kMaxTerms = 3;

struct TermList {
  int count;
  Term of[kMaxTerms];
};

/// A weight that each unit has to itself, with the unit's own cell state as its operand: the state
/// before the step, or after it.
struct OwnWeight {
  int block, sum;
  bool after;
};

/// All of them are blocks of one weight in the list.
struct OwnWeights {
  int count, weight;
  OwnWeight of[3];
};

}  // namespace pyrnn
