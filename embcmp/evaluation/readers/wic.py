"""WiC: Word-in-Context (Pilehvar and Camacho-Collados 2019), `dev.data.txt` and `dev.gold.txt`.

A data line is word, part of speech, i-j, sentence 1, sentence 2, with TABs; i and j count the
tokens from 0. The gold line of the same number is T or F. Line 1557 of the published train data
has an index that is on another word (*round* for *called*).
"""

from __future__ import annotations

from pathlib import Path

from embcmp.evaluation.readers.files import data_and_gold, labelled_lines
from embcmp.evaluation.readers.occurrences import RawPair, Side, gold_label, pair_part
from embcmp.evaluation.readers.spans import token_span
from embcmp.evaluation.rows import Part

_DATA, _GOLD = ".data.txt", ".gold.txt"


def read(path: Path) -> Part:
    """Read one part of WiC.

    Args:
        path: its data file, or the folder that it lies in with its gold file.

    Raises:
        InputError: a file is missing or has another shape, or the two are not of one length.
    """
    data, key = data_and_gold(path, _DATA, _GOLD)
    split = data.name.removesuffix(_DATA)
    rows = []
    for line, (word, _, indices, *texts), label in labelled_lines(data, key, 5):
        first, _, second = indices.partition("-")
        one, two = (
            Side(text, word, token_span(text, index))
            for text, index in zip(texts, (first, second), strict=True)
        )
        name = f"wic.{split}.{line - 1}"
        rows.append(RawPair(name, f"{data}:{line}", (one, two), *gold_label(label)))
    return pair_part(rows, split, [data, key])
