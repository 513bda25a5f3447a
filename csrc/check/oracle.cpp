#include "check/oracle.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "check/recurrence.h"

namespace pyrnn::check {
namespace {

// The dropout mask by its definition (pyrnn/kernels/dropout.py):
//   counter = ((l T + t) B + b) (D H) + j     key = mix(seed + γ)
//   keep    = top 24 bits of mix(key + (counter + 1) γ), as a fraction of 2^24, are not below p

std::uint64_t mix(std::uint64_t z) {
  z ^= z >> 30;
  z *= 0xBF58476D1CE4E5B9u;
  z ^= z >> 27;
  z *= 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

double factor(double p, std::uint64_t seed, std::uint64_t counter) {
  constexpr std::uint64_t kGamma = 0x9E3779B97F4A7C15u;
  const std::uint64_t bits = mix(mix(seed + kGamma) + (counter + 1) * kGamma);
  const double fraction = static_cast<double>(bits >> 40) / 16777216.0;
  return fraction >= p ? 1 / (1 - p) : 0;
}

/// One direction of one layer on one sequence, and the steps it took.
struct Run {
  i64 layer, d, b;
  std::vector<Step> steps;
};

class Stack {
 public:
  explicit Stack(const Problem& problem)
      : p_(problem), s_(problem.shape), recurrence_(find_recurrence(problem.cell)) {
    if (!recurrence_)
      throw std::invalid_argument("the oracle knows no cell called " + problem.cell);
    const i64 states = s_.L * s_.D * s_.B * s_.H, outputs = s_.T * s_.B * s_.D * s_.H;
    size(out_.h_n, states);
    size(out_.dh0, states);
    size(out_.y, outputs);
    if (recurrence_->has_cell) {
      size(out_.c_n, states);
      size(out_.dc0, states);
      size(out_.cells, outputs);
    }
    for (const Vector& weight : p_.weights) out_.dweights.emplace_back(weight.size(), 0.0);
    out_.nearest_kink = std::numeric_limits<double>::infinity();
  }

  Expected run() {
    forward();
    backward();
    return std::move(out_);
  }

 private:
  static void size(Vector& v, i64 n) { v.assign(static_cast<std::size_t>(n), 0.0); }
  static Vector part(const Vector& v, i64 first, i64 n) {
    if (v.empty()) return Vector(static_cast<std::size_t>(n), 0.0);
    return Vector(v.begin() + first, v.begin() + first + n);
  }
  static void put(const Vector& from, Vector& to, i64 first) {
    std::copy(from.begin(), from.end(), to.begin() + first);
  }
  static void add(const Vector& from, i64 first, Vector& to) {
    for (std::size_t j = 0; j < to.size(); ++j) to[j] += from[static_cast<std::size_t>(first) + j];
  }

  i64 state_at(i64 layer, i64 d, i64 b) const { return ((layer * s_.D + d) * s_.B + b) * s_.H; }
  i64 output_at(i64 t, i64 b, i64 d) const { return ((t * s_.B + b) * s_.D + d) * s_.H; }
  /// The time at which step k of sequence b reads: from the last valid one backwards if reversed.
  i64 time(const Run& run, i64 k) const { return run.d == 0 ? k : p_.length(run.b) - 1 - k; }

  Parameters parameters(i64 layer, i64 d) const {
    const std::size_t each = s_.bias ? 4 : 2;
    const Vector* w = p_.weights.data() + static_cast<std::size_t>(layer * s_.D + d) * each;
    return {p_.layer_input(layer),
            s_.H,
            w[0].data(),
            w[1].data(),
            s_.bias ? w[2].data() : nullptr,
            s_.bias ? w[3].data() : nullptr};
  }

  ParameterGradients gradients(i64 layer, i64 d) {
    const std::size_t each = s_.bias ? 4 : 2;
    Vector* w = out_.dweights.data() + static_cast<std::size_t>(layer * s_.D + d) * each;
    return {w[0].data(), w[1].data(), s_.bias ? w[2].data() : nullptr,
            s_.bias ? w[3].data() : nullptr};
  }

  /// v times the mask behind `layer`; v [T, B, D H].
  Vector masked(Vector v, i64 layer) const {
    if (s_.dropout == 0) return v;
    for (std::size_t i = 0; i < v.size(); ++i) {
      v[i] *= factor(s_.dropout, s_.seed, static_cast<std::uint64_t>(layer) * v.size() + i);
    }
    return v;
  }

  /// The first layer's input [T, B, I].
  Vector dense_input() const {
    if (s_.V == 0) return p_.x;
    Vector x(static_cast<std::size_t>(s_.T * s_.B * s_.I), 0.0);
    for (i64 b = 0; b < s_.B; ++b) {
      for (i64 t = 0; t < p_.length(b); ++t) {
        const i64 place = t * s_.B + b;
        put(part(p_.table, p_.ids[static_cast<std::size_t>(place)] * s_.I, s_.I), x, place * s_.I);
      }
    }
    return x;
  }

  void forward() {
    Vector x = dense_input();
    for (i64 layer = 0; layer < s_.L; ++layer) {
      Vector y(static_cast<std::size_t>(s_.T * s_.B * s_.D * s_.H), 0.0);
      for (i64 d = 0; d < s_.D; ++d) {
        for (i64 b = 0; b < s_.B; ++b) forward_run(layer, d, b, x, y);
      }
      x = layer + 1 < s_.L ? masked(y, layer) : y;
    }
    out_.y = x;
  }

  void forward_run(i64 layer, i64 d, i64 b, const Vector& x, Vector& y) {
    const Parameters parameters = this->parameters(layer, d);
    Run run{layer, d, b, {}};
    Vector h = part(p_.h0, state_at(layer, d, b), s_.H);
    Vector c = part(p_.c0, state_at(layer, d, b), s_.H);
    for (i64 k = 0; k < p_.length(b); ++k) {
      const i64 t = time(run, k), I = parameters.I;
      Step step{};
      step.x = part(x, (t * s_.B + b) * I, I);
      step.h = h;
      step.c = c;
      recurrence_->forward(parameters, step);
      for (std::size_t j = 0; p_.cell == "rnn_relu" && j < step.a.size(); ++j) {
        out_.nearest_kink = std::min(out_.nearest_kink, std::abs(step.a[j] + step.u[j]));
      }
      h = step.h_next;
      put(h, y, output_at(t, b, d));
      if (recurrence_->has_cell) {
        c = step.c_next;
        if (layer + 1 == s_.L) put(c, out_.cells, output_at(t, b, d));
      }
      run.steps.push_back(std::move(step));
    }
    put(h, out_.h_n, state_at(layer, d, b));
    if (recurrence_->has_cell) put(c, out_.c_n, state_at(layer, d, b));
    runs_.push_back(std::move(run));
  }

  void backward() {
    Vector dy = p_.dy;
    for (i64 layer = s_.L - 1; layer >= 0; --layer) {
      Vector dx(static_cast<std::size_t>(s_.T * s_.B * p_.layer_input(layer)), 0.0);
      for (const Run& run : runs_) {
        if (run.layer == layer) backward_run(run, dy, dx);
      }
      dy = layer > 0 ? masked(dx, layer - 1) : dx;
    }
    out_.dx = s_.V == 0 ? dy : table_gradient(dy);
  }

  void backward_run(const Run& run, const Vector& dy, Vector& dx) {
    const Parameters parameters = this->parameters(run.layer, run.d);
    const i64 state = state_at(run.layer, run.d, run.b), I = parameters.I;
    const bool top = run.layer + 1 == s_.L;
    StepGradients g{{}, part(p_.dh_n, state, s_.H), part(p_.dc_n, state, s_.H)};
    for (i64 k = static_cast<i64>(run.steps.size()) - 1; k >= 0; --k) {
      const i64 t = time(run, k), at = output_at(t, run.b, run.d);
      add(dy, at, g.dh);
      if (top && recurrence_->has_cell) add(p_.dcells, at, g.dc);
      recurrence_->backward(parameters, run.steps[static_cast<std::size_t>(k)],
                            gradients(run.layer, run.d), g);
      for (i64 i = 0; i < I; ++i) {
        dx[static_cast<std::size_t>((t * s_.B + run.b) * I + i)] +=
            g.dx[static_cast<std::size_t>(i)];
      }
    }
    put(g.dh, out_.dh0, state);
    if (recurrence_->has_cell) put(g.dc, out_.dc0, state);
  }

  Vector table_gradient(const Vector& dx) const {
    Vector dtable(static_cast<std::size_t>(s_.V * s_.I), 0.0);
    for (i64 b = 0; b < s_.B; ++b) {
      for (i64 t = 0; t < p_.length(b); ++t) {
        const i64 place = t * s_.B + b, id = p_.ids[static_cast<std::size_t>(place)];
        for (i64 i = 0; i < s_.I; ++i) {
          dtable[static_cast<std::size_t>(id * s_.I + i)] +=
              dx[static_cast<std::size_t>(place * s_.I + i)];
        }
      }
    }
    return dtable;
  }

  const Problem& p_;
  const Shape& s_;
  const Recurrence* recurrence_;
  std::vector<Run> runs_;
  Expected out_;
};

}  // namespace

Expected expected(const Problem& problem) { return Stack(problem).run(); }

bool oracle_knows(const std::string& cell) { return find_recurrence(cell) != nullptr; }

}  // namespace pyrnn::check
