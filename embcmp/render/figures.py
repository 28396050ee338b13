"""Small pictures of cosines in text: shades, bars and a matrix of the senses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from rich.cells import set_cell_size

from embcmp.measures.labels import sample
from embcmp.measures.separation import auc_matrix, split_pairs
from embcmp.render.numbers import short
from embcmp.render.text import visible

SHADES = " ░▒▓█"
MISSING = "·"
BARS = "▁▂▃▄▅▆▇█"
BINS = 24
_ROWS, _COLUMNS = 12, 24  # a character is about twice as high as it is wide
_WIDE = 12  # of a sense's name
_CELL = 5  # of a number and the space before it

Senses = Sequence[str | None]


def sparkline(values: Iterable[float | None], low: float = 0.0, high: float = 1.0) -> str:
    """A bar for each value from `low` to `high`; a dot where there is none."""
    steps = len(BARS) - 1
    return "".join(
        "·" if v is None else BARS[round(steps * min(1.0, max(0.0, (v - low) / (high - low))))]
        for v in values
    )


def heat_map(similarity: NDArray[np.float64], senses: Senses) -> Iterator[str]:
    """Mean cosines of neighbors in the order of their senses, about 24 wide and 12 high.

    No cell straddles two senses, and each sense has a row and a column at least. The darkest shade
    is the highest mean of this encoder, the lightest its lowest: shades of two encoders are not to
    be compared.
    """
    names = sorted({sense for sense in senses if sense is not None})
    members = [np.flatnonzero([sense == name for sense in senses]) for name in names]
    cosines = similarity.copy()
    np.fill_diagonal(cosines, np.nan)
    rows, columns = _parts(members, _ROWS), _parts(members, _COLUMNS)
    every = [part for parts in columns for part in parts]
    cells = [
        np.array([[_mean(cosines[np.ix_(r, c)]) for c in every] for r in parts]) for parts in rows
    ]
    there = np.concatenate(cells).ravel()
    there = there[~np.isnan(there)]
    if not len(there):
        return
    low, width = there.min(), max(np.ptp(there), np.finfo(float).tiny)
    for name, lines in zip(names, cells, strict=True):
        for first, line in enumerate(lines):
            shades = (_shade((v - low) / width) for v in line)
            yield "".join(shades) + ("" if first else f"  {_name(name).rstrip()}")


def _parts(members: Sequence[NDArray[np.intp]], most: int) -> list[list[NDArray[np.intp]]]:
    """Cut each sense's uses into about its share of `most` parts."""
    total = sum(map(len, members))
    counts = [max(1, min(len(m), most * len(m) // total)) for m in members]
    return [np.array_split(m, count) for m, count in zip(members, counts, strict=True)]


def _mean(block: NDArray[np.float64]) -> float:
    there = block[~np.isnan(block)]
    return float(there.mean()) if len(there) else float("nan")


def _shade(share: float) -> str:
    return MISSING if np.isnan(share) else SHADES[round(share * (len(SHADES) - 1))]


def distributions(similarity: NDArray[np.float64], senses: Senses) -> Iterator[str]:
    """How often each cosine is met, within a sense and between senses, on one scale."""
    same, other = split_pairs(sample(similarity, senses))
    low, high = float(min(same.min(), other.min())), float(max(same.max(), other.max()))
    for name, cosines in (("same sense", same), ("other sense", other)):
        counts, _ = np.histogram(cosines, BINS, (low, max(high, low + 1e-6)))
        bars = sparkline((counts / counts.max()).tolist())
        yield f"{name:11}  {bars.replace(BARS[0], ' ')}"
    yield f"{'cosine':11}  {short(low):<{BINS // 2}}{short(high):>{BINS // 2}}"


def sense_matrix(similarity: NDArray[np.float64], senses: Senses) -> Iterator[str]:
    """For each sense (row) how well it holds together against each other one (column): AUC."""
    uses = sample(similarity, senses)
    numbers = range(1, len(uses.senses) + 1)
    yield f"{'auc against':{_WIDE + 3}}" + "".join(f"{k:>{_CELL}}" for k in numbers)
    for k, name, row in zip(numbers, uses.senses, auc_matrix(uses), strict=True):
        cells = ("" if np.isnan(v) else short(v) for v in row)
        yield f"{k:2} {_name(name)}" + "".join(f"{cell:>{_CELL}}" for cell in cells)


def _name(sense: str) -> str:
    """As wide as every other name in a terminal, whatever its script."""
    return set_cell_size(visible(sense), _WIDE)
