// The matrix product: C = bias + A op(B) and C = Aᵀ B, against sums in double, in every transpose,
// with rows farther apart than they are long, on several threads.
#include <memory>
#include <optional>

#include "check/comparison.h"
#include "check/exact_team.h"
#include "check/groups.h"
#include "check/hard.h"
#include "check/random.h"
#include "cpu/engine/packed_stack.h"

namespace pyrnn::check {
namespace {

enum class Transposed { kNone, kB, kA };

struct Form {
  Transposed transposed;
  bool bias;
  i64 M, N, K;
  i64 gap;                   // elements between rows that belong to nobody
  std::optional<Hard> hard;  // what is among the numbers

  std::string text() const {
    const char* const names[] = {"A B", "A B^T", "A^T B"};
    return std::string(bias ? "bias + " : "") + names[static_cast<int>(transposed)] + " M" +
           std::to_string(M) + " N" + std::to_string(N) + " K" + std::to_string(K) +
           (gap > 0 ? " with gaps" : "") + (hard ? text_of(*hard) : "");
  }
};

/// A matrix whose rows have a gap of NaN behind them.
template <class T>
struct Matrix {
  Matrix(i64 rows, i64 columns, i64 gap, Random& random) : Matrix(rows, columns, gap) {
    for (i64 r = 0; r < rows; ++r) {
      for (i64 c = 0; c < columns; ++c) values[r * stride + c] = static_cast<T>(random.uniform());
    }
  }
  Matrix(i64 rows, i64 columns, i64 gap) : stride(columns + gap), values(rows * stride) {}

  double at(i64 r, i64 c) const { return static_cast<double>(values[r * stride + c]); }

  i64 stride;
  Guarded<T> values;
};

template <class T>
struct Operands {
  explicit Operands(const Form& f)
      : random(static_cast<std::uint64_t>(f.M * 1000003 + f.N * 1009 + f.K)),
        a(f.transposed == Transposed::kA ? f.K : f.M, f.transposed == Transposed::kA ? f.M : f.K,
          f.gap, random),
        b(f.transposed == Transposed::kB ? f.N : f.K, f.transposed == Transposed::kB ? f.K : f.N,
          f.gap, random),
        bias(1, f.N, 0, random) {
    if (!f.hard) return;
    for (Guarded<T>* values : {&a.values, &b.values, &bias.values}) {
      if (*f.hard == Hard::kTiny || random.below(2) == 0) harden<T>(*values, *f.hard, random);
    }
  }

