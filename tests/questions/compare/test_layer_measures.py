from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from embcmp import compare
from embcmp.background.corrections import Space, fit_correction
from embcmp.measures.classification import centroid
from embcmp.measures.labels import sample
from embcmp.measures.separation import auc
from embcmp.measures.similarity import baseline
from embcmp.questions.compare.layer_measures import Settings, Uses, measures
from embcmp.types import PER_TYPE, Metric, Occurrence
from tests.questions.encoders import Made, uses

SECTION_5 = {
    "self_similarity", "baseline", "adjusted_self_similarity", "relative_self_similarity", "mev",
    "adjusted_mev", "within", "between", "separation", "auc", "auc_macro", "nearest_neighbor",
    "centroid", "centroid_macro", "silhouette", "ari_oracle_k", "v_measure_oracle_k", "probe",
}  # fmt: skip
QUICK = Settings()


@pytest.fixture(autouse=True)
def _empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMBCMP_CACHE", str(tmp_path))


def space(dim: int) -> Space:
    x = np.random.default_rng(5).standard_normal((120, dim))
    words = [f"w{i}" for i in range(120)]
    return Space(
        fit_correction("none", x.astype(np.float32)), x, baseline(x, np.arange(120), words)
    )


def test_every_metric_of_the_design_is_a_key() -> None:
    occurrences = uses(["a"] * 10 + ["b"] * 10)
    x = np.random.default_rng(0).standard_normal((20, 4))
    found = measures(x, Uses.of(occurrences), QUICK, space(4))
    assert found.keys() == SECTION_5
    assert {name for name, m in found.items() if m.value is None} == set()
    with_interval = {name for name, m in found.items() if m.ci95}
    assert with_interval == {
        "self_similarity", "within", "between", "separation", "auc", "auc_macro",
        "nearest_neighbor", "centroid",
    }  # fmt: skip
    with_chance = {name for name, m in found.items() if m.chance is not None}
    assert with_chance == {
        "auc", "auc_macro", "nearest_neighbor", "centroid", "centroid_macro", "probe",
    }  # fmt: skip


def test_unlabeled_uses_do_not_remove_the_interval_of_self_similarity() -> None:
    x = np.random.default_rng(0).standard_normal((20, 4))
    for senses in ([None] * 20, [None, *"aaaaaaaaa", *"bbbbbbbbbb"]):
        found = measures(x, Uses.of(uses(senses)), QUICK, space(4))["self_similarity"]
        assert found.ci95 is not None
    few = measures(x[:4], Uses.of(uses([None] * 4)), QUICK, space(4))["self_similarity"]
    assert few.no_interval == "an interval needs 5 sentences: there are 4"


def test_a_missing_interval_has_its_reason() -> None:
    occurrences = uses(["a"] * 4 + ["b"] * 10)
    x = np.random.default_rng(0).standard_normal((14, 4))
    found = measures(x, Uses.of(occurrences), QUICK, space(4))
    why = "an interval needs 5 sentences a sense: 'a' has 4"
    for name in ("auc", "auc_macro", "within", "centroid", "nearest_neighbor"):
        assert found[name].value is not None
        assert (found[name].ci95, found[name].no_interval) == (None, why)


