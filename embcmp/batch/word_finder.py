"""Finding many words in one pass: what a sentence costs does not grow with the number of words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from embcmp.text.folding import UNSPACED, fold, is_unspaced
from embcmp.text.inflections import ENGLISH, Inflections
from embcmp.text.search import Search
from embcmp.text.sentence_rows import Sentence
from embcmp.text.targets import is_about, spans_in, unusual_forms

# Runs of letters and digits in folded text, where accents are separate characters. Wherever a word
# occurs, its longest run occurs too.
# A character of a script without blanks ends a run: a word may begin and end there.
_LETTER = rf"[^\W_{UNSPACED}]"
_RUN = re.compile(rf"{_LETTER}(?:{_LETTER}|[\u0300-\u036f])*")
_TOKEN = re.compile(r"\w[\w\u0300-\u036f]*")  # what `Search` takes for a form

Span = tuple[int, int]


class WordFinder:
    """Finds the uses of many words in a row of a sentence file.

    It finds the same uses of each word as `find_occurrences`. A row that names its word is
    searched for that word alone. A row with offsets but no word is a use of each word that the
    offsets fit.

    Args:
        words: the words to look for.
        match: word, inflections, exact or lemma.
        language: the code of the words' language.
    """

    def __init__(self, words: Sequence[str], match: str, language: str = ENGLISH) -> None:
        self._searches = [
            (Search(word, match, language), Search(word, "inflections", language)) for word in words
        ]
        self._by_run: dict[str, list[int]] = {}
        self._without_run: list[int] = []
        for number, word in enumerate(words):
            runs = _RUN.findall(fold(word.strip()).text)
            if runs and not any(map(is_unspaced, word)):
                self._by_run.setdefault(max(runs, key=len), []).append(number)
            else:
                self._without_run.append(number)
        self._inflections = Inflections(self._by_run)
        self._inflected = match == "inflections"
        # Forms that their spelling does not tell are looked for in every row.
        self._every = match == "lemma" or (language != ENGLISH and self._inflected)

    def find(self, row: Sentence) -> Iterator[tuple[int, list[Span] | str]]:
        """The words in a row: the number of each with its uses, or the reason why it has none.

        A reason is given only for the word that a row names.
        """
        for number in sorted(self._candidates(row)):
            search, inflected = self._searches[number]
            if not is_about(row, search):
                continue
            spans = spans_in(row, search)
            if row.word is not None or row.lemma is not None:
                yield number, spans or f"{search.word} does not occur"
            elif spans and not isinstance(spans, str):
                fits = row.start is None or not any(unusual_forms(row, spans, inflected))
                yield from [(number, spans)] if fits else []

    def _candidates(self, row: Sentence) -> set[int]:
        """Numbers of all words that are in a row, and of others that may be."""
        if self._every:
            return set(range(len(self._searches)))
        has_offsets = row.start is not None or row.end is not None
        named = row.word if row.word is not None else row.lemma
        text = fold(row.text if named is None else named.strip()).text
        keys = set(_RUN.findall(text))
        if named is None and (has_offsets or self._inflected):
            for token in (*keys, *_TOKEN.findall(text)):
                keys |= self._inflections.words_of(token)
        numbers = [number for key in keys for number in self._by_run.get(key, ())]
        return {*numbers, *self._without_run}
