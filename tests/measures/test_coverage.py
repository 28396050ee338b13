"""The tables of docs/notes/simulations.md with fewer repeats: bounds leave room for error."""

from __future__ import annotations

import numpy as np
import pytest
from embcmp.measures.resampling import is_calibrated

from embcmp.measures.labels import labels
from tests.measures.simulate import (
    AUCS,
    BAND_SIZES,
    CURVES,
    JACKKNIFE_SIZES,
    MACRO_SIZES,
    RATIOS,
    SIZES,
    band_coverage,
    coverage,
    coverage_table,
    jackknife_size,
    sign_flip_size,
)


def room(share: float, repeats: int) -> float:
    """Three standard errors of a simulated share."""
    return 3 * (share * (1 - share) / repeats) ** 0.5


@pytest.mark.slow
def test_a_simulation_says_how_often_the_truth_was_held() -> None:
    assert coverage((8, 8), 0.75, 40) == pytest.approx(0.95, abs=room(0.95, 40))
    assert coverage((5, 5), 0.97, 40, uneven=True) < 0.9
    assert coverage((8, 8), 0.75, 40, macro=True) == pytest.approx(0.95, abs=room(0.95, 40))
    assert band_coverage((8, 8), (0.7, 0.8), 40) == pytest.approx(0.95, abs=room(0.95, 40))


def test_a_table_is_markdown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.measures.simulate.SIZES", (5,))
    monkeypatch.setattr("tests.measures.simulate.AUCS", (0.5,))
    head, *rows = coverage_table(2)
    assert head == "| sentences a sense | AUC 0.5 |\n| --- | --- |"
    assert rows == ["| 5, 5 | 1.000 |", "| 5, 15 | 1.000 |"]


@pytest.mark.slow
@pytest.mark.parametrize("ratio", RATIOS)
@pytest.mark.parametrize("auc", AUCS)
@pytest.mark.parametrize("n", SIZES)
def test_intervals_hold_the_truth_where_they_are_trusted(n: int, auc: float, ratio: int) -> None:
    repeats = 200 if n * (1 + ratio) < 100 else 60
    found = coverage((n, ratio * n), auc, repeats)
    senses = ["a"] * n + ["b"] * ratio * n
    if is_calibrated(auc, labels(senses, np.ones(len(senses), dtype=bool))):
        assert found > 0.92 - room(0.92, repeats)
        assert found < 0.98 + room(0.98, repeats)
    else:
        assert found > 0.65


@pytest.mark.slow
@pytest.mark.parametrize("sizes", [s for s in MACRO_SIZES if min(s) >= 10 and sum(s) < 100])
@pytest.mark.parametrize("macro", [False, True])
def test_other_numbers_of_senses_and_the_macro_mean_are_held_alike(
    sizes: tuple[int, ...], macro: bool
) -> None:
    repeats = 150
    found = coverage(sizes, 0.75, repeats, macro=macro)
    assert found > 0.92 - room(0.92, repeats)
    assert found < 0.98 + room(0.98, repeats)


@pytest.mark.slow
@pytest.mark.parametrize("sizes", [s for s in BAND_SIZES if min(s) >= 10])
def test_bands_hold_whole_curves(sizes: tuple[int, ...]) -> None:
    repeats = 60
    for curve in CURVES.values():
        assert band_coverage(sizes, curve, repeats) > 0.92 - room(0.92, repeats)


@pytest.mark.slow
@pytest.mark.parametrize("uneven", [False, True])
@pytest.mark.parametrize("auc", [0.6, 0.75, 0.9])  # the page says why not .5 and .97
@pytest.mark.parametrize("sizes", JACKKNIFE_SIZES)
def test_jackknife_keeps_its_size(sizes: tuple[int, ...], auc: float, uneven: bool) -> None:
    repeats = 2000
    size = jackknife_size(sizes, auc, repeats, uneven=uneven)
    assert 0.03 - room(0.03, repeats) < size < 0.07 + room(0.07, repeats)


@pytest.mark.slow
@pytest.mark.parametrize("words", [6, 10, 12, 20, 50])
def test_sign_flip_keeps_its_size(words: int) -> None:
    repeats = 1000
    assert sign_flip_size(words, repeats) <= 0.05 + room(0.05, repeats)
