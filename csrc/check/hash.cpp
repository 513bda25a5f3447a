// Hashes of results. Two machines whose instruction sets have FMA print the same lines but for the
// set's name; a difference names the cell.
#include <cstdio>
#include <cstring>
#include <string>

#include "check/call.h"
#include "check/exact_team.h"
#include "check/groups.h"
#include "check/hard.h"
#include "check/precision.h"
#include "check/random.h"
#include "check/training.h"
#include "cpu/engine/dropout_mask.h"
#include "cpu/engine/packed_stack.h"

namespace pyrnn::check {
namespace {

/// FNV-1a, 64 bits. All NaN are one: processors make different ones.
class Hash {
 public:
  template <class T>
  void add(const Guarded<T>& array) {
    for (i64 i = 0; i < array.size(); ++i) {
      const T value = array[i] == array[i] ? array[i] : std::numeric_limits<T>::quiet_NaN();
      unsigned char bytes[sizeof(T)];
      std::memcpy(bytes, &value, sizeof(T));
      for (const unsigned char byte : bytes) state_ = (state_ ^ byte) * 0x100000001B3u;
    }
  }

  void print(const char* isa, const char* dtype, const std::string& what) const {
    std::printf("%-10s %-8s %-22s %016llx\n", isa, dtype, what.c_str(),
                static_cast<unsigned long long>(state_));
  }

