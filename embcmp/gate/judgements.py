"""Judging whether expectations are met."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from math import inf
from pathlib import Path
from typing import Any

from embcmp.choices import did_you_mean
from embcmp.encoders.base import Encoder
from embcmp.errors import EmbcmpError, InputError
from embcmp.gate.differences import MISSING, SIMILARITY, number_text
from embcmp.gate.expectations import EVERY, Expectation, Question
from embcmp.gate.runs import Load, read_run, verify_run
from embcmp.questions.compare.compare import compare
from embcmp.render.numbers import interval, p_value, short
from embcmp.text.sentences import read_sentences
from embcmp.text.targets import find_occurrences
from embcmp.types import Comparison, Metric, Result, TaskProgress

HELD, FAILED, UNJUDGED = "held", "failed", "not judged"
_SLACK = 1e-9  # for rounding, since a bound is written in decimals
_DECIMALS = 3


@dataclass(frozen=True, slots=True)
class Judgement:
    """The judgement of one bound of an expectation, or of one number of a golden run.

    Attributes:
        where: The place of the expectation in its file.
        what: What is judged: word, metric and encoder, or a number of the golden run.
        expected: What was expected, in words.
        found: The value with its interval, in words; or why it could not be judged.
        status: `held`, `failed` or `not judged`.
        exit_code: 0 if it held, 1 if it failed, 3 or 4 if it was not judged.
        value: The number that was judged; None if there is none.
    """

    where: str
    what: str
    expected: str
    found: str
    status: str
    exit_code: int
    value: float | None = None


def judge(
    expectations: Sequence[Expectation], load: Load, progress: TaskProgress | None = None
) -> list[Judgement]:
    """Run the comparisons that the expectations are about, and judge each expectation.

    Equal questions are computed once. If something cannot be computed, only the expectations about
    it are not judged.

    Args:
        expectations: The expectations; relative paths are relative to the working folder.
        load: Loads an encoder by its spec.
        progress: Called with the name of the encoder, the uses done and their number.
    """
    computations = _Computations(expectations, load, progress)
    return [judgement for e in expectations for judgement in _judgements(e, computations)]


def exit_code(judgements: Sequence[Judgement]) -> int:
    """1 if a judgement failed; else 4 or 3 if one was not judged, 4 before 3; else 0."""
    codes = {j.exit_code for j in judgements}
    return next((code for code in (1, 4, 3) if code in codes), 0)


class _Computations:
    """Loads each encoder once and computes each comparison once."""

    def __init__(
        self, expectations: Sequence[Expectation], load: Load, progress: TaskProgress | None
    ) -> None:
        self.encoder = cache(load)
        self.comparison = cache(self._compare)
        self.progress = progress
        self._specs: dict[Question, dict[str, None]] = {}
        for e in expectations:
            if e.question is not None:
                specs = [spec for spec in (e.encoder, e.better_than) if spec is not None]
                self._specs.setdefault(e.question, {}).update(dict.fromkeys(specs))

    def result(self, question: Question, spec: str) -> Result:
        """The result of an encoder, which must have one layer."""
        info = self.encoder(spec).info
        if len(info.layers) > 1:
            raise InputError(f"{spec} has {len(info.layers)} layers", "name one")
        return next(r for r in self.comparison(question).results if r.name == info.name)

    def _compare(self, question: Question) -> Comparison:
        sentences = read_sentences(question.sentences, checked=question.checked)
        uses = find_occurrences(sentences, question.word, question.match)
        if not uses:
            reason = uses.skipped[0].reason if uses.skipped else "no row is about the word"
            raise InputError(f"{question.sentences}: no sentence can be used", reason)
        return compare(
            uses,
            list(self._loadable(self._specs[question])),
            correct=question.correct,
            seed=question.seed,
            progress=self.progress,
        )

    def _loadable(self, specs: dict[str, None]) -> Iterator[Encoder]:
        """The encoders that can be loaded; errors of the others are reported by `result`."""
        for spec in specs:
            try:
                yield self.encoder(spec)
            except EmbcmpError:
                continue


def _judgements(e: Expectation, computations: _Computations) -> Iterator[Judgement]:
    if e.golden is not None:
        yield from _golden_judgements(e, e.golden, computations)
        return
    assert e.question is not None, "an expectation has a question or a golden run"
    what = f"{e.question.word}: {e.metric} of {e.encoder}"
    ends = [(e.minimum, "at least"), (e.maximum, "at most")]
    bounds = ", ".join(f"{phrase} {end:g}" for end, phrase in ends if end is not None)
    above = f"above that of {e.better_than}" + (f" by {e.by:g}" if e.by else "")
    for bound, expected, evaluate in (
        (bounds, bounds, _within), (e.better_than, above, _better),
    ):  # fmt: skip
        if not bound:
            continue
        try:
            text, value, held = evaluate(e, e.question, computations)
        except EmbcmpError as error:
            yield _not_judged(e, what, expected, error)
        else:
            status, code = (HELD, 0) if held else (FAILED, 1)
            yield Judgement(e.where, what, expected, text, status, code, value)


def _not_judged(e: Expectation, what: str, expected: str, error: EmbcmpError) -> Judgement:
    code = error.exit_code if error.exit_code in (3, 4) else InputError.exit_code
    return Judgement(e.where, what, expected, str(error), UNJUDGED, code)


Outcome = tuple[str, float, bool]  # the value in words, the value, whether the bound held


def _within(e: Expectation, question: Question, computations: _Computations) -> Outcome:
    metric = _metric(computations.result(question, e.encoder), e.metric)
    value = _value(metric)
    low = -inf if e.minimum is None else e.minimum
    high = inf if e.maximum is None else e.maximum
    return _metric_text(metric), value, low - _SLACK <= value <= high + _SLACK


def _better(e: Expectation, question: Question, computations: _Computations) -> Outcome:
    a, b = (computations.result(question, spec) for spec in (e.encoder, e.better_than or ""))
    if reason := computations.comparison(question).circular:
        raise InputError(reason, "here: checked = true")
    ours, theirs = _metric(a, e.metric), _metric(b, e.metric)
    difference = _value(ours) - _value(theirs)
    text = f"{_metric_text(ours)} against {_metric_text(theirs)}: {short(difference, _DECIMALS)}"
    for t in computations.comparison(question).tests:
        if t.metric == e.metric and {t.a, t.b} == {a.name, b.name} and t.ci95:
            ci95 = t.ci95 if t.a == a.name else (-t.ci95[1], -t.ci95[0])
            text += f" {interval(ci95)}, {p_value(t.p_adjusted)}"
    held = difference >= e.by - _SLACK and difference > 0
    return text, difference, held


def _metric(result: Result, name: str) -> Metric:
    if name in result.metrics:
        return result.metrics[name]
    hint = did_you_mean(name, result.metrics)
    if "auc" not in result.metrics:
        hint = f"without labeled senses there are {', '.join(result.metrics)}"
    raise InputError(f"{result.name} has no measure {name!r}", hint)


def _value(metric: Metric) -> float:
    if metric.value is None:
        raise InputError(f"the metric has no value: {metric.undefined}")
    return metric.value


def _metric_text(metric: Metric) -> str:
    tilde = "~" if metric.approximate else ""
    ends = f" {tilde}{interval(metric.ci95)}" if metric.ci95 else ""
    return f"{short(_value(metric), _DECIMALS)}{ends}"


def _golden_judgements(
    e: Expectation, golden: str, computations: _Computations
) -> Iterator[Judgement]:
    what, expected = f"golden {golden}", "the same numbers"
    try:
        run = read_run(Path(golden))
        _check_tolerance(e.tolerance, run.saved)
        result = verify_run(run, computations.encoder, e.tolerance, computations.progress)
    except EmbcmpError as error:
        yield _not_judged(e, what, expected, error)
        return
    for d in result.differences:
        number = f"{what}: {d.of} {d.metric} {d.part}"
        now = "; ".join((number_text(d.now), *result.causes))
        yield Judgement(e.where, number, number_text(d.saved), now, FAILED, 1, d.now)
    if not result.differences:
        text = f"{result.numbers} numbers, the largest difference {result.largest:.1g}"
        yield Judgement(e.where, what, expected, text, HELD, 0)


def _check_tolerance(tolerance: Mapping[str, float], saved: Mapping[str, Any]) -> None:
    """Refuse a tolerance for a metric that the saved run does not have."""
    known = [EVERY, SIMILARITY, MISSING]
    known += dict.fromkeys(name for r in saved["results"] for name in r["metrics"])
    for name in tolerance:
        if name not in known:
            hint = did_you_mean(name, known)
            raise InputError(f"tolerance: the run has no measure {name!r}", hint)
