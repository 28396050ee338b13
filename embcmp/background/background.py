"""What an encoder makes of ordinary words in ordinary sentences: the floor of its cosines."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from embcmp.cache import remembered
from embcmp.encoders.base import Encoder, fingerprint
from embcmp.text.words import stop_words
from embcmp.types import Occurrence

TOKENS_PER_SENTENCE = 4  # the same number from each, so that sentences weigh the same

_TOKEN = re.compile(r"(?<![\w'’])[^\W\d_]+(?![\w'’])")  # no clitics, and no word that has one


@dataclass(frozen=True)
class Background:
    """Word tokens of the background sentences, as an encoder sees them.

    Attributes:
        vectors: float32 [layers, tokens, dim].
        sentences: int [tokens], the number of each token's sentence.
        words: str [tokens], lower-case.
    """

    vectors: NDArray[np.float32]
    sentences: NDArray[np.int64]
    words: NDArray[np.str_]

    def content(self) -> Background:
        """Without the function words."""
        return self._where(~np.isin(self.words, sorted(stop_words())))

    def half(self, which: int) -> Background:
        """The tokens of every other sentence, starting from 0 or 1."""
        return self._where(self.sentences % 2 == which)

    def _where(self, chosen: NDArray[np.bool_]) -> Background:
        return Background(self.vectors[:, chosen], self.sentences[chosen], self.words[chosen])


def background(encoder: Encoder) -> Background:
    """Encode the background, or read it from the cache, where its key is the fingerprint.

    Tokens that the encoder has no vector for are left out.
    """
    tokens = background_tokens()
    key = fingerprint(encoder.info.fingerprint, _digest(), TOKENS_PER_SENTENCE)
    vectors = remembered(f"background/{key}", lambda: encoder.encode(tokens).vectors)
    known = ~np.isnan(vectors[0, :, 0])
    return Background(
        vectors=vectors[:, known],
        sentences=np.array([int(t.id.partition(".")[0]) for t in tokens])[known],
        words=np.array([t.word for t in tokens])[known],
    )


@cache
def background_sentences() -> tuple[str, ...]:
    """The sentences of `data/background.txt`."""
    return tuple(_text().splitlines())


@cache
def _text() -> str:
    return files("embcmp").joinpath("data", "background.txt").read_text(encoding="utf-8")


def _digest() -> str:
    return sha256(_text().encode()).hexdigest()


@cache
def background_tokens() -> tuple[Occurrence, ...]:
    """Draw the word tokens: the same ones for every encoder, on every machine."""
    tokens = []
    for i, sentence in enumerate(background_sentences()):
        spans = [m.span() for m in _TOKEN.finditer(sentence)]
        count = min(TOKENS_PER_SENTENCE, len(spans))
        for k in sorted(np.random.default_rng(i).choice(len(spans), count, replace=False)):
            start, end = spans[k]
            tokens.append(Occurrence(f"{i}.{k}", sentence[start:end].lower(), sentence, start, end))
    return tuple(tokens)
