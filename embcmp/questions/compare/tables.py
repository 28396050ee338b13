"""A Comparison as tables: CSV for programs, Markdown for documents."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from embcmp.render.numbers import p_number, plural, with_interval
from embcmp.render.text import csv_text, markdown_cell, markdown_table
from embcmp.types import Agreement, Comparison, Metric, PairTest, Result

_JSON_ONLY = ("mev", "adjusted_mev")  # not comparable between inputs of different size
FREQUENT = "_frequent"  # ends the name of a measure without the rare senses
COLUMNS = ("word", "encoder", "layer", "metric", "value", "low", "high", "reason")

Number = float | None
Row = tuple[str, str, str | None, str, Number, Number, Number, str | None]  # the values of COLUMNS


def table_metrics(result: Result) -> list[str]:
    """Return the names of the measures that tables show."""
    return [name for name in result.metrics if name not in _JSON_ONLY]


_WITH_ALL = Metric(None, undefined="measured with all senses only")


def with_frequent(comparison: Comparison) -> Comparison:
    """Add the measures without rare senses, such as `auc_macro_frequent`, where a sense is rare.

    They are what intervals, tests and the verdict are about. An encoder without a rare sense has
    the same value in both; a control that was measured with all senses alone has none.
    """
    results, controls = comparison.results, comparison.controls
    names = {
        name for r in (*results, *(controls or ())) for name, m in r.metrics.items() if m.inference
    }
    if not names:
        return comparison

    def extended(r: Result, *, control: bool = False) -> Result:
        metrics: dict[str, Metric] = {}
        for name, m in r.metrics.items():
            metrics[name] = m
            if name in names:
                with_all = control and m.value is not None and not m.inference
                metrics[f"{name}{FREQUENT}"] = _WITH_ALL if with_all else _of_frequent(m)
        return replace(r, metrics=metrics)

    return replace(
        comparison,
        results=tuple(map(extended, results)),
        controls=controls and tuple(extended(r, control=True) for r in controls),
    )


def _of_frequent(m: Metric) -> Metric:
    if m.inferred is None:
        return Metric(None, undefined=m.undefined)
    no_interval = None if m.inference else m.no_interval
    return Metric(
        m.inferred.value, m.inferred.ci95, approximate=m.approximate, no_interval=no_interval
    )


def frequent_note(comparison: Comparison) -> str | None:
    """Say what `_frequent` means, and which senses are rare; None if no sense is."""
    metrics: list[Mapping[str, Metric]] = [r.metrics for r in comparison.results]
    used = [m.inference.senses for of_one in metrics for m in of_one.values() if m.inference]
    if not used:
        return None
    senses = {o.sense for o in comparison.occurrences if o.sense is not None}
    rare = sorted(sense for sense in senses if any(sense not in kept for kept in used))
    return (
        f"{FREQUENT}: without senses that are rare ({', '.join(map(repr, rare))}), as in the"
        " intervals, the tests and the verdict; all other values count them"
    )


def encoders_and_controls(comparison: Comparison) -> list[Result]:
    """Return the results, then those controls that are not among the results."""
    names = {r.name for r in comparison.results}
    return [*comparison.results, *(r for r in comparison.controls or () if r.name not in names)]


def control_metrics(controls: Sequence[Result]) -> list[str]:
    """Return the names of the measures that every control has."""
    names = [name for base in ("auc_macro", "auc") for name in (base, f"{base}{FREQUENT}")]
    return [name for name in names if all(name in r.metrics for r in controls)]


def pairs(comparison: Comparison) -> list[tuple[Agreement, PairTest | None]]:
    """Return the agreement of each pair of encoders, and the test of their difference."""
    tests = {(t.a, t.b): t for t in comparison.tests}
    return [(x, tests.get((x.a, x.b))) for x in comparison.agreement]


def to_csv(comparison: Comparison) -> str:
    """Return a CSV file with a row for each encoder or control, layer and metric."""
    return csv_text(COLUMNS, rows(comparison))


def rows(comparison: Comparison) -> Iterator[Row]:
    """Yield a row with the COLUMNS for each encoder or control, layer and metric."""
    for r in encoders_and_controls(with_frequent(comparison)):
        layer = None if r.layer is None else str(r.layer)
        for name in table_metrics(r):
            m = r.metrics[name]
            low, high = m.ci95 or (None, None)
            reason = m.undefined or m.no_interval
            yield comparison.word, r.name, layer, name, m.value, low, high, reason


def to_markdown(comparison: Comparison) -> str:
    """Return the verdict, and Markdown tables of the measures, of pairs and of controls."""
    return "\n".join(_markdown(with_frequent(comparison))) + "\n"


def _markdown(c: Comparison) -> Iterator[str]:
    yield f"**{markdown_cell(c.word)}**: {plural(len(c.occurrences), 'occurrence')}{_senses(c)}"
    for sentence in c.verdict:
        yield ""
        yield markdown_cell(sentence)
    yield ""
    yield from markdown_table(_measures(c.results))
    if note := frequent_note(c):
        yield ""
        yield markdown_cell(f"{note}.")
    if c.agreement:
        yield ""
        yield from markdown_table(_pairs(c))
    if c.controls:
        yield ""
        yield from markdown_table(
            _controls(c.controls), left=(0, 1 + len(control_metrics(c.controls)))
        )


def _senses(c: Comparison) -> str:
    """Return the senses with the number of their uses, the most frequent first."""
    counts = Counter(o.sense for o in c.occurrences if o.sense is not None)
    if not counts:
        return ""
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    listed = ", ".join(f"{markdown_cell(sense)} {n:,}" for sense, n in ordered)
    return f", {plural(len(counts), 'sense')} ({listed})"


def _measures(results: Sequence[Result]) -> Iterator[list[str]]:
    yield ["", *(r.name for r in results)]
    yield ["model", *(r.info.model for r in results)]
    for metric in table_metrics(results[0]):
        yield [metric, *(with_interval(r.metrics[metric]) for r in results)]
    yield ["size (MB)", *(f"{r.info.bytes / 1e6:.1f}" for r in results)]
    yield ["time (ms)", *(f"{r.encode_seconds * 1e3:.0f}" for r in results)]


def _pairs(c: Comparison) -> Iterator[list[str]]:
    yield ["pair", "difference of auc_macro", "p", "adjusted p", "rsa", "p of rsa", "cka"]
    for x, test in pairs(c):
        tested = [""] * 3
        if test is not None:
            difference = Metric(test.difference, test.ci95, test.undefined)
            tested = [
                with_interval(difference),
                *(p_number(p) or test.undefined or "" for p in (test.p, test.p_adjusted)),
            ]
        yield [
            f"{x.a} - {x.b}",
            *tested,
            with_interval(Metric(x.rsa, undefined=x.rsa_undefined)),
            p_number(x.rsa_p) or x.rsa_undefined or "",
            with_interval(Metric(x.cka, undefined=x.cka_undefined)),
        ]


def _controls(controls: Sequence[Result]) -> Iterator[list[str]]:
    names = control_metrics(controls)
    yield ["control", *names, "what it is"]
    for r in controls:
        measures = (with_interval(r.metrics[name]) for name in names)
        yield [r.name, *measures, r.info.model]
