"""A Comparison as rows: CSV for programs, Markdown for documents."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from embcmp.analysis.verdict import interval
from embcmp.render.text import markdown_cell, spreadsheet_cell
from embcmp.types import Comparison, Metric

JSON_ONLY = ("mev", "adjusted_mev")  # they cannot be compared between inputs of different size
COLUMNS = ("word", "encoder", "layer", "metric", "value", "low", "high", "reason")


def to_csv(comparison: Comparison) -> str:
    """A row for each encoder, layer and metric; text that a spreadsheet would run is quoted."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for r in comparison.results:
        for name, m in r.metrics.items():
            if name in JSON_ONLY:
                continue
            low, high = m.ci95 or (None, None)
            layer = "" if r.layer is None else r.layer
            texts = [spreadsheet_cell(t) for t in (comparison.word, r.name)]
            writer.writerow([*texts, layer, name, m.value, low, high, m.undefined or m.no_interval])
    return out.getvalue()


def to_markdown(comparison: Comparison) -> str:
    """A table with measures in rows and encoders in columns, and the verdict under it."""
    return "\n".join(_markdown(comparison)) + "\n"


def _markdown(c: Comparison) -> Iterator[str]:
    yield f"**{markdown_cell(c.word)}**: {len(c.occurrences)} occurrences"
    yield ""
    yield _row("", *(r.name for r in c.results))
    yield "| --- |" + " ---: |" * len(c.results)
    yield _row("model", *(r.info.model for r in c.results))
    for metric in (m for m in c.results[0].metrics if m not in JSON_ONLY):
        yield _row(metric, *(_number(r.metrics[metric]) for r in c.results))
    yield _row("size (MB)", *(f"{r.info.bytes / 1e6:.1f}" for r in c.results))
    yield _row("time (ms)", *(f"{r.encode_seconds * 1e3:.0f}" for r in c.results))
    for sentence in c.verdict:
        yield ""
        yield markdown_cell(sentence)


def _row(*cells: str) -> str:
    return "| " + " | ".join(markdown_cell(cell) for cell in cells) + " |"


def _number(metric: Metric) -> str:
    if metric.value is None:
        return metric.undefined or ""
    tilde = "~" if metric.approximate else ""
    return f"{metric.value:.3f}" + (f" {tilde}{interval(metric.ci95)}" if metric.ci95 else "")
