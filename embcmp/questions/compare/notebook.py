"""A Comparison in a notebook: an HTML table of measures with the verdict, and a data frame."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import TYPE_CHECKING

from embcmp.errors import UsageError
from embcmp.questions.compare.tables import (
    encoders_and_controls,
    frequent_note,
    table_metrics,
    with_frequent,
)
from embcmp.render.numbers import plural, with_interval
from embcmp.render.text import visible
from embcmp.types import Comparison, Metric

if TYPE_CHECKING:
    import pandas as pd


def to_html(comparison: Comparison) -> str:
    """Return a row for each measure, a column for each encoder, and reasons as tooltips."""
    c = with_frequent(comparison)
    rows = [
        _row("th", ["", *(_text(r.name) for r in c.results)]),
        _row("td", ["model", *(_text(r.info.model) for r in c.results)]),
        *(
            _row("td", [m, *(_value(r.metrics[m]) for r in c.results)])
            for m in table_metrics(c.results[0])
        ),
    ]
    head = f"{_text(c.word)}: {plural(len(c.occurrences), 'occurrence')}"
    note = frequent_note(c)
    said = [*([f"{note}."] if note else []), *c.verdict]
    verdict = "".join(f"<p>{_text(sentence)}</p>" for sentence in said)
    return f"<div><b>{head}</b><table>{''.join(rows)}</table>{verdict}</div>"


def _row(tag: str, cells: Iterable[str]) -> str:
    return "<tr>" + "".join(f"<{tag}>{cell}</{tag}>" for cell in cells) + "</tr>"


def _value(m: Metric) -> str:
    if m.value is None:
        return f'<span title="{_text(m.undefined or "")}">–</span>'
    return with_interval(m)


def _text(text: str) -> str:
    return escape(visible(text))


COLUMNS = ("word", "encoder", "layer", "metric", "value", "low", "high", "chance", "reason")


def to_pandas(comparison: Comparison) -> pd.DataFrame:
    """Return a row for each encoder or control, layer and metric.

    Raises:
        UsageError: pandas is not installed.
    """
    try:
        import pandas as pd
    except ImportError as e:
        raise UsageError("pandas is not installed", "pip install pandas") from e
    rows = []
    for r in encoders_and_controls(with_frequent(comparison)):
        for name, m in r.metrics.items():
            reason = m.undefined or m.no_interval
            ends = m.ci95 or (None, None)
            rows.append((comparison.word, r.name, r.layer, name, m.value, *ends, m.chance, reason))
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    numbers = ["value", "low", "high", "chance"]
    return frame.astype(dict.fromkeys(numbers, "float64"))
