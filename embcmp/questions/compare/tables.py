"""A Comparison as rows: CSV for programs, Markdown for documents."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence

from embcmp.render.numbers import interval, p_number
from embcmp.render.text import markdown_cell, spreadsheet_cell
from embcmp.types import Comparison, Metric, Result

_JSON_ONLY = ("mev", "adjusted_mev")  # they cannot be compared between inputs of different size
COLUMNS = ("word", "encoder", "layer", "metric", "value", "low", "high", "reason")

Number = float | None
Row = tuple[str, str, str | None, str, Number, Number, Number, str | None]  # of COLUMNS


def shown(result: Result) -> list[str]:
    """The measures of a result that stand in tables."""
    return [name for name in result.metrics if name not in _JSON_ONLY]


def to_csv(comparison: Comparison) -> str:
    """A row for each encoder or control, layer and metric.

    Text that a spreadsheet would run is quoted. A control that is also a result stands there once.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in rows(comparison):
        writer.writerow(spreadsheet_row(row))
    return out.getvalue()


def rows(comparison: Comparison) -> Iterator[Row]:
    """A row of COLUMNS for each encoder or control, layer and metric."""
    names = {r.name for r in comparison.results}
    added = [r for r in comparison.controls or () if r.name not in names]
    for r in (*comparison.results, *added):
        layer = None if r.layer is None else str(r.layer)
        for name in shown(r):
            m = r.metrics[name]
            low, high = m.ci95 or (None, None)
            reason = m.undefined or m.no_interval
            yield comparison.word, r.name, layer, name, m.value, low, high, reason


def spreadsheet_row(row: Row) -> tuple[str | float | None, ...]:
    """A row whose word and encoder no spreadsheet runs."""
    word, encoder, *others = row
    return spreadsheet_cell(word), spreadsheet_cell(encoder), *others


def to_markdown(comparison: Comparison) -> str:
    """Measures in rows and encoders in columns; pairs and controls; and the verdict under them."""
    return "\n".join(_markdown(comparison)) + "\n"


def _markdown(c: Comparison) -> Iterator[str]:
    yield f"**{markdown_cell(c.word)}**: {len(c.occurrences)} occurrences"
    yield ""
    yield _row("", *(r.name for r in c.results))
    yield "| --- |" + " ---: |" * len(c.results)
    yield _row("model", *(r.info.model for r in c.results))
    for metric in shown(c.results[0]):
        yield _row(metric, *(_number(r.metrics[metric]) for r in c.results))
    yield _row("size (MB)", *(f"{r.info.bytes / 1e6:.1f}" for r in c.results))
    yield _row("time (ms)", *(f"{r.encode_seconds * 1e3:.0f}" for r in c.results))
    if c.agreement:
        yield from _pairs(c)
    if c.controls:
        yield from _controls(c.controls)
    for sentence in c.verdict:
        yield ""
        yield markdown_cell(sentence)


def _pairs(c: Comparison) -> Iterator[str]:
    """Encoders in pairs: the test of their difference, and how alike they see the uses."""
    tests = {(t.a, t.b): t for t in c.tests}
    yield ""
    yield _row("pair", "difference of auc", "p", "adjusted p", "rsa", "p of rsa", "cka")
    yield "| --- |" + " ---: |" * 6
    for x in c.agreement:
        test = tests.get((x.a, x.b))
        tested = [""] * 3
        if test is not None:
            ends = f" {interval(test.ci95)}" if test.ci95 else ""
            tested = [
                _number(Metric(test.difference, undefined=test.undefined)) + ends,
                *(p_number(p) or test.undefined or "" for p in (test.p, test.p_adjusted)),
            ]
        rsa, cka = (
            Metric(x.rsa, undefined=x.rsa_undefined),
            Metric(x.cka, undefined=x.cka_undefined),
        )
        mantel = p_number(x.rsa_p) or x.rsa_undefined or ""
        yield _row(f"{x.a} - {x.b}", *tested, _number(rsa), mantel, _number(cka))


def _controls(controls: Sequence[Result]) -> Iterator[str]:
    yield ""
    yield _row("control", "auc", "auc_macro", "what it is")
    yield "| --- | ---: | ---: | --- |"
    for r in controls:
        yield _row(r.name, *(_number(r.metrics[m]) for m in ("auc", "auc_macro")), r.info.model)


def _row(*cells: str) -> str:
    return "| " + " | ".join(markdown_cell(cell) for cell in cells) + " |"


def _number(metric: Metric) -> str:
    if metric.value is None:
        return metric.undefined or ""
    tilde = "~" if metric.approximate else ""
    return f"{metric.value:.3f}" + (f" {tilde}{interval(metric.ci95)}" if metric.ci95 else "")
