"""WiC: Word-in-Context (Pilehvar and Camacho-Collados 2019), `dev.data.txt` and `dev.gold.txt`.

A data line is word, part of speech, i-j, sentence 1, sentence 2, with TABs; i and j count the
tokens from 0. The gold line of the same number is T or F. Line 1557 of the published train data
has an index that is on another word (*round* for *called*).
"""

from __future__ import annotations

from pathlib import Path

from embcmp.evaluation.readers.files import as_many, beside, fields, lines, one_file, token_span
from embcmp.evaluation.readers.occurrences import RawPair, pairs
from embcmp.evaluation.readers.tsv import LABELS
from embcmp.evaluation.rows import Part
from embcmp.text.rows import Sentence

_DATA, _GOLD = ".data.txt", ".gold.txt"


def read(path: Path) -> Part:
    """Read one part of WiC.

    Args:
        path: its data file, or the folder that it lies in with its gold file.

    Raises:
        InputError: a file is missing or has another shape, or the two are not of one length.
    """
    data = one_file(path, f"*{_DATA}")
    key = beside(data, _DATA, _GOLD)
    rows = list(fields(data, None, count=5))
    labels = lines(key)
    as_many(len(labels), len(rows), key, data)
    split = data.name.removesuffix(_DATA)
    found = [
        _pair(f"wic.{split}.{number - 1}", f"{data}:{number}", cells, label)
        for (number, cells), label in zip(rows, labels, strict=True)
    ]
    good, skipped = pairs(found)
    return Part(good, split, skipped, files=(data, key))


def _pair(name: str, source: str, cells: list[str], label: str) -> RawPair:
    word, _, indices, *sentences = cells
    gold = LABELS.get(label)
    problem = None if gold is not None else f"gold {label!r} is neither T nor F"
    sides = []
    for side, (text, index) in enumerate(zip(sentences, _indices(indices), strict=True), 1):
        span = token_span(text, index)
        start, end = (None, None) if isinstance(span, str) else span
        wrong = problem or (span if isinstance(span, str) else None)
        sides.append(
            Sentence(text, source, f"{name}.{side}", word=word, start=start, end=end, problem=wrong)
        )
    return RawPair(name, sides[0], sides[1], gold)


def _indices(said: str) -> tuple[str, str]:
    first, _, second = said.partition("-")
    return first, second
