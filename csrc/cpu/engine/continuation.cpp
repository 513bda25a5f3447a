#include "cpu/engine/continuation.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "cpu/engine/team.h"
#include "cpu/engine/wavefront.h"

namespace pyrnn {

using i64 = std::int64_t;

template <class T>
Continuations<T>::Continuations(std::shared_ptr<const Chain<T>> chain, Continuing how,
                                i64 sentences)
    : Sessions<T>(std::move(chain)),
      how_(std::move(how)),
      going_(static_cast<std::size_t>(sentences)),
      last_(static_cast<std::size_t>(sentences), how_.first),
      sentences_(static_cast<std::size_t>(sentences)),
      likeliest_(sentences),
      logits_(elements({sentences, this->chain().out()})),
      largest_(sentences),
      norms_(sentences) {
  std::iota(going_.begin(), going_.end(), i64{0});
  this->reserve_slots(sentences);
  this->reserve_rows(sentences);
  for (i64 b = 0; b < sentences; ++b) this->open();
}

/// Each thread has sentences of its own, and all of their steps: none waits for another. They are
/// dealt out in turns, since those that stand side by side are often of about one length.
template <class T>
bool Continuations<T>::run(i64 steps) {
  const i64 n = static_cast<i64>(going_.size()), B = static_cast<i64>(sentences_.size());
  steps = std::min(steps, how_.most - done_);
  tokens_.resize(static_cast<std::size_t>((done_ + steps) * B));
  auto work = [&](const Worker& worker) {
    const i64 each = n / worker.count, more = n % worker.count;
    const i64 first = each * worker.index + std::min<i64>(worker.index, more);
    const i64 count = each + (worker.index < more);
    for (i64 k = 0; k < count; ++k) {
      this->slot_[first + k] = going_[static_cast<std::size_t>(worker.index + k * worker.count)];
    }
    go_on(first, count, steps);
  };
  if (n < kSharedRows) {
    Alone alone;
    work(alone.worker());
  } else {
    run_team(static_cast<double>(n * steps) * this->chain().flops(), work);
  }
  done_ += steps;
  const auto left = [&](i64 b) { return last_[static_cast<std::size_t>(b)] < 0; };
  going_.erase(std::remove_if(going_.begin(), going_.end(), left), going_.end());
  return !going_.empty() && done_ < how_.most;
}

/// Steps of the sentences in these rows; those that end leave, and the others close up.
template <class T>
void Continuations<T>::go_on(i64 first, i64 count, i64 steps) {
  for (i64 step = done_; step < done_ + steps && count > 0; ++step) {
    const i64 side = step & 1;
    for (i64 row = first; row < first + count; ++row) {
      const i64 b = this->slot_[row];
      this->previous_[row] = 2 * b + side;
      this->place_[row] = 2 * b + 1 - side;
      this->read_[row] = last_[static_cast<std::size_t>(b)];
    }
    this->work(nullptr, first, count, logits_.get(), side);
    choose(first, count);
    count = keep(first, count, step);
  }
}

/// What comes next in each of these rows.
template <class T>
void Continuations<T>::choose(i64 first, i64 count) {
  const i64 V = this->chain().out();
  T* const z = logits_.get() + first * V;
  for (i64 row = 0; row < count; ++row) {
    for (const i64 id : how_.absent) z[row * V + id] = -std::numeric_limits<T>::infinity();
  }
  Alone alone;
  this->chain().kernels().likeliest(
      {count, V, 1, z, how_.allowed.data(), 0, likeliest_.get() + first, largest_.get() + first,
       norms_.get() + first},
      alone.worker());
}

/// Writes down what was chosen; how many rows go on.
template <class T>
i64 Continuations<T>::keep(i64 first, i64 count, i64 step) {
  const i64 B = static_cast<i64>(sentences_.size());
  i64 kept = first;
  for (i64 row = first; row < first + count; ++row) {
    const i64 id = likeliest_[row], b = this->slot_[row];
    Continued& sentence = sentences_[static_cast<std::size_t>(b)];
    const double found = static_cast<double>(largest_[row]) - norms_[row];
    sentence.finished = id == how_.end;
    sentence.score += sentence.finished ? std::min(found, 0.0) : found;
    last_[static_cast<std::size_t>(b)] = sentence.finished ? -1 : id;
    if (sentence.finished) continue;
    tokens_[static_cast<std::size_t>(step * B + b)] = id;
    ++sentence.tokens;
    this->slot_[kept++] = b;
  }
  return kept - first;
}

template class Continuations<float>;
template class Continuations<double>;

}  // namespace pyrnn
