"""Items and pairs in embcmp's own TSV: TABs between fields, no quoting, offsets in characters.

    items   id word start end sense sentence
    pairs   id word sentence1 start1 end1 sentence2 start2 end2 gold

An item's sense may have several keys with spaces between them, each of which is right. A pair may
have two words, written `w1|w2`. The gold answers are T or F in all rows, or numbers in all rows.
"""

from __future__ import annotations

from pathlib import Path

from embcmp.evaluation.gold_rows import Part
from embcmp.evaluation.readers.occurrences import (
    GOLD_LABELS,
    RawPair,
    Side,
    item_part,
    number,
    pair_part,
)
from embcmp.evaluation.readers.published_files import fields
from embcmp.evaluation.readers.spans import given_span
from embcmp.text.sentence_rows import Sentence

ITEMS = ("id", "word", "start", "end", "sense", "sentence")
PAIRS = ("id", "word", "sentence1", "start1", "end1", "sentence2", "start2", "end2", "gold")


def read_items(path: Path) -> Part:
    """Read a file of items.

    Raises:
        InputError: The header differs, a line has more or fewer fields, or an id occurs twice.
    """
    rows = [
        Sentence(text, f"{path}:{line}", key, sense, word, *given_span(start, end))
        for line, (key, word, start, end, sense, text) in fields(path, ITEMS)
    ]
    return item_part(rows, path.name, [path])


def read_pairs(path: Path) -> Part:
    """Read a file of pairs.

    Raises:
        InputError: The header differs, a line has more or fewer fields, or an id occurs twice.
    """
    rows = []
    binary: bool | None = None  # whether the first usable gold is T or F
    for line, (key, word, text1, start1, end1, text2, start2, end2, gold) in fields(path, PAIRS):
        word1, bar, word2 = word.partition("|")
        value = GOLD_LABELS[gold] if gold in GOLD_LABELS else number(gold)
        problem = None
        if value is None:
            problem = f"gold {gold!r} is not a number, T or F"
        elif binary is None:
            binary = isinstance(value, bool)
        elif binary != isinstance(value, bool):
            problem = f"gold {gold!r} is not of the same kind as in the rows before it"
        sides = (
            Side(text1, word1, given_span(start1, end1)),
            Side(text2, word2 if bar else word, given_span(start2, end2)),
        )
        rows.append(RawPair(key, f"{path}:{line}", sides, value, problem))
    return pair_part(rows, path.name, [path])
