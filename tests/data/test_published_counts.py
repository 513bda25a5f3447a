"""Words and their numbers in the corpora that word models are compared on, as they are published:
PTB in Mikolov et al. 2010, WikiText-2 in Merity et al. 2016 (arXiv 1609.07843)."""

from __future__ import annotations

import gzip

import pytest

from pyrnn.data import WordTokenizer, read_text


def read(path):
    if path.suffix == ".gz":
        return gzip.decompress(path.read_bytes()).decode("utf-8")
    return read_text(path)


@pytest.mark.parametrize(
    ("names", "tokens", "size"),
    [
        (
            [f"ptb/ptb.{part}.txt" for part in ("train", "valid", "test")],
            [929_589, 73_760, 82_430],
            10_000,
        ),
        (
            [f"wikitext-2/{part}.txt.gz" for part in ("train", "valid", "test")],
            [2_088_628, 217_646, 245_569],
            33_278,
        ),
    ],
    ids=["ptb", "wikitext-2"],
)
def test_tokens_and_vocabulary(data_file, names, tokens, size):
    texts = [read(data_file(name)) for name in names]
    tokenizer = WordTokenizer.train(texts[0])
    ids = [tokenizer.encode(text) for text in texts]
    assert [len(part) for part in ids] == tokens
    assert tokenizer.size == size
    # `<unk>` stands in the text itself: the held-out texts have no word that training has not
    assert tokenizer.vocabulary.unknown == "<unk>"
    words = set(tokenizer.vocabulary)
    assert all(set(text.split()) <= words for text in texts)
    # by falling frequency, as an adaptive softmax wants it
    counts = [(ids[0] == k).sum() for k in (*range(50), size // 2, size - 1)]
    assert counts == sorted(counts, reverse=True)
