"""WiC: Word-in-Context (Pilehvar and Camacho-Collados 2019), `dev.data.txt` and `dev.gold.txt`.

A data line has, with TABs between them, word, part of speech, i-j, sentence 1 and sentence 2, where
i and j are token numbers from 0. The gold line of the same number is T or F. In line 1557 of the
published training data the number is that of another word (*round* instead of *called*).
"""

from __future__ import annotations

from pathlib import Path

from embcmp.evaluation.gold_rows import Part
from embcmp.evaluation.readers.occurrences import RawPair, Side, gold_label, pair_part
from embcmp.evaluation.readers.published_files import data_and_gold, labeled_lines
from embcmp.evaluation.readers.spans import token_span

_DATA, _GOLD = ".data.txt", ".gold.txt"


def read(path: Path) -> Part:
    """Read one part of WiC.

    Args:
        path: The data file, or the folder with the data file and the gold file.

    Raises:
        InputError: A file is missing or has another format, or the files differ in length.
    """
    data, key = data_and_gold(path, _DATA, _GOLD)
    split = data.name.removesuffix(_DATA)
    rows = []
    for line, (word, _, indices, *texts), label in labeled_lines(data, key, 5):
        index1, _, index2 = indices.partition("-")
        first, second = (
            Side(text, word, token_span(text, index))
            for text, index in zip(texts, (index1, index2), strict=True)
        )
        name = f"wic.{split}.{line - 1}"
        rows.append(RawPair(name, f"{data}:{line}", (first, second), *gold_label(label)))
    return pair_part(rows, split, [data, key])
