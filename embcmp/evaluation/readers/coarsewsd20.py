"""CoarseWSD-20 (Loureiro et al. 2021): a folder per word, with training and test rows in it.

A line of `test.data.txt` has the number of the word among the tokens, from 0, a TAB and the
tokenized sentence. The same line of `test.gold.txt` has the number of its class, which is named in
`classes_map.txt` (JSON). The few-shot variants add `_` and a number to the name of a folder.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from embcmp.errors import InputError
from embcmp.evaluation.gold_rows import Part
from embcmp.evaluation.readers.occurrences import item_part
from embcmp.evaluation.readers.published_files import data_and_gold, json_value, labeled_lines
from embcmp.evaluation.readers.spans import token_span
from embcmp.text.sentence_rows import Sentence

_CLASSES = "classes_map.txt"
_VARIANT = re.compile(r"_\d+$")


def read(path: Path) -> Part:
    """Read the test rows of all words.

    Args:
        path: The folder with the folders of the words, or the folder of one word.

    Raises:
        InputError: A file is missing or has another format, or a word has two folders.
    """
    return _read(path, "test")


def read_train(path: Path) -> Part:
    """Read the training rows of all words, from the same path as `read`."""
    return _read(path, "train")


def _read(path: Path, split: str) -> Part:
    folders = sorted({file.parent for file in path.glob(f"**/{split}.data.txt")})
    if not folders:
        raise InputError(f"{path}: contains no {split}.data.txt", "name the folder of the words")
    _refuse_twice(folders)
    rows = [row for folder in folders for row in _word(folder, split)]
    names = (f"{split}.data.txt", f"{split}.gold.txt", _CLASSES)
    return item_part(rows, split, [folder / name for folder in folders for name in names])


def _refuse_twice(folders: list[Path]) -> None:
    """Refuse two versions of the data at once, since they have the same sentences."""
    first: dict[str, Path] = {}
    for folder in folders:
        other = first.setdefault(_word_of(folder), folder)
        if other != folder:
            raise InputError(
                f"{folder}: {_word_of(folder)} is also in {other}",
                "name one version of the data, or one word's folder",
            )


def _word_of(folder: Path) -> str:
    return _VARIANT.sub("", folder.name)


def _word(folder: Path, split: str) -> Iterator[Sentence]:
    data, key = data_and_gold(folder / f"{split}.data.txt", ".data.txt", ".gold.txt")
    names: Mapping[str, object] = json_value(folder / _CLASSES, dict)
    for line, (index, text), label in labeled_lines(data, key, 2):
        start, end, problem = token_span(text, index)
        sense = names.get(label.strip())
        if not isinstance(sense, str):
            problem, sense = f"gold {label!r} is not a class of classes_map.txt", None
        name = f"{folder.name}.{split}.{line - 1}"
        sense = sense and "_".join(sense.split())
        yield Sentence(text, f"{data}:{line}", name, sense, _word_of(folder), start, end, problem)
