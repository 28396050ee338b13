"""Claims, tests and the words of the verdict say the same, over the project's homographs."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from embcmp import Comparison, compare, load_encoder
from embcmp.questions.compare.json import to_object
from embcmp.questions.compare.verdict import capitalized, plain_names
from tests.benchmarks.homographs import read_homographs
from tests.conftest import needs_models

SPECS = ("context", "lstm", "rnn", "bert@2", "bert@4", "bert@6")
BETTER = ("better", "slightly_better")
WORDS = list(read_homographs())
FEW = ("bank", "duck", "newspaper")  # a homonym, a part of speech, a polyseme


@pytest.fixture(scope="module")
def encoders() -> list[object]:
    return [load_encoder(spec) for spec in SPECS]


@needs_models
@pytest.mark.parametrize(
    "word", [pytest.param(w, marks=() if w in FEW else pytest.mark.slow) for w in WORDS]
)
def test_nothing_is_called_better_without_an_adjusted_p(word: str, encoders: list[object]) -> None:
    comparison = compare(read_homographs()[word].uses, encoders)
    tests = {(t.a, t.b): t for t in comparison.tests}
    assert len(tests) == len(comparison.claims) == 15
    for test in comparison.tests:
        assert test.ci95 is not None and test.p is not None and test.p_adjusted is not None
        assert (test.ci95[0] > 0 or test.ci95[1] < 0) == (test.p_adjusted < 0.05)
        assert test.p <= test.p_adjusted
    claimed = {(c.a, c.b) for c in comparison.claims if c.claim in BETTER}
    for a, b in claimed:
        test = tests.get((a, b)) or tests[b, a]
        assert test.p_adjusted is not None and test.p_adjusted < 0.05
        assert test.difference is not None and (test.difference > 0) == (test.a == a)
    said = set(called_better(comparison))
    assert said <= claimed
    best = leader(comparison)
    assert {pair for pair in claimed if pair[0] == best} <= said


def called_better(comparison: Comparison) -> Iterator[tuple[str, str]]:
    """Yield winner and loser of each pair of which the verdict says "better than"."""
    names = {plain: name for name, plain in plain_names(comparison.results).items()}
    names |= {capitalized(plain): name for plain, name in names.items()}
    listed = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    for sentence in comparison.verdict:
        if " better than " in sentence and "better than chance" not in sentence:
            winners, losers = sentence.split(" (+")[0].split(" better than ")
            for a in re.findall(listed, winners.split(" separate")[0]):
                for b in re.findall(listed, losers):
                    yield names[a], names[b]


def leader(comparison: Comparison) -> str:
    values = {r.name: r.metrics["auc_macro"].inferred for r in comparison.results}
    beaten = {c.b for c in comparison.claims if c.claim in BETTER}
    free = {n: i.value for n, i in values.items() if i is not None and n not in beaten}
    return max(free, key=lambda name: free[name])


@needs_models
def test_the_json_says_the_same(encoders: list[object]) -> None:
    comparison = compare(read_homographs()["duck"].uses, encoders)
    written = to_object(comparison)
    assert [(c["a"], c["b"], c["claim"]) for c in written["claims"]] == [
        (c.a, c.b, c.claim) for c in comparison.claims
    ]
    for test, plan in zip(written["tests"], written["planning"], strict=True):
        assert {plan["a"], plan["b"]} == {test["a"], test["b"]}
        exact = test["units"] / test["senses"] * (test["detectable"] / 0.05) ** 2
        assert exact <= plan["units_a_sense"] <= 1.1 * exact + 1
