// Sequences that are read from their beginnings, and sentences that go on by themselves: what one
// session alone gives of each, step by step, on any threads, in any portions of steps, and on every
// set with FMA. What lies past a length is no id.
#include "cpu/engine/continuation.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "check/call.h"
#include "check/chains.h"
#include "check/comparison.h"
#include "check/exact_team.h"
#include "check/groups.h"

namespace pyrnn::check {
namespace {

constexpr i64 kFirst = 2, kEnd = 3, kMost = 12;

/// B sequences of up to T ids, one of them empty and one whole.
struct Beginnings {
  i64 T, B;
  std::vector<i64> ids, lengths;  // [T, B], [B]
  std::vector<Reading> each;

  Beginnings(const ChainPlan& plan, i64 steps, i64 sequences)
      : T(steps), B(sequences), ids(static_cast<std::size_t>(T * B), -1) {
    Random random(static_cast<std::uint64_t>(T * 31 + B));
    for (i64 b = 0; b < B; ++b) {
      lengths.push_back(b == 0 ? 0 : b == 1 ? T : random.below(T + 1));
      each.emplace_back(plan, lengths.back(), static_cast<std::uint64_t>(b + 1));
      for (i64 t = 0; t < lengths.back(); ++t) {
        ids[static_cast<std::size_t>(t * B + b)] = each.back().ids[static_cast<std::size_t>(t)];
      }
    }
  }
};

template <class T>
std::vector<Guarded<T>> read_all(const Built<T>& built, const Beginnings& of) {
  Readings<T> readings(built.chain(), of.B);
  readings.read(of.ids.data(), of.lengths.data());
  std::vector<Guarded<T>> states;
  for (i64 b = 0; b < of.B; ++b) states.push_back(states_of(readings, b));
  return states;
}

Continuing continuing(i64 V) {
  Continuing how{
      kFirst, kEnd, kMost, std::vector<unsigned char>(static_cast<std::size_t>(V), 1), {1, V - 1}};
  for (const i64 barred : {i64{0}, kFirst}) how.allowed[static_cast<std::size_t>(barred)] = 0;
  return how;
}

/// What a sentence goes on with.
struct Said {
  std::vector<i64> tokens;
  double score = 0;
  bool finished = false;

