from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import NearestCentroid
from sklearn.preprocessing import StandardScaler

from embcmp.measures import probe as logistic
from embcmp.measures import transfer as module
from embcmp.measures.labels import Floats, Index, Labels, labels
from embcmp.measures.similarity import unit
from embcmp.measures.transfer import METHODS, conformal, temperature, transfer
from embcmp.measures.use_groups import Grouping


def labeled(codes: Index, units: Index | None = None) -> Labels:
    return labels([f"sense {code}" for code in codes], np.ones(len(codes), dtype=bool), units)


def made(
    counts: tuple[int, ...], apart: float, seed: int, dim: int = 12, *, later: int = 0
) -> tuple[Floats, Index]:
    """Uses around a mean for each sense, of which `later` more follow for each sense."""
    rng = np.random.default_rng(seed)
    codes = np.concatenate([np.repeat(np.arange(len(counts)), counts),
                            np.tile(np.arange(len(counts)), later)])  # fmt: skip
    means = apart * np.eye(dim)[: len(counts)] + 0.5
    return means[codes] + rng.normal(size=(len(codes), dim)) / 2, codes


def test_nearest_centroid_equals_scikit_learn() -> None:
    x, codes = made((20, 15, 10), 1.5, 0, later=10)
    result, placed = transfer(x[:45], labeled(codes[:45]), x[45:])
    assert result.method == "centroid"
    model = NearestCentroid().fit(unit(x[:45]), codes[:45])
    cosines = unit(x[45:]) @ unit(model.centroids_).T
    np.testing.assert_allclose(placed.cosines, cosines, atol=1e-6)
    assert (placed.probabilities.argmax(axis=1) == cosines.argmax(axis=1)).all()
    assert (placed.probabilities.argmax(axis=1) == codes[45:]).mean() > 0.9


def test_logistic_regression_equals_scikit_learn(monkeypatch: pytest.MonkeyPatch) -> None:
    """The senses differ in one dimension that is small beside the others."""
    monkeypatch.setattr(logistic, "_TOLERANCE", 1e-9)
    rng = np.random.default_rng(1)
    codes = np.arange(160) % 3
    x = rng.normal(size=(160, 6)) * [5, 4, 4, 3, 3, 0.02]
    x[:, 5] += codes * 0.1
    result, placed = transfer(x[:120], labeled(codes[:120]), x[120:])
    assert result.method == "logistic"
    assert result.accuracy > 0.8
    scaler = StandardScaler().fit(x[:120])
    model = LogisticRegression(C=1.0, tol=1e-10, max_iter=10_000)
    model.fit(scaler.transform(x[:120]), codes[:120])
    expected = model.predict_log_proba(scaler.transform(x[120:]))
    ours = np.log(placed.probabilities)
    # equal but for the temperature, which multiplies all differences of logarithms
    expected, ours = expected - expected[:, :1], ours - ours[:, :1]
    factor = (ours * expected).sum() / (expected**2).sum()
    assert 0.3 < factor < 3
    np.testing.assert_allclose(ours, factor * expected, atol=1e-4)


def test_labels_without_meaning_give_chance() -> None:
    """The better of two methods in their own folds would be above it."""
    results = []
    for seed in range(40):
        x, codes = made((15, 15), 0.0, seed)
        results.append(transfer(x, labeled(codes), x[:0], seed=seed)[0])
    assert {r.method for r in results} == set(METHODS)
    accuracies = np.array([r.accuracy for r in results])
    error = accuracies.std() / np.sqrt(len(accuracies))
    assert accuracies.mean() < 0.5 + 2 * error
    assert accuracies.mean() == pytest.approx(0.47, abs=0.05)  # leaving out lowers it a little
    assert {r.chance for r in results} == {0.5}


def test_accuracy_is_that_of_training_on_four_fifths() -> None:
    """Measured on many new uses; what the folds leave out of small samples lowers theirs a bit."""
    differences = []
    four_fifths = np.r_[0:16, 20:36]
    for seed in range(40):
        x, codes = made((20, 20), 0.5, seed, later=100)
        accuracy = transfer(x[:40], labeled(codes[:40]), x[:0], seed=seed)[0].accuracy
        _, placed = transfer(x[four_fifths], labeled(codes[four_fifths]), x[40:], seed=seed)
        right = placed.probabilities.argmax(axis=1) == codes[40:]
        differences.append(accuracy - right.mean())
    error = np.std(differences) / np.sqrt(len(differences))
    assert -0.05 < np.mean(differences) < 2 * error


def test_probabilities_are_calibrated() -> None:
    sure, right = [], []
    for seed in range(12):
        x, codes = made((80, 80), 0.7, seed, later=100)
        _, placed = transfer(x[:160], labeled(codes[:160]), x[160:], seed=seed)
        sure.append(placed.probabilities.max(axis=1))
        right.append(placed.probabilities.argmax(axis=1) == codes[160:])
    confidence, hits = np.concatenate(sure), np.concatenate(right)
    for low in (0.5, 0.6, 0.7, 0.8, 0.9):
        rows = (confidence >= low) & (confidence < low + 0.1)
        assert rows.sum() > 100
        assert confidence[rows].mean() == pytest.approx(hits[rows].mean(), abs=0.06)


