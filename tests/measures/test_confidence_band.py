from __future__ import annotations

import numpy as np
import pytest

from embcmp.measures.labels import sample, samples
from embcmp.measures.resampling import auc_band, sense_intervals
from embcmp.measures.separation import auc
from embcmp.measures.similarity import cosine_matrix

SENSES = ["a"] * 15 + ["b"] * 15
SENTENCES = np.arange(30)


def layer(noise: float, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    x = np.array([[1, 0, 0] if s == "a" else [0, 1, 0] for s in SENSES])
    return cosine_matrix((x + noise * rng.standard_normal(x.shape)).astype(np.float32))


LAYERS = [layer(noise, seed) for seed, noise in enumerate((2.0, 1.0, 0.7, 0.5))]


def test_the_band_is_wider_than_each_interval_and_holds_the_values() -> None:
    band = auc_band(samples(LAYERS, SENSES, SENTENCES))
    for similarity, interval in zip(LAYERS, band, strict=True):
        own = sense_intervals(sample(similarity, SENSES, SENTENCES))["auc"].ci95
        value = auc(sample(similarity, SENSES)).value
        assert interval.ci95 is not None
        assert own is not None
        assert value is not None
        assert interval.ci95[0] <= value <= interval.ci95[1]
        assert interval.ci95[1] - interval.ci95[0] > own[1] - own[0]


def test_one_layer_has_about_its_own_interval() -> None:
    [band] = auc_band(samples(LAYERS[:1], SENSES, SENTENCES))
    own = sense_intervals(sample(LAYERS[0], SENSES, SENTENCES))["auc"].ci95
    assert band.ci95 == pytest.approx(own, abs=0.03)


def test_equal_layers_have_equal_bands_no_wider_than_one_needs() -> None:
    one, two, three = auc_band(samples([LAYERS[1]] * 3, SENSES, SENTENCES))
    assert one == two == three
    assert one == auc_band(samples(LAYERS[1:2], SENSES, SENTENCES))[0]


def test_the_same_every_time() -> None:
    layers = samples(LAYERS, SENSES, SENTENCES)
    assert auc_band(layers) == auc_band(layers)
    assert auc_band(layers, seed=1) != auc_band(layers)


def test_too_few_sentences() -> None:
    few = [s[:8, :8] for s in LAYERS]
    found = auc_band(samples(few, ["a"] * 4 + ["b"] * 4, np.arange(8)))
    assert {i.ci95 for i in found} == {None}
    assert found[0].reason == "an interval needs 5 sentences a sense: 'a' has 4"


def test_a_layer_that_is_perfect_has_no_width() -> None:
    perfect = cosine_matrix(np.array([[1, 0] if s == "a" else [0, 1] for s in SENSES], np.float32))
    assert auc_band(samples([perfect, LAYERS[0]], SENSES, SENTENCES))[0].ci95 == (1.0, 1.0)


def test_ends_are_laid_off_on_the_logit_scale() -> None:
    """The delta method by hand: the standard deviation of a logit is s / (a * (1 - a))."""
    [band] = auc_band(samples(LAYERS[:1], SENSES, SENTENCES))
    value = auc(sample(LAYERS[0], SENSES)).value
    assert value is not None
    assert band.ci95 is not None
    low, high = (np.log(end / (1 - end)) for end in band.ci95)
    assert (low + high) / 2 == pytest.approx(np.log(value / (1 - value)), abs=1e-9)


@pytest.mark.slow
def test_the_whole_curve_is_held_in_about_95_percent() -> None:
    """Two layers with known AUCs: cosines are replaced by normal scores of known separation."""
    from scipy.stats import norm

    rng = np.random.default_rng(0)
    held, repeats, n = 0, 300, 15
    shift = 1.0  # of a same-sense pair's score; AUC of independent pairs is P(N(shift, 2) > 0)
    truth = norm.cdf(shift / 2**0.5)
    senses = ["a"] * n + ["b"] * n
    same = np.equal.outer(senses, senses)
    for _ in range(repeats):
        layers = []
        for _ in range(2):
            noise = rng.standard_normal((2 * n, 2 * n))
            scores = np.triu(noise, 1) + np.triu(noise, 1).T + shift * same
            layers.append(np.tanh(scores / 4))
        band = auc_band(samples(layers, senses, np.arange(2 * n)), draws=300)
        held += all(i.ci95 is not None and i.ci95[0] <= truth <= i.ci95[1] for i in band)
    assert held / repeats > 0.95 - 3 * (0.95 * 0.05 / repeats) ** 0.5
