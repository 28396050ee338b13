"""A Neighborhood as rows: CSV for programs, Markdown for documents."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from embcmp.encoders.substitutes import SubstituteList
from embcmp.questions.neighbors.nearest_uses import LayerNeighbors
from embcmp.questions.neighbors.neighbors import EncoderNeighbors, Neighborhood
from embcmp.questions.neighbors.terminal import listed, other_use, probability
from embcmp.render.numbers import short
from embcmp.render.text import csv_text, markdown_cell, markdown_table, visible

COLUMNS = (
    "word", "id", "encoder", "layer", "list", "rank", "neighbor", "value", "neighbor_id",
    "sentence", "source", "reason",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """One neighbor, or the reason why there is none; the value is a cosine or a probability."""

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


def to_csv(neighborhood: Neighborhood) -> str:
    """A row for each neighbor in each list.

    The lists are `vocabulary`, `other_words`, `same_word` and `substitutes`. Text that a
    spreadsheet would run as a formula is quoted, and control characters are made visible.
    """
    rows = _rows(neighborhood)
    cells = ((neighborhood.word, *(getattr(row, column) for column in COLUMNS[1:])) for row in rows)
    return csv_text(COLUMNS, ([visible(c) if isinstance(c, str) else c for c in r] for r in cells))


def _rows(neighborhood: Neighborhood) -> Iterator[Row]:
    for result in neighborhood.results:
        name = result.info.name
        for t in result.types:
            if t.undefined is not None:
                yield Row("", name, None, "vocabulary", reason=t.undefined)
            for k, n in enumerate(t.words, 1):
                yield Row("", name, None, "vocabulary", k, n.word, n.cosine)
        for i, use in enumerate(neighborhood.uses):
            for layer in result.layers:
                yield from _layer_rows(use.id, layer, i)
            yield from _substitute_rows(use.id, result, i)


def _layer_rows(id: str, layer: LayerNeighbors, i: int) -> Iterator[Row]:
    neighbors = layer.by_use[i]
    if neighbors.undefined is not None:
        yield Row(id, layer.name, layer.layer, "other_words", reason=neighbors.undefined)
    for kind, members in (
        ("other_words", neighbors.other_words),
        ("same_word", neighbors.same_word),
    ):
        for k, near in enumerate(members, 1):
            use = near.use
            input_id = use.id if near.of_input else ""
            yield Row(
                id, layer.name, layer.layer, kind, k, use.form, near.cosine, input_id, use.sentence,
                use.source or "",
            )  # fmt: skip


def _substitute_rows(id: str, result: EncoderNeighbors, i: int) -> Iterator[Row]:
    substitutes = _substitutes(result, i)
    if substitutes is None:
        return
    if isinstance(substitutes, str):
        yield Row(id, result.info.name, None, "substitutes", reason=substitutes)
        return
    for k, s in enumerate(substitutes.words, 1):
        yield Row(id, result.info.name, None, "substitutes", k, s.word, s.probability)


def to_markdown(neighborhood: Neighborhood) -> str:
    """A table for each use, with the nearest words of each encoder in a column."""
    return "\n".join(_markdown(neighborhood)) + "\n"


def _markdown(neighborhood: Neighborhood) -> Iterator[str]:
    yield f"**{markdown_cell(neighborhood.word)}**: neighbors"
    for result in neighborhood.results:
        for t in result.types:
            yield ""
            yield markdown_cell(f"{result.info.name}, {t.word}: {t.undefined or listed(t.words)}")
    results = [result for result in neighborhood.results if result.layers]
    for i, use in enumerate(neighborhood.uses if results else ()):
        yield ""
        before, form, after = (
            markdown_cell(part)
            for part in (use.sentence[: use.start], use.form, use.sentence[use.end :])
        )
        yield f"{markdown_cell(use.id)}. {before}**{form}**{after}"
        yield ""
        yield from _table(neighborhood.word, results, i)


def _table(word: str, results: Sequence[EncoderNeighbors], i: int) -> Iterator[str]:
    columns = [(result, layer) for result in results for layer in result.layers]
    lists = zip_longest(*(_words(layer, i) for _, layer in columns), fillvalue="")
    elsewhere = (", ".join(map(other_use, layer.by_use[i].same_word)) for _, layer in columns)
    rows = [
        ["", *(layer.name for _, layer in columns)],
        *([str(k), *cells] for k, cells in enumerate(lists, 1)),
        [f"{word} in other sentences", *elsewhere],
        ["in its place", *(_in_its_place(result, i) for result, _ in columns)],
    ]
    yield from markdown_table(rows, left=range(len(rows[0])))


def _words(layer: LayerNeighbors, i: int) -> list[str]:
    neighbors = layer.by_use[i]
    if neighbors.undefined is not None:
        return [neighbors.undefined]
    return [f"{n.use.form} {short(n.cosine)}" for n in neighbors.other_words]


def _in_its_place(result: EncoderNeighbors, i: int) -> str:
    substitutes = _substitutes(result, i)
    if isinstance(substitutes, SubstituteList):
        return ", ".join(f"{s.word} {probability(s.probability)}" for s in substitutes.words)
    return substitutes or ""


def _substitutes(result: EncoderNeighbors, i: int) -> SubstituteList | str | None:
    return result.substitutes[i] if isinstance(result.substitutes, list) else result.substitutes
