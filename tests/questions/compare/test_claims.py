"""Claims, tests and the words of the verdict say the same, over the project's homographs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest

from embcmp import Comparison, compare, load_encoder
from embcmp.questions.compare.json import to_object
from embcmp.questions.compare.names_in_prose import capitalized, plain_names
from embcmp.text.sentences import read_sentences
from embcmp.text.targets import find_occurrences
from embcmp.types import Occurrence
from tests.benchmarks.homographs import read_homographs
from tests.conftest import ROOT, needs_models

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
    claim_of = {frozenset((c.a, c.b)): c.claim for c in comparison.claims}
    for kind, best_name, others in told_apart(comparison):
        assert [claim_of[frozenset((best_name, other))] for other in others] == [kind] * len(others)
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


def told_apart(comparison: Comparison) -> Iterator[tuple[str, str, list[str]]]:
    """Yield what is said of the best and others: the claim, the best, and the others."""
    names = {plain: name for name, plain in plain_names(comparison.results).items()}
    names |= {capitalized(plain): name for plain, name in names.items()}
    listed = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    for sentence in comparison.verdict:
        for kind, phrase in (("unclear", "cannot tell "), ("equal", "equally well")):
            if phrase in sentence:
                first, *others = re.findall(listed, sentence.split(": a true difference")[0])
                yield kind, names[first], [names[other] for other in others]


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
        exact = test["units_a_sense"] * (test["detectable"] / 0.05) ** 2
        assert test["units_a_sense"] == test["units"]  # a scene has a sentence of each sense
        assert exact <= plan["units_a_sense"] <= 1.1 * exact + 1


@needs_models
def test_layers_of_one_encoder_are_told_apart_and_none_is_chosen(man: list[Occurrence]) -> None:
    comparison = compare(man, ["context", "bert@all"])
    layers = [r.name for r in comparison.results if r.info.family == "bert"]
    tests = {frozenset((t.a, t.b)): t for t in comparison.tests if {t.a, t.b} <= {*layers}}
    assert len(tests) == 7 * 6 / 2
    together = [t.p_adjusted for t in tests.values() if t.p is not None and t.p < 0.05]
    assert together and all(p is not None and p > 0 for p in together)
    best = leader(replace(comparison, results=tuple(comparison.results[1:])))
    worse = sorted(c.b for c in comparison.claims if c.a == best and c.claim in BETTER)
    assert worse == ["bert@0", "bert@1"]
    assert (
        "Of the layers of MiniLM-L6-v2, 0 and 1 are shown worse than the best; 2 to 6 are not."
        in comparison.verdict
    )
    # the encoders themselves are tested as without the other layers
    alone = compare(man, ["context", "bert"])
    assert alone.tests == comparison.tests[:1]
    assert alone.verdict == (comparison.verdict[0],)


@pytest.fixture
def man() -> list[Occurrence]:
    return list(find_occurrences(read_sentences(ROOT / "fixtures" / "man.tsv"), "man"))
