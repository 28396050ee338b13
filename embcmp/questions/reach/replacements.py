"""Changing one context word of a sentence at a time, alike for all encoders.

A word is replaced by one of the shipped list of frequent words: of the same coarse class (function
or content word) and capitalization, of as many pieces in every sub-word encoder, with a vector in
every vocabulary, and no form of the word itself or of the target.
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

FEWEST = 5  # candidates; with fewer a position is left out

_WORD = re.compile(r"['’](?:s|m|d|ll|re|ve)\b|\w+(?:['’]\w+)*", re.IGNORECASE)
_CASES = {"lower": str.lower, "title": str.capitalize, "upper": str.upper}

Edit = tuple[int, int, str]  # start, end, what stands there instead


@dataclass(frozen=True, slots=True)
class Position:
    """A context word, and what may stand in its place.

    Attributes:
        distance: in words from the target, negative on its left; its neighbors are -1 and 1.
        start: of the word in the sentence.
        end: of the word, exclusive.
        replacements: in the order in which they are drawn; fewer than FEWEST are none.
    """

    distance: int
    start: int
    end: int
    replacements: tuple[str, ...] = ()


def positions(use: Occurrence) -> list[Position]:
    """The words of the sentence but for the target, nearest first on each side.

    Punctuation is no word; a clitic after the target (*man's*) is one.
    """
    before = [m.span() for m in _WORD.finditer(use.sentence[: use.start])]
    after = [m.span() for m in _WORD.finditer(use.sentence[use.end :])]
    left = [Position(-d, *span) for d, span in enumerate(reversed(before), 1)]
    return left + [Position(d, use.end + a, use.end + b) for d, (a, b) in enumerate(after, 1)]


def edited(use: Occurrence, edits: Sequence[Edit], id: str) -> Occurrence:
    """The same use after edits to its context, none of which touches the target."""
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
    """Lower, title or upper; None for what is not letters alone, or cased in another way."""
    if not word.isalpha():
        return None
    return next((name for name, cased in _CASES.items() if cased(word) == word), None)


def spaced(sentence: str, start: int) -> str:
    """The white space before a word, if there is any: to some tokenizers it is part of the word."""
    before = sentence[:start][-1:]
    return before if before.isspace() else ""


class Replacements:
    """What may stand in the place of a word, for a set of encoders.

    Args:
        encoders: those whose vocabularies and pieces count.
        draws: how many replacements a position gets at most.
        seed: of the draws.
    """

    def __init__(self, encoders: Sequence[Encoder], draws: int, seed: int) -> None:
        words = np.array(frequent_words())
        for encoder in encoders:
            if isinstance(encoder, ReadsWords):
                words = words[encoder.knows(words.tolist())]
        functional = stop_words()
        self._by_class = {
            of_function: [word for word in words.tolist() if (word in functional) == of_function]
            for of_function in (True, False)
        }
        self._in_pieces = [e for e in encoders if isinstance(e, ReadsPieces)]
        self._draws, self._seed = draws, seed
        self._pools = cache(self._by_counts)
        self._counts = cache(self._count)

    def of(self, use: Occurrence) -> list[Position]:
        """The positions of a sentence with the replacements drawn for each.

        They depend on the seed, the sentence and the place alone.
        """
        return [replace(p, replacements=tuple(self._draw(use, p))) for p in positions(use)]

    def _draw(self, use: Occurrence, position: Position) -> list[str]:
        word = use.sentence[position.start : position.end]
        case = casing(word)
        if case is None:
            return []
        lead = spaced(use.sentence, position.start)
        of_function = word.lower() in stop_words()
        pool = self._pools(of_function, case, lead).get(self._counts(lead + word), [])
        rng = random.Random(f"{self._seed} {use.start} {position.start} {use.sentence}")
        allowed = (
            form
            for form in rng.sample(pool, len(pool))
            if not same_word(form.lower(), word.lower())
            and not any(same_word(form.lower(), w.lower()) for w in (use.form, use.word))
        )
        drawn = list(islice(allowed, self._draws))
        return drawn if len(drawn) >= FEWEST else []

    def _by_counts(
        self, of_function: bool, case: str, lead: str
    ) -> Mapping[tuple[int, ...], list[str]]:
        """The candidates of a class, cased, by how many pieces they have in each encoder."""
        forms = [_CASES[case](word) for word in self._by_class[of_function]]
        counts = [
            encoder.count_pieces([lead + form for form in forms]) for encoder in self._in_pieces
        ]
        pools: dict[tuple[int, ...], list[str]] = {}
        for form, *of in zip(forms, *counts, strict=True):
            pools.setdefault(tuple(of), []).append(form)
        return pools

    def _count(self, text: str) -> tuple[int, ...]:
        return tuple(encoder.count_pieces([text])[0] for encoder in self._in_pieces)


def draws_of_all(found: Sequence[Position], draws: int) -> Iterator[list[Edit]]:
    """Yield edits that replace every position that has replacements, once for each draw."""
    usable = [p for p in found if p.replacements]
    for k in range(draws if usable else 0):
        yield [(p.start, p.end, p.replacements[k % len(p.replacements)]) for p in usable]
