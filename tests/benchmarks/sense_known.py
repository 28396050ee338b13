"""Whether what `senses --known` states of known senses holds on the other uses of a word.

    python -m tests.benchmarks.sense_known FOLDER --cache FOLDER

Of each sense of the words N to Z (see `sense_data`), two thirds of the uses are known.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from embcmp.measures.labels import labels
from embcmp.measures.probe import balanced_accuracy
from embcmp.measures.transfer import Placement, Transfer, conformal, transfer, unlike
from tests.benchmarks.sense_data import (
    ENCODERS,
    REPORTING,
    Word,
    arguments,
    read_words,
    short,
    table,
)

ENOUGH = 19  # known uses of the rarest sense, for 5 % of false alarms
FEWEST = 9  # uses of a sense
DRAWS = 5
BINS = (0.0, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0)
FIGURES = ("accuracy", "false alarms", "detection")
COLUMNS = ["rarest sense", "encoder", "words", "logistic"]
COLUMNS += [f"{figure} {source}" for figure in FIGURES for source in ("stated", "measured")]


@dataclass(frozen=True)
class Trial:
    """A word of whose uses most are known."""

    rarest: int  # the number of known uses of the rarest sense
    stated: Transfer  # by the known uses
    senses: NDArray[np.intp]  # [n], of the others
    placement: Placement
    detected: float  # the share of the others that are unlike all senses but their own

    @property
    def assigned(self) -> NDArray[np.intp]:
        """[n], the most probable sense."""
        return np.asarray(self.placement.probabilities.argmax(axis=1))


def trial(x: NDArray[np.float64], senses: NDArray[np.intp], seed: int) -> Trial:
    """Know two thirds of each sense's uses, and place the others; x are unit vectors."""
    rng = np.random.default_rng(seed)
    by_sense = [rng.permutation(np.flatnonzero(senses == s)) for s in np.unique(senses)]
    known = np.sort(np.concatenate([rows[: 2 * len(rows) // 3] for rows in by_sense]))
    new = np.setdiff1d(np.arange(len(x)), known)
    uses = labels([f"{s:03}" for s in senses[known]], np.ones(len(known), dtype=bool))
    stated, placement = transfer(x[known], uses, x[new], seed=seed)
    p = conformal(np.concatenate([x[known], x[new]]), uses)[len(known) :]
    others = unlike(p, uses) | np.eye(len(uses.senses), dtype=bool)[senses[new]]
    detected = float(others.all(axis=1).mean())
    return Trial(int(uses.counts.min()), stated, senses[new], placement, detected)


def trials(words: Sequence[Word], spec: str) -> Iterator[Trial]:
    """Trials of the words that have two senses or more of enough uses."""
    for word in words:
        rows = [r for r in word.rows() if len(r) >= FEWEST]
        if len(rows) > 1:
            chosen = np.sort(np.concatenate(rows))
            senses = np.unique(word.senses[chosen], return_inverse=True)[1]
            yield from (trial(word.vectors[spec][chosen], senses, seed) for seed in range(DRAWS))


def row(trials: Sequence[Trial]) -> list[str]:
    """The means over trials: what is stated, and beside it what is measured."""
    means = [
        [t.stated.method == "logistic" for t in trials],
        [t.stated.accuracy for t in trials],
        [balanced_accuracy(t.senses, t.assigned) for t in trials],
        [t.stated.false_alarm_rate for t in trials],
        [t.placement.unlike.mean() for t in trials],
        [t.stated.detection for t in trials],
        [t.detected for t in trials],
    ]
    return [str(len(trials) // DRAWS), *(short(float(np.mean(values))) for values in means)]


def calibration(trials: Sequence[Trial]) -> list[str]:
    """The share of right senses by their mean probability in bins, and the calibration error."""
    confidence = np.concatenate([t.placement.probabilities.max(axis=1) for t in trials])
    right = np.concatenate([t.assigned == t.senses for t in trials])
    cells, error = [], 0.0
    for low, high in pairwise(BINS):
        rows = (confidence > low) & (confidence <= high)
        stated, measured = (
            float(v[rows].mean()) if rows.any() else np.nan for v in (confidence, right)
        )
        cells.append(f"{short(stated)}: {short(measured)} ({rows.mean():.0%})")
        error += float(np.nan_to_num(rows.mean() * abs(stated - measured)))
    return [*cells, short(error)]


def main() -> None:
    """Print what is stated and measured, and a table of calibration."""
    options = arguments(__doc__)
    words = read_words(options.data, options.cache, REPORTING)
    by_encoder = {spec: [*trials(words, spec)] for spec in ENCODERS}
    rows = [
        [size, spec, *row(some)]
        for size, enough in (("under 19", False), ("19 or more", True))
        for spec, every in by_encoder.items()
        if (some := [t for t in every if (t.rarest >= ENOUGH) == enough])
    ]
    sys.stdout.write(table(COLUMNS, rows) + "\n")
    header = ["encoder", *(f"up to {high:g}" for high in BINS[1:]), "error"]
    sys.stdout.write(table(header, [[spec, *calibration(t)] for spec, t in by_encoder.items()]))


if __name__ == "__main__":
    main()
