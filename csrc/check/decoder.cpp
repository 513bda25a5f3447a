// Decoders with attention: every cell that may be one against scalar code in double, the same bits
// on any threads, step by step, and on every set with FMA. What lies past a length is NaN, or an id
// that is none. That attention is what the papers say is for tests/kernels, as it is for cells.
#include "cpu/engine/decoder.h"

#include <algorithm>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "check/call.h"
#include "check/comparison.h"
#include "check/exact_team.h"
#include "check/groups.h"
#include "check/hard.h"
#include "check/random.h"
#include "dispatch/dispatch.h"

namespace pyrnn::check {
namespace {

/// A is that of keys; 0: q is h itself. V rows of a table; 0: x is dense.
struct Sizes {
  i64 T, S, B, I, H, E, A = 0, V = 0;
  bool additive = true, ragged = false, states = true;
};

std::string text_of(const Sizes& s) {
  std::string text = s.additive ? "additive" : "multiplicative";
  if (s.ragged) text += " ragged";
  for (const i64 n : {s.T, s.S, s.B, s.I, s.H, s.E, s.A, s.V}) text += " " + std::to_string(n);
  return text;
}

/// The numbers of a problem, in double.
struct Numbers {
  std::vector<double> x, table, keys, values, weight, projection, h0, c0, dy, dcontext, dh_n, dc_n;
  std::vector<std::vector<double>> weights;  // of the layer
  std::vector<i64> ids, lengths, memory_lengths;

  template <class F>
  void each(F&& f) {
    for (auto* array : {&x, &table, &keys, &values, &weight, &projection, &h0, &c0, &dy, &dcontext,
                        &dh_n, &dc_n}) {
      f(*array);
    }
    for (auto& array : weights) f(array);
  }
};

struct Task {
  CellTraits cell;
  Sizes s;
  Numbers of;

  i64 key_width() const { return s.A > 0 ? s.A : s.H; }

  Task(const CellTraits& which, const Sizes& sizes) : cell(which), s(sizes) {
    Random random(static_cast<std::uint64_t>(s.T * 7919 + s.H * 31 + s.S));
    const auto draw = [&](std::vector<double>& to, i64 n, double size) {
      to.resize(static_cast<std::size_t>(n));
      for (double& value : to) value = size * static_cast<double>(float(random.uniform()));
    };
    const i64 places = s.T * s.B, A = key_width(), state = s.states ? s.B * s.H : 0;
    draw(of.x, s.V > 0 ? 0 : places * s.I, 1);
    draw(of.table, s.V * s.I, 1);
    draw(of.keys, s.S * s.B * A, 1);
    draw(of.values, s.S * s.B * s.E, 1);
    draw(of.weight, s.additive ? A : 0, 1);
    draw(of.projection, s.A * s.H, 0.3);
    draw(of.h0, state, 1);
    draw(of.c0, cell.has_cell ? state : 0, 1);
    draw(of.dy, places * s.H, 1);
    draw(of.dcontext, places * s.E, 1);
    draw(of.dh_n, s.B * s.H, 1);
    draw(of.dc_n, cell.has_cell ? s.B * s.H : 0, 1);
    for (const WeightShape& weight :
         weight_shapes(cell, {.T = s.T, .B = s.B, .I = s.I + s.E, .H = s.H}, 0)) {
      of.weights.emplace_back();
      draw(of.weights.back(), weight.size(), 0.3);
    }
    for (i64 k = 0; s.V > 0 && k < places; ++k) of.ids.push_back(random.below(s.V));
    for (i64 b = 0; b < s.B; ++b) {
      of.lengths.push_back(s.ragged ? random.below(s.T + 1) : s.T);
      of.memory_lengths.push_back(s.ragged ? random.below(s.S + 1) : s.S);
    }
    poison();
  }

 private:
  void poison() {
    constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
    const auto rows = [&](std::vector<double>& to, const std::vector<i64>& lengths, i64 steps,
                          i64 width) {
      for (i64 k = 0; !to.empty() && k < steps * s.B * width; ++k) {
        if (k / width / s.B >= lengths[static_cast<std::size_t>(k / width % s.B)]) {
          to[static_cast<std::size_t>(k)] = kNaN;
        }
      }
    };
    rows(of.x, of.lengths, s.T, s.I);
    rows(of.dy, of.lengths, s.T, s.H);
    rows(of.dcontext, of.lengths, s.T, s.E);
    rows(of.keys, of.memory_lengths, s.S, key_width());
    rows(of.values, of.memory_lengths, s.S, s.E);
    for (i64 k = 0; k < static_cast<i64>(of.ids.size()); ++k) {
      if (k / s.B >= of.lengths[static_cast<std::size_t>(k % s.B)]) {
        of.ids[static_cast<std::size_t>(k)] = -1 - k;
      }
    }
  }
};

/// The arrays that a call leaves, by name.
template <class T>
struct Named {
  std::string name;
  Guarded<T> array;
};
template <class T>
using Results = std::vector<Named<T>>;

template <class T>
std::vector<T> narrowed(const std::vector<double>& values) {
  return std::vector<T>(values.begin(), values.end());
}

/// A task's numbers in T, and a call on them.
template <class T>
class Run {
 public:
  Run(const KernelTable& table, const Task& task) : task_(task), s_(task.s) {
    const Numbers& of = task.of;
    const std::vector<double>* const from[] = {&of.x,      &of.table,      &of.keys, &of.values,
                                               &of.weight, &of.projection, &of.h0,   &of.c0,
                                               &of.dy,     &of.dcontext,   &of.dh_n, &of.dc_n};
    for (const auto* each : from) arrays_.push_back(narrowed<T>(*each));
    std::vector<const T*> weights;
    for (const auto& weight : of.weights) weights_.push_back(narrowed<T>(weight));
    for (const auto& weight : weights_) weights.push_back(weight.data());
    const StackShape shape{
        cell_index(table, task.cell.name), s_.I + s_.E, s_.H, s_.H, 1, 1, true, 0};
    packed_ = std::make_shared<PackedStack<T>>(table, shape, weights.data());
  }

