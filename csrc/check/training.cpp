#include "check/training.h"

#include <cmath>
#include <memory>

#include "check/call.h"
#include "check/comparison.h"
#include "check/exact_team.h"
#include "check/groups.h"
#include "check/random.h"
#include "cpu/engine/stack.h"

namespace pyrnn::check {
namespace {

// Odd sizes, so that every kernel has tails.
constexpr i64 kTime = 11, kBatch = 5, kRows = kTime * kBatch;
constexpr i64 kVocabulary = 23, kInput = 19, kHidden = 21, kLayers = 2;
constexpr Shape kShape{.T = kTime, .B = kBatch, .I = kInput, .H = kHidden, .L = kLayers};
constexpr double kDropout = 0.1, kClip = 0.5;
constexpr double kRate = 0.01, kBeta1 = 0.9, kBeta2 = 0.999, kEps = 1e-8;

/// A weight, its gradient and Adam's moments, [n] each.
template <class T>
struct Learned {
  Guarded<T> p, g, m, v;

  Learned(i64 n, double scale, Random& random) : p(n), g(n), m(n), v(n) {
    for (i64 i = 0; i < n; ++i) {
      p[i] = static_cast<T>(scale * random.uniform());
      m[i] = v[i] = 0;
    }
  }
};

/// Tokens that follow each other by a rule seven times of eight: something can be learned.
struct Text {
  std::vector<i64> ids, targets;  // [T, B]

  explicit Text(int step) : ids(kRows), targets(kRows) {
    Random random(static_cast<std::uint64_t>(step + 1));
    for (i64 b = 0; b < kBatch; ++b) {
      i64 token = random.below(kVocabulary);
      for (i64 t = 0; t < kTime; ++t) {
        const auto at = static_cast<std::size_t>(t * kBatch + b);
        ids[at] = token;
        token = random.below(8) == 0 ? random.below(kVocabulary) : (5 * token + 7) % kVocabulary;
        targets[at] = token;
      }
    }
  }
};

/// P: what a projection leaves.
i64 outputs(const CellTraits& cell) { return cell.projects ? kHidden / 2 : kHidden; }

template <class T>
class Trainer {
 public:
  Trainer(const KernelTable& table, const CellTraits& cell)
      : table_(table), arrays_(array_kernels<T>(table)), shape_{cell_index(table, cell.name),
                                                                kInput,
                                                                kHidden,
                                                                outputs(cell),
                                                                kLayers,
                                                                1,
                                                                true,
                                                                kDropout} {
    Random random(7);
    const auto add = [&](i64 n, double scale) { all_.emplace_back(n, scale, random); };
    add(kVocabulary * kInput, 1);
    Shape shape = kShape;
    shape.P = shape_.P;
    for (i64 layer = 0; layer < kLayers; ++layer) {
      for (const WeightShape& weight : weight_shapes(cell, shape, layer)) add(weight.size(), 0.2);
    }
    add(kVocabulary * shape_.P, 0.2);
    add(kVocabulary, 0);
  }

  /// One update; the batch's mean loss before it.
  T step(int number) {
    const Text text(number);
    const T loss = gradients(text, static_cast<std::uint64_t>(number));
    clip();
    update();
    return loss;
  }

  std::vector<Guarded<T>> weights() const {
    std::vector<Guarded<T>> out;
    for (const Learned<T>& one : all_) out.push_back(one.p);
    return out;
  }

 private:
  Learned<T>& embedding() { return all_.front(); }
  Learned<T>& output() { return all_[all_.size() - 2]; }
  Learned<T>& bias() { return all_.back(); }

  T gradients(const Text& text, std::uint64_t seed) {
    std::vector<const T*> weights;
    StackGradients<T> gradients{};
    std::vector<T> rows(kRows * kInput);  // of the tokens that the batch holds
    gradients.table = rows.data();
    for (std::size_t i = 1; i + 2 < all_.size(); ++i) {
      weights.push_back(all_[i].p.data());
      gradients.weights.push_back(all_[i].g.data());
    }
    StackInput<T> input{};
    input.time = kTime;
    input.batch = kBatch;
    input.ids = text.ids.data();
    input.table = embedding().p.data();
    input.vocabulary = kVocabulary;
    input.looked_up = kInput;
    input.seed = seed;
    const auto packed = std::make_shared<PackedStack<T>>(table_, shape_, weights.data());
    StackCall<T> call(packed, input, Keep::kAll);
    std::vector<T> h_n(static_cast<std::size_t>(kLayers * kBatch * shape_.P));
    std::vector<T> c_n(kLayers * kBatch * kHidden);
    call.forward({h_n.data(), call.kernels().has_cell ? c_n.data() : nullptr, nullptr});
    std::vector<T> dy(static_cast<std::size_t>(kRows * shape_.P));
    const T loss = loss_of(call.y()->get(), text, dy.data());
    call.backward({dy.data(), nullptr, nullptr, nullptr}, gradients, false);
    spread(rows, call.tokens());
    return loss;
  }

  /// The embedding's gradient from the rows of the distinct tokens.
  void spread(const std::vector<T>& rows, const Numbered& tokens) {
    Guarded<T>& table = embedding().g;
    for (i64 i = 0; i < table.size(); ++i) table[i] = 0;
    for (i64 k = 0; k < tokens.count; ++k) {
      for (i64 i = 0; i < kInput; ++i) {
        table[tokens.ids[k] * kInput + i] = rows[static_cast<std::size_t>(k * kInput + i)];
      }
    }
  }