 private:
  std::uint64_t state_ = 0xCBF29CE484222325u;
};

template <class T>
void add_outcome(const KernelTable& table, const Problem& problem, Hash& hash) {
  const Outcome<Guarded<T>> outcome = outcome_of<T>(table, problem, Setting{});
  each_pair(outcome, outcome, [&](const std::string&, const Guarded<T>& array, const Guarded<T>&) {
    hash.add(array);
  });
}

template <class T>
void hash_cell(const KernelTable& table, const CellTraits& cell) {
  Hash hash, hard_numbers;
  for (const Shape& shape : shapes()) add_outcome<T>(table, problem_of<T>(cell, shape), hash);
  hash.print(table.isa, Precision<T>::name, cell.name);
  Shape shape{.T = 4, .B = 7, .I = 5, .H = 19, .lengths = Lengths::kRagged};
  for (shape.seed = 1; shape.seed <= 4; ++shape.seed) {
    for (const Hard hard : kAllHard) {
      add_outcome<T>(table, hardened<T>(problem_of<T>(cell, shape), hard), hard_numbers);
    }
  }
  hard_numbers.print(table.isa, Precision<T>::name, "hard " + cell.name);
}

/// A hundred steps of training.
template <class T>
void hash_training(const KernelTable& table, const CellTraits& cell) {
  Hash hash;
  const Trained<T> run = trained<T>(table, cell);
  hash.add(run.losses);
  for (const Guarded<T>& weight : run.weights) hash.add(weight);
  hash.print(table.isa, Precision<T>::name, "train " + cell.name);
}

/// Numbers of every exponent and both signs.
template <class T>
Guarded<T> all_sizes() {
  using Bits = typename Precision<T>::bits;
  const Bits step = (sizeof(T) == 4 ? Bits(0x7f800000u) : Bits(0x7ff0000000000000u)) / 50000 | 1;
  Guarded<T> x(100000);
  Bits bits = 0;
  for (i64 i = 0; i < x.size(); i += 2, bits += step) {
    T value;
    std::memcpy(&value, &bits, sizeof value);
    x[i] = value == value ? value : T(1);
    x[i + 1] = -x[i];
  }
  return x;
}

template <class T>
void hash_arrays(const KernelTable& table) {
  const ArrayKernels<T>& kernels = array_kernels<T>(table);
  const Guarded<T> x = all_sizes<T>();
  Guarded<T> y(x.size());
  Hash sigmoid, tanh;
  kernels.sigmoid(x.data(), y.data(), x.size());
  sigmoid.add(y);
  sigmoid.print(table.isa, Precision<T>::name, "sigmoid");
  kernels.tanh(x.data(), y.data(), x.size());
  tanh.add(y);
  tanh.print(table.isa, Precision<T>::name, "tanh");

  Hash dropout, sums;
  kernels.dropout(dropout_mask(0.3, 7), x.data(), y.data(), x.size(), {0, 1, nullptr});
  dropout.add(y);
  dropout.print(table.isa, Precision<T>::name, "dropout");

  constexpr i64 kRows = 1000, kWidth = 100, kPlaces = 7;
  std::vector<i64> place;
  for (i64 k = 0; k < kRows; ++k) place.push_back(k * k % kPlaces);
  Guarded<T> sum(kPlaces * kWidth);
  kernels.sum_rows({kRows, kWidth, kPlaces, x.data(), place.data(), sum.data()}, {0, 1, nullptr});
  sums.add(sum);
  sums.print(table.isa, Precision<T>::name, "sum_rows");
}

/// Plain numbers, or of each kind of hard ones in turn: f(Hash&, harden an array).
template <class T, class F>
void hash_plain_and_hard(const KernelTable& table, const std::string& what, F&& f) {
  Hash plain, hard_numbers;
  f(plain, [](Guarded<T>&, Random&) {});
  plain.print(table.isa, Precision<T>::name, what);
  for (const Hard hard : kAllHard) {
    f(hard_numbers, [&](Guarded<T>& array, Random& random) { harden<T>(array, hard, random); });
  }
  hard_numbers.print(table.isa, Precision<T>::name, "hard " + what);
}

template <class T, class Alter>
void fill(Guarded<T>& array, Random& random, Alter&& alter) {
  for (i64 i = 0; i < array.size(); ++i) array[i] = static_cast<T>(random.uniform());
  alter(array, random);
}

template <class T, class Alter>
void add_products(const KernelTable& table, Hash& hash, Alter&& alter) {
  const ArrayKernels<T>& kernels = array_kernels<T>(table);
  constexpr i64 M = 29, N = 61, K = 300;
  Random random(3);
  Guarded<T> a(M * K), b(K * N), c(M * N);
  fill(a, random, alter);
  fill(b, random, alter);
  for (const bool columns : {false, true}) {
    Product<T> p{};
    p.M = M;
    p.N = p.ldb = N;
    p.K = K;
    p.a = a.data();
    p.lda = columns ? M : K;
    p.b = b.data();
    p.c = c.data();
    p.transpose_a = columns;
    Guarded<T> scratch(kernels.product_scratch(p));
    p.scratch = scratch.data();
    run_exactly(1, [&](const Worker& worker) { kernels.product(p, worker); });
    hash.add(c);
  }
}

/// Maxima of filters over sequences, and the gradients through their windows.
template <class T, class Alter>
void add_convolution(const KernelTable& table, Hash& hash, Alter&& alter) {
  constexpr i64 kTime = 40, B = 3, I = 9, F = 50, W = 4;
  const ArrayKernels<T>& kernels = array_kernels<T>(table);
  Random random(5);
  Guarded<T> x(kTime * B * I), weight(F * I * W), bias(F), dy(B * F);
  for (Guarded<T>* array : {&x, &weight, &bias, &dy}) fill(*array, random, alter);
  const i64 lengths[B] = {kTime, 0, 7};
  const Convolution<T> of{B, I,       F,         W,     kTime,         x.data(),   B * I,
                          I, lengths, kTime + 7, kTime, weight.data(), bias.data()};
  const ConvolutionScratch room = kernels.convolution_scratch(of);
  Guarded<T> y(B * F), dx(x.size()), dweight(weight.size()), dbias(F), panels(room.panels),
      windows(room.windows), carried(F), taps(weight.size()), window(W * I);
  Guarded<i64> steps(B * F), carried_steps(F);
  const ConvolutionMax<T> forward{of,
                                  y.data(),
                                  steps.data(),
                                  1,
                                  panels.data(),
                                  windows.data(),
                                  carried.data(),
                                  carried_steps.data()};
  const ConvolutionGradient<T> backward{of,        steps.data(),   dy.data(),
                                        dx.data(), dweight.data(), dbias.data(),
                                        1,         taps.data(),    window.data()};
  run_exactly(1, [&](const Worker& worker) {
    kernels.convolution_max(forward, worker);
    kernels.convolution_gradient(backward, worker);
  });
  for (const Guarded<T>* array : {&y, &dx, &dweight, &dbias}) hash.add(*array);
  hash.add(steps);
}

/// Temporal classification: three targets, of which the second has no frames.
template <class T, class Alter>
void add_ctc(const KernelTable& table, Hash& hash, Alter&& alter) {
  constexpr i64 kTime = 40, B = 3, C = 21, L = 11;
  Random random(8);
  Guarded<T> logits(kTime * B * C), losses(B), gradient(logits.size());
  fill(logits, random, alter);
  i64 targets[B * L];
  for (i64& symbol : targets) symbol = 1 + random.below(C - 1);
  const i64 lengths[B] = {kTime, 0, 27}, symbols[B] = {L, 0, 9}, order[B] = {0, 2, 1};
  const i64 room = table.ctc_scratch(kTime, L, C, true);
  Guarded<double> scratch(room);
  const Ctc<T> call{
      kTime,   B, C,     L,    logits.data(), targets,         lengths, symbols,        order,
      lengths, 0, false, T(1), losses.data(), gradient.data(), 1,       scratch.data(), room};
  run_exactly(1, [&](const Worker& worker) { array_kernels<T>(table).ctc_loss(call, worker); });
  hash.add(losses);
  hash.add(gradient);
}

/// A random field: ln p, what forward leaves, all gradients, marginals.
template <class T, class Alter>
void add_crf(const KernelTable& table, Hash& hash, Alter&& alter) {
  constexpr i64 kTime = 12, B = 3, C = 21;
  const ArrayKernels<T>& kernels = array_kernels<T>(table);
  Random random(6);
  Guarded<T> emissions(kTime * B * C), transitions(C * C), start(C), end(C), dy(B);
  for (Guarded<T>* array : {&emissions, &transitions, &start, &end, &dy}) {
    fill(*array, random, alter);
  }
  i64 labels[kTime * B];
  for (i64& label : labels) label = random.below(C);
  const i64 lengths[B] = {kTime, 0, 7}, order[B] = {0, 2, 1}, first_pair[B] = {0, 11, 11};
  const CrfScratch room = kernels.crf_scratch(C);
  constexpr i64 kPairs = 17;
  Guarded<T> panels(room.panels), largest(room.lanes), least(room.lanes), rows(room.rows),
      transposed(C * C), before(kPairs * C), after(kPairs * C), counts(kCrfCounts * C * C);
  Guarded<T> likelihood(B), alphas(emissions.size()), marginals(emissions.size()),
      demissions(emissions.size()), dtransitions(C * C), dstart(C), dend(C);
  unsigned char far[B];
  const Crf<T> of{
      kTime,      B,       C,    emissions.data(), labels, transitions.data(), start.data(),
      end.data(), lengths, order};
  CrfMatrix<T> matrix{transitions.data(), panels.data(), largest.data(), least.data()};
  const CrfForward<T> forward{of, alphas.data(), likelihood.data(), 1, matrix, rows.data()};
  matrix.scores = transposed.data();
  CrfBackward<T> backward{};
  backward.of = of;
  backward.alphas = alphas.data();
  backward.out = marginals.data();
  backward.parts = 1;
  backward.matrix = matrix;
  backward.transposed = transposed.data();
  backward.rows = rows.data();
  run_exactly(1, [&](const Worker& worker) {
    kernels.crf_forward(forward, worker);
    kernels.crf_backward(backward, worker);
  });
  backward.dy = dy.data();
  backward.out = demissions.data();
  backward.dtransitions = dtransitions.data();
  backward.dstart = dstart.data();
  backward.dend = dend.data();
  backward.first_pair = first_pair;
  backward.pairs = kPairs;
  backward.before = before.data();
  backward.after = after.data();
  backward.counts = counts.data();
  backward.far = far;
  run_exactly(1, [&](const Worker& worker) { kernels.crf_backward(backward, worker); });
  for (const Guarded<T>* array :
       {&likelihood, &alphas, &marginals, &demissions, &dtransitions, &dstart, &dend}) {
    hash.add(*array);
  }
}

}  // namespace

void print_hashes(const Context& context) {
  for (const KernelTable* table : context.tables) {
    each_dtype([&](auto zero) {
      using T = decltype(zero);
      for (const CellTraits& cell : cells(*table)) {
        hash_cell<T>(*table, cell);
        hash_training<T>(*table, cell);
      }
      hash_arrays<T>(*table);
      hash_plain_and_hard<T>(*table, "product", [&](Hash& hash, auto&& alter) {
        add_products<T>(*table, hash, alter);
      });
      hash_plain_and_hard<T>(*table, "convolution", [&](Hash& hash, auto&& alter) {
        add_convolution<T>(*table, hash, alter);
      });
      hash_plain_and_hard<T>(*table, "ctc",
                             [&](Hash& hash, auto&& alter) { add_ctc<T>(*table, hash, alter); });
      hash_plain_and_hard<T>(*table, "crf",
                             [&](Hash& hash, auto&& alter) { add_crf<T>(*table, hash, alter); });
    });
  }
}

}  // namespace pyrnn::check
