#include "cpu/engine/continuation.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "cpu/engine/team.h"
#include "cpu/engine/wavefront.h"

namespace pyrnn {

namespace {

using i64 = std::int64_t;

/// f(first, count, worker) for a part of n rows a thread; row first + k is for the entry
/// index + k count of the caller's list. Neighbours in it are often of about one length, and so go
/// to different threads.
template <class F>
void deal(i64 n, double flops, F&& f) {
  auto work = [&](const Worker& worker) {
    const i64 each = n / worker.count, more = n % worker.count;
    const i64 first = each * worker.index + std::min<i64>(worker.index, more);
    f(first, each + (worker.index < more), worker);
  };
  if (n < kSharedRows) {
    Alone alone;
    work(alone.worker());
  } else {
    run_team(flops, work);
  }
}

}  // namespace

template <class T>
Readings<T>::Readings(std::shared_ptr<const Chain<T>> chain, i64 sequences)
    : Sessions<T>(std::move(chain)),
      sequences_(sequences),
      out_(elements({sequences, this->chain().out()})) {
  this->open_all(sequences);
}

template <class T>
void Readings<T>::read(const i64* ids, const i64* lengths) {
  double steps = 0;
  for (i64 b = 0; b < sequences_; ++b) {
    steps += static_cast<double>(lengths[b]);
    this->side_[static_cast<std::size_t>(b)] = lengths[b] & 1;
  }
  deal(sequences_, steps * this->chain().flops(), [&](i64 first, i64 count, const Worker& worker) {
    i64 some = first;
    for (i64 k = 0; k < count; ++k) {
      const i64 b = worker.index + k * worker.count;
      if (lengths[b] > 0) this->slot_[some++] = b;
    }
    read(ids, lengths, first, some - first);
  });
}

/// Of the sequences in these rows; those that are at their end leave, and the others close up.
template <class T>
void Readings<T>::read(const i64* ids, const i64* lengths, i64 first, i64 count) {
  for (i64 step = 0; count > 0; ++step) {
    this->place_rows(first, count, step);
    for (i64 row = first; row < first + count; ++row) {
      this->read_[row] = ids[step * sequences_ + this->slot_[row]];
    }
    this->work(nullptr, first, count, out_.get(), step & 1);
    i64 kept = first;
    for (i64 row = first; row < first + count; ++row) {
      if (step + 1 < lengths[this->slot_[row]]) this->slot_[kept++] = this->slot_[row];
    }
    count = kept - first;
  }
}

template class Readings<float>;
template class Readings<double>;

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
  this->open_all(sentences);
}

template <class T>
bool Continuations<T>::run(i64 steps) {
  const i64 n = static_cast<i64>(going_.size()), B = static_cast<i64>(sentences_.size());
  steps = std::min(steps, how_.most - done_);
  tokens_.resize(static_cast<std::size_t>((done_ + steps) * B));
  const double flops = static_cast<double>(n * steps) * this->chain().flops();
  deal(n, flops, [&](i64 first, i64 count, const Worker& worker) {
    for (i64 k = 0; k < count; ++k) {
      this->slot_[first + k] = going_[static_cast<std::size_t>(worker.index + k * worker.count)];
    }
    go_on(first, count, steps);
  });
  done_ += steps;
  const auto left = [&](i64 b) { return last_[static_cast<std::size_t>(b)] < 0; };
  going_.erase(std::remove_if(going_.begin(), going_.end(), left), going_.end());
  return !going_.empty() && done_ < how_.most;
}

/// Steps of the sentences in these rows; those that end leave, and the others close up.
template <class T>
void Continuations<T>::go_on(i64 first, i64 count, i64 steps) {
  for (i64 step = done_; step < done_ + steps && count > 0; ++step) {
    this->place_rows(first, count, step);
    for (i64 row = first; row < first + count; ++row) {
      this->read_[row] = last_[static_cast<std::size_t>(this->slot_[row])];
    }
    this->work(nullptr, first, count, logits_.get(), step & 1);
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