  /// Steps [first, last) from given states (null: those of the task).
  DecoderInput<T> input(i64 first, i64 last, const T* h, const T* c) const {
    DecoderInput<T> input{};
    input.layer.time = last - first;
    input.layer.batch = s_.B;
    if (s_.V > 0) {
      input.layer.ids = task_.of.ids.data() + first * s_.B;
      input.layer.table = given(1);
      input.layer.vocabulary = s_.V;
      input.layer.looked_up = s_.I;
    } else {
      input.layer.x = arrays_[0].data() + first * s_.B * s_.I;
    }
    input.layer.h0 = h ? h : given(6);
    input.layer.c0 = c ? c : given(7);
    if (s_.ragged) input.layer.lengths = task_.of.lengths.data();
    input.memory = {s_.B,
                    s_.S,
                    task_.key_width(),
                    s_.E,
                    task_.of.memory_lengths.data(),
                    arrays_[2].data(),
                    arrays_[3].data(),
                    given(4)};
    input.projection = given(5);
    return input;
  }

  Results<T> forward_and_back() const {
    DecoderCall<T> call(packed_, input(0, s_.T, nullptr, nullptr), true);
    const i64 A = task_.key_width(), state = s_.B * s_.H, c = task_.cell.has_cell ? state : 0;
    Results<T> out;
    out.reserve(32);  // addresses of arrays are kept
    const auto make = [&](const std::string& name, i64 n) {
      out.push_back({name, Guarded<T>(n)});
      return n > 0 ? out.back().array.data() : nullptr;
    };
    T* const h_n = make("h_n", state);
    call.forward({h_n, make("c_n", c), nullptr});
    copy(make("y", call.y()->size()), *call.y());
    copy(make("context", call.context()->size()), *call.context());
    copy(make("weights", call.weights()->size()), *call.weights());
    DecoderGradients<T> into{};
    into.layer.x = make("dx", s_.V > 0 ? 0 : s_.T * s_.B * s_.I);
    into.layer.table = make("dtable", s_.V > 0 ? call.layer().tokens().count * s_.I : 0);
    into.layer.h0 = make("dh0", state);
    into.layer.c0 = make("dc0", c);
    into.keys = make("dkeys", s_.S * s_.B * A);
    into.values = make("dvalues", s_.S * s_.B * s_.E);
    into.projection = make("dprojection", s_.A * s_.H);
    into.weight = make("dweight", s_.additive ? A : 0);
    for (const auto& weight : weights_) {
      const std::string name = "dweights[" + std::to_string(into.layer.weights.size()) + "]";
      into.layer.weights.push_back(make(name, static_cast<i64>(weight.size())));
    }
    call.backward({{given(8), given(10), given(11), nullptr}, given(9)}, into, false);
    return out;
  }

  /// y, context and weights of all steps, each a call of its own.
  Results<T> one_by_one() const {
    const i64 state = s_.B * s_.H;
    std::vector<T> h(static_cast<std::size_t>(state)), c(h.size()), h_next(h.size()),
        c_next(h.size());
    Results<T> out;
    out.push_back({"y", Guarded<T>(s_.T * state)});
    out.push_back({"context", Guarded<T>(s_.T * s_.B * s_.E)});
    out.push_back({"weights", Guarded<T>(s_.T * s_.B * s_.S)});
    for (i64 t = 0; t < s_.T; ++t) {
      DecoderCall<T> call(
          packed_, input(t, t + 1, t > 0 ? h.data() : nullptr, t > 0 ? c.data() : nullptr), false);
      call.forward({h_next.data(), task_.cell.has_cell ? c_next.data() : nullptr, nullptr});
      copy(out[0].array.data() + t * state, *call.y());
      copy(out[1].array.data() + t * s_.B * s_.E, *call.context());
      copy(out[2].array.data() + t * s_.B * s_.S, *call.weights());
      h.swap(h_next);
      c.swap(c_next);
    }
    return out;
  }

