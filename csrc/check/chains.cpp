#include "check/chains.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "check/call.h"
#include "check/exact_team.h"
#include "cpu/engine/stack.h"
#include "dispatch/dispatch.h"

namespace pyrnn::check {
namespace {

using Kind = LinkPlan::Kind;

template <class T>
std::vector<T> narrowed(const std::vector<double>& values) {
  return std::vector<T>(values.begin(), values.end());
}

template <class T>
Buffer<T> buffer_of(const std::vector<double>& values) {
  Buffer<T> made(static_cast<i64>(values.size()));
  for (i64 i = 0; i < made.size(); ++i)
    made[i] = static_cast<T>(values[static_cast<std::size_t>(i)]);
  return made;
}

/// The stack of a plan, and the weights that it stands on.
template <class T>
std::shared_ptr<PackedStack<T>> packed(const KernelTable& table, const LinkPlan& link,
                                       std::vector<std::vector<T>>& weights) {
  const std::size_t first = weights.size();
  for (const auto& numbers : link.numbers) weights.push_back(narrowed<T>(numbers));
  std::vector<const T*> pointers;
  for (std::size_t i = first; i < weights.size(); ++i) pointers.push_back(weights[i].data());
  return std::make_shared<PackedStack<T>>(table, link.shape(table), pointers.data());
}

const KernelTable& scalar_table() {
  for (const KernelTable* table : available_tables()) {
    if (std::strcmp(table->isa, "scalar") == 0) return *table;
  }
  return *available_tables().front();
}

std::vector<double> stack_of(const LinkPlan& link, const std::vector<double>& x, i64 steps) {
  std::vector<std::vector<double>> weights;
  StackInput<double> input{};
  input.time = steps;
  input.batch = 1;
  input.x = x.data();
  const ExactTeam alone(1);
  StackCall<double> call(packed<double>(scalar_table(), link, weights), input, Keep::kNothing);
  std::vector<double> h(static_cast<std::size_t>(link.layers * link.out));
  std::vector<double> c(static_cast<std::size_t>(link.layers * link.hidden));
  call.forward({h.data(), link.cell.has_cell ? c.data() : nullptr, nullptr});
  return std::vector<double>(call.y()->get(), call.y()->get() + call.y()->size());
}

std::vector<double> affine_of(const LinkPlan& link, const std::vector<double>& x, i64 steps) {
  const auto &weight = link.numbers[0], &bias = link.numbers[1];
  std::vector<double> y;
  for (i64 t = 0; t < steps; ++t) {
    for (i64 n = 0; n < link.out; ++n) {
      double sum = bias.empty() ? 0 : bias[static_cast<std::size_t>(n)];
      for (i64 k = 0; k < link.in; ++k) {
        sum += weight[static_cast<std::size_t>(n * link.in + k)] *
               x[static_cast<std::size_t>(t * link.in + k)];
      }
      y.push_back(sum);
    }
  }
  return y;
}

double mapped(Map map, double x) {
  if (map == Map::kRelu) return std::max(x, 0.0);
  return map == Map::kTanh ? std::tanh(x) : 1 / (1 + std::exp(-x));
}

}  // namespace

StackShape LinkPlan::shape(const KernelTable& table) const {
  return {cell_index(table, cell.name),   in, hidden, out, layers, 1, true, 0, zoneout,
          cell.has_cell ? zoneout / 2 : 0};
}

LinkPlan& ChainPlan::add(Kind kind, i64 out) {
  links_.push_back({kind, width_, out, {}});
  width_ = out;
  return links_.back();
}

std::vector<double> ChainPlan::draw(i64 n, double size) {
  std::vector<double> numbers(static_cast<std::size_t>(n));
  for (double& each : numbers) each = static_cast<double>(float(size * random_.uniform()));
  return numbers;
}

ChainPlan& ChainPlan::table(i64 rows, i64 width) {
  width_ = rows;
  add(Kind::kTable, width).numbers = {draw(rows * width, 1.5)};
  return *this;
}

ChainPlan& ChainPlan::stack(const CellTraits& cell, i64 hidden, i64 layers, double zoneout) {
  const i64 in = width_, out = cell.projects ? (hidden + 1) / 2 : hidden;
  const Shape shape{
      .T = 1, .B = 1, .I = in, .H = hidden, .P = cell.projects ? out : 0, .L = layers};
  LinkPlan& link = add(Kind::kStack, out);
  link.cell = cell;
  link.hidden = hidden;
  link.layers = layers;
  link.zoneout = zoneout;
  for (i64 layer = 0; layer < layers; ++layer) {
    for (const WeightShape& weight : weight_shapes(cell, shape, layer)) {
      link.numbers.push_back(draw(weight.size(), weight.scale));
    }
  }
  return *this;
}

ChainPlan& ChainPlan::affine(i64 out, bool bias) {
  const double size = 1.5 / std::sqrt(static_cast<double>(width_));
  LinkPlan& link = add(Kind::kAffine, out);
  link.numbers = {draw(link.in * out, size), draw(bias ? out : 0, 1)};
  return *this;
}

ChainPlan& ChainPlan::map(Map map) {
  add(Kind::kMap, width_).map = map;
  return *this;
}

ChainPlan& ChainPlan::scaling(bool back) {
  LinkPlan& link = add(Kind::kScaling, width_);
  link.back = back;
  link.numbers = {draw(link.in, 3), draw(link.in, 1)};
  for (double& deviation : link.numbers[1]) deviation = 1.25 + deviation;
  return *this;
}

i64 ChainPlan::terms() const {
  i64 sum = 0;
  for (const LinkPlan& link : links_) {
    sum += link.kind == Kind::kStack ? link.layers * (link.in + link.hidden + 8) : link.in;
  }
  return sum + 8;
}

std::vector<ChainPlan> chain_plans(const std::vector<CellTraits>& cells) {
  std::vector<ChainPlan> plans;
  for (const CellTraits& cell : cells) {
    plans.push_back(ChainPlan("numbers, " + cell.name).reads(5).scaling(false).stack(cell, 21, 2));
    plans.back().affine(70).map(Map::kTanh).affine(3, false).scaling(true);
    plans.push_back(ChainPlan("ids, " + cell.name).table(11, 6).stack(cell, 20, 1, 0.2).affine(11));
  }
  const CellTraits &first = cells.front(), &last = cells.back();
  plans.push_back(ChainPlan("a table").table(7, 17));
  plans.push_back(ChainPlan("a table, no stack behind").table(9, 6).affine(9).map(Map::kRelu));
  plans.back().stack(first, 33).map(Map::kSigmoid);
  plans.push_back(ChainPlan("no memory").reads(3).affine(130).map(Map::kSigmoid).affine(1));
  plans.push_back(ChainPlan("two stacks").reads(1).stack(last, 1).stack(first, 40, 2, 0.3));
  return plans;
}

Reading::Reading(const ChainPlan& plan, i64 count, std::uint64_t seed) : steps(count) {
  Random random(seed);
  for (i64 t = 0; t < count; ++t) {
    if (plan.takes_ids()) ids.push_back(random.below(plan.in()));
    for (i64 i = 0; !plan.takes_ids() && i < plan.in(); ++i) {
      x.push_back(static_cast<double>(float(2 * random.uniform())));
    }
  }
}

std::vector<double> expected_of(const ChainPlan& plan, const Reading& reading) {
  std::vector<double> x = reading.x;
  for (const LinkPlan& link : plan.links()) {
    if (link.kind == Kind::kTable) {
      for (const i64 id : reading.ids) {
        const auto row = link.numbers[0].begin() + id * link.out;
        x.insert(x.end(), row, row + link.out);
      }
    } else if (link.kind == Kind::kStack) {
      x = stack_of(link, x, reading.steps);
    } else if (link.kind == Kind::kAffine) {
      x = affine_of(link, x, reading.steps);
    }
    for (std::size_t i = 0; i < x.size(); ++i) {
      const std::size_t k = i % static_cast<std::size_t>(link.out);
      if (link.kind == Kind::kMap) x[i] = mapped(link.map, x[i]);
      if (link.kind != Kind::kScaling) continue;
      const double mean = link.numbers[0][k], deviation = link.numbers[1][k];
      x[i] = link.back ? x[i] * deviation + mean : (x[i] - mean) / deviation;
    }
  }
  return x;
}

template <class T>
Built<T>::Built(const KernelTable& table, const ChainPlan& plan) {
  std::vector<Link<T>> links;
  for (const LinkPlan& link : plan.links()) {
    const auto& numbers = link.numbers;
    if (link.kind == Kind::kTable) {
      links.push_back(Table<T>{link.in, link.out, buffer_of<T>(numbers[0])});
    } else if (link.kind == Kind::kStack) {
      links.push_back(Recurrence<T>{packed<T>(table, link, weights_), {}});
    } else if (link.kind == Kind::kAffine) {
      const std::vector<T> weight = narrowed<T>(numbers[0]), bias = narrowed<T>(numbers[1]);
      links.push_back(
          affine<T>(weight.data(), bias.empty() ? nullptr : bias.data(), link.in, link.out));
    } else if (link.kind == Kind::kMap) {
      links.push_back(link.map);
    } else {
      links.push_back(Scaling{link.in, buffer_of<double>(numbers[0]), buffer_of<double>(numbers[1]),
                              link.back});
    }
  }
  chain_ = std::make_shared<const Chain<T>>(table, std::move(links));
}

template <class T>
Guarded<T> states_of(const Sessions<T>& sessions, i64 slot) {
  std::vector<T> all;
  for (std::size_t layer = 0; layer < sessions.layers().size(); ++layer) {
    const StackShape& shape = sessions.layers()[layer].stack->shape();
    all.insert(all.end(), sessions.h(layer, slot), sessions.h(layer, slot) + shape.P);
    const T* const c = sessions.c(layer, slot);
    if (c) all.insert(all.end(), c, c + shape.H);
  }
  return Guarded<T>(all);
}

template <class T>
Told<T> told_alone(const Built<T>& built, const Reading& reading) {
  Sessions<T> sessions = built.sessions();
  const i64 slot = sessions.ids().slot(sessions.open());
  const i64 I = built.chain()->in(), O = built.chain()->out();
  const Given<T> given(reading);
  Told<T> told{Guarded<T>(reading.steps * O), {}};
  for (i64 t = 0; t < reading.steps; ++t) {
    sessions.choose_slot(slot);
    if (!given.ids.empty()) sessions.read_ids(given.ids.data() + t, 1);
    sessions.step(1, given.at(t, I), told.y.data() + t * O);
  }
  told.states = states_of(sessions, slot);
  return told;
}

template class Built<float>;
template class Built<double>;
template Guarded<float> states_of(const Sessions<float>&, i64);
template Guarded<double> states_of(const Sessions<double>&, i64);
template Told<float> told_alone(const Built<float>&, const Reading&);
template Told<double> told_alone(const Built<double>&, const Reading&);

}  // namespace pyrnn::check