  bool operator==(const Said& other) const {
    return tokens == other.tokens && finished == other.finished && score == other.score;
  }
};

/// The states of one session, put into another's.
template <class T>
void put(const Guarded<T>& states, const Sessions<T>& sessions, i64 slot) {
  const T* from = states.data();
  for (std::size_t layer = 0; layer < sessions.layers().size(); ++layer) {
    const StackShape& shape = sessions.layers()[layer].stack->shape();
    std::copy_n(from, shape.P, sessions.h(layer, slot));
    from += shape.P;
    T* const c = sessions.c(layer, slot);
    if (!c) continue;
    std::copy_n(from, shape.H, c);
    from += shape.H;
  }
}

/// A sentence by itself, a step at a time, with its choices and sums in plain loops.
template <class T>
Said said_alone(const Built<T>& built, const Guarded<T>& states) {
  Sessions<T> sessions = built.sessions();
  const i64 slot = sessions.ids().slot(sessions.open()), V = built.chain()->out();
  put(states, sessions, slot);
  const Continuing how = continuing(V);
  Guarded<T> z(V);
  Said said;
  for (i64 read = kFirst, step = 0; step < kMost && !said.finished; ++step) {
    sessions.choose_slot(slot);
    sessions.read_ids(&read, 1);
    sessions.step(1, nullptr, z.data());
    for (const i64 id : how.absent) z[id] = -std::numeric_limits<T>::infinity();
    i64 best = -1;
    double sum = 0;
    for (i64 v = 0; v < V; ++v) {
      sum += std::exp(static_cast<double>(z[v]));
      if (how.allowed[static_cast<std::size_t>(v)] && (best < 0 || z[v] > z[best])) best = v;
    }
    said.score += static_cast<double>(z[best]) - std::log(sum);
    said.finished = best == kEnd;
    if (!said.finished) said.tokens.push_back(best);
    read = best;
  }
  return said;
}

/// All sentences at once, so many steps at a time.
template <class T>
std::vector<Said> said_together(const Built<T>& built, const std::vector<Guarded<T>>& states,
                                i64 steps) {
  const i64 B = static_cast<i64>(states.size());
  Continuations<T> going(built.chain(), continuing(built.chain()->out()), B);
  for (i64 b = 0; b < B; ++b) put(states[static_cast<std::size_t>(b)], going, b);
  while (going.run(steps)) {
  }
  std::vector<Said> all;
  for (i64 b = 0; b < B; ++b) {
    const Continued& one = going.sentences()[static_cast<std::size_t>(b)];
    all.push_back({{}, one.score, one.finished});
    for (i64 u = 0; u < one.tokens; ++u) {
      all.back().tokens.push_back(going.tokens()[static_cast<std::size_t>(u * B + b)]);
    }
  }
  return all;
}

template <class T>
void check_states(Report& report, const std::string& name, const std::vector<Guarded<T>>& got,
                  const std::vector<Guarded<T>>& want) {
  for (std::size_t b = 0; b < want.size(); ++b) expect_same_bits(report, name, got[b], want[b]);
}

/// turn: counts what sets take turns at.
template <class T>
void check_beginnings(const Context& context, const ChainPlan& plan, const Beginnings& of,
                      std::uint64_t& turn) {
  Report& report = context.report;
  using All = std::pair<std::vector<Guarded<T>>, std::vector<Said>>;
  std::unique_ptr<All> fused;
  for (const KernelTable* table : context.tables) {
    const Report::Scope scope(report, std::string(table->isa) + " " + Precision<T>::name + " " +
                                          plan.name() + ", " + std::to_string(of.B));
    const Built<T> built(*table, plan);
    std::vector<Guarded<T>> want;
    for (const Reading& reading : of.each) want.push_back(told_alone(built, reading).states);
    const std::vector<Said> plain = said_together(built, want, kMost);
    for (std::size_t b = 0; b < want.size(); ++b) {
      const Said alone = said_alone(built, want[b]);
      report.expect(alone.tokens == plain[b].tokens && alone.finished == plain[b].finished,
                    [] { return "a sentence goes another way than alone"; });
      expect_close(report, "score", Guarded<double>(std::vector<double>{plain[b].score}),
                   {alone.score}, tolerance<T>(kMost * built.chain()->out()));
    }
    for (const int threads : {1, 2, 3, 5}) {
      if (threads > 1 && !context.is_due(table, ++turn)) continue;
      const ExactTeam exact(threads);
      const std::string on = "on " + std::to_string(threads) + " threads";
      check_states(report, on, read_all(built, of), want);
      for (const i64 steps : {i64{1}, i64{5}, kMost}) {
        report.expect(said_together(built, want, steps) == plain,
                      [&] { return on + ", so many steps at a time: other sentences"; });
      }
    }
    if (!fuses(*table)) continue;
    if (!fused) fused = std::make_unique<All>(want, plain);
    check_states(report, "another set", want, fused->first);
    report.expect(plain == fused->second, [] { return "another set: other sentences"; });
  }
}

}  // namespace

void check_continuations(const Context& context) {
  const std::size_t used = pool_used_bytes();
  std::uint64_t turn = 0;
  for (const ChainPlan& plan : chain_plans(cells(*context.tables.front()))) {
    if (!plan.takes_ids() || plan.in() != plan.out()) continue;
    for (const i64 sequences : {1, 5, 40}) {
      const Beginnings of(plan, 6, sequences);
      each_dtype([&](auto zero) { check_beginnings<decltype(zero)>(context, plan, of, turn); });
    }
  }
  context.report.expect(pool_used_bytes() == used, [] { return "blocks were lost"; });
}

}  // namespace pyrnn::check
