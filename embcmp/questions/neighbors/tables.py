"""A Neighborhood as rows: CSV for programs, Markdown for documents."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from embcmp.encoders.substitutes import SubstituteList
from embcmp.questions.neighbors.nearest_uses import LayerNeighbors
from embcmp.questions.neighbors.neighbors import Neighborhood, View
from embcmp.questions.neighbors.terminal import listed, other_use, probability
from embcmp.render.numbers import short
from embcmp.render.text import csv_text, markdown_cell, markdown_table, visible

COLUMNS = (
    "word", "id", "encoder", "layer", "list", "rank", "neighbor", "value", "neighbor_id",
    "sentence", "source", "reason",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """One neighbor, or why there is none; the value is a cosine or a probability."""

    id: str
    encoder: str
    layer: object
    list: str
    rank: int | None = None
    neighbor: str = ""
    value: float | None = None
    neighbor_id: str = ""
    sentence: str = ""
    source: str = ""
    reason: str = ""


def to_csv(found: Neighborhood) -> str:
    """A row for each neighbor in each list.

    Lists are `vocabulary`, `other_words`, `same_word` and `substitutes`. Text that a spreadsheet
    would run is quoted, and what a terminal would obey is replaced, for whoever prints it.
    """
    cells = ((found.word, *(getattr(row, c) for c in COLUMNS[1:])) for row in _rows(found))
    return csv_text(COLUMNS, ([visible(c) if isinstance(c, str) else c for c in r] for r in cells))


def _rows(found: Neighborhood) -> Iterator[Row]:
    for view in found.views:
        name = view.info.name
        for t in view.types:
            if t.undefined is not None:
                yield Row("", name, None, "vocabulary", reason=t.undefined)
            for k, n in enumerate(t.words, 1):
                yield Row("", name, None, "vocabulary", k, n.word, n.cosine)
        for i, use in enumerate(found.uses):
            for layer in view.layers:
                yield from _of_layer(use.id, layer, i)
            yield from _substitute_rows(use.id, view, i)


def _of_layer(id: str, layer: LayerNeighbors, i: int) -> Iterator[Row]:
    neighbors = layer.uses[i]
    if neighbors.undefined is not None:
        yield Row(id, layer.name, layer.layer, "other_words", reason=neighbors.undefined)
    for kind, members in (
        ("other_words", neighbors.other_words),
        ("same_word", neighbors.same_word),
    ):
        for k, near in enumerate(members, 1):
            use = near.use
            own = use.id if near.of_input else ""
            yield Row(
                id, layer.name, layer.layer, kind, k, use.form, near.cosine, own, use.sentence,
                use.source or "",
            )  # fmt: skip


def _substitute_rows(id: str, view: View, i: int) -> Iterator[Row]:
    if view.substitutes is None:
        return
    substitutes = view.substitutes if isinstance(view.substitutes, str) else view.substitutes[i]
    if isinstance(substitutes, str):
        yield Row(id, view.info.name, None, "substitutes", reason=substitutes)
        return
    for k, s in enumerate(substitutes.words, 1):
        yield Row(id, view.info.name, None, "substitutes", k, s.word, s.probability)


def to_markdown(found: Neighborhood) -> str:
    """A table for each use: the nearest words of each encoder in columns; no sentences."""
    return "\n".join(_markdown(found)) + "\n"


def _markdown(found: Neighborhood) -> Iterator[str]:
    yield f"**{markdown_cell(found.word)}**: neighbors"
    for view in found.views:
        for t in view.types:
            yield ""
            yield markdown_cell(f"{view.info.name}, {t.word}: {t.undefined or listed(t.words)}")
    views = [view for view in found.views if view.layers]
    for i, use in enumerate(found.uses if views else ()):
        yield ""
        before, form, after = (
            markdown_cell(part)
            for part in (use.sentence[: use.start], use.form, use.sentence[use.end :])
        )
        yield f"{markdown_cell(use.id)}. {before}**{form}**{after}"
        yield ""
        yield from _table(found.word, views, i)


def _table(word: str, views: Sequence[View], i: int) -> Iterator[str]:
    columns = [(view, layer) for view in views for layer in view.layers]
    lists = zip_longest(*(_words(layer, i) for _, layer in columns), fillvalue="")
    elsewhere = (", ".join(map(other_use, layer.uses[i].same_word)) for _, layer in columns)
    rows = [
        ["", *(layer.name for _, layer in columns)],
        *([str(k), *cells] for k, cells in enumerate(lists, 1)),
        [f"{word} in other sentences", *elsewhere],
        ["in its place", *(_in_its_place(view, i) for view, _ in columns)],
    ]
    yield from markdown_table(rows, left=range(len(rows[0])))


def _words(layer: LayerNeighbors, i: int) -> list[str]:
    neighbors = layer.uses[i]
    if neighbors.undefined is not None:
        return [neighbors.undefined]
    return [f"{n.use.form} {short(n.cosine)}" for n in neighbors.other_words]


def _in_its_place(view: View, i: int) -> str:
    substitutes = view.substitutes[i] if isinstance(view.substitutes, list) else view.substitutes
    if isinstance(substitutes, SubstituteList):
        return ", ".join(f"{s.word} {probability(s.probability)}" for s in substitutes.words)
    return substitutes or ""
