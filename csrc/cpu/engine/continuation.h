// Many sequences that a chain reads from their beginnings; sentences that it goes on with by
// itself: at each step it reads what it found likeliest before.
//
//     z_u = chain(y_{u-1}),   y_u = the first v with the largest z_uv that may come
//     ln p = sum over u of z_u,y_u - ln sum over v of exp(z_uv)
//
// A sentence ends with the token `end`, which is counted in ln p and not written, or is unfinished
// after so many tokens. As pyrnn.decoding.continuations has it, to the bit.
//
// Each thread has sequences of its own, and all of their steps: none waits for another.
#pragma once

#include <memory>
#include <vector>

#include "cpu/engine/session.h"

namespace pyrnn {

/// B sequences of ids. Session b ends as that of sequence b.
template <class T>
class Readings : public Sessions<T> {
 public:
  /// A chain that reads ids. OutOfMemory.
  Readings(std::shared_ptr<const Chain<T>> chain, std::int64_t sequences);

  /// ids [T, B], each of the table; lengths [B]. Once.
  void read(const std::int64_t* ids, const std::int64_t* lengths);

 private:
  void read(const std::int64_t* ids, const std::int64_t* lengths, std::int64_t first,
            std::int64_t count);

  const std::int64_t sequences_;
  Buffer<T> out_;  // [B, O]
};

/// What all sentences begin with, and where they end.
struct Continuing {
  std::int64_t first;                  // the id that is read before the first token
  std::int64_t end;                    // the one that ends a sentence
  std::int64_t most;                   // tokens, the end among them
  std::vector<unsigned char> allowed;  // [V] which may come
  std::vector<std::int64_t> absent;    // ids that count as impossible: their z is -inf
};

/// One sentence.
struct Continued {
  std::int64_t tokens = 0;
  double score = 0;  // ln p
  bool finished = false;
};

/// B sentences. Sessions 0 .. B-1 are their states, to be set before the first step.
template <class T>
class Continuations : public Sessions<T> {
 public:
  /// A chain whose outputs are a number for each id of its table. OutOfMemory.
  Continuations(std::shared_ptr<const Chain<T>> chain, Continuing how, std::int64_t sentences);

  /// So many steps more of those that go on; whether there are some left. OutOfMemory,
  /// std::bad_alloc.
  bool run(std::int64_t steps);

  /// Token u of sentence b stands at u B + b.
  const std::vector<std::int64_t>& tokens() const { return tokens_; }
  const std::vector<Continued>& sentences() const { return sentences_; }

 private:
  void go_on(std::int64_t first, std::int64_t count, std::int64_t steps);
  void choose(std::int64_t first, std::int64_t count);
  std::int64_t keep(std::int64_t first, std::int64_t count, std::int64_t step);

  const Continuing how_;
  std::int64_t done_ = 0;            // steps
  std::vector<std::int64_t> going_;  // sentences
  std::vector<std::int64_t> last_;   // [B] what is read next; -1: nothing
  std::vector<std::int64_t> tokens_;
  std::vector<Continued> sentences_;
  Buffer<std::int64_t> likeliest_;  // [rows]
  Buffer<T> logits_, largest_;      // [rows, V], [rows]
  Buffer<double> norms_;            // [rows]
};

}  // namespace pyrnn
