from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from embcmp import compare
from embcmp.measures.agreement import rsa
from embcmp.measures.inference import holm
from embcmp.questions.compare.compared_uses import Uses
from embcmp.questions.compare.pairs import claims
from embcmp.types import Claim, Comparison, Occurrence, PairTest
from tests.questions.encoders import Made, uses

N = 12
SENSES = ["a"] * N + ["b"] * N


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
        uses(SENSES),
        [
            noisy("bert:good@1", 0.3, 0),
            noisy("bert:poor@1", 1.5, 1),
            noisy("bert:deep@all", 0.6, 2, layers=(0, 1)),
            Made(lambda o: [1, 0], name="word2vec", layers=(None,), per_type=True),
        ],
    )


def test_pairs_are_of_the_preselected_layers(comparison: Comparison) -> None:
    names = ["bert:good@1", "bert:poor@1", "bert:deep@1"]
    pairs = list(combinations(names, 2))
    assert [(t.a, t.b) for t in comparison.tests] == [*pairs, ("bert:deep@0", "bert:deep@1")]
    assert [(a.a, a.b) for a in comparison.agreement] == pairs


def test_differences_are_those_of_the_values(comparison: Comparison) -> None:
    auc = {r.name: r.metrics["auc_macro"].value for r in comparison.results}
    for t in comparison.tests:
        assert t.metric == "auc_macro"
        a, b = auc[t.a], auc[t.b]
        assert a is not None
        assert b is not None
        assert t.difference == pytest.approx(a - b, abs=1e-12)
        if t.a == "bert:deep@0":  # a layer that does not differ from the next
            assert t.undefined == "leaving out a sentence never changes it, so its error is unknown"
        else:
            assert t.ci95 is not None
            assert t.ci95[0] < t.difference < t.ci95[1]


def test_p_is_adjusted_for_the_pairs(comparison: Comparison) -> None:
    for t in comparison.tests[:3]:
        assert t.p is not None
        assert t.p_adjusted is not None
        assert t.p < t.p_adjusted <= 3 * t.p  # no less than alone, no more than by Bonferroni
    [alone] = compare(
        uses(SENSES), [noisy("bert:good@1", 0.3, 0), noisy("bert:poor@1", 1.5, 1)]
    ).tests
    assert alone.p_adjusted == alone.p


def test_the_verdict_says_that_the_good_encoder_is_better(comparison: Comparison) -> None:
    start = "bert:good@1 separates the two senses better than bert:"
    assert any(sentence.startswith(start) for sentence in comparison.verdict)
    claimed = {(c.a, c.b): c.claim for c in comparison.claims}
    assert claimed["bert:good@1", "bert:poor@1"] == "better"
    assert len(claimed) == 4
    assert claimed["bert:deep@0", "bert:deep@1"] == "unclear"


def made_up(difference: float, p: float, low: float, high: float) -> PairTest:
    return PairTest(
        "auc_macro", "a", "b", difference, (low, high), (low, high), p, p, 0.1, None, 2, 24
    )


@pytest.mark.parametrize(
    ("test", "claim"),
    [
        (made_up(0.1, 0.01, 0.06, 0.14), Claim("a", "b", "better")),
        (made_up(-0.1, 0.01, -0.14, -0.06), Claim("b", "a", "better")),
        (made_up(0.03, 0.01, 0.02, 0.049), Claim("a", "b", "slightly_better")),
        (made_up(-0.03, 0.01, -0.049, -0.02), Claim("b", "a", "slightly_better")),
        (made_up(0.01, 0.3, -0.02, 0.049), Claim("a", "b", "equal")),
        (made_up(0.01, 0.3, -0.02, 0.05), Claim("a", "b", "unclear")),
        (made_up(0.01, 0.3, -0.05, 0.02), Claim("a", "b", "unclear")),
        (made_up(0.1, 0.05, 0.02, 0.18), Claim("a", "b", "unclear")),
        (made_up(0.1, 0.0499, 0.02, 0.18), Claim("a", "b", "better")),
        (replace(made_up(0.1, 0.06, 0.02, 0.18), p=0.01), Claim("a", "b", "unclear")),
        (PairTest("auc_macro", "a", "b", 0.2, undefined="why"), Claim("a", "b", "unclear")),
    ],
)
def test_claims_ask_whether_p_is_small_and_the_interval_inside_the_margin(
    test: PairTest, claim: Claim
) -> None:
    assert claims([test], 0.05) == (claim,)


