"""The page of a reach, from its JSON: curves over distances, untrained twins in the same plot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from embcmp.questions.reach.curves import SIDES
from embcmp.questions.reach.plot import Series, plot
from embcmp.render.numbers import interval, short
from embcmp.render.page import Json, still
from embcmp.render.text import harmless


def to_html(found: Json) -> str:
    """A whole page in one file.

    Args:
        found: the object of `reach --format json`.
    """
    reach = cast("dict[str, Any]", harmless(found))
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
    says = {}
    for d, value in r["curve"].items():
        side = "left" if int(d) < 0 else "right"
        share = f"{short(value or 0.0)} {interval(r['intervals'][d])}".rstrip()
        says[int(d)] = f"{r['name']}, {abs(int(d))} {side}: {share}"
    return _series(r, {int(d): value for d, value in r["curve"].items()}, says, colors)


def _jacobian(part: str, results: Sequence[Json], colors: Mapping[str, int]) -> dict[str, object]:
    """The norms over steps of one part of the state, of the results that have such a part."""
    having = [r for r in results if part in (r["jacobian"] or {})]
    lines = []
    for r in having:
        values = {int(lag): norms["frobenius"] for lag, norms in r["jacobian"][part].items()}
        says = {lag: f"{r['name']}, {lag} steps: {value:.2g}" for lag, value in values.items()}
        lines.append(_series(r, values, says, colors))
    return {
        "part": part,
        "plot": plot(lines, logarithmic=True),
        "results": having,
        "lags": sorted({lag for r in having for lag in r["jacobian"][part]}, key=int),
    }


def _series(
    r: Json, values: dict[int, float | None], says: dict[int, str], colors: Mapping[str, int]
) -> Series:
    """A line of a result, in the color that its untrained twin has, too."""
    return Series(r["name"], values, says, colors[r["name"]], r["untrained_twin_of"] is not None)
