// σ, tanh, exp and log against long double, in units in the last place (ulp): the distance between
// the true value's neighbours in the dtype. The samples cover every exponent, denormal numbers,
// both signs, and densely the range where the functions bend.
//
// Beyond ±87 (float32) or ±708 (float64) the true σ and exp leave the normal numbers: there σ is 0,
// exp stays at its value at the limit, and no ulp is counted.
#include <cmath>
#include <cstring>
#include <limits>

#include "check/comparison.h"
#include "check/elementary.h"
#include "check/groups.h"
#include "cpu/engine/packed_stack.h"

namespace pyrnn::check {
namespace {

using i64 = std::int64_t;

enum class Function { kSigmoid, kTanh, kExp, kLog };

constexpr const char* kNames[] = {"sigmoid", "tanh", "exp", "log"};

/// The bounds that csrc/README.md states, in ulp; [function], the same for both dtypes.
constexpr double kBounds[] = {3.0, 3.0, 1.5, 1.5};

template <class T>
constexpr T kLimit = sizeof(T) == 4 ? T(87) : T(708);

long double truth(Function f, long double x) {
  switch (f) {
    case Function::kSigmoid:
      return 1 / (1 + std::exp(-x));
    case Function::kTanh:
      return std::tanh(x);
    case Function::kExp:
      return std::exp(x);
    default:
      return std::log(x);
  }
}

/// Whether the bound holds at x.
template <class T>
bool within(Function f, T x) {
  if (f == Function::kSigmoid) return x >= -kLimit<T>;
  if (f == Function::kExp) return std::abs(x) <= kLimit<T>;
  if (f == Function::kLog) return x > 0;
  return true;
}

/// The gap between numbers of T around a positive value.
template <class T>
long double ulp(long double value) {
  int exponent = 0;
  std::frexp(value, &exponent);
  const int least = std::numeric_limits<T>::min_exponent;
  return std::ldexp(1.0L, std::max(exponent, least) - std::numeric_limits<T>::digits);
}

template <class T>
std::vector<T> samples(bool extended) {
  using Bits = typename Precision<T>::bits;
  std::vector<T> all;
  // Every step-th number of the format, NaNs and infinities aside; an odd step meets all endings.
  const Bits finite = sizeof(T) == 4 ? Bits(0x7f800000u) : Bits(0x7ff0000000000000u);
  const Bits step = finite / (extended ? 3000000 : 60000) | 1;
  for (Bits bits = 0; bits < finite - step; bits += step) {
    T x;
    std::memcpy(&x, &bits, sizeof x);
    all.push_back(x);
    all.push_back(-x);
  }
  // Evenly over the bends, at a distance that is no power of two.
  const double dense = extended ? 1e-5 : 3e-4;
  for (const double range : {1.0, 20.0, static_cast<double>(kLimit<T>)}) {
    const double distance = dense * range / 3.7;
    for (double x = -range; x <= range; x += distance) all.push_back(static_cast<T>(x));
  }
  return all;
}

struct Worst {
  double ulp = 0, at = 0;
};

/// y = f(x) for all samples.
template <class T>
Worst worst_of(Function f, const std::vector<T>& x, const Guarded<T>& y,
               const std::vector<long double>& want) {
  Worst worst;
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (!within(f, x[i])) continue;
    const long double got = static_cast<long double>(y[static_cast<i64>(i)]);
    const double off = static_cast<double>(std::abs(got - want[i]) / ulp<T>(std::abs(want[i])));
    if (!(off <= worst.ulp)) worst = {off, static_cast<double>(x[i])};
  }
  return worst;
}

/// One way to compute a function: an instruction set's kernel, or the header as compiled here.
template <class T>
struct Way {
  std::string name;
  void (*compute)(const T* x, T* out, i64 n);
  bool fused;
};

bool cpu_has_fma() {
#if defined(__x86_64__)
  return __builtin_cpu_supports("fma") && __builtin_cpu_supports("avx2");
#else
  return true;
#endif
}

template <class T>
std::vector<Way<T>> ways(Function f, const std::vector<const KernelTable*>& tables) {
  std::vector<Way<T>> all;
  if (f == Function::kExp) {
    all.push_back({"header", scalar::exp_each<T>, false});
    if (cpu_has_fma()) all.push_back({"header, FMA", fused_exp, true});
    return all;
  }
  if (f == Function::kLog) {
    all.push_back({"header", scalar::log_each<T>, false});
    if (cpu_has_fma()) all.push_back({"header, FMA", fused_log, true});
    return all;
  }
  for (const KernelTable* table : tables) {
    const ArrayKernels<T>& kernels = array_kernels<T>(*table);
    all.push_back(
        {table->isa, f == Function::kTanh ? kernels.tanh : kernels.sigmoid, fuses(*table)});
  }
  return all;
}

template <class T>
void check_ulp(const Context& context, Function f) {
  const std::vector<T> x = samples<T>(context.options.extended);
  std::vector<long double> want;
  for (const T value : x) want.push_back(truth(f, static_cast<long double>(value)));
  std::vector<Guarded<T>> fused;
  for (const Way<T>& way : ways<T>(f, context.tables)) {
    const std::string what =
        way.name + " " + kNames[static_cast<int>(f)] + " " + Precision<T>::name;
    Guarded<T> y(static_cast<i64>(x.size()));
    way.compute(x.data(), y.data(), y.size());
    const Worst worst = worst_of(f, x, y, want);
    const double bound = kBounds[static_cast<int>(f)];
    std::printf("  %-8s %-8s %-12s %8zu samples: at most %.3f ulp (at %.9g), bound %.1f\n",
                kNames[static_cast<int>(f)], Precision<T>::name, way.name.c_str(), x.size(),
                worst.ulp, worst.at, bound);
    context.report.expect(worst.ulp <= bound, [&] {
      return what + "(" + text_of(worst.at) + "): off by " + text_of(worst.ulp) + " ulp";
    });
    context.report.expect(y.intact(), [&] { return what + ": written beyond the end"; });
    if (!way.fused) continue;
    if (!fused.empty()) expect_same_bits(context.report, what, y, fused.front());
    fused.push_back(std::move(y));
  }
}

/// The values that are known exactly, and the ranges that may not be left.
template <class T>
void check_special(const Context& context, Function f) {
  constexpr T inf = std::numeric_limits<T>::infinity(), tiny = std::numeric_limits<T>::denorm_min();
  constexpr T most = std::numeric_limits<T>::max(), nan = std::numeric_limits<T>::quiet_NaN();
  const T limit = kLimit<T>;
  const T high = static_cast<T>(std::exp(static_cast<long double>(limit)));
  const T low = static_cast<T>(std::exp(-static_cast<long double>(limit)));
  const std::vector<T> x = {0,   -T(0), tiny,      -tiny,      most, -most,
                            inf, -inf,  2 * limit, -2 * limit, nan};
  const std::vector<std::vector<T>> values = {
      {T(.5), T(.5), T(.5), T(.5), 1, 0, 1, 0, 1, 0},
      {0, -T(0), tiny, -tiny, 1, -1, 1, -1, 1, -1},
      {1, 1, 1, 1, high, low, high, low, high, low},
  };
  const std::vector<T>& want = values[static_cast<std::size_t>(f)];
  for (const Way<T>& way : ways<T>(f, context.tables)) {
    Guarded<T> y(static_cast<i64>(x.size()));
    way.compute(x.data(), y.data(), y.size());
    for (std::size_t i = 0; i < want.size(); ++i) {
      const T got = y[static_cast<i64>(i)];
      // exp at its limit errs as it does elsewhere; all other values are exact, signs included.
      const bool rough = f == Function::kExp && i >= 4;
      const bool good = rough ? std::abs(got / want[i] - 1) <= 4 * kRoundoff<T>
                              : std::memcmp(&got, &want[i], sizeof got) == 0;
      context.report.expect(good, [&] {
        return way.name + " " + kNames[static_cast<int>(f)] + "(" + text_of(x[i]) + ") " +
               Precision<T>::name + ": got " + text_of(got) + ", expected " + text_of(want[i]);
      });
    }
    context.report.expect(std::isnan(y[y.size() - 1]), [&] { return way.name + ": NaN is lost"; });
  }
}

/// tanh is odd in every bit, and neither it nor σ leaves its range.
template <class T>
void check_shape(const Context& context, Function f) {
  std::vector<T> x;
  for (double v = 0; v < 20; v += 0.00031) x.push_back(static_cast<T>(v));
  std::vector<T> minus;
  for (const T v : x) minus.push_back(-v);
  for (const Way<T>& way : ways<T>(f, context.tables)) {
    Guarded<T> y(static_cast<i64>(x.size())), z(y.size());
    way.compute(x.data(), y.data(), y.size());
    way.compute(minus.data(), z.data(), z.size());
    i64 odd = 0, outside = 0;
    for (i64 i = 0; i < y.size(); ++i) {
      odd += f == Function::kTanh && y[i] != -z[i];
      outside +=
          f != Function::kExp && !(y[i] <= 1 && z[i] >= -1 && (f == Function::kTanh || z[i] > 0));
    }
    context.report.expect(odd == 0 && outside == 0, [&] {
      return way.name + " " + kNames[static_cast<int>(f)] + ": asymmetric or out of range";
    });
  }
}

/// Tails of every length, also in place.
template <class T>
void check_tails(const Context& context, Function f) {
  for (const Way<T>& way : ways<T>(f, context.tables)) {
    for (i64 n = 0; n <= 67; ++n) {
      Guarded<T> x(n), y(n), each(n);
      for (i64 i = 0; i < n; ++i) x[i] = static_cast<T>(i - 30) / T(7);
      way.compute(x.data(), y.data(), n);
      for (i64 i = 0; i < n; ++i) way.compute(x.data() + i, each.data() + i, 1);
      expect_same_bits(context.report, way.name + " one by one", each, y);
      way.compute(x.data(), x.data(), n);
      expect_same_bits(context.report, way.name + " in place", x, y);
      context.report.expect(y.intact() && x.intact(),
                            [&] { return way.name + ": written beyond"; });
    }
  }
}

/// The values of log that are known exactly, and those where there is none.
template <class T>
void check_log(const Context& context) {
  constexpr T inf = std::numeric_limits<T>::infinity(), nan = std::numeric_limits<T>::quiet_NaN();
  for (const Way<T>& way : ways<T>(Function::kLog, context.tables)) {
    const std::vector<T> x = {1, 0, -T(0), inf, -1, -inf, nan, -nan};
    Guarded<T> y(static_cast<i64>(x.size()));
    way.compute(x.data(), y.data(), y.size());
    const bool exact = y[0] == 0 && y[1] == -inf && y[2] == -inf && y[3] == inf;
    context.report.expect(exact, [&] { return way.name + " log: wrong at 1, 0 or infinity"; });
    for (i64 i = 4; i < y.size(); ++i) {
      context.report.expect(std::isnan(y[i]), [&] { return way.name + " log: NaN is lost"; });
    }
  }
}

}  // namespace

void check_activations(const Context& context) {
  for (const Function f : {Function::kSigmoid, Function::kTanh, Function::kExp}) {
    each_dtype([&](auto zero) {
      using T = decltype(zero);
      check_ulp<T>(context, f);
      check_special<T>(context, f);
      check_shape<T>(context, f);
      check_tails<T>(context, f);
    });
  }
  each_dtype([&](auto zero) {
    check_ulp<decltype(zero)>(context, Function::kLog);
    check_log<decltype(zero)>(context);
  });
}

}  // namespace pyrnn::check