@pytest.mark.parametrize(("counts", "rate"), [((19, 40), 0.05), ((9, 40), 0.1), ((2, 3), 1 / 3)])
def test_few_uses_of_a_known_sense_are_taken_as_like_none(
    counts: tuple[int, int], rate: float
) -> None:
    """The uses of a sense are one of its own p; with senses far apart, no other one is above it."""
    flagged = []
    for seed in range(300):
        x, codes = made(counts, 20.0, seed, later=4)
        known = sum(counts)
        uses = labeled(codes[:known])
        p = conformal(unit(x), uses)[known:]
        assert module.FALSE_ALARMS == 0.05
        flagged.append(p[codes[known:] == 0].max(axis=1) <= rate + 1e-9)
    share = np.mean(flagged)
    # the 4 uses share what is known, so that seeds are counted, not uses
    error = np.std(np.mean(flagged, axis=1)) / np.sqrt(len(flagged))
    assert abs(share - rate) < 3 * error
    result, placed = transfer(x[:known], uses, x[known:])
    assert result.false_alarm_rate == pytest.approx(rate)
    assert (placed.unlike == (p.max(axis=1) <= np.where(p[:, 0] > p[:, 1], rate, 0.05))).all()


@given(st.integers(0, 1000), st.integers(2, 8))
def test_p_is_the_rank_of_the_new_use(seed: int, n: int) -> None:
    """As by its definition: each use of the sense and the new one beside the mean of the others."""
    rng = np.random.default_rng(seed)
    x = unit(rng.normal(size=(n + 1, 4)) + 0.3)
    bag = np.array([unit((x.sum(axis=0) - own)[None])[0] @ own for own in x])
    expected = (bag.round(6) <= bag[-1].round(6)).mean()
    [[p]] = conformal(x, labeled(np.zeros(n, dtype=np.intp)))[n:]
    assert p == pytest.approx(expected)


def test_uses_of_a_unit_count_as_one_and_do_not_conform_to_each_other() -> None:
    x = unit(made((9,), 0.0, 0)[0])
    known, new = np.concatenate([x[:6], x[:6]]), x[6:]
    uses = labeled(np.zeros(12, dtype=np.intp), np.tile(np.arange(6), 2))
    total = 2 * x[:6].sum(axis=0)
    for one, p in zip(new, conformal(np.concatenate([known, new]), uses)[12:, 0], strict=True):
        inside = [unit((total - 2 * own + one)[None])[0] @ own for own in x[:6]]
        outside = unit(total[None])[0] @ one
        assert p == pytest.approx((1 + np.sum(inside <= outside)) / 7)


def test_folds_keep_units_together() -> None:
    """The labels belong to documents whose uses are all alike: nothing can be learned from them."""
    rng = np.random.default_rng(0)
    documents = np.repeat(np.arange(20), 4)
    x = rng.normal(size=(20, 30))[documents] + rng.normal(size=(80, 30)) / 10
    senses = tuple("ab"[d % 2] for d in documents)
    alone = Grouping.separate(senses)
    together = Grouping(senses, np.arange(80), documents, np.ones(80))
    accuracies = [
        transfer(x, labels(uses, np.ones(80, dtype=bool)), x[:0])[0].accuracy
        for uses in (alone, together)
    ]
    assert accuracies[0] > 0.9
    assert accuracies[1] < 0.7


def test_a_sense_that_was_unknown_is_detected_where_it_lies_apart() -> None:
    x, codes = made((25, 25, 25), 4.0, 0)
    assert transfer(x, labeled(codes), x[:0])[0].detection == 1
    x, codes = made((25, 25, 25), 0.0, 0)
    assert transfer(x, labeled(codes), x[:0])[0].detection < 0.15


def test_detection_is_that_of_leaving_the_sense_out() -> None:
    x, codes = made((25, 20, 30), 1.0, 3)
    found = []
    for sense in range(3):
        rest, left_out = codes != sense, codes == sense
        found.append(transfer(x[rest], labeled(codes[rest]), x[left_out])[1].unlike.mean())
    expected = float(np.mean(found))
    assert 0.1 < expected < 0.9
    assert transfer(x, labeled(codes), x[:0])[0].detection == pytest.approx(expected)


@given(st.integers(0, 200), st.sampled_from([(2, 2), (2, 5, 3), (4, 9)]), st.integers(0, 4))
def test_every_number_is_finite_with_few_uses(seed: int, counts: tuple[int, ...], new: int) -> None:
    x, codes = made(counts, 1.0, seed, 3, later=2)
    known = sum(counts)
    result, placed = transfer(x[:known], labeled(codes[:known]), x[known:][:new], seed=seed)
    for value in (result.accuracy, result.detection, result.false_alarm_rate):
        assert 0 <= value <= 1
    assert np.isfinite(placed.probabilities).all()
    np.testing.assert_allclose(placed.probabilities.sum(axis=1), 1)
    assert ((placed.p > 0) & (placed.p <= 1)).all()


def test_a_temperature_without_mistakes_is_finite() -> None:
    codes = np.array([0, 0, 1, 1])
    scores = np.eye(2)[codes]
    # each use counts 5/6 and 1/6, which the softmax over two scores 1 apart gives at log 5
    assert temperature(scores, codes) == pytest.approx(np.log(5), rel=1e-4)


def test_vectors_that_cancel_have_no_direction() -> None:
    x = np.array([[1.0, 0], [-1, 0], [0, 1], [0, -1]])
    result, placed = transfer(x, labeled(np.array([0, 0, 1, 1])), np.array([[1.0, 0.2]]))
    assert np.isfinite(placed.probabilities).all()
    assert 0 <= result.accuracy <= 1
