"""The data sets that `embcmp evaluate` knows by name; nothing of them is loaded before it is used.

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
    from embcmp.evaluation.rows import Part

Kind = Literal["items", "pairs"]


@dataclass(frozen=True, slots=True)
class DataSet:
    """A row of the table.

    Attributes:
        kind: what its rows are: items with senses, or pairs with ratings or T/F.
        home: the reader, as `module:function`.
        items: a second reader, which takes the sentences of the pairs as items with senses.
        train: the reader of the training rows that lie beside those to score.
        needs_train: its rows can only be scored with training rows from elsewhere.
    """

    kind: Kind
    home: str
    items: str | None = None
    train: str | None = None
    needs_train: bool = False


DATA_SETS: Mapping[str, DataSet] = {
    "items": DataSet("items", "tsv:read_items"),
    "pairs": DataSet("pairs", "tsv:read_pairs"),
    "wic": DataSet("pairs", "wic:read"),
    "mcl-wic": DataSet("pairs", "mcl_wic:read"),
    "coarsewsd20": DataSet("items", "coarsewsd20:read", train="coarsewsd20:read_train"),
    "wikihomograph": DataSet("items", "wikihomograph:read"),
    "raw-c": DataSet("pairs", "raw_c:read", items="raw_c:read_items"),
    "haber-poesio": DataSet("pairs", "haber_poesio:read", items="haber_poesio:read_items"),
    "scws": DataSet("pairs", "scws:read"),
    "raganato": DataSet("items", "raganato:read", needs_train=True),
}


def read(home: str, path: Path) -> Part:
    """Read a path with the reader that a table's row names.

    Raises:
        InputError: a file is missing or has not the shape of the data set.
    """
    module, _, name = home.partition(":")
    try:
        part: Part = getattr(import_module(f"embcmp.evaluation.readers.{module}"), name)(path)
    except OSError as e:  # of asking what is there
        raise InputError(
            f"{e.filename or path}: cannot be read: {e.strerror}", "check the path"
        ) from e
    return part


def readers(task: str, kind: Kind | None = None) -> tuple[Kind, str, str | None]:
    """What the rows of a task are, who reads those to score, and who its own training rows.

    Args:
        task: a key of DATA_SETS.
        kind: items, to take a data set of pairs by its senses; None for what it is made for.

    Raises:
        UsageError: the data set has no such rows.
    """
    data_set = DATA_SETS[task]
    if kind is None or kind == data_set.kind:
        return data_set.kind, data_set.home, data_set.train
    if kind == "items" and data_set.items:
        return "items", data_set.items, None
    raise UsageError(f"{task} has no {kind}", f"its rows are {data_set.kind}")
