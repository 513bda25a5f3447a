#include "check/recurrence.h"

#include <cmath>

namespace pyrnn::check {
namespace {

// Functions of a sum s and their slopes there; the library has the slopes from the values instead.
double logistic(double s) { return 1 / (1 + std::exp(-s)); }
double logistic_slope(double s) { return logistic(s) * logistic(-s); }
double tangent(double s) { return std::tanh(s); }
double tangent_slope(double s) { return 1 / (std::cosh(s) * std::cosh(s)); }
double ramp(double s) { return s < 0 ? 0 : s; }
double ramp_slope(double s) { return s > 0 ? 1 : 0; }

/// out_j = b_j + sum_k M_jk v_k for the rows [first, last) of M [*, n].
void affine(const double* M, const double* b, const Vector& v, i64 first, i64 last, Vector& out) {
  const i64 n = static_cast<i64>(v.size());
  for (i64 j = first; j < last; ++j) {
    double sum = b ? b[j] : 0;
    for (i64 k = 0; k < n; ++k) sum += M[j * n + k] * v[static_cast<std::size_t>(k)];
    out[static_cast<std::size_t>(j)] = sum;
  }
}

/// Its gradients: dM_jk += d_j v_k, db_j += d_j, dv_k += d_j M_jk.
void affine_backward(const double* M, const Vector& v, i64 first, i64 last, const Vector& d,
                     double* dM, double* db, Vector& dv) {
  const i64 n = static_cast<i64>(v.size());
  for (i64 j = first; j < last; ++j) {
    const double dj = d[static_cast<std::size_t>(j)];
    if (db) db[j] += dj;
    for (i64 k = 0; k < n; ++k) {
      dM[j * n + k] += dj * v[static_cast<std::size_t>(k)];
      dv[static_cast<std::size_t>(k)] += dj * M[j * n + k];
    }
  }
}

Vector zeros(i64 n) { return Vector(static_cast<std::size_t>(n), 0.0); }

/// a = W x + b_ih and u = R h + b_hh, all gates; room for what follows.
void both_sums(const Parameters& p, i64 gates, Step& step) {
  step.a = zeros(gates * p.H);
  step.u = zeros(gates * p.H);
  step.gates = zeros(gates * p.H);
  step.h_next = zeros(p.H);
  affine(p.W, p.b_ih, step.x, 0, gates * p.H, step.a);
  affine(p.R, p.b_hh, step.h, 0, gates * p.H, step.u);
}

// Elman (1990):  h'_j = φ(s_j),  s = W x + b_ih + R h + b_hh

template <double (*kValue)(double)>
void elman_forward(const Parameters& p, Step& step) {
  both_sums(p, 1, step);
  for (std::size_t j = 0; j < step.h.size(); ++j) step.h_next[j] = kValue(step.a[j] + step.u[j]);
}

template <double (*kSlope)(double)>
void elman_backward(const Parameters& p, const Step& step, const ParameterGradients& g,
                    StepGradients& d) {
  Vector ds = zeros(p.H);
  for (std::size_t j = 0; j < ds.size(); ++j) ds[j] = d.dh[j] * kSlope(step.a[j] + step.u[j]);
  d.dx = zeros(p.I);
  d.dh = zeros(p.H);
  affine_backward(p.W, step.x, 0, p.H, ds, g.W, g.b_ih, d.dx);
  affine_backward(p.R, step.h, 0, p.H, ds, g.R, g.b_hh, d.dh);
}

// LSTM (Hochreiter and Schmidhuber 1997; Gers et al. 2000), gates i f g o:
//   i = σ(s_i)  f = σ(s_f)  g = tanh(s_g)  o = σ(s_o)   c' = f c + i g   h' = o tanh(c')

void lstm_forward(const Parameters& p, Step& step) {
  const std::size_t H = static_cast<std::size_t>(p.H);
  both_sums(p, 4, step);
  step.c_next = zeros(p.H);
  for (std::size_t j = 0; j < H; ++j) {
    const double i = logistic(step.a[j] + step.u[j]);
    const double f = logistic(step.a[H + j] + step.u[H + j]);
    const double g = tangent(step.a[2 * H + j] + step.u[2 * H + j]);
    const double o = logistic(step.a[3 * H + j] + step.u[3 * H + j]);
    step.c_next[j] = f * step.c[j] + i * g;
    step.h_next[j] = o * tangent(step.c_next[j]);
    step.gates[j] = i;
    step.gates[H + j] = f;
    step.gates[2 * H + j] = g;
    step.gates[3 * H + j] = o;
  }
}

void lstm_backward(const Parameters& p, const Step& step, const ParameterGradients& grad,
                   StepGradients& d) {
  const std::size_t H = static_cast<std::size_t>(p.H);
  Vector ds = zeros(4 * p.H);
  for (std::size_t j = 0; j < H; ++j) {
    const auto sum = [&](std::size_t gate) { return step.a[gate * H + j] + step.u[gate * H + j]; };
    const double i = step.gates[j], f = step.gates[H + j];
    const double g = step.gates[2 * H + j], o = step.gates[3 * H + j];
    const double dc = d.dc[j] + d.dh[j] * o * tangent_slope(step.c_next[j]);
    ds[j] = dc * g * logistic_slope(sum(0));
    ds[H + j] = dc * step.c[j] * logistic_slope(sum(1));
    ds[2 * H + j] = dc * i * tangent_slope(sum(2));
    ds[3 * H + j] = d.dh[j] * tangent(step.c_next[j]) * logistic_slope(sum(3));
    d.dc[j] = dc * f;
  }
  d.dx = zeros(p.I);
  d.dh = zeros(p.H);
  affine_backward(p.W, step.x, 0, 4 * p.H, ds, grad.W, grad.b_ih, d.dx);
  affine_backward(p.R, step.h, 0, 4 * p.H, ds, grad.R, grad.b_hh, d.dh);
}

// GRU, reset after the product (as PyTorch has it), gates r z n:
//   r = σ(a_r + u_r)  z = σ(a_z + u_z)  n = tanh(a_n + r u_n)   h' = (1 - z) n + z h

void gru_forward(const Parameters& p, Step& step) {
  const std::size_t H = static_cast<std::size_t>(p.H);
  both_sums(p, 3, step);
  for (std::size_t j = 0; j < H; ++j) {
    const double r = logistic(step.a[j] + step.u[j]);
    const double z = logistic(step.a[H + j] + step.u[H + j]);
    const double n = tangent(step.a[2 * H + j] + r * step.u[2 * H + j]);
    step.h_next[j] = (1 - z) * n + z * step.h[j];
    step.gates[j] = r;
    step.gates[H + j] = z;
    step.gates[2 * H + j] = n;
  }
}

void gru_backward(const Parameters& p, const Step& step, const ParameterGradients& grad,
                  StepGradients& d) {
  const std::size_t H = static_cast<std::size_t>(p.H);
  Vector da = zeros(3 * p.H), du = zeros(3 * p.H), carried = zeros(p.H);
  for (std::size_t j = 0; j < H; ++j) {
    const double r = step.gates[j], z = step.gates[H + j], n = step.gates[2 * H + j];
    const double u_n = step.u[2 * H + j];
    const double ds_n = d.dh[j] * (1 - z) * tangent_slope(step.a[2 * H + j] + r * u_n);
    da[j] = du[j] = ds_n * u_n * logistic_slope(step.a[j] + step.u[j]);
    da[H + j] = du[H + j] =
        d.dh[j] * (step.h[j] - n) * logistic_slope(step.a[H + j] + step.u[H + j]);
    da[2 * H + j] = ds_n;
    du[2 * H + j] = ds_n * r;
    carried[j] = d.dh[j] * z;
  }
  d.dx = zeros(p.I);
  d.dh = carried;
  affine_backward(p.W, step.x, 0, 3 * p.H, da, grad.W, grad.b_ih, d.dx);
  affine_backward(p.R, step.h, 0, 3 * p.H, du, grad.R, grad.b_hh, d.dh);
}

// GRU, reset before the product (Cho et al. 2014), gates r z n:
//   r = σ(s_r)  z = σ(s_z)  n = tanh(W_n x + b_in + R_n (r h) + b_hn)   h' = (1 - z) n + z h

Vector reset_state(const Step& step) {
  Vector product(step.h.size());
  for (std::size_t j = 0; j < product.size(); ++j) product[j] = step.gates[j] * step.h[j];
  return product;
}

void gru_before_forward(const Parameters& p, Step& step) {
  const std::size_t H = static_cast<std::size_t>(p.H);
  both_sums(p, 3, step);
  for (std::size_t j = 0; j < H; ++j) step.gates[j] = logistic(step.a[j] + step.u[j]);
  affine(p.R, p.b_hh, reset_state(step), 2 * p.H, 3 * p.H, step.u);
  for (std::size_t j = 0; j < H; ++j) {
    const double z = logistic(step.a[H + j] + step.u[H + j]);
    const double n = tangent(step.a[2 * H + j] + step.u[2 * H + j]);
    step.h_next[j] = (1 - z) * n + z * step.h[j];
    step.gates[H + j] = z;
    step.gates[2 * H + j] = n;
  }
}

void gru_before_backward(const Parameters& p, const Step& step, const ParameterGradients& grad,
                         StepGradients& d) {
  const std::size_t H = static_cast<std::size_t>(p.H);
  Vector ds = zeros(3 * p.H), dreset = zeros(p.H), dh = zeros(p.H);
  for (std::size_t j = 0; j < H; ++j) {
    const double z = step.gates[H + j], n = step.gates[2 * H + j];
    ds[H + j] = d.dh[j] * (step.h[j] - n) * logistic_slope(step.a[H + j] + step.u[H + j]);
    ds[2 * H + j] = d.dh[j] * (1 - z) * tangent_slope(step.a[2 * H + j] + step.u[2 * H + j]);
    dh[j] = d.dh[j] * z;
  }
  affine_backward(p.R, reset_state(step), 2 * p.H, 3 * p.H, ds, grad.R, grad.b_hh, dreset);
  for (std::size_t j = 0; j < H; ++j) {
    ds[j] = dreset[j] * step.h[j] * logistic_slope(step.a[j] + step.u[j]);
    dh[j] += dreset[j] * step.gates[j];
  }
  d.dx = zeros(p.I);
  d.dh = dh;
  affine_backward(p.W, step.x, 0, 3 * p.H, ds, grad.W, grad.b_ih, d.dx);
  affine_backward(p.R, step.h, 0, 2 * p.H, ds, grad.R, grad.b_hh, d.dh);
}

const Recurrence kRecurrences[] = {
    {"rnn_tanh", 1, false, elman_forward<tangent>, elman_backward<tangent_slope>},
    {"rnn_relu", 1, false, elman_forward<ramp>, elman_backward<ramp_slope>},
    {"rnn_sigmoid", 1, false, elman_forward<logistic>, elman_backward<logistic_slope>},
    {"lstm", 4, true, lstm_forward, lstm_backward},
    {"gru", 3, false, gru_forward, gru_backward},
    {"gru_reset_before", 3, false, gru_before_forward, gru_before_backward},
};

}  // namespace

const Recurrence* find_recurrence(const std::string& name) {
  for (const Recurrence& recurrence : kRecurrences) {
    if (name == recurrence.name) return &recurrence;
  }
  return nullptr;
}

}  // namespace pyrnn::check