def test_without_intervals() -> None:
    occurrences = uses(["a"] * 10 + ["b"] * 10)
    x = np.random.default_rng(0).standard_normal((20, 4))
    found = measures(x, Uses.of(occurrences), Settings(intervals=False), space(4))
    assert not any(m.ci95 for m in found.values())


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_undefined_has_its_reason_and_order_does_not_matter(data: st.DataObject) -> None:
    n = data.draw(st.integers(1, 13))
    labels = data.draw(st.lists(st.sampled_from(["a", "b", None]), min_size=n, max_size=n))
    x = np.random.default_rng(data.draw(st.integers(0, 99))).integers(-1, 2, (n, 3)).astype(float)
    x[data.draw(st.lists(st.integers(0, n - 1), max_size=3))] = np.nan
    occurrences = uses(labels)
    vectors = {o.id: x[i] for i, o in enumerate(occurrences)}

    def measured(given_: list[Occurrence]) -> dict[str, Metric]:
        order = Uses.of(given_)
        rows = np.array([vectors[given_[i].id] for i in order.order])
        return measures(rows, order, QUICK, space(3))

    found = measured(occurrences)
    for m in found.values():
        assert (m.value is None) == (m.undefined is not None)
        assert m.value is None or math.isfinite(m.value)
        assert m.ci95 is None or all(map(math.isfinite, m.ci95))
    shuffled = data.draw(st.permutations(occurrences))
    assert measured(list(shuffled)) == found


def test_identical_vectors_have_no_measures_of_senses() -> None:
    occurrences = uses(["a"] * 10 + ["b"] * 10)
    found = measures(np.ones((20, 4)), Uses.of(occurrences), QUICK, space(4))
    for name in ("auc", "auc_macro", "separation", "nearest_neighbor", "centroid", "probe"):
        assert found[name].undefined == "all cosines are equal"
        assert found[name].value is None
    assert found["within"].value == 1.0


def test_the_order_of_the_input_changes_no_number() -> None:
    occurrences = uses(["a"] * 8 + ["b"] * 8)
    made = Made(lambda o: [float(len(o.sentence)), float(o.id == "3"), 1.0], dim=3)
    one, other = (compare(given_, [made]) for given_ in (occurrences, occurrences[::-1]))
    assert one.results[0].metrics == other.results[0].metrics
    assert [r.id for r in other.results[0].receipts] == [o.id for o in occurrences[::-1]]
    np.testing.assert_array_equal(
        one.results[0].similarity, other.results[0].similarity[::-1, ::-1]
    )


def test_cosines_equal_in_bfloat16_are_ties() -> None:
    noise = np.random.default_rng(0).standard_normal((400, 2)) * 0.004
    made = Made(lambda o: [1.0, *noise[int(float(o.id))]], dim=3, dtype="bfloat16")
    exact = Made(lambda o: [1.0, *noise[int(float(o.id))]], dim=3, name="lstm", layers=(None,))
    occurrences = uses(["a"] * 12 + ["b"] * 12)
    comparison = compare(occurrences, [made, exact])
    coarse, fine = comparison.results
    assert set(np.unique(coarse.similarity)) == {1.0}
    for name in ("auc", "nearest_neighbor", "centroid", "silhouette"):
        assert coarse.metrics[name].undefined == "all cosines are equal"
        assert fine.metrics[name].value is not None
    assert comparison.tests == ()


def test_the_metrics_are_those_of_the_matrix_in_bfloat16_too() -> None:
    noise = np.random.default_rng(1).standard_normal((400, 3)) * 0.05
    made = Made(lambda o: [1.0, *noise[int(float(o.id))]], dim=4, dtype="bfloat16")
    occurrences = uses(["a"] * 12 + ["b"] * 12)
    senses = [o.sense for o in occurrences]
    [result] = compare(occurrences, [made]).results
    assert (result.similarity == result.similarity.round(3)).all()
    assert result.metrics["auc"].value == auc(sample(result.similarity, senses)).value
    vectors = np.column_stack([np.ones(24), noise[:24]]).astype(np.float32)
    found = centroid(vectors, sample(result.similarity, senses), decimals=3)
    assert result.metrics["centroid"].value == found.accuracy.value


def test_one_vector_per_type_has_no_values() -> None:
    made = Made(lambda o: [1.0, 0.0], name="word2vec", layers=(None,), per_type=True)
    comparison = compare(uses(["a"] * 5 + ["b"] * 5), [made])
    [result] = comparison.results
    assert result.metrics.keys() == SECTION_5
    assert {m.undefined for m in result.metrics.values()} == {PER_TYPE}
    assert (result.similarity == 1.0).all()
