"""Senses as tables: the labeled uses for every other command, the groups for documents."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from embcmp.questions.senses.conclusion import conclusion
from embcmp.questions.senses.senses import Senses
from embcmp.render.numbers import p_number, plural, short
from embcmp.render.text import csv_text, latex_table, latex_text, markdown_cell, markdown_table
from embcmp.text.column_roles import SENSE_SOURCE
from embcmp.types import Occurrence

GIVEN = "sense_given"  # the label that the input had
CONFIDENCE = "confidence"
_MADE = (CONFIDENCE, SENSE_SOURCE, GIVEN)  # columns that replace those of the input


def to_csv(s: Senses, delimiter: str = ",") -> str:
    """Return a row for each use, with its sense by the main encoder, as every command reads it.

    A use without a group has no sense, but a confidence if it is like no known one. What the input
    had as `sense` becomes `sense_given`; its other columns are kept.
    """
    main = s.main
    names = {group.number: group.name for group in main.groups}
    source = f"senses:{main.name}"
    placed = [
        (use, names[group], sure, source) if group is not None else (use, None, sure, None)
        for use, group, sure in zip(s.occurrences, main.assigned, main.confidence, strict=True)
    ]
    return _labeled(placed, delimiter)


def to_tsv(s: Senses) -> str:
    """Return what `to_csv` returns, with tabs between the columns."""
    return to_csv(s, "\t")


def _labeled(
    placed: Sequence[tuple[Occurrence, str | None, float | None, str | None]], delimiter: str
) -> str:
    uses = [use for use, *_ in placed]
    known = [name for name in ("group", "unit") if any(getattr(use, name) for use in uses)]
    given = [GIVEN] if any(use.sense is not None for use in uses) else []
    others = [c for c in dict.fromkeys(c for use in uses for c in use.columns) if c not in _MADE]
    header = [
        "id", "word", "sentence", "start", "end", "sense", CONFIDENCE, SENSE_SOURCE, *given, *known,
        *others,
    ]  # fmt: skip
    rows = (
        [
            use.id,
            use.word,
            use.sentence,
            use.start,
            use.end,
            sense,
            confidence,
            source,
            *([use.sense] if given else []),
            *(getattr(use, name) for name in known),
            *(use.columns.get(column) for column in others),
        ]
        for use, sense, confidence, source in placed
    )
    return csv_text(header, rows, delimiter)


def to_markdown(s: Senses) -> str:
    """Return the verdict, a table of the encoders and one of the main encoder's groups."""
    heading = f"**{markdown_cell(s.word)}**: {plural(len(s.occurrences), 'use')}"
    said = [markdown_cell(sentence) for sentence in conclusion(s)]
    tables = ["\n".join(markdown_table(rows, left=(0, 3))) for rows in _tables(s)]
    return "\n\n".join([heading, *said, *tables]) + "\n"


def to_latex(s: Senses) -> str:
    """Return the verdict and the same tables in LaTeX, for the package booktabs."""
    said = [latex_text(sentence) for sentence in conclusion(s)]
    return "\n\n".join([*said, *(latex_table(rows) for rows in _tables(s))]) + "\n"


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
