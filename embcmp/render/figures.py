"""Figures of cosines as text: heat maps, distributions and sense-by-sense AUC."""

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
_NAME_WIDTH = 12
_CELL_WIDTH = 5

Senses = Sequence[str | None]


def sparkline(values: Iterable[float | None], low: float = 0.0, high: float = 1.0) -> str:
    """Return a bar for each value between `low` and `high`, and a dot for None."""
    steps = len(BARS) - 1
    return "".join(
        "·" if v is None else BARS[round(steps * min(1.0, max(0.0, (v - low) / (high - low))))]
        for v in values
    )


def heat_map(similarity: NDArray[np.float64], senses: Senses) -> Iterator[str]:
    """Yield the lines of a heat map of mean cosines, sorted by sense, about 24 wide and 12 high.

    No cell mixes two senses, and each sense has at least one row and one column. The darkest shade
    is the highest mean of this encoder, the lightest its lowest, so the shades of two encoders
    cannot be compared.
    """
    names = sorted({sense for sense in senses if sense is not None})
    members = [np.flatnonzero([sense == name for sense in senses]) for name in names]
    cosines = similarity.copy()
    np.fill_diagonal(cosines, np.nan)
    rows, columns = _parts(members, _ROWS), _parts(members, _COLUMNS)
    all_columns = [part for parts in columns for part in parts]
    cells = [
        np.array([[_mean(cosines[np.ix_(r, c)]) for c in all_columns] for r in parts])
        for parts in rows
    ]
    means = np.concatenate(cells).ravel()
    means = means[~np.isnan(means)]
    if not len(means):
        return
    low, width = means.min(), max(np.ptp(means), np.finfo(float).tiny)
    for name, lines in zip(names, cells, strict=True):
        for first, line in enumerate(lines):
            shades = (_shade((v - low) / width) for v in line)
            yield "".join(shades) + ("" if first else f"  {_name(name).rstrip()}")


def _parts(members: Sequence[NDArray[np.intp]], most: int) -> list[list[NDArray[np.intp]]]:
    """Split the uses of each sense into parts, about `most` for all senses together."""
    total = sum(map(len, members))
    counts = [max(1, min(len(m), most * len(m) // total)) for m in members]
    return [np.array_split(m, count) for m, count in zip(members, counts, strict=True)]


def _mean(block: NDArray[np.float64]) -> float:
    cosines = block[~np.isnan(block)]
    return float(cosines.mean()) if len(cosines) else float("nan")


def _shade(share: float) -> str:
    return MISSING if np.isnan(share) else SHADES[round(share * (len(SHADES) - 1))]


def distributions(similarity: NDArray[np.float64], senses: Senses) -> Iterator[str]:
    """Yield the distributions of cosines within a sense and between senses, on one scale."""
    same, other = split_pairs(sample(similarity, senses))
    low, high = float(min(same.min(), other.min())), float(max(same.max(), other.max()))
    for name, cosines in (("same sense", same), ("other sense", other)):
        counts, _ = np.histogram(cosines, BINS, (low, max(high, low + 1e-6)))
        bars = sparkline((counts / counts.max()).tolist())
        yield f"{name:11}  {bars.replace(BARS[0], ' ')}"
    yield f"{'cosine':11}  {short(low):<{BINS // 2}}{short(high):>{BINS // 2}}"


def sense_matrix(similarity: NDArray[np.float64], senses: Senses) -> Iterator[str]:
    """Yield a matrix with the AUC of each sense (row) against each other sense (column)."""
    uses = sample(similarity, senses)
    numbers = range(1, len(uses.senses) + 1)
    yield f"{'auc against':{_NAME_WIDTH + 3}}" + "".join(f"{k:>{_CELL_WIDTH}}" for k in numbers)
    for k, name, row in zip(numbers, uses.senses, auc_matrix(uses), strict=True):
        cells = ("" if np.isnan(v) else short(v) for v in row)
        yield f"{k:2} {_name(name)}" + "".join(f"{cell:>{_CELL_WIDTH}}" for cell in cells)


def _name(sense: str) -> str:
    """Pad or cut a name to the same width in the terminal, whatever its script."""
    return set_cell_size(visible(sense), _NAME_WIDTH)
