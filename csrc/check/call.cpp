#include "check/call.h"

#include <optional>
#include <stdexcept>

#include "check/exact_team.h"
#include "cpu/engine/schedule.h"

namespace pyrnn::check {
namespace {

/// Puts a setting into force while it lives.
class InForce {
 public:
  explicit InForce(const Setting& setting) : team_(setting.threads) {
    force_schedule({setting.fuse, setting.split, setting.chunk, setting.wavefront});
  }
  ~InForce() { force_schedule({}); }
  InForce(const InForce&) = delete;
  InForce& operator=(const InForce&) = delete;

 private:
  const ExactTeam team_;
};

template <class T>
std::vector<T> rounded(const std::vector<double>& values) {
  std::vector<T> out;
  out.reserve(values.size());
  for (double value : values) out.push_back(static_cast<T>(value));
  return out;
}

template <class T>
const T* or_null(const Guarded<T>& array, bool given) {
  return given ? array.data() : nullptr;
}

}  // namespace

std::string Setting::text() const {
  const char* const fuses[] = {"", " hoist", " fuse"};
  const char* const splits[] = {"", " by-batch", " by-units", " unsplit"};
  std::string text = std::to_string(threads) + " thread" + (threads > 1 ? "s" : "");
  text += fuses[fuse + 1];
  text += splits[split + 1];
  if (wavefront > 0) text += " wavefront";
  if (chunk > 0) text += " chunk " + std::to_string(chunk);
  if (recompute > 0) text += " recompute " + std::to_string(recompute);
  return text;
}

template <class T>
Call<T>::Inputs::Inputs(const Problem& p)
    : ids(p.ids),
      x(rounded<T>(p.x)),
      table(rounded<T>(p.table)),
      h0(rounded<T>(p.h0)),
      c0(rounded<T>(p.c0)),
      dy(rounded<T>(p.dy)),
      dcells(rounded<T>(p.dcells)),
      dh_n(rounded<T>(p.dh_n)),
      dc_n(rounded<T>(p.dc_n)) {
  for (const auto& weight : p.weights) weights.emplace_back(rounded<T>(weight));
}

template <class T>
Call<T>::Call(const KernelTable& table, const Problem& problem, const Setting& setting, Under under)
    : problem_(problem), setting_(setting), under_(under), inputs_(problem) {
  std::optional<InForce> in_force;
  if (under_ == Under::kExactTeam) in_force.emplace(setting_);
  const Shape& s = problem_.shape;
  std::vector<const T*> weights;
  for (const Guarded<T>& weight : inputs_.weights) weights.push_back(weight.data());
  const StackShape shape{cell_index(table, problem.cell.name),
                         s.I,
                         s.H,
                         s.output(),
                         s.L,
                         s.D,
                         s.bias,
                         s.dropout,
                         s.zoneout_h,
                         s.zoneout_c,
                         s.recurrent_dropout};
  packed_ = std::make_shared<PackedStack<T>>(table, shape, weights.data());
}

template <class T>
Call<T>::Call(const Call& packed, const Problem& problem)
    : problem_(problem),
      setting_(packed.setting_),
      under_(packed.under_),
      inputs_(problem),
      packed_(packed.packed_) {}

template <class T>
StackInput<T> Call<T>::input() const {
  const Shape& s = problem_.shape;
  StackInput<T> input{};
  input.time = s.T;
  input.batch = s.B;
  input.x = or_null(inputs_.x, s.looked_up() < s.I);
  input.ids = or_null(inputs_.ids, s.V > 0);
  input.table = or_null(inputs_.table, s.V > 0);
  input.vocabulary = s.V;
  input.looked_up = s.looked_up();
  input.h0 = or_null(inputs_.h0, s.states);
  input.c0 = or_null(inputs_.c0, s.states && problem_.cell.has_cell);
  input.lengths = s.lengths == Lengths::kNone ? nullptr : problem_.lengths.data();
  if (!problem_.sequences.empty()) input.sequences = problem_.sequences.data();
  if (!problem_.reset.empty()) input.reset = problem_.reset.data();
  if (s.masked()) input.seed = s.seed;
  input.recompute = setting_.recompute;
  return input;
}

template <class T>
void Call<T>::forward(bool save, bool cells, bool y) {
  std::optional<InForce> in_force;
  if (under_ == Under::kExactTeam) in_force.emplace(setting_);
  const Shape& s = problem_.shape;
  const i64 states = s.L * s.D * s.B, places = s.T * s.B * s.D;
  const bool has_c = problem_.cell.has_cell;
  outcome.h_n = Guarded<T>(states * s.output());
  outcome.c_n = Guarded<T>(has_c ? states * s.H : 0);
  outcome.cells = Guarded<T>(has_c && cells ? places * s.H : 0);
  outcome.y = Guarded<T>(y ? places * s.output() : 0);
  StackInput<T> all = input();
  all.keeps_y = y;
  call_ = std::make_unique<StackCall<T>>(packed_, all, save ? Keep::kAll : Keep::kNothing);
  call_->forward({outcome.h_n.data(), has_c ? outcome.c_n.data() : nullptr,
                  has_c && cells ? outcome.cells.data() : nullptr});
  for (i64 i = 0; i < outcome.y.size(); ++i) outcome.y[i] = (*call_->y())[i];
}

template <class T>
void Call<T>::backward(const Wanted& wanted, bool retain) {
  std::optional<InForce> in_force;
  if (under_ == Under::kExactTeam) in_force.emplace(setting_);
  const Shape& s = problem_.shape;
  const bool has_c = problem_.cell.has_cell;
  const i64 states = s.L * s.D * s.B;
  const bool of_table = wanted.x && s.V > 0;
  Guarded<T> rows(of_table ? call_->tokens().count * s.looked_up() : 0);
  outcome.dx = Guarded<T>(wanted.x ? s.T * s.B * (s.I - s.looked_up()) : 0);
  outcome.dh0 = Guarded<T>(wanted.state ? states * s.output() : 0);
  outcome.dc0 = Guarded<T>(wanted.state && has_c ? states * s.H : 0);
  outcome.dweights.clear();
  StackGradients<T> gradients{};
  gradients.x = wanted.x && s.looked_up() < s.I ? outcome.dx.data() : nullptr;
  gradients.table = of_table ? rows.data() : nullptr;
  gradients.h0 = wanted.state ? outcome.dh0.data() : nullptr;
  gradients.c0 = wanted.state && has_c ? outcome.dc0.data() : nullptr;
  for (const auto& weight : problem_.weights) {
    if (wanted.weights) outcome.dweights.emplace_back(static_cast<i64>(weight.size()));
  }
  for (Guarded<T>& weight : outcome.dweights) gradients.weights.push_back(weight.data());
  call_->backward({or_null(inputs_.dy, wanted.dy), or_null(inputs_.dh_n, wanted.dh_n),
                   or_null(inputs_.dc_n, wanted.dc_n && has_c),
                   or_null(inputs_.dcells, wanted.dcells && has_c)},
                  gradients, retain);
  outcome.dtable = of_table ? spread(rows) : Guarded<T>(0);
}

/// The rows of the distinct tokens at their places in the table's gradient, zero elsewhere.
template <class T>
Guarded<T> Call<T>::spread(const Guarded<T>& rows) const {
  const i64 I = problem_.shape.looked_up();
  Guarded<T> table(problem_.shape.V * I);
  for (i64 i = 0; i < table.size(); ++i) table[i] = 0;
  const Numbered& tokens = call_->tokens();
  for (i64 k = 0; k < tokens.count; ++k) {
    for (i64 i = 0; i < I; ++i) table[tokens.ids[k] * I + i] = rows[k * I + i];
  }
  if (!rows.intact()) throw std::runtime_error("dx: written beyond the end");
  return table;
}

template <class T>
Outcome<Guarded<T>> outcome_of(const KernelTable& table, const Problem& problem,
                               const Setting& setting) {
  Call<T> call(table, problem, setting);
  call.forward();
  call.backward();
  return std::move(call.outcome);
}

int cell_index(const KernelTable& table, const std::string& name) {
  for (int i = 0; i < kCellCount; ++i) {
    if (name == table.cells_f32[i].name) return i;
  }
  throw std::invalid_argument("no cell called " + name);
}

std::vector<CellTraits> cells(const KernelTable& table) {
  std::vector<CellTraits> all;
  for (const CellKernels<float>& cell : table.cells_f32) {
    all.push_back({cell.name, cell.weights, cell.terms, cell.sums, cell.has_cell, cell.projects,
                   cell.normalises});
  }
  return all;
}

template class Call<float>;
template class Call<double>;
template Outcome<Guarded<float>> outcome_of<float>(const KernelTable&, const Problem&,
                                                   const Setting&);
template Outcome<Guarded<double>> outcome_of<double>(const KernelTable&, const Problem&,
                                                     const Setting&);

}  // namespace pyrnn::check