  /// Logits from y [T B, P], the mean loss, and the gradients of the output layer and of y.
  T loss_of(const T* y, const Text& text, T* dy) {
    std::vector<T> logits(kRows * kVocabulary), d(logits.size()), losses(kRows);
    const std::vector<T> shares(kRows, T(1) / T(kRows));
    const i64 P = shape_.P;
    const T* w = output().p.data();  // [V, P]
    multiply(
        {kRows, kVocabulary, P, y, P, w, P, logits.data(), false, true, bias().p.data(), nullptr});
    const CrossEntropy<T> task{kRows,         kVocabulary,   logits.data(), text.targets.data(),
                               shares.data(), losses.data(), d.data()};
    run_team(0, [&](const Worker& worker) { arrays_.cross_entropy(task, worker); });
    multiply({kVocabulary, P, kRows, d.data(), kVocabulary, y, P, output().g.data(), true, false,
              nullptr, nullptr});
    multiply(
        {kRows, P, kVocabulary, d.data(), kVocabulary, w, P, dy, false, false, nullptr, nullptr});
    T mean = 0;
    for (i64 v = 0; v < kVocabulary; ++v) bias().g[v] = 0;
    for (i64 n = 0; n < kRows; ++n) {
      mean += losses[static_cast<std::size_t>(n)];
      for (i64 v = 0; v < kVocabulary; ++v) {
        bias().g[v] += d[static_cast<std::size_t>(n * kVocabulary + v)];
      }
    }
    return mean;
  }

  void multiply(Product<T> product) {
    Buffer<T> scratch(arrays_.product_scratch(product));
    product.scratch = scratch.get();
    run_team(0, [&](const Worker& worker) { arrays_.product(product, worker); });
  }

  void clip() {
    double squares = 0;
    for (const Learned<T>& one : all_) {
      squares += arrays_.square_norm(one.g.data(), nullptr, 1, one.g.size());
    }
    const T scale = static_cast<T>(kClip / std::max(kClip, std::sqrt(squares)));
    for (Learned<T>& one : all_) {
      for (i64 i = 0; i < one.g.size(); ++i) one.g[i] *= scale;
    }
  }

  void update() {
    beta1_power_ *= kBeta1;
    beta2_power_ *= kBeta2;
    const auto cast = [](double value) { return static_cast<T>(value); };
    for (Learned<T>& one : all_) {
      const Adam<T> task{{one.p.size(), one.g.data()},
                         one.p.data(),
                         one.m.data(),
                         one.v.data(),
                         nullptr,
                         cast(kBeta1),
                         cast(1 - kBeta1),
                         cast(kBeta2),
                         cast(1 - kBeta2),
                         1,
                         0,
                         cast(kRate / (1 - beta1_power_)),
                         cast(std::sqrt(1 - beta2_power_)),
                         cast(kEps)};
      run_team(0, [&](const Worker& worker) { arrays_.adam(task, worker); });
    }
  }

  const KernelTable& table_;
  const ArrayKernels<T>& arrays_;
  const StackShape shape_;
  std::vector<Learned<T>> all_;
  double beta1_power_ = 1, beta2_power_ = 1;
};

template <class T>
void expect_same_run(Report& report, const Trained<T>& got, const Trained<T>& want) {
  expect_same_bits(report, "losses", got.losses, want.losses);
  for (std::size_t i = 0; i < want.weights.size(); ++i) {
    expect_same_bits(report, "weight " + std::to_string(i), got.weights[i], want.weights[i]);
  }
}

/// The first ten losses and the last ten, in the mean.
template <class T>
void expect_learning(Report& report, const Trained<T>& run) {
  double first = 0, last = 0;
  for (i64 i = 0; i < 10; ++i) {
    first += static_cast<double>(run.losses[i]) / 10;
    last += static_cast<double>(run.losses[run.losses.size() - 1 - i]) / 10;
  }
  report.expect(last < 0.75 * first, [&] {
    return "learned too little: from " + text_of(first) + " to " + text_of(last);
  });
}

template <class T>
void check_runs(const Context& context, const CellTraits& cell, std::uint64_t turn) {
  std::unique_ptr<Trained<T>> fused;
  for (const KernelTable* table : context.tables) {
    const Report::Scope scope(context.report,
                              std::string(table->isa) + " " + cell.name + " " + Precision<T>::name);
    const Trained<T> one = trained<T>(*table, cell);
    expect_learning(context.report, one);
    if (context.is_due(table, turn)) {
      const Report::Scope threads(context.report, "3 threads");
      constexpr int kFew = 10;  // each a hundred meetings of threads that may outnumber the CPUs
      expect_same_run(context.report, trained<T>(*table, cell, 3, kFew),
                      trained<T>(*table, cell, 1, kFew));
    }
    if (!fuses(*table)) continue;
    if (!fused) fused = std::make_unique<Trained<T>>(one);
    const Report::Scope another(context.report, "another set");
    expect_same_run(context.report, one, *fused);
  }
}

}  // namespace

template <class T>
Trained<T> trained(const KernelTable& table, const CellTraits& cell, int threads, int steps) {
  const ExactTeam team(threads);
  Trainer<T> trainer(table, cell);
  Trained<T> run{Guarded<T>(steps), {}};
  for (int step = 0; step < steps; ++step) run.losses[step] = trainer.step(step);
  run.weights = trainer.weights();
  return run;
}

template Trained<float> trained<float>(const KernelTable&, const CellTraits&, int, int);
template Trained<double> trained<double>(const KernelTable&, const CellTraits&, int, int);

void check_training(const Context& context) {
  std::uint64_t turn = 0;
  for (const CellTraits& cell : cells(*context.tables.front())) {
    each_dtype([&](auto zero) { check_runs<decltype(zero)>(context, cell, turn++); });
  }
}

}  // namespace pyrnn::check
