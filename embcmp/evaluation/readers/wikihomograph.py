"""Wikipedia homographs (Gorman et al. 2018): a quoted TSV for each word, offsets in UTF-8 bytes."""

from __future__ import annotations

from pathlib import Path

from embcmp.errors import InputError
from embcmp.evaluation.gold_rows import Part
from embcmp.evaluation.readers.occurrences import item_part
from embcmp.evaluation.readers.published_files import quoted
from embcmp.evaluation.readers.spans import byte_span
from embcmp.text.sentence_rows import Sentence

_ALL_LABELS = "wordids.tsv"  # a list of all labels, which is not a file of rows
_COLUMNS = ("homograph", "wordid", "sentence", "start", "end")


def read(path: Path) -> Part:
    """Read the words of a folder (`train` or `eval`), or one word's file.

    Raises:
        InputError: There is no file, a file lacks a column, or a quote is not closed.
    """
    files = [path]
    if path.is_dir():
        files = sorted(file for file in path.glob("*.tsv") if file.name != _ALL_LABELS)
    if not files:
        raise InputError(f"{path}: contains no *.tsv", "name its folder train or eval")
    split = files[0].absolute().parent.name
    rows = []
    for file in files:
        for i, (line, row) in enumerate(quoted(file, _COLUMNS, "\t")):
            text, name = row["sentence"], f"wh.{split}.{file.stem}.{i}"
            span = byte_span(text, row["start"], row["end"])
            rows.append(
                Sentence(text, f"{file}:{line}", name, row["wordid"], row["homograph"], *span)
            )
    return item_part(rows, split, files)
