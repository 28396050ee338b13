"""Where the lines, points and ticks of a plot are, for SVG that needs no script."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from embcmp.render.numbers import short

WIDTH, HEIGHT = 760, 320
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 16, 14, 44
_COLORS = 6  # colors of the style sheet
_TICKS = 5  # at most, on the vertical axis


@dataclass(frozen=True, slots=True)
class Series:
    """The values that a line shows.

    Attributes:
        name: the name of the line in the key.
        values: value at each whole number on the horizontal axis; None if it is not known.
        labels: the text that is shown when the pointer is on a point.
        color: number of the color; colors repeat.
        dashed: whether the line is dashed.
    """

    name: str
    values: Mapping[int, float | None]
    labels: Mapping[int, str]
    color: int
    dashed: bool = False


@dataclass(frozen=True, slots=True)
class Point:
    """A point in the picture, and the text that is shown when the pointer is on it."""

    x: float
    y: float
    label: str


@dataclass(frozen=True, slots=True)
class Line:
    """A series in the picture, in pieces that are separated where a value is not known."""

    name: str
    color: int
    dashed: bool
    pieces: tuple[tuple[Point, ...], ...]


@dataclass(frozen=True, slots=True)
class Tick:
    """A tick on an axis: its position in the picture, and its label."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Plot:
    """A picture, WIDTH wide and HEIGHT high.

    Attributes:
        lines: the lines in the order of the series.
        across: ticks of the horizontal axis.
        up: ticks of the vertical axis.
        middle: horizontal position of the target; None if no number on the axis is negative.
        box: left, top, right and bottom edge of the area with the lines.
    """

    lines: tuple[Line, ...]
    across: tuple[Tick, ...]
    up: tuple[Tick, ...]
    middle: float | None
    box: tuple[int, int, int, int] = (_LEFT, _TOP, WIDTH - _RIGHT, HEIGHT - _BOTTOM)


def plot(series: Sequence[Series], *, logarithmic: bool = False) -> Plot:
    """Lay out lines over whole numbers: signed distances, with the target at 0, or steps.

    Args:
        series: at least one series, all over the same numbers.
        logarithmic: whether the vertical axis has powers of ten, on which 0 is not shown; else it
            begins at 0.
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
            if not drawable or place == 1:  # the target separates the two sides
                yield tuple(piece)
                piece = []
            if value is not None and drawable:
                height = math.log10(value) if logarithmic else value
                piece.append(Point(x(place), y(height), s.labels[place]))
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
    """Values and labels of ticks from 0 to above the highest value."""
    high = max(known, default=0.0) or 1.0
    step = next(
        s for k in range(-6, 7) for s in (10.0**k, 2 * 10.0**k, 5 * 10.0**k) if high / s <= _TICKS
    )
    count = math.ceil(high / step - 1e-9)
    return [
        (k * step, short(k * step, max(2, -math.floor(math.log10(step))))) for k in range(count + 1)
    ]


def _powers(known: Sequence[float]) -> list[tuple[float, str]]:
    """Logarithms and labels of ticks at powers of ten around the known values."""
    logs = [math.log10(v) for v in known if v > 0] or [0.0]
    low, high = math.floor(min(logs)), max(math.ceil(max(logs)), math.floor(min(logs)) + 1)
    step = math.ceil((high - low) / _TICKS)
    return [
        (float(k), f"{10.0**k:g}")
        for k in range(high - step * math.ceil((high - low) / step), high + 1, step)
    ]
