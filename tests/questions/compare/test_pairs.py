from __future__ import annotations

from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from embcmp import compare
from embcmp.types import Comparison, Occurrence
from tests.questions.encoders import Made, uses

N = 12


@pytest.fixture(autouse=True)
def _empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMBCMP_CACHE", str(tmp_path))


def noisy(name: str, noise: float, seed: int, **changes: object) -> Made:
    """Two senses at right angles, with noise."""
    rng = np.random.default_rng(seed)
    drawn = {str(i): rng.standard_normal(4) * noise for i in range(2 * N)}

    def vector(o: Occurrence) -> list[float]:
        sense = {"a": [1, 0, 0, 0], "b": [0, 1, 0, 0]}.get(o.sense or "", [0.5, 0.5, 0.5, 0.5])
        return list(np.array(sense) + drawn.get(o.id, np.zeros(4)))

    return Made(vector, dim=4, name=name, fingerprint=name, **changes)  # type: ignore[arg-type]  # any field


@pytest.fixture
def comparison() -> Comparison:
    return compare(
        uses(["a"] * N + ["b"] * N),
        [
            noisy("bert:good@1", 0.3, 0),
            noisy("bert:poor@1", 1.5, 1),
            noisy("bert:deep@all", 0.6, 2, layers=(0, 1)),
            Made(lambda o: [1, 0], name="word2vec", layers=(None,), per_type=True),
        ],
        draws=200,
    )


def test_pairs_are_of_the_preselected_layers(comparison: Comparison) -> None:
    names = ["bert:good@1", "bert:poor@1", "bert:deep@1"]
    pairs = list(combinations(names, 2))
    assert [(t.a, t.b) for t in comparison.tests] == pairs
    assert [(a.a, a.b) for a in comparison.agreement] == pairs


def test_differences_are_those_of_the_values(comparison: Comparison) -> None:
    auc = {r.name: r.metrics["auc"].value for r in comparison.results}
    for t in comparison.tests:
        assert t.metric == "auc"
        a, b = auc[t.a], auc[t.b]
        assert a is not None
        assert b is not None
        assert t.difference == pytest.approx(a - b, abs=1e-12)
        assert t.ci95 is not None
        assert t.ci95[0] < t.difference < t.ci95[1]


def test_p_is_adjusted_by_holm(comparison: Comparison) -> None:
    p = [t.p for t in comparison.tests if t.p is not None]
    assert len(p) == 3
    first = np.argmin(p)
    adjusted = comparison.tests[first].p_adjusted
    assert adjusted == pytest.approx(min(1, 3 * p[first]))


def test_the_verdict_says_that_the_good_encoder_is_better(comparison: Comparison) -> None:
    assert any(
        s.startswith("bert:good@1 separates the two senses better than bert:poor@1: AUC ")
        for s in comparison.verdict
    )


def test_agreement_of_an_encoder_with_itself() -> None:
    twins = [noisy("bert:one@1", 0.5, 3), noisy("bert:two@1", 0.5, 3)]
    [agreement] = compare(uses(["a"] * N + ["b"] * N), twins, draws=100).agreement
    assert agreement.rsa == pytest.approx(1)
    assert agreement.rsa_p == pytest.approx(1 / 1000, rel=0.1)
    assert agreement.cka == pytest.approx(1)


def test_a_layer_that_was_asked_for_takes_part_together_with_all() -> None:
    every = noisy("bert:deep@all", 0.6, 2, layers=(0, 1))
    named = noisy("bert:deep@0", 0.6, 2, layers=(0,))
    for encoders in ([every, named], [named, every]):
        comparison = compare(uses(["a"] * N + ["b"] * N), encoders, draws=100)
        [test] = comparison.tests
        assert {test.a, test.b} == {"bert:deep@0", "bert:deep@1"}


def test_an_encoder_without_intervals_does_not_stop_other_tests() -> None:
    full = noisy("bert:full@1", 0.3, 0).vector
    few = Made(lambda o: None if o.id.isdigit() and int(o.id) % 4 else full(o),
               dim=4, name="bert:few@1", fingerprint="few")  # fmt: skip
    comparison = compare(
        uses(["a"] * N + ["b"] * N),
        [few, noisy("bert:good@1", 0.3, 0), noisy("bert:poor@1", 1.5, 1)],
        draws=100,
    )
    assert comparison.verdict[0].startswith(
        "The verdict leaves out bert:few@1: an interval needs 5"
    )
    assert comparison.verdict[1].startswith("bert:good@1 separates the two senses better")
    assert any("bert:few@1 has no interval and no test" in w for w in comparison.warnings)


def test_too_few_uses_are_the_reason_for_undefined_numbers() -> None:
    twins = [noisy("bert:one@1", 0.5, 3), noisy("bert:two@1", 0.5, 4)]
    comparison = compare(uses(["a"] * 3 + ["b"] * 3), twins, draws=100)
    [test], [agreement] = comparison.tests, comparison.agreement
    assert test.difference is not None
    assert test.undefined == "an interval needs 5 sentences a sense: 'a' has 3"
    assert agreement.rsa_undefined == "fewer than 7 occurrences with a vector in both"
    assert agreement.cka_undefined == "fewer than 20 occurrences with a vector in both"


def test_a_sense_with_one_use_gives_a_warning() -> None:
    comparison = compare(uses(["a"] * 3 + ["b"]), [noisy("bert:one@1", 0.5, 3)], draws=100)
    assert [w for w in comparison.warnings if "only one use" in w] == [
        "sense 'b' has only one use: it counts as a miss in nearest_neighbor and centroid, and has"
        " no AUC of its own in auc_macro"
    ]


def test_no_senses_no_tests() -> None:
    twins = [noisy("bert:one@1", 0.5, 3), noisy("bert:two@1", 0.5, 4)]
    comparison = compare(uses([None] * 8), twins)
    assert (comparison.tests, comparison.agreement, comparison.verdict) == ((), (), ())
