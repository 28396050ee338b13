"""Scores of pairs against scikit-learn's and scipy's."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from sklearn.metrics import accuracy_score, roc_auc_score, roc_curve

from embcmp.evaluation.pair_scores import threshold
from embcmp.evaluation.pair_task import PairTask
from tests.evaluation.rows import pair

SCORED = st.lists(
    st.tuples(st.integers(-10, 10).map(lambda k: k / 10), st.booleans()), min_size=1, max_size=30
)


@given(SCORED)
def test_no_threshold_does_better_on_train(rows: list[tuple[float, bool]]) -> None:
    scores, same = (np.array(column) for column in zip(*rows, strict=True))
    best_limit = threshold(scores, same)
    reached = accuracy_score(same, scores >= best_limit)
    values = np.unique(scores)
    middles = (values[1:] + values[:-1]) / 2 if len(values) > 1 else values
    assert best_limit in middles
    best = [accuracy_score(same, scores >= limit) for limit in middles]
    assert reached == max(best)
    assert best_limit == middles[int(np.argmax(best))]


def test_the_threshold_is_that_of_the_roc_curve() -> None:
    rng = np.random.default_rng(1)
    same = rng.random(200) < 0.5
    scores = rng.standard_normal(200).round(3) + same
    wrong, right, limits = roc_curve(same, scores, drop_intermediate=False)
    reached = (right * same.sum() + (1 - wrong) * (~same).sum()) / 200
    best_limit = threshold(scores, same)
    assert accuracy_score(same, scores >= best_limit) == pytest.approx(reached.max())
    assert limits[reached.argmax()] > best_limit


def rated(n: int = 90) -> PairTask:
    rng = np.random.default_rng(0)
    words = [(f"w{k // 3}", f"w{k // 3}") for k in range(n)]
    rows = [pair(k, float(rng.integers(0, 5)), words[k]) for k in range(n)]
    return PairTask(rows)


def labeled(n: int = 120, train: int = 0) -> PairTask:
    rng = np.random.default_rng(5)
    rows = [pair(k, bool(rng.random() < 0.5), (f"w{k // 4}", f"w{k // 4}")) for k in range(n)]
    return PairTask(rows, train)


def test_ratings_give_scipys_correlations() -> None:
    task = rated()
    x = task.gold + np.random.default_rng(1).standard_normal(90).round(1) * 2
    metrics = task.metrics(x, np.empty(0))
    assert metrics["spearman"].value == pytest.approx(stats.spearmanr(x, task.gold).statistic)
    assert metrics["pearson"].value == pytest.approx(stats.pearsonr(x, task.gold).statistic)
    assert (
        metrics["auc"].undefined == metrics["accuracy"].undefined == "gold is a rating, not T or F"
    )
    low, high = metrics["spearman"].ci95 or (1, 0)
    assert low < metrics["spearman"].value < high


def test_labels_give_sklearns_auc_and_accuracy_of_other_rows() -> None:
    task = labeled()
    x = task.gold + np.random.default_rng(1).standard_normal(120).round(1)
    right = task.hits(x)
    same = task.gold == 1
    for fold in task.folds:
        limit = threshold(x[fold.train], same[fold.train])
        assert right[fold.test].tolist() == ((x[fold.test] >= limit) == same[fold.test]).tolist()
    metrics = task.metrics(x, right)
    assert metrics["auc"].value == pytest.approx(roc_auc_score(same, x))
    within = [
        roc_auc_score(same[own], x[own])
        for own in (task.groups == g for g in range(30))
        if 0 < same[own].sum() < own.sum()
    ]
    assert metrics["auc_within_word"].value == pytest.approx(np.mean(within))
    assert metrics["accuracy"].value == pytest.approx(right.mean())
    assert metrics["spearman"].undefined == "gold is T or F, not a rating"


def test_the_threshold_comes_from_the_training_rows_alone() -> None:
    task = labeled(train=80)
    x = np.linspace(-1, 1, 120)
    other = x.copy()
    other[80:] = -other[80:]
    a, b = (task.hits(v) for v in (x, other))
    limit = threshold(x[:80], task.gold[:80] == 1)
    assert a.tolist() == ((x[80:] >= limit) == (task.gold[80:] == 1)).tolist()
    assert b.tolist() == ((other[80:] >= limit) == (task.gold[80:] == 1)).tolist()


def test_a_pair_without_a_cosine_is_wrong_and_left_out_of_the_auc() -> None:
    task = labeled()
    x = task.gold.copy()
    x[::2] = np.nan
    right = task.hits(x)
    assert right[::2].tolist() == [0] * 60
    assert right[1::2].tolist() == [1] * 60
    metrics = task.metrics(x, right)
    assert (metrics["auc"].value, metrics["accuracy"].value) == (1, 0.5)


def test_equal_cosines_have_no_correlation() -> None:
    task = rated()
    metrics = task.metrics(np.ones(90), np.empty(0))
    assert metrics["spearman"].undefined == "all cosines, or all ratings, are equal"


def test_no_interval_leaves_the_range_of_its_metric() -> None:
    def ends(task: PairTask, x: np.ndarray) -> dict[str, tuple[float, float] | None]:
        metrics = task.metrics(x, task.hits(x))
        return {name: m.ci95 for name, m in metrics.items() if m.value is not None}

    same = PairTask([pair(k, k % 2 == 1) for k in range(11)])
    nearly = same.gold.copy()
    nearly[0] = 2  # one word is answered wrong
    for name, ci95 in ends(same, nearly).items():
        assert ci95 is None or 0 <= ci95[0] <= ci95[1] <= 1, name
    graded = PairTask([pair(k, float(k)) for k in range(8)])
    for ci95 in ends(graded, np.array([0, 1, 2, 3, 4, 5, 7, 6.5])).values():
        assert ci95 is not None
        assert -1 <= ci95[0] <= ci95[1] <= 1


def test_the_majority_is_that_of_train() -> None:
    rows = [pair(k, k < 7) for k in range(10)]
    task = PairTask(rows, 5)
    assert task.majority().tolist() == [1, 1, 0, 0, 0]
    even = PairTask([pair(0, True), pair(1, False), pair(2, True)], 2)
    assert even.majority().tolist() == [0.5]
    assert even.accuracy(even.majority()).value == 0.5
