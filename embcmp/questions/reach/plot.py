"""Curves as SVG that needs no script: where each line, point and tick is."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from embcmp.render.numbers import short

WIDTH, HEIGHT = 760, 320
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 16, 14, 44
_COLORS = 6  # of the style sheet
_TICKS = 5  # at most, up the side


@dataclass(frozen=True, slots=True)
class Series:
    """What a line shows.

    Attributes:
        name: of the line.
        values: by place; None where there is none.
        says: by place, what the point says when it is pointed at.
        color: any number; colors repeat.
        dashed: whether the line is.
    """

    name: str
    values: Mapping[int, float | None]
    says: Mapping[int, str]
    color: int
    dashed: bool = False


@dataclass(frozen=True, slots=True)
class Point:
    """A place in the picture, and what it says when it is pointed at."""

    x: float
    y: float
    says: str


@dataclass(frozen=True, slots=True)
class Line:
    """A series in the picture: pieces between which nothing is known."""

    name: str
    color: int
    dashed: bool
    pieces: tuple[tuple[Point, ...], ...]


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark on an axis."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Plot:
    """A picture WIDTH wide and HEIGHT high.

    Attributes:
        lines: in the order of the series.
        across: ticks along the bottom.
        up: ticks along the side.
        middle: where the target is; None where no place is negative.
        box: left, top, right and bottom of what is drawn in.
    """

    lines: tuple[Line, ...]
    across: tuple[Tick, ...]
    up: tuple[Tick, ...]
    middle: float | None
    box: tuple[int, int, int, int] = (_LEFT, _TOP, WIDTH - _RIGHT, HEIGHT - _BOTTOM)


def plot(series: Sequence[Series], *, logarithmic: bool = False) -> Plot:
    """Place lines over whole numbers: signed distances, the target between -1 and 1, or steps.

    Args:
        series: one at least, over the same places.
        logarithmic: powers of ten up the side, where 0 has no place; else shares from 0 up.
    """
    places = sorted({place for s in series for place in s.values})
    low, high = places[0], places[-1]

    def x(place: int) -> float:
        return round(_LEFT + (place - low) / max(1, high - low) * (WIDTH - _LEFT - _RIGHT), 1)

    known = [v for s in series for v in s.values.values() if v is not None]
    scale = _powers(known) if logarithmic else _shares(known)
    bottom, top = scale[0][0], scale[-1][0]

    def y(height: float) -> float:
        share = (height - bottom) / (top - bottom)
        return round(HEIGHT - _BOTTOM - share * (HEIGHT - _TOP - _BOTTOM), 1)

    def pieces(s: Series) -> Iterator[tuple[Point, ...]]:
        piece: list[Point] = []
        for place in places:
            value = s.values.get(place)
            drawable = value is not None and (value > 0 or not logarithmic)
            if not drawable or place == 1:  # the target parts the two sides
                yield tuple(piece)
                piece = []
            if value is not None and drawable:
                height = math.log10(value) if logarithmic else value
                piece.append(Point(x(place), y(height), s.says[place]))
        yield tuple(piece)

    step = max(1, math.ceil(len(places) / 20))
    return Plot(
        lines=tuple(
            Line(s.name, s.color % _COLORS, s.dashed, tuple(filter(None, pieces(s))))
            for s in series
        ),
        across=tuple(Tick(x(k), str(k)) for k in places if k % step == 0),
        up=tuple(Tick(y(height), label) for height, label in scale),
        middle=x(0) if low < 0 else None,
    )


def _shares(known: Sequence[float]) -> list[tuple[float, str]]:
    """Ticks from 0 to above the highest: their values and labels."""
    high = max(known, default=0.0) or 1.0
    step = next(
        s for k in range(-6, 7) for s in (10.0**k, 2 * 10.0**k, 5 * 10.0**k) if high / s <= _TICKS
    )
    count = math.ceil(high / step - 1e-9)
    return [
        (k * step, short(k * step, max(2, -math.floor(math.log10(step))))) for k in range(count + 1)
    ]


def _powers(known: Sequence[float]) -> list[tuple[float, str]]:
    """Ticks at powers of ten around what is known: their logarithms and labels."""
    logs = [math.log10(v) for v in known if v > 0] or [0.0]
    low, high = math.floor(min(logs)), max(math.ceil(max(logs)), math.floor(min(logs)) + 1)
    step = math.ceil((high - low) / _TICKS)
    return [
        (float(k), f"{10.0**k:g}")
        for k in range(high - step * math.ceil((high - low) / step), high + 1, step)
    ]
