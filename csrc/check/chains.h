// Chains of layers as sessions run them, and what they are to give, in double.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "check/guarded.h"
#include "check/problems.h"
#include "check/random.h"
#include "cpu/engine/chain.h"
#include "cpu/engine/session.h"

namespace pyrnn::check {

/// A link and its numbers, in double; each is one of float32.
struct LinkPlan {
  enum class Kind { kTable, kStack, kAffine, kMap, kScaling };

  Kind kind;
  i64 in, out;                               // of a table V, E
  std::vector<std::vector<double>> numbers;  // weights and biases; of a scaling mean, deviation
  CellTraits cell{};                         // of a stack
  i64 hidden = 0, layers = 0;
  double zoneout = 0;  // of h; of c half as much
  Map map = Map::kTanh;
  bool back = false;

  StackShape shape(const KernelTable& table) const;
};

/// Links one behind the other, each of which reads what the one before gives.
class ChainPlan {
 public:
  explicit ChainPlan(std::string name) : name_(std::move(name)), random_(17) {}

  ChainPlan& table(i64 rows, i64 width);
  /// A cell that projects has half as many outputs as units.
  ChainPlan& stack(const CellTraits& cell, i64 hidden, i64 layers = 1, double zoneout = 0);
  ChainPlan& affine(i64 out, bool bias = true);
  ChainPlan& map(Map map);
  ChainPlan& scaling(bool back);
  /// What stands first reads so many numbers, unless it is a table.
  ChainPlan& reads(i64 width) { return width_ = width, *this; }

  const std::string& name() const { return name_; }
  const std::vector<LinkPlan>& links() const { return links_; }
  bool takes_ids() const { return links_.front().kind == LinkPlan::Kind::kTable; }
  i64 in() const { return links_.front().in; }
  i64 out() const { return width_; }
  /// Terms in the longest sum of a step.
  i64 terms() const;

 private:
  LinkPlan& add(LinkPlan::Kind kind, i64 out);
  std::vector<double> draw(i64 n, double size);

  std::string name_;
  Random random_;
  std::vector<LinkPlan> links_;
  i64 width_ = 0;
};

/// Chains with each cell, behind numbers and behind a table, and some without a stack.
std::vector<ChainPlan> chain_plans(const std::vector<CellTraits>& cells);

/// What a session reads in T steps: numbers [T, I], or ids [T].
struct Reading {
  Reading(const ChainPlan& plan, i64 count, std::uint64_t seed);

  i64 steps;
  std::vector<double> x;
  std::vector<i64> ids;
};

/// What a plan gives of a reading, [T, O]: scalar code in double for its stacks, loops for the
/// rest.
std::vector<double> expected_of(const ChainPlan& plan, const Reading& reading);

/// A plan's chain, and the weights that its stacks stand on.
template <class T>
class Built {
 public:
  Built(const KernelTable& table, const ChainPlan& plan);

  const std::shared_ptr<const Chain<T>>& chain() const { return chain_; }
  Sessions<T> sessions() const { return Sessions<T>(chain_); }

 private:
  std::vector<std::vector<T>> weights_;
  std::shared_ptr<const Chain<T>> chain_;
};

/// A reading as a dtype has it.
template <class T>
struct Given {
  explicit Given(const Reading& reading)
      : x(std::vector<T>(reading.x.begin(), reading.x.end())), ids(reading.ids) {}

  /// The numbers of a step; null where it is an id.
  const T* at(i64 step, i64 width) const { return ids.empty() ? x.data() + step * width : nullptr; }

  Guarded<T> x;
  std::vector<i64> ids;
};

/// The states of a session: h and c of each layer, the lowest first.
template <class T>
Guarded<T> states_of(const Sessions<T>& sessions, i64 slot);

/// What a session gives, [T, O], and what it is left with.
template <class T>
struct Told {
  Guarded<T> y, states;
};

/// Of a session that is alone, step by step.
template <class T>
Told<T> told_alone(const Built<T>& built, const Reading& reading);

}  // namespace pyrnn::check
