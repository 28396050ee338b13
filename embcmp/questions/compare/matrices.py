"""The cosines of a few uses: the matrices of all encoders side by side."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from embcmp.render.columns import Block, Part
from embcmp.render.line_breaks import shortened
from embcmp.render.numbers import megabytes, seconds, short
from embcmp.render.text import visible
from embcmp.types import Comparison, Result

LARGEST_MATRIX = 8

CELL = 6
_NARROW_CELL = 5
_PALE = (245, 245, 245)
_SHADED = ("256", "truecolor")  # 16 colors have no shades


def matrices(
    c: Comparison, *, color_system: str | None, width: int | None = None, narrow: bool = False
) -> Part:
    """Return the lower triangle of each encoder's cosines, with its size and time.

    Args:
        c: a comparison of a few uses.
        color_system: the colors of the console, as rich names them.
        width: the most cells of a model's name; None for the whole name.
        narrow: whether to leave one blank between numbers, instead of two.
    """
    n = len(c.occurrences)
    labels = ["", "", "", *(str(i) for i in range(2, n + 1)), "size", "time"]
    cell = _NARROW_CELL if narrow else CELL
    blocks = []
    for r in c.results:
        header = Text("".join(f"{j:>{cell - 1}} " for j in range(1, n)))
        rows = [triangle_row(r, i, shaded=color_system in _SHADED, cell=cell) for i in range(1, n)]
        blocks.append(block([header, *rows], r, width))
    return labels, blocks


def block(middle: Sequence[Text], r: Result, width: int | None = None) -> Block:
    """Return a column: the encoder's name and model, some lines, size and time."""
    name, model = visible(r.name), visible(r.info.model)
    if width is not None:
        name, model = shortened(name, width), shortened(model, width)
    cost = [Text(size(r)), Text(seconds(r.encode_seconds))]
    return Block.of([Text(name, "bold"), Text(model, "dim"), *middle, *cost])


def triangle_row(r: Result, i: int, *, shaded: bool, cell: int = CELL) -> Text:
    """Return the cosines of use i with the uses before it."""
    line = Text()
    for cosine in r.similarity[i, :i]:
        if cosine != cosine:  # NaN: undefined
            line.append(f"{'-':>{cell - 1}} ")
        else:
            style = _shade(cosine) if shaded else ""
            line.append(f"{short(cosine):>{cell - 1}} ", style)
    return line


def _shade(cosine: float) -> str:
    """From white at 0 or below to a deep blue at 1."""
    share = max(0.0, min(1.0, cosine))
    blue = tuple(round(a + (b - a) * share) for a, b in zip(_PALE, (30, 80, 160), strict=True))
    return f"{'white' if share > 0.5 else 'black'} on rgb({','.join(map(str, blue))})"


def size(r: Result) -> str:
    """Return the size of an encoder's files, apart from those that it shares with others."""
    shared = r.info.bytes - r.info.own_bytes
    if shared and r.info.own_bytes:
        return f"{megabytes(shared).removesuffix(' MB')} + {megabytes(r.info.own_bytes)}"
    return megabytes(r.info.bytes)
