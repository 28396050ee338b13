"""The values that options may have, their defaults, and hints for unknown names.

This module does not import numpy, so that the command line can show help without loading anything.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

CORRECTIONS = ("none", "center", "zscore", "abtt")
MATCHES = ("word", "inflections", "exact", "lemma")
DEVICES = ("auto", "cpu", "cuda", "mps")
INPUT_FORMATS = (
    "txt", "text", "tsv", "csv", "jsonl", "parquet", "xlsx", "kwic", "conllu", "vrt", "wug",
)  # fmt: skip

MAX_OCCURRENCES = 1000
SENSES_SHOWN = 30  # in figures on the terminal, which have a row and a column for each
MOST_ENCODERS = 100  # of a command or a batch; each is loaded, and compared with each other one
MOST_DIGITS = 9  # of a number in a list or a pair; Python refuses to read thousands of them
MARGIN = 0.05  # a difference of auc_macro below which encoders count as equal


@dataclass(frozen=True, slots=True)
class Options:
    """The options of a comparison, as its manifest records them.

    Attributes:
        match: which forms of the word count as uses, one of MATCHES.
        max_occurrences: the largest number of occurrences to use; of more, a random sample.
        strict: whether a row that cannot be used is an error.
        controls: whether to measure how well causes other than sense separate the senses.
        intervals: whether to compute confidence intervals and tests.
        margin: a difference of `auc_macro` below which encoders count as equal.
        device: where transformers run, one of DEVICES.
    """

    match: str = MATCHES[0]
    max_occurrences: int = MAX_OCCURRENCES
    strict: bool = False
    controls: bool = False
    intervals: bool = True
    margin: float = MARGIN
    device: str = DEVICES[0]


@dataclass(frozen=True, slots=True)
class Reading:
    """How files of text are read.

    Attributes:
        input_format: format of all files, one of INPUT_FORMATS; None if extensions tell it.
        encoding: encoding of the text; None for UTF-8, or what a byte-order mark says.
        columns: names of columns in the tables, by embcmp's names for them.
        split: whether the text of each row is split into sentences.
        context: number of sentences on each side that belong to the target's.
        lang: code of the language of the text.
        side: of tables with two uses in a row, what ends the names of the columns of the one that
            is read, "1" or "2": `start1`; empty for other tables.
        checked: whether a person has checked the labels that were made from vectors.
    """

    input_format: str | None = None
    encoding: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict, hash=False)
    split: bool = False
    context: int = 0
    lang: str = "en"
    side: str = ""
    checked: bool = False


def did_you_mean(name: str, known: Iterable[str], otherwise: str | None = None) -> str:
    """Return a hint for an unknown name: the most similar known name, or a list of all.

    Args:
        name: the unknown name.
        known: the known names.
        otherwise: the hint if no known name is similar; by default the list of known names.
    """
    names = list(known)
    near = difflib.get_close_matches(name, names, n=1)
    if near:
        return f"did you mean {near[0]}?"
    return f"choose from {', '.join(names)}" if otherwise is None else otherwise
