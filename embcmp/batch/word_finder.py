"""The uses of many words in one pass: the cost of a sentence does not grow with the words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from hashlib import blake2b

from embcmp.text.folding import fold
from embcmp.text.inflections import Inflections
from embcmp.text.readers import Sentence
from embcmp.text.search import Search
from embcmp.text.targets import spans_in

# Letters and digits of folded text, where accents are apart: where a word is, its longest run is.
_RUN = re.compile(r"[^\W_](?:[^\W_]|[\u0300-\u036f])*")
_TOKEN = re.compile(r"\w[\w\u0300-\u036f]*")  # what `Search` takes for a form

Span = tuple[int, int]


class WordFinder:
    """Finds the uses of many words in a row of a sentence file.

    What is found of each word is what `find_occurrences` finds. A row that names its word is asked
    for that one alone. A row with offsets and no word gives a use of each word that they fit.

    Args:
        words: what to look for.
        match: word, inflections or exact.
    """

    def __init__(self, words: Sequence[str], match: str) -> None:
        self._searches = [(Search(word, match), Search(word, "inflections")) for word in words]
        self._by_run: dict[str, list[int]] = {}
        self._without_run: list[int] = []
        for number, word in enumerate(words):
            runs = _RUN.findall(fold(word.strip()).text)
            if runs:
                self._by_run.setdefault(max(runs, key=len), []).append(number)
            else:
                self._without_run.append(number)
        self._inflections = Inflections(self._by_run)
        self._inflected = match == "inflections"

    def find(self, row: Sentence) -> Iterator[tuple[int, list[Span] | str]]:
        """The words that a row is about: each one's number and uses, or why there are none.

        A word is told why only where the row names it: another row does not hold the word, or
        cannot be used for any.
        """
        for number in sorted(self._candidates(row)):
            search, anywhere = self._searches[number]
            if row.word is not None and not search.names(row.word):
                continue
            spans = spans_in(row, search, anywhere)
            if row.word is not None or not isinstance(spans, str):
                yield number, spans

    def _candidates(self, row: Sentence) -> set[int]:
        """Words that may be in a row: none that is there is left out."""
        given = row.start is not None or row.end is not None
        text = fold(row.text if row.word is None else row.word.strip()).text
        keys = set(_RUN.findall(text))
        if row.word is None and (given or self._inflected):
            for token in (*keys, *_TOKEN.findall(text)):
                keys |= self._inflections.of(token)
        found = [number for key in keys for number in self._by_run.get(key, ())]
        return {*found, *self._without_run}


def priority(seed: int, word: str, sentence: str, start: int) -> int:
    """A number from 0 to 2^63 - 1 by which uses of a word are drawn, the lowest first.

    It depends on the use and the seed alone: neither the files' names nor their order, nor how
    many other uses there are, change which of two uses is drawn before the other. Copies of a
    sentence have the same number.
    """
    text = f"{seed}\0{word}\0{start}\0{sentence}".encode("utf-8", "surrogatepass")
    return int.from_bytes(blake2b(text, digest_size=8).digest()) >> 1
