"""The fair static baseline: the mean vector of the words around the target."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from embcmp.encoders import EncoderSpec
from embcmp.encoders.base import Row, assemble, remarked, unknown_words
from embcmp.encoders.static import StaticEncoder
from embcmp.text.inflections import ENGLISH
from embcmp.text.words import stop_words, words
from embcmp.types import Embeddings, Occurrence, Progress, Receipt
from embcmp.vectors.store import WordVectors


class Context(StaticEncoder):
    """A bag of context words: the mean of their static vectors, whatever their order.

    Every word of the sentence counts except this occurrence of the target; other occurrences of
    its form count, and a word that occurs twice counts twice. Keys of the spec:

    - `window`: the number of words on each side, or `all`, the default. Stop words count in it,
      whether or not they are dropped afterwards.
    - `stopwords`: `drop`, the default, or `keep`.
    - `lang`: the code of the language whose stop words are dropped; English by default.

    Args:
        spec: the spec of the encoder, of family context.
        vectors: the word vectors, in which words are looked up in lower case.
    """

    def __init__(self, spec: EncoderSpec, vectors: WordVectors) -> None:
        window = spec.option("window") or "all"
        self._window = None if window == "all" else int(window)
        language = spec.option("lang") or ENGLISH
        drop = spec.option("stopwords") == "drop"
        self._dropped = stop_words(language) if drop else frozenset()
        super().__init__(spec, vectors, self._window, sorted(self._dropped))

    def type_vectors(self, count: int) -> NDArray[np.float32]:
        """The vectors of the `count` most frequent words, or of all: [at most count, dim]."""
        return self._vectors.head(count)

    def encode(
        self, occurrences: Sequence[Occurrence], progress: Progress | None = None
    ) -> Embeddings:
        """Average the context words' vectors: float32 [1, occurrences, dim].

        The tokens in a receipt are the words that were averaged.
        """
        bags = [self._bag(occurrence) for occurrence in occurrences]
        listed = list(dict.fromkeys(word for bag in bags for word in bag))
        vectors, known = self._vectors.lookup(listed)
        rows = {word: i for i, word in enumerate(listed) if known[i]}

        def row(occurrence: Occurrence, bag: list[str]) -> Row:
            used = [word for word in bag if word in rows]
            if not used:
                return self._why_none(bag)
            averaged = vectors[[rows[word] for word in used]]  # [words, dim]
            mean = averaged.mean(axis=0, keepdims=True, dtype=np.float64)  # [1, dim]
            return mean.astype(np.float32), Receipt(occurrence.id, tuple(used), occurrence.form)

        embeddings = assemble(self.info, occurrences, map(row, occurrences, bags))
        if progress:
            progress(len(occurrences), len(occurrences))
        words = [word for bag in bags for word in bag]
        unknown = sum(word not in rows for word in words)
        return remarked(embeddings, unknown_words(unknown, len(words), self._vocabulary()))

    def _bag(self, occurrence: Occurrence) -> list[str]:
        """The words around the target, in the order of the sentence."""
        before = _running_words(occurrence.sentence[: occurrence.start])
        after = _running_words(occurrence.sentence[occurrence.end :])
        if self._window is not None:
            before, after = before[-self._window :], after[: self._window]
        return [word for word in before + after if word not in self._dropped]

    def _why_none(self, bag: list[str]) -> str:
        kind = "content word" if self._dropped else "word"
        reach = f"in a window of {self._window} around" if self._window else "besides"
        if not bag:
            return f"there is no {kind} {reach} the target"
        return f"no {kind} {reach} the target is among {self._vocabulary()}"


def _running_words(text: str) -> list[str]:
    """The words of a part of a sentence, without punctuation, with accents composed."""
    composed = unicodedata.normalize("NFC", text)
    return [word for word in words(composed) if any(map(str.isalnum, word))]
