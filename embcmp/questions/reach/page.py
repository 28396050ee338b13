"""The page of a reach, from its JSON: curves over distances, untrained twins in the same plot."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

from embcmp.questions.reach.curves import SIDES
from embcmp.questions.reach.plot import Plot, Series, plot
from embcmp.render.numbers import interval, short
from embcmp.render.page import Json, still
from embcmp.render.text import harmless


@dataclass(frozen=True, slots=True)
class Shown:
    """A result and its color, which its untrained twin has, too."""

    json: Json
    color: int


@dataclass(frozen=True, slots=True)
class Jacobian:
    """The norms over steps of one part of the state.

    Attributes:
        part: memory or output.
        plot: the Frobenius norms.
        names: of the results that have such a part.
        rows: the steps, and the norms of each result.
    """

    part: str
    plot: Plot
    names: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Json | None, ...]], ...]


def to_html(found: Json) -> str:
    """A whole page in one file.

    Args:
        found: the object of `reach --format json`.
    """
    reach = cast("dict[str, Any]", harmless(found))
    shown = list(_shown(reach["results"]))
    curves = [m for r in reach["results"] for m in r["curve"].values() if m is not None]
    context = {
        "reach": reach,
        "shown": shown,
        "sides": SIDES,
        "curves": plot([_curve(s) for s in shown]),
        "jacobians": _jacobians(shown),
        "highest": max(curves, default=0.0),
        "sentences": len({o["sentence"] for o in reach["occurrences"]}),
    }
    return still("questions/reach/page.html", context)


def _shown(results: list[Json]) -> Iterator[Shown]:
    colors: dict[str, int] = {}
    for r in results:
        of = r["untrained_twin_of"]
        yield Shown(r, colors.setdefault(r["name"], len(colors) if of is None else colors[of]))


def _curve(shown: Shown) -> Series:
    r = shown.json
    values = {int(d): value for d, value in r["curve"].items()}
    says = {}
    for d, value in values.items():
        ends = r["intervals"][str(d)]
        side = "left" if d < 0 else "right"
        says[d] = f"{r['name']}, {abs(d)} {side}: {short(value or 0.0)} {interval(ends)}".rstrip()
    return Series(r["name"], values, says, shown.color, r["untrained_twin_of"] is not None)


def _jacobians(shown: list[Shown]) -> list[Jacobian]:
    parts = dict.fromkeys(part for s in shown for part in s.json["jacobian"] or ())
    return [
        _jacobian(part, [s for s in shown if part in (s.json["jacobian"] or {})]) for part in parts
    ]


def _jacobian(part: str, shown: list[Shown]) -> Jacobian:
    of = [s.json["jacobian"][part] for s in shown]
    steps = sorted({lag for lags in of for lag in lags}, key=int)
    return Jacobian(
        part=part,
        plot=plot([_lags(s, part) for s in shown], logarithmic=True),
        names=tuple(s.json["name"] for s in shown),
        rows=tuple((lag, tuple(lags.get(lag) for lags in of)) for lag in steps),
    )


def _lags(shown: Shown, part: str) -> Series:
    r = shown.json
    values = {int(lag): norms["frobenius"] for lag, norms in r["jacobian"][part].items()}
    says = {lag: f"{r['name']}, {lag} steps: {value:.2g}" for lag, value in values.items()}
    return Series(r["name"], values, says, shown.color, r["untrained_twin_of"] is not None)
