"""The rules, on numbers made for them."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import combinations, product

import numpy as np
import pytest

from embcmp.questions.compare.names_in_prose import in_words, plain_names
from embcmp.questions.compare.pairs import claims
from embcmp.questions.compare.verdict import found_in_four_of_five, units_needed, verdict
from embcmp.render.numbers import interval, p_number, p_value, short
from embcmp.types import Comparison, EncoderInfo, Inference, Metric, Occurrence, PairTest, Result


def result(
    name: str, auc: float | None, *, family: str = "bert", per_type: bool = False,
    ci95: tuple[float, float] | None = None, inference: Inference | None = None,
) -> Result:  # fmt: skip
    info = EncoderInfo(name, name, family, f"model of {name}", (1,), 2, 0, 0, 0, name, per_type)
    undefined = None if auc is not None else "one vector per type"
    metrics = {"auc_macro": Metric(auc, ci95, undefined, inference=inference)}
    return Result(name, info, 1, 0, 0, {}, (), np.eye(2), metrics)


A, B, C = (
    result(name, auc, ci95=(0.6, 0.9)) for name, auc in (("a", 0.81), ("b", 0.66), ("c", 0.64))
)
STATIC = result("s", None, per_type=True)
MARGIN = 0.05


def sentences(
    tests: list[PairTest], *, chosen: tuple[Result, ...] = (B, A), senses: int = 3,
    controls: list[Result] | None = None, lacking: dict[str, str] | None = None,
    unit: str | None = None,
) -> tuple[str, ...]:  # fmt: skip
    encoders = {r.name for r in chosen}
    comparison = Comparison(
        word="man",
        occurrences=tuple(
            Occurrence("1", "man", "man", 0, 3, f"{k}", unit=unit) for k in range(senses)
        ),
        results=(*chosen, STATIC),
        tests=tuple(tests),
        claims=claims([t for t in tests if {t.a, t.b} <= encoders], MARGIN),
        margin=MARGIN,
        controls=None if controls is None else tuple(controls),
    )
    return verdict(comparison, chosen, lacking or {})


def pair(
    a: str, b: str, d: float, p: float = 0.004, *, half: float = 0.09, detectable: float = 0.12
) -> PairTest:
    ends = d - half, d + half
    return PairTest(
        "auc_macro", a, b, d, ends, ends, p, p, detectable, senses=3, units=36, units_a_sense=12
    )


STATIC_REASON = "s gives every use of a form the same vector, so it cannot separate senses."


def test_better_where_adjusted_p_is_below_5_percent() -> None:
    assert sentences([pair("a", "b", 0.15)]) == (
        "a separates the three senses better than b (+.15, p = .004).",
        STATIC_REASON,
    )
    assert "better" not in sentences([pair("a", "b", 0.15, 0.05)])[0]


def test_better_by_less_than_the_margin() -> None:
    assert sentences([pair("a", "b", 0.03, half=0.015)])[0] == (
        "a separates the three senses better than b, but by less than .05 (+.03, p = .004)."
    )


def test_equally_well_within_the_margin() -> None:
    assert sentences([pair("a", "b", 0.0, 0.9, half=0.04)])[0] == (
        "a and b separate the senses equally well, within .05."
    )


def test_what_cannot_be_told_apart_and_how_many_sentences_would_show_it() -> None:
    # 36 sentences of three senses: 12 a sense times (.12 / .05)^2
    assert sentences([pair("a", "b", 0.02, 0.7)])[0] == (
        "These 36 sentences cannot tell a and b apart: a true difference of about .12 would be"
        " found four times in five; for one of .05, about 70 sentences a sense are needed."
    )
    assert sentences([pair("a", "b", 0.02, 0.7)], unit="document")[0].endswith(
        "about 70 units a sense are needed."
    )


def test_of_several_it_names_those_not_shown_worse_than_the_best() -> None:
    tests = [pair("a", "b", 0.15), pair("a", "c", 0.17, 0.002), pair("b", "c", 0.02, 0.8)]
    assert sentences(tests, chosen=(A, B, C))[0] == (
        "a separates the three senses better than b and c (+.15 and +.17, each p ≤ .004)."
    )
    tests[0] = pair("a", "b", 0.15, 0.06)
    assert sentences(tests, chosen=(A, B, C))[:2] == (
        "a separates the three senses better than c (+.17, p = .002).",
        "These 36 sentences cannot tell a and b apart: a true difference of about .12 would be"
        " found four times in five; for one of .05, about 70 sentences a sense are needed.",
    )
    tests[2] = pair("b", "c", 0.02, 0.01)
    assert sentences(tests, chosen=(A, B, C))[0] == (
        "a and b separate the three senses better than c (+.17 and +.02, each p ≤ .010)."
    )


def test_the_least_certain_pair_says_how_many_sentences_are_needed() -> None:
    tests = [
        pair("a", "b", 0.15, 0.06, detectable=0.1),
        pair("a", "c", 0.17, 0.06, detectable=0.2),
        pair("b", "c", 0.02, 0.9, detectable=0.15),
    ]
    assert "a true difference of about .20 would" in sentences(tests, chosen=(A, B, C))[0]


@pytest.mark.parametrize(
    ("detectable", "margin", "needed"),
    [(0.12, 0.05, 70), (0.05, 0.05, 12), (0.1, 0.05, 48), (0.11, 0.05, 59), (0.3, 0.05, 440)],
)
def test_the_number_needed_grows_with_the_square(
    detectable: float, margin: float, needed: int
) -> None:
    """12 sentences a sense; three digits or more are rounded up to two."""
    assert units_needed(pair("a", "b", 0.1, detectable=detectable), margin) == needed


def test_encoders_have_plain_names_if_these_are_unique() -> None:
    bert = replace(result("bert@6", 0.81, ci95=(0.7, 0.9)), layer=6)
    bert = replace(bert, info=replace(bert.info, model="MiniLM"))
    lstm, context = result("lstm", 0.66, family="lstm"), result("context", 0.5, family="context")
    tests = [pair("bert@6", "lstm", 0.15), pair("bert@6", "context", 0.31)]
    lines = sentences(tests, chosen=(context, lstm, bert))
    assert lines[0].startswith(
        "MiniLM (layer 6) separates the three senses better than the LSTM and context alone (+.15"
    )
    [alone, _] = sentences([], chosen=(lstm,))
    assert alone == "The LSTM separates the senses: AUC .66, without an interval."
    twin = replace(bert, name="bert:copy@6")
    assert plain_names([bert, twin]) == {"bert@6": "bert@6", "bert:copy@6": "bert:copy@6"}
    assert plain_names([result("lstm,weights=random", 0.5)]) == {
        "lstm,weights=random": "lstm,weights=random"
    }


def test_numbers_above_ten_are_digits() -> None:
    assert [in_words(n) for n in (2, 10, 11)] == ["two", "ten", "11"]


def test_a_test_of_b_minus_a_is_reversed() -> None:
    assert sentences([pair("b", "a", -0.15)]) == sentences([pair("a", "b", 0.15)])


def test_without_a_standard_error_there_is_no_claim() -> None:
    untested = PairTest("auc_macro", "a", "b", 0.15, undefined="its error is unknown")
    [first, _] = sentences([untested])
    assert first == "No test compares a and b: its error is unknown."


def test_the_best_encoder_is_compared_with_chance_if_it_may_be_chance() -> None:
    tests = [pair("a", "b", 0.02, 0.9)]
    near = result("a", 0.52, ci95=(0.44, 0.6)), result("b", 0.5, ci95=(0.42, 0.58))
    assert sentences(tests, chosen=near)[0] == (
        "a and b are not distinguishable from chance (.50)."
    )


def test_senses_and_sentences_are_those_of_the_test() -> None:
    few = replace(pair("a", "b", 0.15), senses=2, units=20, units_a_sense=10)
    assert " separates the two senses better" in sentences([few])[0]
    few = replace(pair("a", "b", 0.05, 0.5), senses=2, units=20, units_a_sense=10)
    assert "These 20 sentences cannot tell " in sentences([few])[0]


def test_rare_senses_are_named_and_the_others_decide() -> None:
    """Ranking and chance go by what is inferred, not by the value with the rare sense."""
    a = result("a", 0.7, inference=Inference(("0", "1"), 0.9, (0.8, 0.95)))
    b = result("b", 0.8, inference=Inference(("0", "1"), 0.6, (0.45, 0.75)))
    lines = sentences([pair("a", "b", 0.3)], chosen=(b, a))
    assert lines[:2] == (
        "Senses that occur too rarely are left out of the verdict: '2'.",
        "a separates the three senses better than b (+.30, p = .004).",
    )


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
    lines = sentences([pair("a", "b", 0.15)], lacking={"b": why})
    assert lines[0] == f"The verdict leaves out b: {why}."
    assert lines[1] == "a separates the senses better than chance (.50): AUC .81 [.60, .90]."


def test_the_test_decides_if_the_ranking_used_other_uses() -> None:
    """a has the higher AUC on its uses, b on those that both have."""
    lines = sentences([pair("a", "b", -0.23)])
    assert lines[0] == "b separates the three senses better than a (+.23, p = .004)."


def test_controls_beaten_and_not() -> None:
    form = result("form", 0.7, family="control")
    twin = result("a,weights=random", 0.6)
    labels = result("labels(a)", 0.5, family="control")
    tests = [
        pair("a", "b", 0.15), pair("a", "form", 0.11), pair("a", "a,weights=random", 0.21),
    ]  # fmt: skip
    lines = sentences(tests, controls=[labels, form, twin])
    assert lines[1] == (
        "a is better than each of the 2 controls; the best of them, form (model of form),"
        " has AUC .70."
    )
    for lost in (pair("a", "form", 0.11, 0.05), pair("a", "form", -0.11, 0.001)):
        tests[1] = lost
        lines = sentences(tests, controls=[labels, form, twin])
        assert lines[1] == (
            "a is not shown to be better than form (AUC .70): it may owe its AUC to what this can"
            " see, and not to sense."
        )


def test_each_sense_has_its_own_form() -> None:
    form = result("form", None, family="control")
    form = replace(
        form, metrics={"auc_macro": Metric(None, undefined="each sense has its own form")}
    )
    lines = sentences([pair("a", "b", 0.15)], controls=[form])
    assert lines[1] == "Each sense has its own form: a may separate forms rather than senses."


def test_no_verdict_says_better_where_adjusted_p_is_5_percent_or_more() -> None:
    """Random tests of four encoders: every sentence is held against the tests."""
    rng = np.random.default_rng(0)
    names = ["a", "b", "c", "d"]
    for _ in range(300):
        chosen = tuple(result(name, float(rng.uniform(0.5, 1)), ci95=(0.51, 1.0)) for name in names)
        tests = [
            pair(a, b, float(rng.normal(0, 0.1)), float(rng.choice([0.01, 0.0499, 0.05, 0.4])),
                 half=float(rng.uniform(0.01, 0.2)))
            for a, b in combinations(names, 2)
        ]  # fmt: skip
        for line in sentences(tests, chosen=chosen):
            if " better than " not in line:
                continue
            winners, losers = (
                set(re.findall(r"\b[abcd]\b", part))
                for part in line.split(" (")[0].split(" better than ")
            )
            assert winners
            assert losers
            for winner, loser in product(winners, losers):
                [test] = [t for t in tests if {t.a, t.b} == {winner, loser}]
                assert test.difference is not None
                assert test.p_adjusted is not None
                assert test.p_adjusted < 0.05
                assert (test.difference > 0) == (test.a == winner)


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


@pytest.mark.parametrize(
    ("aucs", "units", "shown"),
    [
        ((0.7, 0.75), 10, ".12"),
        ((0.65, 0.8), 10, ".12"),
        ((0.7, 0.81), 10, "~.12"),  # no power was simulated for such an AUC,
        ((0.7, 0.75), 9.9, "~.12"),  # nor for fewer than ten units a sense
    ],
)
def test_a_detectable_difference_is_marked_where_its_power_was_not_simulated(
    aucs: tuple[float, float], units: float, shown: str
) -> None:
    results = tuple(result(name, auc) for name, auc in zip("ab", aucs, strict=True))
    comparison = Comparison(word="man", occurrences=(), results=results)
    test = replace(pair("a", "b", 0.05), units_a_sense=units)
    assert found_in_four_of_five(test, comparison) == shown


def test_a_p_that_is_below_the_level_never_reads_as_the_level() -> None:
    assert sentences([pair("a", "b", 0.15, 0.0496)])[0].endswith("(+.15, p < .05).")
    assert sentences([pair("a", "b", 0.15, 0.0494)])[0].endswith("(+.15, p = .049).")


def test_planning_counts_the_units_that_contain_a_sense() -> None:
    scenes = replace(pair("a", "b", 0.02, 0.7), units=9, units_a_sense=9)  # each has all senses
    assert units_needed(scenes, 0.05) == 52
