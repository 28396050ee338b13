"""The table of a page with one row an encoder: its AUC with its interval, hits, size and time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor

from embcmp.measures.encoder_differences import PRIMARY
from embcmp.questions.compare.page.encoders import Encoder
from embcmp.render.page import Json
from embcmp.types import PER_TYPE

CHANCE = 0.5
WIDTH = 200  # of a drawing, in its own units
_EDGE = 6  # so that a point at an end is drawn whole


@dataclass(frozen=True, slots=True)
class Drawing:
    """Where the parts of an interval are drawn, from 0 to WIDTH.

    Attributes:
        value: the AUC.
        ends: the ends of its interval, if there is one.
        chance: an AUC of .5.
    """

    value: float
    ends: tuple[float, float] | None
    chance: float


@dataclass(frozen=True, slots=True)
class Row:
    """An encoder at the layer that the verdict uses.

    Attributes:
        encoder: the encoder.
        auc: the AUC that is inferred from: without rare senses where there are any; else None.
        note: why there is no AUC.
        drawing: the AUC and its interval on the scale of all rows.
        hits: the uses whose nearest sense is their own, as "33 of 36".
    """

    encoder: Encoder
    auc: Json | None
    note: str
    drawing: Drawing | None
    hits: str


def scale_start(rows: Sequence[Json]) -> float:
    """Return where the common scale begins: at .5, or at a full tenth below the lowest end."""
    ends: list[float] = [end for auc in rows for end in (auc["value"], *(auc["ci95"] or ()))]
    return max(0.0, floor(min([CHANCE, *ends]) * 10 + 1e-9) / 10)


def rows(encoders: Sequence[Encoder], occurrences: Sequence[Json]) -> list[Row]:
    """Return a row for each encoder, the one with the highest AUC first.

    Args:
        encoders: the encoders of a comparison with labels.
        occurrences: the uses, as in the JSON.
    """
    values = {e.title: auc for e in encoders if (auc := inferred(e.main)) is not None}
    start = scale_start([*values.values()])
    ranked = sorted(encoders, key=lambda e: -values[e.title]["value"] if e.title in values else 1)
    return [
        Row(
            encoder=e,
            auc=values.get(e.title),
            note=_why_none(e.main) if e.title not in values else "",
            drawing=_drawing(values[e.title], start) if e.title in values else None,
            hits=_hits(e.main, occurrences),
        )
        for e in ranked
    ]


def inferred(result: Json) -> Json | None:
    """Return the AUC that is inferred from, without rare senses; None if there is none."""
    metric = result["metrics"].get(PRIMARY)
    if metric is None or metric["value"] is None:
        return None
    return {**metric, **(metric.get("inference") or {})}


def _why_none(result: Json) -> str:
    reason = result["metrics"].get(PRIMARY, {}).get("undefined") or ""
    return "one vector for all uses" if reason == PER_TYPE else str(reason)


def _drawing(auc: Json, start: float) -> Drawing:
    def place(value: float) -> float:
        share = (value - start) / (1 - start)
        return round(_EDGE + max(0.0, min(1.0, share)) * (WIDTH - 2 * _EDGE), 1)

    ends = auc["ci95"] and (place(auc["ci95"][0]), place(auc["ci95"][1]))
    return Drawing(place(auc["value"]), ends, place(CHANCE))


def _hits(result: Json, occurrences: Sequence[Json]) -> str:
    share = result["metrics"].get("centroid", {}).get("value")
    if share is None:
        return ""
    n = sum(o["sense"] is not None and o["id"] not in result["missing"] for o in occurrences)
    return f"{round(share * n, 1):,g} of {n:,}"
