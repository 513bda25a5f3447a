// Sessions of chains: what each says against loops and scalar code in double; and the same bits
// step by step, in blocks, together with any others, on any threads, in a slot that another one
// had, and on every set with FMA. Calls that are refused, or run out of memory, change no session.
#include "cpu/engine/session.h"

#include <algorithm>
#include <limits>
#include <memory>
#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

#include "check/call.h"
#include "check/chains.h"
#include "check/comparison.h"
#include "check/each_failure.h"
#include "check/exact_team.h"
#include "check/groups.h"

namespace pyrnn::check {
namespace {

constexpr i64 kSteps = 7, kSessions = 13;  // enough of them for a team

std::vector<Reading> readings(const ChainPlan& plan) {
  std::vector<Reading> all;
  for (i64 k = 0; k < kSessions; ++k) {
    all.emplace_back(plan, kSteps, static_cast<std::uint64_t>(k + 1));
  }
  return all;
}

template <class T>
void expect_same(Report& report, const std::string& name, const Told<T>& got, const Told<T>& want) {
  expect_same_bits(report, name, got.y, want.y);
  expect_same_bits(report, name + ": states", got.states, want.states);
  report.expect(got.y.intact(), [&] { return name + ": written beyond its end"; });
}

/// Blocks of steps, an empty one among them.
template <class T>
Told<T> in_blocks(const Built<T>& built, const Reading& reading) {
  Sessions<T> sessions = built.sessions();
  const i64 slot = sessions.ids().slot(sessions.open());
  const i64 I = built.chain()->in(), O = built.chain()->out();
  const Given<T> given(reading);
  Told<T> told{Guarded<T>(reading.steps * O), {}};
  const i64 cuts[] = {0, 3, 3, 4, reading.steps};
  for (int k = 0; k < 4; ++k) {
    const i64 first = cuts[k];
    sessions.run(slot, cuts[k + 1] - first, given.at(first, I),
                 given.ids.empty() ? nullptr : given.ids.data() + first, told.y.data() + first * O);
  }
  told.states = states_of(sessions, slot);
  return told;
}

/// Many sessions, some of which step at a time, in any order or side by side; each goes through its
/// reading.
template <class T>
std::vector<Told<T>> together(const Built<T>& built, const std::vector<Reading>& all) {
  Sessions<T> sessions = built.sessions();
  const i64 I = built.chain()->in(), O = built.chain()->out(), n = static_cast<i64>(all.size());
  std::vector<Given<T>> given(all.begin(), all.end());
  std::vector<Told<T>> told;
  std::vector<i64> ids, done(all.size(), 0);
  for (i64 k = 0; k < n; ++k) {
    ids.push_back(sessions.open());
    told.push_back({Guarded<T>(all[0].steps * O), {}});
  }
  Random random(5);
  for (i64 call = 0;; ++call) {
    std::vector<i64> who;
    for (i64 k = 0; k < n; ++k) {
      const bool left = done[static_cast<std::size_t>(k)] < all[0].steps;
      if (left && (call % 3 == 0 || random.below(3) > 0)) who.push_back(k);
    }
    if (call % 3 == 0 && who.empty()) break;
    if (call % 2) std::reverse(who.begin(), who.end());
    const i64 count = static_cast<i64>(who.size());
    Guarded<T> x(given[0].ids.empty() ? count * I : 0), out(count * O);
    std::vector<i64> chosen, tokens;
    for (i64 row = 0; row < count; ++row) {
      const auto k = static_cast<std::size_t>(who[static_cast<std::size_t>(row)]);
      chosen.push_back(ids[k]);
      if (!given[k].ids.empty()) tokens.push_back(given[k].ids[static_cast<std::size_t>(done[k])]);
      if (x.size() > 0) std::copy_n(given[k].at(done[k], I), I, x.data() + row * I);
    }
    sessions.choose(chosen.data(), count);
    if (!tokens.empty()) sessions.read_ids(tokens.data(), count);
    sessions.step(count, tokens.empty() ? x.data() : nullptr, out.data());
    for (i64 row = 0; row < count; ++row) {
      const auto k = static_cast<std::size_t>(who[static_cast<std::size_t>(row)]);
      std::copy_n(out.data() + row * O, O, told[k].y.data() + done[k]++ * O);
    }
  }
  for (i64 k = 0; k < n; ++k) {
    told[static_cast<std::size_t>(k)].states =
        states_of(sessions, sessions.ids().slot(ids[static_cast<std::size_t>(k)]));
  }
  return told;
}

/// A session in a slot that another one had, in the midst of open ones, and one that begins anew.
template <class T>
void check_slots(Report& report, const Built<T>& built, const Reading& reading,
                 const Reading& other, const Told<T>& want) {
  Sessions<T> sessions = built.sessions();
  const i64 O = built.chain()->out(), I = built.chain()->in();
  const Given<T> given(reading), before(other);
  const auto run = [&](i64 slot, const Given<T>& from, i64 steps, T* to) {
    sessions.run(slot, steps, from.at(0, I), from.ids.empty() ? nullptr : from.ids.data(), to);
  };
  const i64 first = sessions.open(), second = sessions.open();
  Guarded<T> y(kSteps * O);
  run(sessions.ids().slot(first), before, kSteps, y.data());
  sessions.close(sessions.ids().slot(first));
  report.expect(sessions.ids().slot(first) < 0, [] { return "a closed session is open"; });
  const i64 third = sessions.open();
  report.expect(third != first && third != second, [] { return "an id was given again"; });
  for (int twice = 0; twice < 2; ++twice) {
    Told<T> told{Guarded<T>(kSteps * O), {}};
    run(sessions.ids().slot(third), given, kSteps, told.y.data());
    told.states = states_of(sessions, sessions.ids().slot(third));
    expect_same(report, twice ? "begun anew" : "in a slot of another", told, want);
    sessions.reset(sessions.ids().slot(third));
  }
}

template <class E, class F>
void expect_refused(Report& report, const char* what, F&& call) {
  bool refused = false;
  try {
    call();
  } catch (const E&) {
    refused = true;
  }
  report.expect(refused, [&] { return std::string(what) + ": not refused"; });
}

/// Ids that are none, and memory that is not there: the sessions are as they were.
template <class T>
void check_refusals(Report& report, const Built<T>& built, const Reading& reading) {
  Sessions<T> sessions = built.sessions();
  std::vector<i64> ids;
  ids.reserve(8);  // it is not this that is to run out of memory
  for (i64 k = 0; k < 4; ++k) ids.push_back(sessions.open());
  const Given<T> given(reading);
  const i64 I = built.chain()->in(), slot = sessions.ids().slot(ids[0]);
  const i64* const tokens = given.ids.empty() ? nullptr : given.ids.data();
  Guarded<T> y(kSteps * built.chain()->out());
  sessions.run(slot, kSteps, given.at(0, I), tokens, y.data());
  const Guarded<T> before = states_of(sessions, slot);
  const auto as_it_was = [&](const char* what) {
    expect_same_bits(report, what, states_of(sessions, slot), before);
    report.expect(sessions.ids().opened() == 4, [&] { return std::string(what) + ": opened"; });
  };
  const i64 none = std::numeric_limits<i64>::max();
  for (const std::vector<i64>& wrong :
       std::vector<std::vector<i64>>{{ids[0], ids[1], ids[0]}, {ids[0], -1}, {none}, {ids[0], 4}}) {
    expect_refused<std::invalid_argument>(
        report, "ids", [&] { sessions.choose(wrong.data(), static_cast<i64>(wrong.size())); });
  }
  for (const i64 wrong : {i64{-1}, built.chain()->vocabulary(), none}) {
    if (!built.chain()->takes_ids()) break;
    expect_refused<std::out_of_range>(report, "a token", [&] { sessions.read_ids(&wrong, 1); });
  }
  as_it_was("refused");
  for (const bool forever : {false, true}) {
    const i64 opening = each_failure(forever, [&](auto&& failing) {
      if (failing([&] { ids.push_back(sessions.open()); })) return as_it_was("open");
      sessions.close(sessions.ids().slot(ids.back()));
      ids.pop_back();
    });
    const i64 running = each_failure(forever, [&](auto&& failing) {
      Sessions<T> again = built.sessions();
      const i64 own = again.ids().slot(again.open());
      again.run(own, kSteps, given.at(0, I), tokens, y.data());
      const bool out = failing([&] { again.run(own, kSteps, given.at(0, I), tokens, y.data()); });
      if (out) expect_same_bits(report, "run", states_of(again, own), before);
    });
    const bool stacks = before.size() > 0;
    report.expect(opening > 0 || forever, [] { return "open: no allocation failed"; });
    report.expect(running > 0 || !stacks, [] { return "run: no allocation failed"; });
  }
}

/// turn: counts what sets take turns at.
template <class T>
void check_plan(const Context& context, const ChainPlan& plan, std::uint64_t& turn) {
  Report& report = context.report;
  const std::vector<Reading> all = readings(plan);
  const std::vector<double> expected = expected_of(plan, all[0]);
  std::unique_ptr<Told<T>> fused;
  for (const KernelTable* table : context.tables) {
    const Report::Scope scope(
        report, std::string(table->isa) + " " + Precision<T>::name + " " + plan.name());
    const Built<T> built(*table, plan);
    std::vector<Told<T>> want;
    for (const Reading& reading : all) want.push_back(told_alone(built, reading));
    expect_close(report, "y", want[0].y, expected, tolerance<T>(plan.terms()));
    for (const int threads : {1, 2, 3, 5}) {
      if (threads > 1 && !context.is_due(table, ++turn)) continue;
      const ExactTeam exact(threads);
      const std::string on = ", " + std::to_string(threads) + " threads";
      expect_same(report, "in blocks" + on, in_blocks(built, all[0]), want[0]);
      const std::vector<Told<T>> got = together(built, all);
      for (std::size_t k = 0; k < got.size(); ++k) {
        expect_same(report, "together" + on, got[k], want[k]);
      }
    }
    check_slots(report, built, all[0], all[1], want[0]);
    check_refusals(report, built, all[2]);
    if (!fuses(*table)) continue;
    if (!fused) fused = std::make_unique<Told<T>>(want[0]);
    expect_same(report, "another set", want[0], *fused);
  }
}

}  // namespace

void check_sessions(const Context& context) {
  const std::size_t used = pool_used_bytes();
  std::uint64_t turn = 0;
  for (const ChainPlan& plan : chain_plans(cells(*context.tables.front()))) {
    each_dtype([&](auto zero) { check_plan<decltype(zero)>(context, plan, turn); });
  }
  context.report.expect(pool_used_bytes() == used, [] { return "blocks were lost"; });
}

}  // namespace pyrnn::check
