"""The data sets that `embcmp evaluate` knows by name. A reader is imported when it is used.

A reader takes the path that the user gave, a file or a folder, and returns a `Part`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from embcmp.errors import InputError, UsageError

if TYPE_CHECKING:
    from embcmp.choices import Reading
    from embcmp.evaluation.gold_rows import Part

Kind = Literal["items", "pairs", "graphs"]


@dataclass(frozen=True, slots=True)
class DataSet:
    """How the files of a data set are read.

    Attributes:
        kind: The kind of its rows: items with senses, pairs with ratings or T/F, or word usage
            graphs with scores of change.
        home: The reader, as `module:function`.
        items: A second reader, which reads the sentences of the pairs as items with senses.
        train: The reader of the training rows that the data set itself has.
        needs_train: Whether the rows can only be scored with training rows from other files.
        any_format: Whether it is the user's own, in any format that `compare` reads, from any
            number of files.
    """

    kind: Kind
    home: str
    items: str | None = None
    train: str | None = None
    needs_train: bool = False
    any_format: bool = False


DATA_SETS: Mapping[str, DataSet] = {
    "items": DataSet("items", "own_files:read_items", any_format=True),
    "pairs": DataSet("pairs", "own_files:read_pairs", any_format=True),
    "wic": DataSet("pairs", "wic:read"),
    "mcl-wic": DataSet("pairs", "mcl_wic:read"),
    "coarsewsd20": DataSet("items", "coarsewsd20:read", train="coarsewsd20:read_train"),
    "wikihomograph": DataSet("items", "wikihomograph:read"),
    "raw-c": DataSet("pairs", "raw_c:read", items="raw_c:read_items"),
    "haber-poesio": DataSet("pairs", "haber_poesio:read", items="haber_poesio:read_items"),
    "scws": DataSet("pairs", "scws:read"),
    "raganato": DataSet("items", "raganato:read", needs_train=True),
    "change": DataSet("graphs", "dwug:read"),
}


def read(home: str, path: str | Path, *more: str | Path, reading: Reading | None = None) -> Part:
    """Read a path with the reader `home`, given as `module:function`.

    Args:
        home: The reader.
        path: The path.
        more: Further paths, for a reader of the user's own files.
        reading: How the user's own files are read; None for a published data set.

    Raises:
        InputError: A file is missing, or does not have the format of the data set.
    """
    module, _, name = home.partition(":")
    try:
        reader = getattr(import_module(f"embcmp.evaluation.readers.{module}"), name)
        if any(home == one.home and one.any_format for one in DATA_SETS.values()):
            part: Part = reader([path, *more], reading)
        else:
            part = reader(Path(path))
    except OSError as e:  # listing the folder failed
        raise InputError(
            f"{e.filename or path}: cannot be read: {e.strerror}", "check the path"
        ) from e
    return part


def readers(task: str, kind: Kind | None = None) -> tuple[Kind, str, str | None]:
    """The kind of a task's rows, the reader of the rows to score, and that of its training rows.

    Args:
        task: A key of DATA_SETS.
        kind: `items` reads a data set of pairs by its senses; None takes the usual kind.

    Raises:
        UsageError: The data set has no rows of that kind.
    """
    data_set = DATA_SETS[task]
    if kind is None or kind == data_set.kind:
        return data_set.kind, data_set.home, data_set.train
    if kind == "items" and data_set.items:
        return "items", data_set.items, None
    raise UsageError(f"{task} has no {kind}", f"its rows are {data_set.kind}")
