"""Replacements for the context words of a sentence, the same for all encoders.

A word is replaced by a word of the packaged list of frequent words that has the same coarse class
(function or content word) and capitalization, the same number of pieces in every sub-word encoder
and a vector in every vocabulary, and that is no form of the word itself or of the target.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import islice

import numpy as np

from embcmp.encoders.base import Encoder, ReadsPieces, ReadsWords
from embcmp.text.inflections import same_word
from embcmp.text.words import packaged_lines, stop_words
from embcmp.types import Occurrence

MIN_REPLACEMENTS = 5  # a position with fewer is left out

_WORD = re.compile(r"['’](?:s|m|d|ll|re|ve)\b|\w+(?:['’]\w+)*", re.IGNORECASE)
_CASES = {"lower": str.lower, "title": str.capitalize, "upper": str.upper}

Edit = tuple[int, int, str]  # start, end, the new text between them


@dataclass(frozen=True, slots=True)
class Position:
    """A context word, and the words that may replace it.

    Attributes:
        distance: distance from the target in words, negative on its left; -1 and 1 are next to it.
        start: start offset of the word in the sentence.
        end: end offset of the word, exclusive.
        replacements: replacements in the order in which they are drawn; empty if there are fewer
            than MIN_REPLACEMENTS.
    """

    distance: int
    start: int
    end: int
    replacements: tuple[str, ...] = ()


def positions(use: Occurrence) -> list[Position]:
    """The words of the sentence except the target, the nearest first on each side.

    Punctuation marks are not words, but a clitic after the target (*man's*) is one.
    """
    before = [m.span() for m in _WORD.finditer(use.sentence[: use.start])]
    after = [m.span() for m in _WORD.finditer(use.sentence[use.end :])]
    left = [Position(-d, *span) for d, span in enumerate(reversed(before), 1)]
    return left + [Position(d, use.end + a, use.end + b) for d, (a, b) in enumerate(after, 1)]


def edit(use: Occurrence, edits: Sequence[Edit], id: str) -> Occurrence:
    """Apply edits to the context of a use; none of them may touch the target."""
    text, end, shift = [], 0, 0
    for a, b, new in sorted(edits):
        text += [use.sentence[end:a], new]
        end = b
        shift += len(new) - (b - a) if b <= use.start else 0
    sentence = "".join((*text, use.sentence[end:]))
    return replace(use, id=id, sentence=sentence, start=use.start + shift, end=use.end + shift)


def frequent_words() -> tuple[str, ...]:
    """The words of `data/frequent.txt`, the most frequent first."""
    return packaged_lines("frequent.txt")


def casing(word: str) -> str | None:
    """lower, title or upper; None for text with other characters than letters or another casing."""
    if not word.isalpha():
        return None
    return next((name for name, cased in _CASES.items() if cased(word) == word), None)


def space_before(sentence: str, start: int) -> str:
    """The white space before a word, which some tokenizers treat as a part of the word."""
    before = sentence[:start][-1:]
    return before if before.isspace() else ""


class Replacements:
    """The words that may replace a context word, for a set of encoders.

    Args:
        encoders: the encoders whose vocabularies and pieces are taken into account.
        draws: the maximal number of replacements for a position.
        seed: seed for drawing them.
    """

    def __init__(self, encoders: Sequence[Encoder], draws: int, seed: int) -> None:
        words = np.array(frequent_words())
        for encoder in encoders:
            if isinstance(encoder, ReadsWords):
                words = words[encoder.knows(words.tolist())]
        function_words = stop_words()
        self._by_class = {
            is_function: [
                word for word in words.tolist() if (word in function_words) == is_function
            ]
            for is_function in (True, False)
        }
        self._in_pieces = [e for e in encoders if isinstance(e, ReadsPieces)]
        self._draws, self._seed = draws, seed
        self._pools = cache(self._by_counts)
        self._counts = cache(self._count)

    def positions(self, use: Occurrence) -> list[Position]:
        """The context words of a use with the replacements drawn for each.

        They depend on the seed, the sentence and the position only.
        """
        return [replace(p, replacements=tuple(self._draw(use, p))) for p in positions(use)]

    def _draw(self, use: Occurrence, position: Position) -> list[str]:
        word = use.sentence[position.start : position.end]
        case = casing(word)
        if case is None:
            return []
        lead = space_before(use.sentence, position.start)
        is_function = word.lower() in stop_words()
        pool = self._pools(is_function, case, lead).get(self._counts(lead + word), [])
        rng = random.Random(f"{self._seed} {use.start} {position.start} {use.sentence}")
        allowed = (
            form
            for form in rng.sample(pool, len(pool))
            if not same_word(form.lower(), word.lower())
            and not any(same_word(form.lower(), w.lower()) for w in (use.form, use.word))
        )
        drawn = list(islice(allowed, self._draws))
        return drawn if len(drawn) >= MIN_REPLACEMENTS else []

    def _by_counts(
        self, is_function: bool, case: str, lead: str
    ) -> Mapping[tuple[int, ...], list[str]]:
        """The words of a class in a casing, by their number of pieces in each encoder."""
        forms = [_CASES[case](word) for word in self._by_class[is_function]]
        counts = [
            encoder.count_pieces([lead + form for form in forms]) for encoder in self._in_pieces
        ]
        pools: dict[tuple[int, ...], list[str]] = {}
        for form, *pieces in zip(forms, *counts, strict=True):
            pools.setdefault(tuple(pieces), []).append(form)
        return pools

    def _count(self, text: str) -> tuple[int, ...]:
        return tuple(encoder.count_pieces([text])[0] for encoder in self._in_pieces)


def replace_all(context: Sequence[Position], draws: int) -> Iterator[list[Edit]]:
    """Yield edits that replace every position that has replacements, once for each draw."""
    replaceable = [p for p in context if p.replacements]
    for k in range(draws if replaceable else 0):
        yield [(p.start, p.end, p.replacements[k % len(p.replacements)]) for p in replaceable]
