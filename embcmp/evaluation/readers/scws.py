r"""SCWS: Stanford's contextual word similarities (Huang et al. 2012), `ratings.txt`.

A line is id, word 1, part of speech, word 2, part of speech, context 1, context 2, the mean rating
and ten ratings, with TABs; a context marks its word as `<b> word </b>`. The words mostly differ.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from embcmp.evaluation.readers.files import fields, one_file
from embcmp.evaluation.readers.occurrences import RawPair, pairs
from embcmp.evaluation.readers.tsv import gold
from embcmp.evaluation.rows import Pair, Part
from embcmp.text.rows import Sentence
from embcmp.text.search import Search
from embcmp.types import Skipped

_MARKED = re.compile(r"<b>\s*(.*?)\s*</b>")
_FIELDS, _RATINGS = 18, 8


def read(path: Path) -> Part:
    """Read the rated pairs; gold is the mean of the ten ratings, from 0 to 10.

    Args:
        path: `ratings.txt`, or the folder that it lies in.

    Raises:
        InputError: a line has more or fewer fields.
    """
    file = one_file(path, "ratings.txt")
    rows, words = [], {}
    for number, cells in fields(file, None, count=_FIELDS):
        name, word1, _, word2, _, context1, context2, said = cells[:_RATINGS]
        ratings = [gold(cell) for cell in cells[_RATINGS:]]
        value = gold(said)
        problem = None
        if isinstance(value, bool) or value is None or None in ratings:
            value, problem = None, "has a rating that is not a number"
        if not (word1.strip() and word2.strip()):
            problem = "has no word"
        key = f"scws.{name}"
        words[key] = (word1, word2)
        first, second = (
            _side(context, f"{file}:{number}", f"{key}.{side}", problem)
            for side, context in enumerate((context1, context2), 1)
        )
        numbers = tuple(float(r) for r in ratings if r is not None)
        rows.append(RawPair(key, first, second, value, numbers))
    good, skipped = pairs(rows)
    found = [_named(pair, *words[pair.id]) for pair in good]
    noted = [odd for pair in found for odd in _strange(pair)]
    return Part(found, "all", skipped, tuple(noted), (file,))


def _side(context: str, source: str, name: str, problem: str | None) -> Sentence:
    """The context without its mark. What is marked is the target, whatever form it has."""
    plain, *rest = _MARKED.split(context)
    if len(rest) != 2 or not rest[0]:
        return Sentence(context, source, name, word=name, problem="marks not exactly one word")
    form, after = rest
    text, start = plain + form + after, len(plain)
    return Sentence(
        text, source, name, word=form, start=start, end=start + len(form), problem=problem
    )


def _strange(pair: Pair) -> Iterator[Skipped]:
    """Marks that are on no form that is known here of the word that the row names."""
    for use in (pair.first, pair.second):
        if not Search(use.word, "inflections").is_form(use.form):
            yield Skipped(pair.source, f"marks {use.form!r}, no known form of {use.word}")


def _named(pair: Pair, word1: str, word2: str) -> Pair:
    first, second = replace(pair.first, word=word1), replace(pair.second, word=word2)
    return replace(pair, first=first, second=second)
