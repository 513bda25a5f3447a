#include "cpu/engine/decoder.h"

#include <algorithm>
#include <numeric>

#include "cpu/engine/chain.h"
#include "cpu/engine/team.h"
#include "cpu/engine/wavefront.h"

namespace pyrnn {
namespace {

using i64 = std::int64_t;

template <class T>
const T* row_of(const Rows<T>& rows, i64 k) {
  const i64 i = rows.index[k];
  if (i >= 0) return rows.base + i * rows.stride;
  return rows.initial ? rows.initial + ~i * rows.initial_stride : rows.zeros;
}

/// to [columns, rows] = from [rows, columns], by squares that stay in the nearest cache.
template <class T>
void transpose(const T* from, i64 rows, i64 columns, T* to) {
  constexpr i64 kSquare = 16;
  for (i64 i = 0; i < rows; i += kSquare) {
    for (i64 j = 0; j < columns; j += kSquare) {
      for (i64 c = j; c < std::min(j + kSquare, columns); ++c) {
        for (i64 r = i; r < std::min(i + kSquare, rows); ++r)
          to[c * rows + r] = from[r * columns + c];
      }
    }
  }
}

template <class T>
void add_row(const T* from, i64 n, T* to) {
  for (i64 i = 0; i < n; ++i) to[i] += from[i];
}

/// A product's rows in pieces that kernels need no copy of the other operand for.
template <class T>
void multiply(const ArrayKernels<T>& arrays, Product<T> product, const Worker& worker) {
  const i64 rows = product.M;
  for (i64 m = 0; m < rows; m += kProductRows) {
    product.M = std::min(kProductRows, rows - m);
    arrays.product(product, worker);
    product.a += product.M * product.lda;
    product.c += product.M * product.N;
  }
}

}  // namespace

template <class T>
DecoderCall<T>::DecoderCall(std::shared_ptr<PackedStack<T>> packed, const DecoderInput<T>& input,
                            bool save)
    : packed_(std::move(packed)), input_(input) {
  StackInput<T> layer = input.layer;
  const i64 width = packed_->shape().I - input.memory.E;
  const i64 count = elements({layer.time, layer.batch});
  context_ = std::make_shared<Buffer<T>>(elements({count, input.memory.E}));
  weights_ = std::make_shared<Buffer<T>>(elements({count, input.memory.S}));
  if (!layer.ids) {  // each row of x is one of a table
    elements({count, width});
    numbers_ = Buffer<i64>(count);
    std::iota(numbers_.get(), numbers_.get() + count, i64{0});
    layer.ids = numbers_.get();
    layer.table = layer.x;
    layer.vocabulary = count;
    layer.looked_up = input_.layer.looked_up = width;
  }
  layer.x = context_->get();
  layer.runner = this;
  call_ = std::make_unique<StackCall<T>>(packed_, layer, save ? Keep::kAll : Keep::kNothing);
}

template <class T>
typename DecoderCall<T>::Parts DecoderCall<T>::parts(i64 steps) const {
  Parts made;
  made.count = std::max(1, team_size());
  Product<T> product = query_product(std::min(kProductRows, input_.layer.batch));
  if (input_.projection) made.scratch_each = arrays().product_scratch(product);
  made.walks = Buffer<i64>(elements({made.count, 2, steps + 1}));
  made.scratch = Buffer<T>(elements({made.count, made.scratch_each}));
  made.rows = Buffer<T>(elements({input_.layer.batch, hidden()}));
  return made;
}

/// Fills in a worker's part of a pass; false where it has none.
template <class T>
bool DecoderCall<T>::take_part(const Pass<T>& pass, const Worker& worker, Part& part) const {
  const Batch& whole = *pass.batch;
  const int count = std::min(worker.count, parts_.count);
  if (worker.index >= count) return false;
  const Sequences own = packed_->table().sequences(whole, {worker.index, count, nullptr});
  const i64 first = own.first;
  if (own.last == first) return false;
  i64* const active = parts_.walks.get() + worker.index * 2 * (whole.steps + 1);
  i64* const offset = active + whole.steps + 1;
  for (i64 s = 0; s <= whole.steps; ++s) {
    active[s] = std::clamp<i64>(whole.active[s] - first, 0, own.last - first);
    offset[s] = whole.offset[s] + first;
  }
  part.batch = whole;
  part.batch.B = own.last - first;
  part.batch.steps = whole.length[first];
  part.batch.length = whole.length + first;
  part.batch.order = whole.order + first;
  part.batch.active = active;
  part.batch.offset = offset;
  part.first = first;
  part.scratch = parts_.scratch.get() + worker.index * parts_.scratch_each;
  part.rows = parts_.rows.get() + first * hidden();

  Pass<T>& mine = part.pass;
  mine = pass;
  mine.batch = &part.batch;
  mine.split = Split::kBatch;
  const auto shift = [&](auto& array, i64 row) {
    if (array) array += first * row;
  };
  shift(mine.c_start, mine.padded);
  shift(mine.dh, mine.padded_out);
  shift(mine.dc, mine.padded);
  if (!mine.keeps_cells) shift(mine.cells, mine.padded);
  if (mine.saved) return true;
  shift(mine.scratch, mine.padded);
  shift(mine.gates.base, packed_->kernels().sums * kUnitBlock<T>);
  return true;
}

template <class T>
Attention<T> DecoderCall<T>::attention(const Batch* batch) const {
  const T* const query = input_.projection ? query_.get() : before_.get();
  return {input_.memory, batch, query, weights_->get(), context_->get()};
}

/// q = h W_qᵀ, without its operands h and q.
template <class T>
Product<T> DecoderCall<T>::query_product(i64 rows) const {
  Product<T> product{};
  product.M = rows;
  product.N = input_.memory.A;
  product.K = product.lda = hidden();
  product.transpose_b = transposed_.size() == 0;
  product.b = product.transpose_b ? input_.projection : transposed_.get();
  product.ldb = product.transpose_b ? product.K : product.N;
  return product;
}

/// The queries of a step, from the states before it.
template <class T>
void DecoderCall<T>::form_queries(const Part& part, i64 step, const Worker& worker) const {
  const i64 k = part.batch.offset[step], n = part.batch.active[step], H = hidden();
  T* const before = before_.get() + k * H;
  for (i64 b = 0; b < n; ++b) std::copy_n(row_of(part.pass.h, k + b), H, before + b * H);
  if (!input_.projection) return;
  Product<T> product = query_product(n);
  product.a = before;
  product.c = query_.get() + k * product.N;
  product.scratch = part.scratch;
  multiply(arrays(), product, worker);
}

template <class T>
void DecoderCall<T>::forward(const Pass<T>& pass, const Steps&, const Worker& worker) {
  Part part;
  if (!take_part(pass, worker, part)) return;
  Alone alone;
  const Attention<T> task = attention(&part.batch);
  for (i64 step = 0; step < part.batch.steps; ++step) {
    form_queries(part, step, alone.worker());
    arrays().attend(task, {step, step + 1}, alone.worker());
    packed_->kernels().forward(part.pass, {step, step + 1}, alone.worker());
  }
}

template <class T>
void DecoderCall<T>::forward(const StackOutput<T>& output) {
  const i64 H = hidden(), A = input_.memory.A, time = input_.layer.time;
  const i64* const lengths = input_.layer.lengths;
  i64 rows = lengths ? 0 : places();
  for (i64 b = 0; lengths && b < input_.layer.batch; ++b) rows += lengths[b];
  before_ = Buffer<T>(elements({rows, H}));
  if (input_.projection) query_ = Buffer<T>(elements({rows, A}));
  if (input_.projection && time > 1) {
    transposed_ = Buffer<T>(elements({A, H}));
    transpose(input_.projection, A, H, transposed_.get());
  }
  clear_padding(context_->get(), input_.memory.E);
  clear_padding(weights_->get(), input_.memory.S);
  parts_ = parts(time);
  call_->forward(output);
  parts_ = Parts();
}

template <class T>
void DecoderCall<T>::clear_padding(T* to, i64 width) const {
  const i64 B = input_.layer.batch;
  for (i64 b = 0; input_.layer.lengths && b < B; ++b) {
    for (i64 t = input_.layer.lengths[b]; t < input_.layer.time; ++t) {
      std::fill_n(to + (t * B + b) * width, width, T(0));
    }
  }
}

/// dh of the step before, by way of its queries: dq W_q.
template <class T>
void DecoderCall<T>::pass_back(const Part& part, i64 step, const Worker& worker) const {
  const i64 k = part.batch.offset[step], n = part.batch.active[step], H = hidden();
  const T* dh = back_.dquery + k * input_.memory.A;
  if (input_.projection) {
    Product<T> product{};
    product.M = n;
    product.N = product.ldb = H;
    product.K = product.lda = input_.memory.A;
    product.a = dh;
    product.b = input_.projection;
    product.c = part.rows;
    multiply(arrays(), product, worker);
    dh = part.rows;
  }
  if (step == 0 && !part.pass.needs_state) return;
  for (i64 b = 0; b < n; ++b, dh += H) {
    T* const to = step > 0 ? dy_ + part.batch.position[part.batch.offset[step - 1] + b] * H
                           : part.pass.dh + b * part.pass.padded_out;
    add_row(dh, H, to);
  }
}

template <class T>
void DecoderCall<T>::backward(const Pass<T>& pass, const Steps&, const Worker& worker) {
  Part part;
  if (!take_part(pass, worker, part)) return;
  Alone alone;
  AttentionGradient<T> task = back_;
  task.of.batch = &part.batch;
  if (part.batch.steps == 0) arrays().attend_back(task, {0, 0}, alone.worker());
  for (i64 step = part.batch.steps - 1; step >= 0; --step) {
    packed_->kernels().backward(part.pass, {step, step + 1}, alone.worker());
    const i64 k = part.batch.offset[step];
    const InputGradient<T> into{
        pass.gates, k,    k + part.batch.active[step], pass.E, pass.I - pass.E, task.dcontext,
        nullptr,    false};
    packed_->kernels().input_gradient(part.pass, into, alone.worker());
    arrays().attend_back(task, {step, step + 1}, alone.worker());
    pass_back(part, step, alone.worker());
  }
}

template <class T>
void DecoderCall<T>::backward(const DecoderUpstream<T>& upstream,
                              const DecoderGradients<T>& gradients, bool retain) {
  const Memory<T>& memory = input_.memory;
  const i64 H = hidden(), A = memory.A, B = input_.layer.batch, rows = before_.size() / H;
  const Buffer<T> dcontext(elements({rows, memory.E})), dscores(elements({rows, memory.S}));
  const Buffer<T> dquery(elements({rows, A})), dy(elements({places(), H}));
  const Buffer<T> shares(gradients.weight ? elements({B, A}) : 0);
  if (upstream.layer.dy) {
    std::copy_n(upstream.layer.dy, dy.size(), dy.get());
  } else {
    std::fill_n(dy.get(), dy.size(), T(0));
  }
  dy_ = dy.get();
  back_ = {attention(nullptr), upstream.dcontext, nullptr,
           dcontext.get(),     dscores.get(),     dquery.get(),
           gradients.keys,     gradients.values,  gradients.weight ? shares.get() : nullptr};
  Product<T> product{};
  product.M = product.lda = A;
  product.N = product.ldb = H;
  product.K = rows;
  product.a = dquery.get();
  product.b = before_.get();
  product.c = gradients.projection;
  product.transpose_a = true;
  const Buffer<T> scratch(gradients.projection ? arrays().product_scratch(product) : 0);
  product.scratch = scratch.get();
  const Buffer<i64> first(gradients.weight ? B : 0);
  std::fill_n(first.get(), first.size(), i64{0});
  const RowSum<T> sum{B, A, 1, shares.get(), first.get(), gradients.weight};
  parts_ = parts(input_.layer.time);

  StackUpstream<T> into = upstream.layer;
  into.dy = dy.get();
  DecoderGradients<T> out = gradients;
  if (!input_.layer.ids && out.layer.x) {
    clear_padding(out.layer.x, input_.layer.looked_up);
    out.layer.table = out.layer.x;
    out.layer.in_place = true;
  }
  out.layer.x = nullptr;
  call_->backward(into, out.layer, retain);
  run_team(2.0 * static_cast<double>(rows) * static_cast<double>(A * H), [&](const Worker& all) {
    if (gradients.projection) arrays().product(product, all);
    if (gradients.weight) arrays().sum_rows(sum, all);
  });
  parts_ = Parts();
  if (retain) return;
  for (Buffer<T>* const left : {&before_, &query_, &transposed_}) *left = Buffer<T>();
}

template class DecoderCall<float>;
template class DecoderCall<double>;

}  // namespace pyrnn
