"""Files with one vector for each use of a word, found by the id of the use.

    FILE.npy       a matrix with a row for each use; FILE.ids has the id of each row, one a line
    FILE.parquet   a row for each use, with `id` and a list of numbers `vector`
    FILE.jsonl     a line for each use: {"id": .., "vector": [..]}

Parquet and JSON lines may also have `word`: then an id is that of a use of this word, and uses of
another word may have the same. Ids are read as the column `id` of sentences is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from embcmp.encoders.use_vector_formats import READERS, Rows
from embcmp.errors import ModelError
from embcmp.text.sentence_rows import as_text
from embcmp.types import Occurrence, TaskProgress
from embcmp.vectors.content import Content

Key = tuple[str | None, str]  # the word, where the file has words, and the id


@dataclass(frozen=True)
class UseVectors:
    """The vectors of a file.

    Attributes:
        path: the file that was named.
        files: all files that were read.
        keys: [n], the key of each row; no two are equal.
        vectors: float32 [n, dim], finite.
        has_words: whether the keys have words.
        uses: the `use_digest` of the use that each vector was saved from, by its id; empty if the
            file does not say.
    """

    path: Path
    files: tuple[Path, ...]
    keys: tuple[Key, ...]
    vectors: NDArray[np.float32]
    has_words: bool
    uses: Mapping[str, object]


def use_digest(o: Occurrence) -> str:
    """16 hexadecimal digits for the sentence and the place of a use, whatever its id and word."""
    text = f"{o.start} {o.end} {o.sentence}".encode("utf-8", "surrogatepass")
    return sha256(text).hexdigest()[:16]


def read_use_vectors(path: Path, progress: TaskProgress | None = None) -> UseVectors:
    """Read a file of vectors of uses. No pickle is read.

    Args:
        path: the file.
        progress: called with the name of the task, the bytes read and the size of the file, or the
            rows read and their number.

    Raises:
        ModelError: the file is missing, of another format or damaged; or an id is missing or
            stands there twice, the vectors differ in width, or one has NaN or infinity.
    """
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        if path.is_dir():
            raise ModelError(f"{path}: is a folder", f"name a file in it: {', '.join(READERS)}")
        raise ModelError(
            f"{path}: is of no format for the vectors of uses",
            f"save them as {', '.join(READERS)} (docs/reference/formats.md)",
        )
    report = progress and partial(progress, f"reading {path.name}")
    rows = reader(Content(path), report)
    if not rows.vectors.size:
        raise ModelError(f"{path}: has no vectors", "write a row for each use")
    keys = tuple(_keys(rows))
    _refuse_twice(keys, rows)
    finite = np.isfinite(rows.vectors).all(axis=1)
    if not finite.all():
        row = int(np.argmin(finite))
        raise ModelError(
            f"{rows.place(row)}: the vector of {keys[row][1]!r} has NaN or infinity",
            "leave the row out: its use then counts as one without a vector",
        )
    return UseVectors(path, rows.files, keys, rows.vectors, rows.words is not None, rows.uses)


def _keys(rows: Rows) -> Iterator[Key]:
    for i, value in enumerate(rows.ids):
        id = None if isinstance(value, list | dict | bool) else as_text(value)
        if id is None:
            wrong = "has no id" if value is None or value == "" else f"{value!r} is no id"
            raise ModelError(f"{rows.id_place(i)}: {wrong}", "give each row the id of its use")
        word = None
        if rows.words is not None and (word := as_text(rows.words[i])) is None:
            raise ModelError(f"{rows.place(i)}: has no word", "give each row its word, or none")
        yield (word.casefold() if word else None), id


def _refuse_twice(keys: Sequence[Key], rows: Rows) -> None:
    first: dict[Key, int] = {}
    for i, key in enumerate(keys):
        if (earlier := first.setdefault(key, i)) != i:
            raise ModelError(
                f"{rows.id_place(i)}: the id {key[1]!r} is given twice, first at"
                f" {rows.id_place(earlier)}",
                "give each use one row",
            )