def test_a_wider_margin_makes_more_encoders_equal() -> None:
    test = made_up(0.01, 0.3, -0.08, 0.09)
    found = [claims([test], margin)[0].claim for margin in (0.05, 0.1)]
    assert found == ["unclear", "equal"]


def test_adjusted_p_of_agreement_is_holms(comparison: Comparison) -> None:
    raw = []
    order = Uses.of(comparison.occurrences)
    cosines = {r.name: r.similarity[np.ix_(order.order, order.order)] for r in comparison.results}
    for a in comparison.agreement:
        rho, p = rsa(cosines[a.a], cosines[a.b], order.grouping)
        assert a.rsa == rho.value
        raw.append(p)
    assert [a.rsa_p for a in comparison.agreement] == holm(raw)


def test_agreement_of_an_encoder_with_itself() -> None:
    twins = [noisy("bert:one@1", 0.5, 3), noisy("bert:two@1", 0.5, 3)]
    [agreement] = compare(uses(SENSES), twins).agreement
    assert agreement.rsa == pytest.approx(1)
    assert agreement.rsa_p == pytest.approx(1 / 1000, rel=0.1)
    assert agreement.cka == pytest.approx(1)


def test_a_layer_that_was_asked_for_takes_part_together_with_all() -> None:
    every = noisy("bert:deep@all", 0.6, 2, layers=(0, 1))
    named = noisy("bert:deep@0", 0.6, 2, layers=(0,))
    for encoders in ([every, named], [named, every]):
        comparison = compare(uses(SENSES), encoders)
        [test] = comparison.tests
        assert {test.a, test.b} == {"bert:deep@0", "bert:deep@1"}


def test_an_encoder_without_intervals_does_not_stop_other_tests() -> None:
    full = noisy("bert:full@1", 0.3, 0).vector
    few = Made(lambda o: None if o.id.isdigit() and int(o.id) % 4 else full(o),
               dim=4, name="bert:few@1", fingerprint="few")  # fmt: skip
    comparison = compare(
        uses(SENSES),
        [few, noisy("bert:good@1", 0.3, 0), noisy("bert:poor@1", 1.5, 1)],
    )
    assert comparison.verdict[0].startswith(
        "The verdict leaves out bert:few@1: an interval needs 5"
    )
    assert comparison.verdict[1].startswith("bert:good@1 separates the two senses better")
    assert any("bert:few@1 has no interval and no test" in w for w in comparison.warnings)


def test_too_few_uses_are_the_reason_for_undefined_numbers() -> None:
    twins = [noisy("bert:one@1", 0.5, 3), noisy("bert:two@1", 0.5, 4)]
    comparison = compare(uses(["a"] * 3 + ["b"] * 3), twins)
    [test], [agreement] = comparison.tests, comparison.agreement
    assert test.difference is None  # about senses with so few sentences nothing is inferred
    assert test.undefined == "a test needs 5 sentences a sense: 'a' has 3"
    assert agreement.rsa_undefined == "fewer than 7 uses with a vector in both"
    assert agreement.cka_undefined == "fewer than 20 uses with a vector in both"


def test_a_sense_with_one_use_gives_a_warning() -> None:
    comparison = compare(uses(["a"] * 3 + ["b"]), [noisy("bert:one@1", 0.5, 3)])
    assert [w for w in comparison.warnings if "only one use" in w] == [
        "sense 'b' has only one use, which counts as a miss in nearest_neighbor and centroid; the"
        " sense has no AUC of its own in auc_macro"
    ]


def test_no_senses_no_tests() -> None:
    twins = [noisy("bert:one@1", 0.5, 3), noisy("bert:two@1", 0.5, 4)]
    comparison = compare(uses([None] * 8), twins)
    assert (comparison.tests, comparison.agreement, comparison.verdict) == ((), (), ())
    assert comparison.claims == ()
