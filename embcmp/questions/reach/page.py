"""The page of a Reach, made from its JSON: curves of encoders and of their untrained twins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from embcmp.questions.reach.curves import SIDES
from embcmp.questions.reach.plot import Series, plot
from embcmp.render.numbers import interval, short
from embcmp.render.page import Json, still
from embcmp.render.text import harmless


def to_html(result: Json) -> str:
    """A complete page in one file.

    Args:
        result: the object that `reach --format json` writes.
    """
    reach = cast("dict[str, Any]", harmless(result))
    results = reach["results"]
    colors: dict[str, int] = {}
    for r in results:
        twin_of = r["untrained_twin_of"]
        colors.setdefault(r["name"], len(colors) if twin_of is None else colors[twin_of])
    parts = dict.fromkeys(part for r in results for part in r["jacobian"] or ())
    curves = [m for r in results for m in r["curve"].values() if m is not None]
    context = {
        "reach": reach,
        "sides": SIDES,
        "curves": plot([_curve(r, colors) for r in results]),
        "jacobians": [_jacobian(part, results, colors) for part in parts],
        "highest": max(curves, default=0.0),
        "sentences": len({o["sentence"] for o in reach["occurrences"]}),
    }
    return still("questions/reach/page.html", context)


def _curve(r: Json, colors: Mapping[str, int]) -> Series:
    labels = {}
    for d, value in r["curve"].items():
        side = "left" if int(d) < 0 else "right"
        share = f"{short(value or 0.0)} {interval(r['intervals'][d])}".rstrip()
        labels[int(d)] = f"{r['name']}, {abs(int(d))} {side}: {share}"
    return _series(r, {int(d): value for d, value in r["curve"].items()}, labels, colors)


def _jacobian(part: str, results: Sequence[Json], colors: Mapping[str, int]) -> dict[str, object]:
    """The norms over steps for one part of the state, with the results that have such a part."""
    with_part = [r for r in results if part in (r["jacobian"] or {})]
    lines = []
    for r in with_part:
        values = {int(lag): norms["frobenius"] for lag, norms in r["jacobian"][part].items()}
        labels = {lag: f"{r['name']}, {lag} steps: {value:.2g}" for lag, value in values.items()}
        lines.append(_series(r, values, labels, colors))
    return {
        "part": part,
        "plot": plot(lines, logarithmic=True),
        "results": with_part,
        "lags": sorted({lag for r in with_part for lag in r["jacobian"][part]}, key=int),
    }


def _series(
    r: Json, values: dict[int, float | None], labels: dict[int, str], colors: Mapping[str, int]
) -> Series:
    """A line in the color that a result shares with its untrained twin."""
    return Series(r["name"], values, labels, colors[r["name"]], r["untrained_twin_of"] is not None)
