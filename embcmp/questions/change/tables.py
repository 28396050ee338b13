"""Changes as tables: CSV for programs, Markdown and LaTeX for documents."""

from __future__ import annotations

from collections.abc import Iterator

from embcmp.questions.change.conclusion import conclusion
from embcmp.questions.change.word_change import Changes
from embcmp.render.numbers import p_number, with_interval
from embcmp.render.text import csv_text, latex_table, latex_text, markdown_cell, markdown_table

COLUMNS = (
    "word", "encoder", "layer", "metric", "value", "low", "high", "p", "p_adjusted",
    "false_discovery_rate", "percentile", "reason",
)  # fmt: skip


def to_csv(c: Changes, delimiter: str = ",") -> str:
    """Return a row for each word, encoder, layer and measure."""
    return csv_text(COLUMNS, _rows(c), delimiter)


def to_tsv(c: Changes) -> str:
    """Return what `to_csv` returns, with tabs between the columns."""
    return to_csv(c, "\t")


def _rows(c: Changes) -> Iterator[list[object]]:
    for change in c.changes:
        for r in change.results:
            layer = None if r.result.layer is None else str(r.result.layer)
            for name, measure in r.change.measures.items():
                m = measure.metric
                low, high = m.ci95 or (None, None)
                primary = measure is r.primary
                reason = m.undefined or (r.change.no_test if measure.p is None else None)
                yield [
                    change.word, r.name, layer, name, m.value, low, high, measure.p,
                    measure.p_adjusted, measure.false_discovery_rate,
                    change.percentile(r) if primary else None, reason or m.no_interval,
                ]  # fmt: skip


def to_markdown(c: Changes) -> str:
    """Return the verdict, and a table with a row for each word and encoder."""
    said = [markdown_cell(sentence) for sentence in conclusion(c)]
    table = "\n".join(markdown_table(_table(c), left=(0, 1)))
    return "\n\n".join([*said, table]) + "\n"


def to_latex(c: Changes) -> str:
    """Return the verdict and the same table in LaTeX, for the package booktabs."""
    said = [latex_text(sentence) for sentence in conclusion(c)]
    return "\n\n".join([*said, latex_table(_table(c))]) + "\n"


def _table(c: Changes) -> Iterator[list[str]]:
    yield ["word", "encoder", *(f"uses in {name}" for name in c.groups), "prt", "p",
           "estimated FDR" if c.rates else "adjusted p", "percentile", "apd", "jsd"]  # fmt: skip
    for change in c.changes:
        for r in change.results:
            yield [
                change.word,
                r.name,
                *map(str, change.groups.counts),
                with_interval(r.primary.metric),
                p_number(r.primary.p),
                p_number(r.primary.among_words),
                "" if (at := change.percentile(r)) is None else f"{at:.0f}",
                *(with_interval(r.change.measures[name].metric) for name in ("apd", "jsd")),
            ]
