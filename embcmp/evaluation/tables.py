"""An Evaluation as a table for people, as Markdown and as CSV."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, zip_longest

from rich.console import Console
from rich.text import Text

from embcmp.evaluation.results import Baseline, Evaluation, Score
from embcmp.render.columns import Block, side_by_side
from embcmp.render.numbers import interval, p_number, short
from embcmp.render.text import csv_text, markdown_cell, markdown_table, visible
from embcmp.types import Metric

COLUMNS = (
    "task", "split", "encoder", "layer", "shots", "metric", "value", "low", "high", "reason",
)  # fmt: skip
_DECIMALS = 3

Cells = Sequence[str]  # a cell has a value and, after a line break, its interval


def render(evaluation: Evaluation, console: Console) -> None:
    """Print an evaluation, with a row for each encoder and layer and intervals below the values.

    If the console is too narrow for all columns, the rest is printed below.

    Args:
        evaluation: The result of `evaluate`.
        console: The console to print to.
    """
    console.print(Text(visible(heading(evaluation))), soft_wrap=True)
    console.print()
    for block in _blocks(evaluation):
        parts = [zip_longest(*(cell.split("\n") for cell in row), fillvalue="") for row in block]
        labels, *columns = zip(*chain(*parts), strict=True)
        side_by_side(labels, [Block.right(column) for column in columns], console)
    for line in _remarks(evaluation):
        console.print(Text(f"  {visible(line)}"), soft_wrap=True)


def heading(e: Evaluation) -> str:
    """A sentence that says what was scored and what thresholds and centroids are learned from."""
    rows = e.kind if e.n != 1 else e.kind.removesuffix("s")
    words = "words" if e.words != 1 else "word"
    return f"{e.task}: {e.n} {rows} of {e.words} {words} ({e.split}); trained on {e.training}"


def _blocks(e: Evaluation) -> Iterator[list[Cells]]:
    """The tables: scores, learning curves, tests, published figures."""
    shown = _shown(e)
    block: list[Cells] = [
        ("encoder", *(name.replace("_", " ") for name in shown), "missing", "seconds")
    ]
    for s in e.results:
        values = [_value(s.metrics[metric]) for metric in shown]
        seconds = "cached" if s.cached and not s.seconds else f"{s.seconds:.1f}"
        block.append((visible(s.name), *values, str(s.missing), seconds))
    for b in _other_baselines(e):
        values = [_value(b.metrics[metric]) for metric in shown]
        block.append((f"({b.name.replace('_', ' ')})", *values, "", ""))
    yield block
    if curves := [s for s in e.results if s.curve]:
        yield _curves(curves)
    if e.tests:
        yield _tests(e)
    if e.published:
        yield _published(e)


def _shown(e: Evaluation) -> list[str]:
    """The metrics for which some row has a value; if there are none, the first metric."""
    rows = [s.metrics for s in e.results] + [b.metrics for b in e.baselines]
    names = list(e.results[0].metrics)
    return [n for n in names if any(row[n].value is not None for row in rows)] or names[:1]


def _other_baselines(e: Evaluation) -> list[Baseline]:
    """The baselines that are not also among the results."""
    results = {s.name for s in e.results}
    return [b for b in e.baselines if b.name not in results]


def _value(m: Metric) -> str:
    value = "-" if m.value is None else short(m.value, _DECIMALS)
    return f"{value}\n{'~' if m.approximate else ''}{interval(m.ci95)}" if m.ci95 else value


def _curves(scores: Sequence[Score]) -> list[Cells]:
    """The learning curves: accuracy by word for each number of training rows a sense."""
    shots = list(scores[0].curve)
    block: list[Cells] = [("accuracy by word, training rows a sense", *map(str, shots))]
    for s in scores:
        values = [_value(s.curve[k]["accuracy_by_word"]) for k in shots]
        block.append((visible(s.name), *values))
    return block


def _tests(e: Evaluation) -> list[Cells]:
    metric = e.tests[0].metric.replace("_", " ")
    block: list[Cells] = [(f"difference of {metric}", "", "95 %", "p", "adjusted p")]
    block += [
        (
            visible(f"{t.a} - {t.b}"),
            _value(Metric(t.difference)),
            interval(t.ci95),
            p_number(t.p),
            p_number(t.p_adjusted),
        )
        for t in e.tests
    ]
    return block


def _published(e: Evaluation) -> list[Cells]:
    block: list[Cells] = [("published", "", "metric", "on", "by")]
    block += [
        (
            f"{p.system} (ceiling)" if p.human else p.system,
            short(p.value, _DECIMALS),
            p.metric,
            p.split if p.comparable or p.human else f"{p.split}: other rows",
            p.source,
        )
        for p in e.published
    ]
    return block


def _remarks(e: Evaluation) -> Iterator[str]:
    """The lines below the tables: notes, reasons, overlap, and counts of rows."""
    for s in e.results:
        if s.note:
            yield f"{s.name}: {s.note}"
        reasons = {s.metrics[name].undefined for name in _shown(e)}
        if len(reasons) == 1 and (reason := reasons.pop()):
            yield f"{s.name}: {reason}"
    for o in e.overlap:
        count = "an unknown number" if o.found is None else str(o.found)
        yield f"{o.name}: {count} of {o.sentences} sentences are in its training text ({o.corpus})"
    if e.skipped:
        yield f"rows left out: {len(e.skipped)}"
    if e.noted:
        yield f"rows used with a note: {len(e.noted)} (--format json lists them)"


def to_markdown(evaluation: Evaluation) -> str:
    """The same tables as Markdown, with intervals beside the values."""
    lines = [markdown_cell(heading(evaluation)), ""]
    for block in _blocks(evaluation):
        rows = [[cell.replace("\n", " ") for cell in row] for row in block]
        lines += [*markdown_table(rows), ""]
    lines += [f"- {markdown_cell(remark)}" for remark in _remarks(evaluation)]
    return "\n".join(lines).rstrip("\n") + "\n"


def to_csv(evaluation: Evaluation) -> str:
    """CSV with a row for each encoder or baseline, layer, number of training rows and metric."""
    return csv_text(COLUMNS, _csv_rows(evaluation))


def _csv_rows(evaluation: Evaluation) -> Iterator[list[object]]:
    start = [evaluation.task, evaluation.split]
    for s in evaluation.results:
        key = [*start, s.name, "" if s.layer is None else s.layer]
        for shots, metrics in (("", s.metrics), *s.curve.items()):
            yield from ([*key, shots, *_fields(name, m)] for name, m in metrics.items())
    for b in _other_baselines(evaluation):
        key = [*start, b.name, "", ""]
        yield from ([*key, *_fields(name, m)] for name, m in b.metrics.items())


def _fields(name: str, m: Metric) -> list[object]:
    low, high = m.ci95 or (None, None)
    return [name, m.value, low, high, m.undefined or m.no_interval]
