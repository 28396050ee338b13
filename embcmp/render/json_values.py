"""Parts of JSON results that several questions share."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from embcmp.measures.projection import pca
from embcmp.types import Inference, Metric, Occurrence, PairTest, Result, Skipped

_INFO_KEYS = (
    "spec", "family", "model", "dim", "parameters", "bytes", "own_bytes", "fingerprint",
)  # fmt: skip


def metric(m: Metric) -> dict[str, Any]:
    """Return a measure: its value, interval and chance, or the reason why it has none."""
    values = asdict(m) | {"ci95": _as_list(m.ci95)}
    del values["inference"]
    return values


def inferred_metric(m: Metric) -> dict[str, Any]:
    """Return a measure of labeled uses, with what was inferred where a sense is rare."""
    inference = m.inference and asdict(m.inference)
    if inference and m.inference:
        inference |= {"senses": list(m.inference.senses), "ci95": _as_list(m.inference.ci95)}
    return metric(m) | {"inference": inference}


def metric_of(saved: dict[str, Any]) -> Metric:
    """Return the measure that `metric` wrote, or `asdict` of one."""
    ends = saved["ci95"]
    inference = saved.get("inference")
    if inference is not None:
        inner = inference["ci95"]
        inference = Inference(
            tuple(inference["senses"]), inference["value"], None if inner is None else tuple(inner)
        )
    return Metric(
        **{**saved, "ci95": None if ends is None else tuple(ends), "inference": inference}
    )


def encoder(r: Result) -> dict[str, Any]:
    """Return an encoder and layer, the time it took, and a map of its uses by a PCA."""
    points = pca(r.similarity).points.round(4)
    return {
        "name": r.name,
        "layer": r.layer,
        **{key: getattr(r.info, key) for key in _INFO_KEYS},
        "load_seconds": round(r.load_seconds, 6),
        "encode_seconds": round(r.encode_seconds, 6),
        "missing": dict(r.missing),
        "map": [None if math.isnan(point[0]) else point.tolist() for point in points],
    }


def test(t: PairTest, *, by_words: bool = False) -> dict[str, Any]:
    """Return a test of two encoders.

    Args:
        t: the test.
        by_words: whether the test is over words, so that it has no numbers of senses and units.
    """
    values = asdict(t) | {"ci95": _as_list(t.ci95), "ci90": _as_list(t.ci90)}
    dropped = ("senses", "units", "units_a_sense", "ci90", "detectable") if by_words else ()
    return {key: value for key, value in values.items() if key not in dropped}


def use(o: Occurrence) -> dict[str, Any]:
    """Return a use of the word: sentence, offsets, form, labels, source and columns."""
    return {
        "sentence": o.sentence,
        "start": o.start,
        "end": o.end,
        "form": o.form,
        "sense": o.sense,
        "group": o.group,
        "unit": o.unit,
        "source": o.source,
        "columns": dict(o.columns),
    }


def rows(skipped: Iterable[Skipped]) -> list[dict[str, str]]:
    """Return rows of the input with the reasons why they were left out or noted."""
    return [asdict(row) for row in skipped]


def _as_list(ci95: tuple[float, float] | None) -> list[float] | None:
    return None if ci95 is None else list(ci95)