 private:
  const T* given(std::size_t k) const { return arrays_[k].empty() ? nullptr : arrays_[k].data(); }
  static void copy(T* to, const Buffer<T>& from) {
    for (i64 i = 0; i < from.size(); ++i) to[i] = from[i];
  }

  const Task& task_;
  const Sizes& s_;
  std::vector<std::vector<T>> arrays_, weights_;
  std::shared_ptr<PackedStack<T>> packed_;
};

/// Of each array in `got` the bits of the one in `want` that is called so.
template <class T>
void expect_same(Report& report, const Results<T>& got, const Results<T>& want) {
  for (const Named<T>& one : got) {
    const auto other = std::find_if(want.begin(), want.end(),
                                    [&](const Named<T>& each) { return each.name == one.name; });
    if (!report.expect(other != want.end(), [&] { return one.name + ": missing"; })) continue;
    expect_same_bits(report, one.name, one.array, other->array);
    report.expect(one.array.intact(), [&] { return one.name + ": written beyond its end"; });
  }
}

template <class T>
void expect_right(Report& report, const Task& task, const Results<T>& got) {
  const KernelTable* scalar = nullptr;
  for (const KernelTable* table : available_tables()) {
    if (std::string(table->isa) == "scalar") scalar = table;
  }
  const Sizes& s = task.s;
  const ExactTeam alone(1);
  const Results<double> want = Run<double>(*scalar, task).forward_and_back();
  const i64 step = s.I + s.E + s.H + task.key_width() + s.S;
  const double allowed = tolerance<T>((s.T + 1) * step + s.B * s.T);
  for (std::size_t k = 0; k < got.size(); ++k) {
    std::vector<double> values;
    for (i64 i = 0; i < want[k].array.size(); ++i) values.push_back(want[k].array[i]);
    expect_close(report, got[k].name, got[k].array, values, allowed);
  }
}

/// The same on any threads, and on every set with FMA. turn: counts what sets take turns at.
template <class T>
void check_task(const Context& context, const Task& task, const std::string& what, bool right,
                std::uint64_t& turn) {
  Report& report = context.report;
  std::unique_ptr<Results<T>> fused;
  for (const KernelTable* table : context.tables) {
    const Report::Scope scope(report, std::string(table->isa) + " " + Precision<T>::name + " " +
                                          task.cell.name + " " + text_of(task.s) + what);
    const Run<T> run(*table, task);
    const auto on = [&](int threads) {
      const ExactTeam exact(threads);
      return run.forward_and_back();
    };
    const Results<T> plain = on(1);
    if (right) expect_right(report, task, plain);
    for (const int threads : {2, 3, 5}) {
      if (context.is_due(table, ++turn)) expect_same(report, on(threads), plain);
    }
    if (!task.s.ragged && right) expect_same(report, run.one_by_one(), plain);
    if (!fuses(*table)) continue;
    if (!fused) fused = std::make_unique<Results<T>>(plain);
    expect_same(report, plain, *fused);
  }
}

}  // namespace

void check_decoder(const Context& context) {
  const Sizes shapes[] = {
      {.T = 5, .S = 7, .B = 4, .I = 3, .H = 9, .E = 10, .A = 20, .ragged = true},
      {.T = 4, .S = 3, .B = 13, .I = 5, .H = 17, .E = 6, .A = 6, .additive = false, .ragged = true},
      {.T = 3, .S = 5, .B = 2, .I = 8, .H = 33, .E = 40, .V = 6, .additive = false},
      {.T = 6, .S = 9, .B = 3, .I = 4, .H = 5, .E = 7, .V = 4, .ragged = true, .states = false},
      {.T = 1, .S = 4, .B = 40, .I = 6, .H = 16, .E = 65, .A = 70},
      {.T = 2, .S = 0, .B = 3, .I = 2, .H = 4, .E = 3, .A = 5},
      {.T = 0, .S = 2, .B = 3, .I = 2, .H = 4, .E = 3, .A = 5},
      {.T = 2, .S = 2, .B = 0, .I = 2, .H = 4, .E = 3, .A = 5},
  };
  std::uint64_t turn = 0;
  for (const CellTraits& cell : cells(*context.tables.front())) {
    if (cell.normalises || cell.projects) continue;
    each_dtype([&](auto zero) {
      using T = decltype(zero);
      for (const Sizes& shape : shapes) check_task<T>(context, Task(cell, shape), "", true, turn);
      for (const Hard hard : kAllHard) {
        Task task(cell, shapes[hard == Hard::kTiny ? 0 : 1]);
        Random random(11);
        task.of.each([&](std::vector<double>& array) {
          if (hard == Hard::kTiny || random.below(3) == 0) harden<T>(array, hard, random);
        });
        check_task<T>(context, task, text_of(hard), false, turn);
      }
    });
  }
}

}  // namespace pyrnn::check
