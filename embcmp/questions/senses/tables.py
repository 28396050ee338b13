"""Senses as tables: the labeled uses for every other command, the groups for documents."""

from __future__ import annotations

from collections.abc import Iterator

from embcmp.questions.senses.conclusion import conclusion
from embcmp.questions.senses.senses import Senses
from embcmp.render.numbers import p_number, plural, short
from embcmp.render.text import csv_text, latex_table, latex_text, markdown_cell, markdown_table
from embcmp.text.column_roles import SENSE_SOURCE

CONFIDENCE, GIVEN = "confidence", "sense_given"  # GIVEN is the label that the input had
_ALWAYS = ("id", "word", "sentence", "start", "end", "sense", CONFIDENCE, SENSE_SOURCE)


def to_csv(s: Senses, delimiter: str = ",") -> str:
    """Return a row for each use, with its sense by the main encoder, as every command reads it.

    A use without a group has no sense. What the input had as `sense` becomes `sense_given`; its
    other columns are kept.
    """
    names: dict[int | None, str] = {group.number: group.name for group in s.main.groups}
    rows: list[dict[str, object]] = []
    for o, group, confidence in zip(s.occurrences, s.main.assigned, s.main.confidence, strict=True):
        source = None if group is None else f"senses:{s.main.name}"
        place = o.id, o.word, o.sentence, o.start, o.end
        rows.append(
            {**o.columns, GIVEN: o.sense, "group": o.group, "unit": o.unit}
            | dict(zip(_ALWAYS, (*place, names.get(group), confidence, source), strict=True))
        )
    others = dict.fromkeys(name for row in rows for name, value in row.items() if value is not None)
    columns = [*_ALWAYS, *(name for name in others if name not in _ALWAYS)]
    return csv_text(columns, ([row.get(name) for name in columns] for row in rows), delimiter)


def to_tsv(s: Senses) -> str:
    """Return what `to_csv` returns, with tabs between the columns."""
    return to_csv(s, "\t")


def to_markdown(s: Senses) -> str:
    """Return the verdict, a table of the encoders and one of the main encoder's groups."""
    heading = f"**{markdown_cell(s.word)}**: {plural(len(s.occurrences), 'use')}"
    verdict = [markdown_cell(sentence) for sentence in conclusion(s)]
    tables = ["\n".join(markdown_table(rows, left=(0, 3))) for rows in _tables(s)]
    return "\n\n".join([heading, *verdict, *tables]) + "\n"


def to_latex(s: Senses) -> str:
    """Return the verdict and the same tables in LaTeX, for the package booktabs."""
    verdict = [latex_text(sentence) for sentence in conclusion(s)]
    return "\n\n".join([*verdict, *(latex_table(rows) for rows in _tables(s))]) + "\n"


def _tables(s: Senses) -> Iterator[list[list[str]]]:
    yield list(_encoders(s))
    if s.main.groups:
        yield list(_groups(s))


def _encoders(s: Senses) -> Iterator[list[str]]:
    scored = [name for r in s.results[-1:] for name in r.metrics]
    yield ["encoder", "groups", "p of one sense", "uses in each group", *scored]
    for r in s.results:
        sizes = ", ".join(str(len(group.uses)) for group in r.groups)
        values = [short(m.value) if m.value is not None else "" for m in r.metrics.values()]
        yield [
            r.name,
            str(len(r.groups) or ""),
            p_number(r.p),
            sizes or r.undefined or "",
            *(values or [""] * len(scored)),
        ]


def _groups(s: Senses) -> Iterator[list[str]]:
    yield [f"group of {s.main.name}", "uses", "stability", "keywords", "most central use"]
    for group in s.main.groups:
        yield [
            group.name,
            str(len(group.uses)),
            "" if group.stability is None else short(group.stability),
            ", ".join(group.keywords),
            s.occurrences[group.central[0]].sentence if group.central else "",
        ]
