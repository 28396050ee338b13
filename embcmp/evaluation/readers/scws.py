r"""SCWS: Stanford's contextual word similarities (Huang et al. 2012), `ratings.txt`.

A line has, with TABs between them, id, word 1, part of speech, word 2, part of speech, context 1,
context 2, the mean rating and ten ratings. A context marks its word as `<b> word </b>`. The two
words are mostly different.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from embcmp.evaluation.gold_rows import Pair, Part
from embcmp.evaluation.readers.occurrences import RawPair, Side, number, pair_part
from embcmp.evaluation.readers.published_files import fields, one_file
from embcmp.text.search import Search
from embcmp.types import Skipped

_MARKED = re.compile(r"<b>((?:(?!</?b>).)*+)</b>")
_FIELDS, _RATINGS = 18, 8


def read(path: Path) -> Part:
    """Read the rated pairs; gold is the mean of the ten ratings, from 0 to 10.

    Args:
        path: `ratings.txt`, or its folder.

    Raises:
        InputError: A line has more or fewer fields.
    """
    file = one_file(path, "ratings.txt")
    rows = []
    words: dict[str, tuple[str, str]] = {}
    for line, cells in fields(file, None, count=_FIELDS):
        name, word1, _, word2, _, context1, context2, mean = cells[:_RATINGS]
        gold, ratings = number(mean), [number(cell) for cell in cells[_RATINGS:]]
        numbers = tuple(rating for rating in ratings if rating is not None)
        problem = None
        if not (word1.strip() and word2.strip()):
            problem = "has no word"
        elif gold is None or len(numbers) < len(ratings):
            problem = "has a rating that is not a number"
        sides = (_side(context1, word1), _side(context2, word2))
        rows.append(RawPair(f"scws.{name}", f"{file}:{line}", sides, gold, problem, numbers))
        words[f"scws.{name}"] = (word1, word2)
    part = pair_part(rows, "all", [file])
    pairs = [_named(row, *words[row.id]) for row in part.rows if isinstance(row, Pair)]
    noted = [note for pair in pairs for note in _unknown_forms(pair)]
    return replace(part, rows=pairs, noted=tuple(noted))


def _side(context: str, word: str) -> Side:
    """The context without its mark; the marked form is the target, whatever it is."""
    before, *rest = _MARKED.split(context)
    if len(rest) != 2 or not (form := rest[0].strip()):
        return Side(context, word, (None, None, "does not mark exactly one word"))
    after = rest[1]
    span = (len(before), len(before) + len(form), None)
    return Side(before + form + after, form, span)


def _named(pair: Pair, word1: str, word2: str) -> Pair:
    first, second = replace(pair.first, word=word1), replace(pair.second, word=word2)
    return replace(pair, first=first, second=second)


def _unknown_forms(pair: Pair) -> Iterator[Skipped]:
    """Notes on marked forms that are not known forms of the word that the row names."""
    for use in (pair.first, pair.second):
        if not Search(use.word, "inflections").is_form(use.form):
            reason = f"marks {use.form!r}, which is not a known form of {use.word}"
            yield Skipped(pair.source, reason)
