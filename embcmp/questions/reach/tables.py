"""A Reach as rows: CSV for programs."""

from __future__ import annotations

from collections.abc import Iterator

from embcmp.questions.reach.encoder_reach import Reach
from embcmp.render.text import csv_text
from embcmp.types import Metric

COLUMNS = ("word", "encoder", "layer", "measure", "distance", "value", "low", "high", "n", "reason")


def to_csv(reach: Reach) -> str:
    """Rows for each encoder: its share at each distance, then its reach50 by side."""
    return csv_text(COLUMNS, _rows(reach))


def _rows(reach: Reach) -> Iterator[list[object]]:
    for r in reach.results:
        start = [reach.word, r.name, "" if r.layer is None else str(r.layer)]
        for d, m in r.curve.items():
            yield [*start, "share", d, *_numbers(m, r.counts[d])]
        if r.change_of_all is not None:
            yield [*start, "change_of_all", "", *_numbers(r.change_of_all, len(reach.uses))]
        for side, m in r.reach50.items():
            name = "reach50" if side == "both" else f"reach50_{side}"
            yield [*start, name, "", *_numbers(m, reach.long_uses)]
        for part, by_lag in (r.jacobian or {}).items():
            for lag, (frobenius, spectral, n) in by_lag.items():
                for norm, value in (("frobenius", frobenius), ("spectral", spectral)):
                    yield [*start, f"jacobian_{part}_{norm}", lag, value, None, None, n, None]


def _numbers(m: Metric, n: int) -> list[object]:
    low, high = m.ci95 or (None, None)
    return [m.value, low, high, n, m.undefined or m.no_interval]
