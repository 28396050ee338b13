"""Items and pairs in embcmp's own plain shapes: TAB between fields, no quoting, Python offsets.

    items   id word start end sense sentence
    pairs   id word sentence1 start1 end1 sentence2 start2 end2 gold

An item's sense may hold several keys, parted by spaces, each of them right. A pair's word may be
two, as `w1|w2`; its gold is T or F in all rows, or a number in all rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from embcmp.evaluation.readers.files import fields, whole_number
from embcmp.evaluation.readers.occurrences import RawPair, items, pairs
from embcmp.evaluation.rows import Part
from embcmp.text.rows import Sentence

ITEMS = ("id", "word", "start", "end", "sense", "sentence")
PAIRS = ("id", "word", "sentence1", "start1", "end1", "sentence2", "start2", "end2", "gold")
LABELS = {"T": True, "F": False}


def read_items(path: Path) -> Part:
    """Read a file of items.

    Raises:
        InputError: another header, a line with more or fewer fields, an id twice.
    """
    rows = []
    for number, (key, word, start, end, sense, text) in fields(path, ITEMS):
        rows.append(sentence(text, f"{path}:{number}", key, word, (start, end), sense=sense))
    found, skipped = items(rows)
    return Part(found, path.name, skipped, files=(path,))


def read_pairs(path: Path) -> Part:
    """Read a file of pairs.

    Raises:
        InputError: another header, a line with more or fewer fields, an id twice.
    """
    rows = []
    labelled: set[bool] = set()
    for number, (key, word, text1, start1, end1, text2, start2, end2, said) in fields(path, PAIRS):
        source, (word1, word2) = f"{path}:{number}", two_words(word)
        value = gold(said)
        problem = None
        if value is None or len(labelled | {isinstance(value, bool)}) > 1:
            other = " as the rows before it" if value is not None else ", T or F"
            problem, value = f"gold {said!r} is not a number{other}", None
        else:
            labelled.add(isinstance(value, bool))
        first = sentence(text1, source, f"{key}.1", word1, (start1, end1), problem=problem)
        second = sentence(text2, source, f"{key}.2", word2, (start2, end2))
        rows.append(RawPair(key, first, second, value))
    found, skipped = pairs(rows)
    return Part(found, path.name, skipped, files=(path,))


def sentence(
    text: str,
    source: str,
    key: str,
    word: str,
    offsets: Sequence[object],
    *,
    sense: str | None = None,
    problem: str | None = None,
) -> Sentence:
    """A row with offsets that may be strings; what is wrong with them is its `problem`."""
    start, end = map(whole_number, offsets)
    if problem is None and (start is None or end is None):
        problem = f"offsets {offsets[0]!r} and {offsets[1]!r} are not whole numbers"
    return Sentence(text, source, key, sense, word, start, end, problem)


def two_words(word: str) -> tuple[str, str]:
    """The words of the two sides: `w1|w2`, or one for both."""
    first, bar, second = word.partition("|")
    return (first, second) if bar else (word, word)


def gold(said: str) -> float | bool | None:
    """T or F, a finite number, or None for anything else."""
    if said in LABELS:
        return LABELS[said]
    try:
        value = float(said)
    except ValueError:
        return None
    return value if abs(value) < float("inf") else None
