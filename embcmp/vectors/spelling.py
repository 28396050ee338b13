"""Words with nearly the same spelling as an unknown word."""

from __future__ import annotations

import string
import unicodedata
from collections.abc import Iterator

import numpy as np

from embcmp.text.folding import lower_case, tidy
from embcmp.vectors.store import WordVectors

SHOWN = 3
LONGEST = 40  # characters; nothing longer is a misspelled word


def near_spellings(vectors: WordVectors, form: str) -> tuple[str, ...]:
    """Find known words that are one edit away from a form: at most three, the first in the file.

    An edit is another case, no accents, no hyphens or spaces, one letter added, left out or
    replaced, or two adjacent letters swapped; in the form itself or in its lower case.
    """
    if len(form) > LONGEST:
        return ()
    candidates = list(dict.fromkeys(c for c in _candidates(form) if c and c != form))
    rows = vectors.rows(candidates)
    known = np.flatnonzero(rows >= 0)
    first = known[np.argsort(rows[known], kind="stable")][:SHOWN]
    return tuple(candidates[i] for i in first)


def _candidates(form: str) -> Iterator[str]:
    plain = tidy(form)
    lower = lower_case(plain)
    yield from (plain, lower, form.upper(), form.title(), form.capitalize())
    bare = "".join(c for c in unicodedata.normalize("NFD", lower) if not unicodedata.combining(c))
    parts = bare.replace("-", " ").replace("_", " ").replace("'", " ").split()
    yield from (bare, "".join(parts), "-".join(parts), "_".join(parts))
    for word in dict.fromkeys((lower, form)):
        yield from _one_letter_off(word, sorted({*string.ascii_lowercase, *lower, "-", "_"}))


def _one_letter_off(word: str, letters: list[str]) -> Iterator[str]:
    for i in range(len(word) + 1):
        before, after = word[:i], word[i:]
        yield before + after[1:]
        yield before + after[1:2] + after[:1] + after[2:]
        for letter in letters:
            yield before + letter + after
            yield before + letter + after[1:]
