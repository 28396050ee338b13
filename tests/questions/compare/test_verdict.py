"""The rules, on numbers made for them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from embcmp.questions.compare.verdict import in_words, plain_names, verdict
from embcmp.render.numbers import interval, p_number, p_value, short
from embcmp.types import Comparison, EncoderInfo, Metric, Occurrence, PairTest, Result


def result(
    name: str, auc: float | None, *, family: str = "bert", per_type: bool = False,
    ci95: tuple[float, float] | None = None,
) -> Result:  # fmt: skip
    info = EncoderInfo(name, name, family, f"model of {name}", (1,), 2, 0, 0, 0, name, per_type)
    undefined = None if auc is not None else "one vector per type"
    metrics = {"auc": Metric(auc, ci95, undefined)}
    return Result(name, info, 1, 0, 0, {}, (), np.eye(2), metrics)


A, B, STATIC = result("a", 0.81), result("b", 0.66), result("s", None, per_type=True)


def sentences(
    tests: list[PairTest], *, chosen: tuple[Result, ...] = (B, A), senses: int = 3,
    controls: list[Result] | None = None, lacking: dict[str, str] | None = None,
) -> tuple[str, ...]:  # fmt: skip
    comparison = Comparison(
        word="man",
        occurrences=tuple(Occurrence("1", "man", "man", 0, 3, f"{k}") for k in range(senses)),
        results=(*chosen, STATIC),
        tests=tuple(tests),
        controls=None if controls is None else tuple(controls),
    )
    return verdict(comparison, chosen, lacking or {})


def pair(a: str, b: str, d: float, low: float, high: float, p: float = 0.004) -> PairTest:
    return PairTest("auc", a, b, d, (low, high), p, p, senses=3, sentences=36)


STATIC_REASON = "s gives every use of a form the same vector, so it cannot separate senses."


def test_better_only_where_the_interval_lies_above_0() -> None:
    assert sentences([pair("a", "b", 0.15, 0.06, 0.24)]) == (
        "a separates the three senses better than b: AUC .81 against .66, difference .15"
        " [.06, .24], p = .004.",
        STATIC_REASON,
    )


def test_encoders_have_plain_names_if_these_are_unique() -> None:
    bert = replace(result("bert@6", 0.81), layer=6)
    bert = replace(bert, info=replace(bert.info, model="MiniLM"))
    lstm, context = result("lstm", 0.66, family="lstm"), result("context", 0.5, family="context")
    tests = [pair("bert@6", "lstm", 0.15, 0.06, 0.24), pair("bert@6", "context", 0.31, 0.2, 0.4)]
    lines = sentences(tests, chosen=(context, lstm, bert))
    assert lines[0].startswith("MiniLM (layer 6) separates the three senses better than the LSTM:")
    assert " better than context alone: AUC .81 against .50" in lines[1]
    [alone, _] = sentences([], chosen=(lstm,))
    assert alone.startswith("The LSTM is not distinguishable from chance (.50): AUC .66")
    twin = replace(bert, name="bert:copy@6")
    assert plain_names([bert, twin]) == {"bert@6": "bert@6", "bert:copy@6": "bert:copy@6"}
    assert plain_names([result("lstm,weights=random", 0.5)]) == {
        "lstm,weights=random": "lstm,weights=random"
    }


def test_numbers_above_ten_are_digits() -> None:
    assert [in_words(n) for n in (2, 10, 11)] == ["two", "ten", "11"]


def test_a_test_of_b_minus_a_is_reversed() -> None:
    turned = sentences([pair("b", "a", -0.15, -0.24, -0.06)])
    assert turned == sentences([pair("a", "b", 0.15, 0.06, 0.24)])


def test_the_smallest_difference_that_could_have_been_shown_is_named() -> None:
    [first, _] = sentences([pair("a", "b", 0.15, -0.03, 0.33, 0.2)])
    assert first == (
        "These 36 sentences cannot tell a and b apart: AUC .81 against .66, difference .15"
        " [-.03, .33]; the smallest difference that they could have shown is .18."
    )


@pytest.mark.parametrize(
    ("low", "high", "as_good"), [(-0.05, 0.05, True), (-0.051, 0.01, False), (-0.01, 0.06, False)]
)
def test_as_well_only_within_five_hundredths(low: float, high: float, as_good: bool) -> None:
    [first, _] = sentences([pair("a", "b", 0.0, low, high, 0.9)])
    assert ("a separates the senses as well as b, within .05" in first) == as_good
    assert ("cannot tell a and b apart" in first) == (not as_good)


def test_without_a_standard_error_there_is_no_claim() -> None:
    [first, _] = sentences([PairTest("auc", "a", "b", 0.15, undefined="its error is unknown")])
    assert first == ("No test compares a with b (its error is unknown): AUC .81 against .66.")


def test_the_best_encoder_is_compared_with_chance_if_it_may_be_chance() -> None:
    tests = [pair("a", "b", 0.02, -0.1, 0.1, 0.9)]
    near = result("a", 0.52, ci95=(0.44, 0.6)), result("b", 0.5, ci95=(0.42, 0.58))
    assert sentences(tests, chosen=near)[0] == (
        "a is not distinguishable from chance (.50): AUC .52 [.44, .60]."
    )


def test_senses_and_sentences_are_those_of_the_test() -> None:
    few = replace(pair("a", "b", 0.15, 0.06, 0.24), senses=2, sentences=20)
    assert " separates the two senses better" in sentences([few])[0]
    few = replace(pair("a", "b", 0.15, -0.1, 0.24), senses=2, sentences=20)
    assert "These 20 sentences cannot tell " in sentences([few])[0]


@pytest.mark.parametrize(
    ("ci95", "says"),
    [
        ((0.6, 0.9), "separates the senses better than chance"),
        ((0.45, 0.9), "is not distinguishable from chance"),
    ],
)
def test_a_single_encoder_is_compared_with_chance(ci95: tuple[float, float], says: str) -> None:
    [first, _] = sentences([], chosen=(result("a", 0.81, ci95=ci95),))
    assert first == f"a {says} (.50): AUC .81 {interval(ci95)}."


def test_too_little_data_for_a_verdict() -> None:
    assert sentences([], senses=0) == (STATIC_REASON,)
    assert sentences([], senses=1)[0].startswith("No verdict: all labeled uses have one sense")
    why = "an interval needs 5 sentences a sense: 'verb' has 3"
    assert sentences([], lacking={"a": why, "b": why}) == (f"No verdict: {why}.", STATIC_REASON)
    lines = sentences([pair("a", "b", 0.15, 0.06, 0.24)], lacking={"b": why})
    assert lines[0] == f"The verdict leaves out b: {why}."
    assert lines[1].startswith("a is not distinguishable from chance (.50): AUC .81")


def test_the_test_decides_if_the_ranking_used_other_uses() -> None:
    [first, _] = sentences([pair("a", "b", -0.23, -0.4, -0.06)])
    assert first == (
        "b separates the three senses better than a: difference .23 [.06, .40] on the uses for"
        " which both have a vector, p = .004."
    )


def test_controls_beaten_and_not() -> None:
    form = result("form", 0.7, family="control")
    twin = result("a,weights=random", 0.6)
    labels = result("labels(a)", 0.5, family="control")
    tests = [
        pair("a", "b", 0.15, 0.06, 0.24),
        pair("a", "form", 0.11, 0.02, 0.2),
        pair("a", "a,weights=random", 0.21, 0.1, 0.3),
    ]
    lines = sentences(tests, controls=[labels, form, twin])
    assert lines[1] == (
        "a is better than each of the 2 controls; the best of them, form (model of form),"
        " has AUC .70."
    )
    tests[1] = pair("a", "form", 0.11, -0.01, 0.23)
    lines = sentences(tests, controls=[labels, form, twin])
    assert lines[1] == (
        "a is not shown to be better than form (AUC .70): it may owe its AUC to that and not to"
        " sense."
    )


def test_each_sense_has_its_own_form() -> None:
    form = result("form", None, family="control")
    form = replace(form, metrics={"auc": Metric(None, undefined="each sense has its own form")})
    lines = sentences([pair("a", "b", 0.15, 0.06, 0.24)], controls=[form])
    assert lines[1] == "Each sense has its own form: a may separate forms rather than senses."


def test_numbers_in_the_style_of_statistics() -> None:
    assert [short(x) for x in (0.684, -0.124, 1.0, -0.001, 0.0)] == [
        ".68", "-.12", "1.00", ".00", ".00",
    ]  # fmt: skip
    assert short(0.0004, 3) == ".000"
    assert interval((0.06, 1.0)) == "[.06, 1.00]"
    assert interval(None) == ""
    assert [p_value(p) for p in (0.0004, 0.0041, 1.0, None)] == [
        "p < .001", "p = .004", "p = 1.000", "p unknown",
    ]  # fmt: skip
    assert [p_number(p) for p in (0.0004, 0.0041, None)] == ["<.001", ".004", ""]
