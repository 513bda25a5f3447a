"""How English words are spoken: a network that others trained, read and run by pyrnn.

The package g2p-en tells the phonemes of words that are in no dictionary by a network of two GRUs
with 256 units, which it runs in plain NumPy, a word and a step at a time. Its weights become a
`Seq2Seq` here: the same phonemes, sooner, and of many words at once. It takes

    pip install --no-deps g2p-en

of which the file of weights is read, and nothing is imported.

    python examples/phonemes.py activationist pyrnn
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from string import ascii_lowercase

import numpy as np

from pyrnn.data import TextVectorizer, Vocabulary
from pyrnn.data.units import Characters, WordsAndSigns
from pyrnn.models import Seq2Seq

VOWELS = "AA AE AH AO AW AY EH ER EY IH IY OW OY UH UW"  # each with a stress, 0 to 2
CONSONANTS = "B CH D DH F G HH JH K L M N NG P R S SH T TH V W Y Z ZH"
PHONEMES = sorted(
    [f"{vowel}{stress}" for vowel in VOWELS.split() for stress in range(3)]
    + [*CONSONANTS.split(), "UW"]
)
END = "\n"  # behind each word that is read
LONGEST = 20  # phonemes

# Its arrays, under the names that they have in the network
WEIGHTS = {
    "enc_emb": "encoder.embedding.weight",
    **{f"enc_{part}": f"encoder.recurrent.{name}_l0" for part, name in [
        ("w_ih", "weight_ih"), ("w_hh", "weight_hh"), ("b_ih", "bias_ih"), ("b_hh", "bias_hh"),
    ]},
    "dec_emb": "decoder.embedding.weight",
    **{f"dec_{part}": f"decoder.layers.{name}_l0" for part, name in [
        ("w_ih", "weight_ih"), ("w_hh", "weight_hh"), ("b_ih", "bias_ih"), ("b_hh", "bias_hh"),
    ]},
    "fc_w": "decoder.output.weight",
    "fc_b": "decoder.output.bias",
}  # fmt: skip


def checkpoint() -> Path | None:
    """The file of weights in the package g2p-en; None where that is not installed."""
    found = find_spec("g2p_en")
    if found is None or found.origin is None:
        return None
    return Path(found.origin).with_name("checkpoint20.npz")


def read(path: Path) -> Seq2Seq:
    """The network in a file of weights: letters in, phonemes out."""
    letters = TextVectorizer(Characters(), Vocabulary([END, *ascii_lowercase]))
    phonemes = TextVectorizer(WordsAndSigns(), Vocabulary(PHONEMES), marks=True)
    model = Seq2Seq(
        unit="characters",
        target_unit="words",
        cell="gru",
        hidden_size=256,
        bidirectional=False,
        attention="none",
    )
    targets = {"vectorizer": phonemes.to_json(), "longest": LONGEST}
    model.take({"vectorizer": letters.to_json(), "targets": targets})
    model.construct()
    with np.load(path) as arrays:
        model.network.load_state_dict({name: arrays[old] for old, name in WEIGHTS.items()})
    return model


def spoken(model: Seq2Seq, words: list[str]) -> list[str]:
    """The phonemes of words in lower case, with a blank between two."""
    found = model.predict([word + END for word in words], max_length=LONGEST)
    return [each.text for each in found]


def speaker(model: Seq2Seq) -> Callable[[str], str]:
    """What gives the phonemes of one word after the other."""
    translate = model.translator(max_length=LONGEST)
    return lambda word: translate(word + END).text


def main(words: list[str]) -> None:
    """Say how words are spoken."""
    path = checkpoint()
    if path is None:
        print("the weights are missing: pip install --no-deps g2p-en")
        return
    model = read(path)
    print(model)
    say = speaker(model)
    for word in words:
        print(f"{word}: {say(word.lower())}")
    print("all at once:", ", ".join(spoken(model, [word.lower() for word in words])))


if __name__ == "__main__":
    main(sys.argv[1:] or ["activationist", "pyrnn", "havisham"])
