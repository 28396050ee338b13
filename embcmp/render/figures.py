"""Small pictures of cosines in text: shades, bars and a matrix of the senses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from embcmp.analysis.verdict import short
from embcmp.measure.separation import auc_matrix, split_pairs

SHADES = " ░▒▓█"
MISSING = "·"
BARS = "▁▂▃▄▅▆▇█"
BINS = 40
_ROWS, _COLUMNS = 12, 24  # a character is about twice as high as it is wide
_WIDE = 20  # of a sense's name

Senses = Sequence[str | None]


def sparkline(values: Iterable[float | None], low: float = 0.0, high: float = 1.0) -> str:
    """A bar for each value from `low` to `high`; a dot where there is none."""
    steps = len(BARS) - 1
    return "".join(
        "·" if v is None else BARS[round(steps * min(1.0, max(0.0, (v - low) / (high - low))))]
        for v in values
    )


def heat_map(similarity: NDArray[np.float64], senses: Senses) -> Iterator[str]:
    """Mean cosines of neighbors in the order of their senses, at most 24 wide and 12 high.

    The darkest shade is the highest mean of this encoder, the lightest its lowest: shades of two
    encoders are not to be compared.
    """
    labelled = [i for i, sense in enumerate(senses) if sense is not None]
    order = sorted(labelled, key=lambda i: (str(senses[i]), i))
    cosines = similarity[np.ix_(order, order)].copy()
    np.fill_diagonal(cosines, np.nan)
    rows = np.array_split(np.arange(len(order)), min(_ROWS, len(order)))
    columns = np.array_split(np.arange(len(order)), min(_COLUMNS, len(order)))
    cells = np.array([[_mean(cosines[np.ix_(r, c)]) for c in columns] for r in rows])
    if np.isnan(cells).all():
        return
    low, high = np.nanmin(cells), np.nanmax(cells)
    shown = ""
    for r, line in zip(rows, cells, strict=True):
        share = (line - low) / (high - low) if high > low else np.zeros_like(line)
        steps = np.nan_to_num(share * (len(SHADES) - 1)).round().astype(int)
        sense = str(senses[order[r[0]]])
        cells_ = (MISSING if np.isnan(v) else SHADES[k] for k, v in zip(steps, line, strict=True))
        yield "".join(cells_) + ("" if sense == shown else f"  {sense}")
        shown = sense


def _mean(block: NDArray[np.float64]) -> float:
    there = block[~np.isnan(block)]
    return float(there.mean()) if len(there) else float("nan")


def distributions(similarity: NDArray[np.float64], senses: Senses) -> Iterator[str]:
    """How often each cosine is met, within a sense and between senses, on one scale."""
    same, other = split_pairs(similarity, senses)
    low, high = float(min(same.min(), other.min())), float(max(same.max(), other.max()))
    for name, cosines in (("same sense", same), ("other sense", other)):
        counts, _ = np.histogram(cosines, BINS, (low, max(high, low + 1e-6)))
        bars = sparkline((counts / counts.max()).tolist())
        yield f"{name:11}  {bars.replace(BARS[0], ' ')}"
    yield f"{'cosine':11}  {short(low):<{BINS // 2}}{short(high):>{BINS // 2}}"


def sense_matrix(similarity: NDArray[np.float64], senses: Senses) -> Iterator[str]:
    """For each sense (row) how well it holds together against each other one (column): AUC."""
    found = auc_matrix(similarity, senses)
    names = [sense[:_WIDE] for sense in found.senses]
    width = max(5, *map(len, names))
    yield f"{'auc':{width}}  " + "  ".join(f"{name:>{width}}" for name in names)
    for name, row in zip(names, found.auc, strict=True):
        cells = ("" if np.isnan(v) else short(v) for v in row)
        yield f"{name:{width}}  " + "  ".join(f"{cell:>{width}}" for cell in cells)
