"""The tables of the notes on simulations with fewer words: bounds leave room for error."""

from __future__ import annotations

import numpy as np
import pytest

from embcmp.measures import encoder_differences as module
from embcmp.measures.jackknife import TRUSTED, is_calibrated
from embcmp.measures.labels import labels
from tests.measures.error_rates import (
    band_coverage,
    claimed,
    coverage,
    false_claims,
    power_as_planned,
    power_at_detectable,
    size_over_words,
    units_across_senses,
)
from tests.measures.simulate import CURVES, TABLES, head, row
from tests.measures.simulated_words import encoders, grouping, sense_codes, shift_for


@pytest.fixture(autouse=True)
def _fewer_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SIMULATED", 10_000)


def room(share: float, words: int) -> float:
    """Three standard errors of a simulated share."""
    return 3 * (share * (1 - share) / words) ** 0.5


def test_a_table_is_markdown() -> None:
    assert list(head("sentences a sense", ["AUC 0.5"])) == [
        "| sentences a sense | AUC 0.5 |",
        "| --- | --- |",
    ]
    assert row((5, 15), [0.95, "0.8 at 0.1"]) == "| 5, 15 | .950 | .8 at .1 |"
    assert all(words >= 100 for words, _ in TABLES.values())


@pytest.mark.slow
def test_the_true_auc_of_a_simulated_word_is_as_asked_for() -> None:
    """On one large word, by counting."""
    from embcmp.measures.labels import sample
    from embcmp.measures.separation import auc, auc_macro

    codes = sense_codes((500, 1500))
    for uneven in (False, True):
        for macro, measure in ((True, auc_macro), (False, auc)):
            shift = shift_for(0.75, (0.25, 0.75), uneven, macro)
            rng = np.random.default_rng(1)
            [cosines] = encoders(codes, [shift], rng, uneven=uneven)
            found = measure(sample(cosines, grouping(codes))).value
            assert found == pytest.approx(0.75, abs=0.03)  # its standard error is about .01


@pytest.mark.slow
@pytest.mark.parametrize("uneven", [False, True])
@pytest.mark.parametrize(("units", "highest"), TRUSTED)
def test_intervals_hold_the_truth_where_they_are_trusted(
    units: int, highest: float, uneven: bool
) -> None:
    words = 300
    for sizes in ((units, units), (units, 3 * units)):
        senses = ["a"] * sizes[0] + ["b"] * sizes[1]
        assert is_calibrated(highest, labels(senses, np.ones(len(senses), dtype=bool)))
        for true in (0.65, highest):
            found = coverage(sizes, true, words, uneven=uneven)
            assert found > 0.93 - room(0.93, words)


@pytest.mark.slow
@pytest.mark.parametrize("sizes", [(10, 10), (20, 20), (10, 10, 10)])
def test_two_equal_encoders_are_seldom_found_different(sizes: tuple[int, ...]) -> None:
    words = 300
    for uneven in (False, True):
        assert false_claims(sizes, 0.75, words, uneven=uneven) < 0.05 + room(0.05, words)
    assert false_claims(sizes, 0.9, words, alike=True) < 0.05 + room(0.05, words)


@pytest.mark.slow
@pytest.mark.parametrize("number", [3, 7])
def test_of_equal_encoders_none_is_called_better_in_more_than_5_percent(number: int) -> None:
    words = 300
    assert false_claims((10, 10), 0.75, words, number=number) < 0.05 + room(0.05, words)


@pytest.mark.slow
@pytest.mark.parametrize("sizes", [(10, 10), (20, 20), (10, 10, 10)])
def test_a_detectable_difference_is_found_about_four_times_in_five(sizes: tuple[int, ...]) -> None:
    words = 400
    power, difference = power_at_detectable(sizes, 0.75, words)
    assert 0 < difference < 0.4
    assert 0.75 - room(0.75, words) < power < 0.87 + room(0.87, words)


@pytest.mark.slow
def test_as_many_sentences_as_planned_find_the_margin() -> None:
    words = 200
    power, needed = power_as_planned((20, 20), 0.75, 0.1, words)
    assert 20 < needed < 100
    assert 0.75 - room(0.75, words) < power < 0.85 + room(0.85, words)


@pytest.mark.slow
def test_claims_are_right() -> None:
    words = 200
    equal, better = claimed((80, 80), 0.0, words), claimed((80, 80), 0.1, words)
    assert equal.total() == better.total() == words
    assert equal["better"] + equal["slightly_better"] < words * (0.05 + room(0.05, words))
    assert equal["equal"] > (0.48 - room(0.48, words)) * words
    assert better["better"] > 0.9 * words
    assert better["equal"] + better["worse"] == 0


@pytest.mark.slow
def test_units_that_span_senses_keep_size_and_coverage() -> None:
    words = 300
    found = units_across_senses(20, 0.75, words, share=0.5)
    assert found["size"] < 0.05 + room(0.05, words)
    assert found["coverage of the mean"] > 0.93 - room(0.93, words)
    assert found["mean"] < 0.75  # the matched sentences of a scene are hard to tell apart


@pytest.mark.slow
@pytest.mark.parametrize("curve", CURVES)
def test_bands_hold_whole_curves(curve: str) -> None:
    words = 120
    for uneven in (False, True):
        found = band_coverage((20, 20), CURVES[curve], words, uneven=uneven)
        assert found > 0.9 - room(0.9, words)


@pytest.mark.slow
@pytest.mark.parametrize("words", [6, 12, 50])
def test_tests_over_words_keep_their_size(words: int) -> None:
    batches = 200
    joint, flip = size_over_words(words, batches)
    assert max(joint, flip) < 0.05 + room(0.05, batches)
    assert size_over_words(words, batches, number=4)[0] < 0.05 + room(0.05, batches)
