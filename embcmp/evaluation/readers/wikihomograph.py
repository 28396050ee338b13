"""Wikipedia homographs (Gorman et al. 2018): a quoted TSV a word, offsets in UTF-8 bytes."""

from __future__ import annotations

from pathlib import Path

from embcmp.errors import InputError
from embcmp.evaluation.readers.files import quoted, whole_number
from embcmp.evaluation.readers.occurrences import items
from embcmp.evaluation.rows import Part
from embcmp.text.rows import Sentence

_LABELS = "wordids.tsv"  # beside the folders train and eval: a list of all labels, no rows
_COLUMNS = ("homograph", "wordid", "sentence", "start", "end")


def read(path: Path) -> Part:
    """Read the words of a folder (`train` or `eval`), or one word's file.

    Raises:
        InputError: there is no file, one lacks a column, or its quotes do not pair.
    """
    files = [path]
    if path.is_dir():
        files = sorted(file for file in path.glob("*.tsv") if file.name != _LABELS)
    if not files:
        raise InputError(f"{path}: holds no *.tsv", "name its folder train or eval")
    split = files[0].absolute().parent.name
    rows = []
    for file in files:
        for number, (line, row) in enumerate(quoted(file, _COLUMNS, "\t")):
            span = _characters(row["sentence"], row["start"], row["end"])
            start, end = (None, None) if isinstance(span, str) else span
            rows.append(
                Sentence(
                    row["sentence"],
                    f"{file}:{line}",
                    f"wh.{split}.{file.stem}.{number}",
                    row["wordid"],
                    row["homograph"],
                    start,
                    end,
                    span if isinstance(span, str) else None,
                )
            )
    found, skipped = items(rows)
    return Part(found, split, skipped, files=tuple(files))


def _characters(sentence: str, start: str, end: str) -> tuple[int, int] | str:
    """Offsets in characters for offsets in bytes of UTF-8, or what is wrong with them."""
    text, offsets = sentence.encode(), (whole_number(start), whole_number(end))
    found = []
    for said, offset in zip((start, end), offsets, strict=True):
        if offset is None:
            return f"offset {said!r} is no whole number"
        if offset > len(text):
            return f"byte {offset} lies outside the sentence of {len(text)} bytes"
        try:
            found.append(len(text[:offset].decode()))
        except UnicodeDecodeError:
            return f"byte {offset} cuts a character"
    return found[0], found[1]
