"""Senses as tables: the labeled uses for every other command, encoders and groups for documents."""

from __future__ import annotations

from collections.abc import Iterator

from embcmp.questions.senses.conclusion import conclusion
from embcmp.questions.senses.encoder_table import encoder_columns, legend
from embcmp.questions.senses.senses import Senses
from embcmp.render.numbers import plural, two
from embcmp.render.text import csv_text, latex_table, latex_text, markdown_cell, markdown_table
from embcmp.text.column_roles import SENSE_SOURCE

CONFIDENCE, GIVEN = "confidence", "sense_given"  # GIVEN is the label that no vectors made
_ALWAYS = ("id", "word", "sentence", "start", "end", "sense", CONFIDENCE, SENSE_SOURCE)


def to_csv(s: Senses, delimiter: str = ",") -> str:
    """Return a row for each use, with its sense by the main encoder, as every command reads it.

    A use without a group has no sense. What the input had as `sense` becomes `sense_given`, unless
    vectors made it, and a `confidence` that was not of such labels `confidence_given`. All other
    columns are kept.
    """
    regrouped = any(o.columns.get(SENSE_SOURCE) for o in s.occurrences)
    names: dict[int | None, str] = {group.number: group.name for group in s.main.groups}
    rows: list[dict[str, object]] = []
    for o, group, confidence in zip(s.occurrences, s.main.assigned, s.main.confidence, strict=True):
        source = None if group is None else f"senses:{s.main.name}"
        place = o.id, o.word, o.sentence, o.start, o.end
        given = {
            GIVEN: None if o.columns.get(SENSE_SOURCE) else o.sense,
            f"{CONFIDENCE}_given": None if regrouped else o.columns.get(CONFIDENCE),
        }
        rows.append(
            {**given, **o.columns, "group": o.group, "unit": o.unit}
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
    tables = ["\n".join(markdown_table(rows, left)) for rows, left in _tables(s)]
    notes = [markdown_cell(legend(s))] if tables else []
    return "\n\n".join([heading, *map(markdown_cell, conclusion(s)), *tables, *notes]) + "\n"


def to_latex(s: Senses) -> str:
    """Return the verdict and the same tables in LaTeX, for the package booktabs."""
    tables = [latex_table(rows) for rows, _ in _tables(s)]
    notes = [latex_text(legend(s))] if tables else []
    return "\n\n".join([*map(latex_text, conclusion(s)), *tables, *notes]) + "\n"


def _tables(s: Senses) -> Iterator[tuple[list[tuple[str, ...]], set[int]]]:
    """Yield the rows of each table, and which of its columns are text; none without groups."""
    if not (groups := s.main.groups):
        return
    names = ["encoder", *(r.name for r in s.results)]
    yield list(zip(names, *(column for column, _ in encoder_columns(s)), strict=True)), {0}
    central = [[s.occurrences[i].sentence for i in group.central[:1]] for group in groups]
    columns = [
        [f"group of {s.main.name}", *(group.name for group in groups)],
        ["uses", *(str(len(group.uses)) for group in groups)],
        ["stability", *(two(group.stability) for group in groups)],
        ["keywords", *(", ".join(group.keywords) for group in groups)],
        ["most central use", *map("".join, central)],
    ]
    if s.main.known:
        del columns[2]  # which is of groups that the uses make
    yield list(zip(*columns, strict=True)), {0, len(columns) - 2, len(columns) - 1}
