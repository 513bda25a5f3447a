"""Train a character model on Python's language reference, measure it, let it write and complete.

python examples/language_model.py       about ten seconds
"""

from __future__ import annotations

from pyrnn.demo import python_reference
from pyrnn.models import LanguageModel, LanguageModelConfig

corpus = python_reference()
text, held_out = corpus.train[:60_000], corpus.validation[:6_000]

model = LanguageModel.for_text(text + held_out, LanguageModelConfig(cell="gru", hidden_size=96))
print(model)
before = model.perplexity(held_out)

result = model.fit(text, held_out, batch_size=32, bptt=50, learning_rate=5e-3, max_steps=150)

print(f"perplexity a character: {before:.1f} before, {model.perplexity(held_out):.1f} after "
      f"{result.steps} steps")  # fmt: skip
print("The " + model.generate("The ", length=200, temperature=0.7, seed=1))

score = model.score("If a class defines this method")
for character, likelihood in zip(score.tokens, score.log_likelihoods, strict=True):
    print(f"{character!r:>6} {'#' * round(-5 * likelihood)}")  # long bars: a surprise

for completion in model.complete("If a class def", n=3):
    print(f"If a class def[{completion.text}]  {completion.probability:.2f}")