  Random random;
  Matrix<T> a, b, bias;
};

template <class T>
struct Result {
  Guarded<T> c;  // [M, N]
  bool clean;    // nothing was written beyond C or the scratch
};

template <class T>
Result<T> multiply(const KernelTable& table, const Form& f, const Operands<T>& with, int threads) {
  const ArrayKernels<T>& kernels = array_kernels<T>(table);
  Result<T> result{Guarded<T>(f.M * f.N), false};
  Product<T> p{};
  p.M = f.M;
  p.N = f.N;
  p.K = f.K;
  p.a = with.a.values.data();
  p.lda = with.a.stride;
  p.b = with.b.values.data();
  p.ldb = with.b.stride;
  p.c = result.c.data();
  p.transpose_a = f.transposed == Transposed::kA;
  p.transpose_b = f.transposed == Transposed::kB;
  p.bias = f.bias ? with.bias.values.data() : nullptr;
  Guarded<T> scratch(kernels.product_scratch(p));
  p.scratch = scratch.data();
  run_exactly(threads, [&](const Worker& worker) { kernels.product(p, worker); });
  result.clean = result.c.intact() && scratch.intact();
  return result;
}

template <class T>
std::vector<double> reference(const Form& f, const Operands<T>& with) {
  std::vector<double> c;
  for (i64 m = 0; m < f.M; ++m) {
    for (i64 n = 0; n < f.N; ++n) {
      double sum = f.bias ? with.bias.at(0, n) : 0;
      for (i64 k = 0; k < f.K; ++k) {
        const double a = f.transposed == Transposed::kA ? with.a.at(k, m) : with.a.at(m, k);
        const double b = f.transposed == Transposed::kB ? with.b.at(n, k) : with.b.at(k, n);
        sum += a * b;
      }
      c.push_back(sum);
    }
  }
  return c;
}

/// A row of C does not depend on which other rows there are.
template <class T>
void check_row(Report& report, const KernelTable& table, const Form& f, const Operands<T>& with,
               const Result<T>& whole) {
  if (f.transposed == Transposed::kA || f.M < 2) return;
  Operands<T> last = with;
  last.a.values = Guarded<T>(std::vector<T>(with.a.values.data() + (f.M - 1) * with.a.stride,
                                            with.a.values.data() + f.M * with.a.stride));
  Form one = f;
  one.M = 1;
  const T* row = whole.c.data() + (f.M - 1) * f.N;
  expect_same_bits(report, "the last row alone", multiply(table, one, last, 1).c,
                   Guarded<T>(std::vector<T>(row, row + f.N)));
}

template <class T>
void check_form(const Context& context, const Form& form) {
  Report& report = context.report;
  const Operands<T> with(form);
  std::unique_ptr<Guarded<T>> fused;  // what the first instruction set with FMA gave
  for (const KernelTable* table : context.tables) {
    const Report::Scope scope(
        report, std::string(table->isa) + " " + Precision<T>::name + " " + form.text());
    const Result<T> plain = multiply(*table, form, with, 1);
    if (!form.hard) {
      expect_close(report, "C", plain.c, reference(form, with), tolerance<T>(form.K + 1));
    }
    report.expect(plain.clean, [] { return "written outside of C or of the scratch"; });
    check_row(report, *table, form, with, plain);
    for (const int threads : {2, 3}) {
      const Result<T> shared = multiply(*table, form, with, threads);
      expect_same_bits(report, std::to_string(threads) + " threads", shared.c, plain.c);
      report.expect(shared.clean, [] { return "threads: written outside"; });
    }
    if (!fuses(*table)) continue;
    if (!fused) fused = std::make_unique<Guarded<T>>(plain.c);
    expect_same_bits(report, "against another set with FMA", plain.c, *fused);
  }
}

std::vector<Form> forms(bool extended) {
  std::vector<Form> all;
  const std::vector<std::vector<i64>> sizes = {
      {50, 17, 4000}, {1, 1, 1},  {1, 17, 5},   {2, 16, 16},  {3, 33, 7},   {5, 64, 31},
      {6, 65, 2},     {7, 13, 1}, {13, 70, 40}, {17, 5, 257}, {20, 130, 9}, {33, 3, 600},
      {64, 48, 64},   {0, 5, 3},  {5, 0, 3},    {5, 19, 0},   {0, 0, 0},
  };
  const auto add = [&](i64 M, i64 N, i64 K, std::optional<Hard> hard = {}) {
    for (const i64 gap : {0, 3}) {
      all.push_back({Transposed::kNone, gap == 0, M, N, K, gap, hard});
      all.push_back({Transposed::kB, gap > 0, M, N, K, gap, hard});
      all.push_back({Transposed::kA, false, M, N, K, gap, hard});
    }
  };
  for (const auto& size : sizes) add(size[0], size[1], size[2]);
  for (const Hard hard : kAllHard) {
    for (const auto& size : {sizes[4], sizes[6], sizes[9]}) add(size[0], size[1], size[2], hard);
  }
  Random random(77);
  for (int i = 0; i < (extended ? 150 : 8); ++i) {
    const i64 M = random.below(40), N = random.below(150), K = random.below(300);
    add(M, N, K);
  }
  return all;
}

}  // namespace

/// A product of which the exact value is 2^-24 (float): with the product rounded first it is 0.
bool fuses(const KernelTable& table) {
  const float a = 1.0f + 0x1p-12f, bias = -(1.0f + 0x1p-11f);
  float c = 0, scratch[64] = {};
  Product<float> p{};
  p.M = p.N = p.K = p.lda = p.ldb = 1;
  p.a = p.b = &a;
  p.bias = &bias;
  p.c = &c;
  p.scratch = scratch;
  run_exactly(1, [&](const Worker& worker) { table.arrays_f32.product(p, worker); });
  return c != 0;
}

void check_products(const Context& context) {
  for (const Form& form : forms(context.options.extended)) {
    each_dtype([&](auto zero) { check_form<decltype(zero)>(context, form); });
  }
}

}  // namespace pyrnn::check
