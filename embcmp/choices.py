"""The names that an option may have, the defaults, and what to say of a name that is none.

No numpy, so that the command line can show them before it loads anything.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

CORRECTIONS = ("none", "center", "zscore", "abtt")
MATCHES = ("word", "inflections", "exact")
DEVICES = ("auto", "cpu", "cuda", "mps")
INPUT_FORMATS = ("txt", "tsv", "csv", "jsonl", "parquet")

MAX_OCCURRENCES = 1000
DRAWS = 2000  # of the bootstrap


@dataclass(frozen=True, slots=True)
class Options:
    """What a comparison was asked for, beside its encoders, as its manifest has it.

    Attributes:
        match: which forms of the word count.
        max_occurrences: beyond it, a sample is drawn.
        strict: a row that cannot be used ends the command.
        controls: other causes than sense are measured.
        intervals: intervals and tests are given.
        draws: of the bootstrap.
        device: where transformers run.
    """

    match: str = MATCHES[0]
    max_occurrences: int = MAX_OCCURRENCES
    strict: bool = False
    controls: bool = False
    intervals: bool = True
    draws: int = DRAWS
    device: str = DEVICES[0]


def did_you_mean(name: str, known: Iterable[str], otherwise: str | None = None) -> str:
    """A hint for a name that is none of the known ones: the nearest, else all of them.

    Args:
        name: what was written.
        known: what could have been written.
        otherwise: the hint where nothing is near; by default it lists the known names.
    """
    names = list(known)
    near = difflib.get_close_matches(name, names, n=1)
    if near:
        return f"did you mean {near[0]}?"
    return f"known are {', '.join(names)}" if otherwise is None else otherwise
