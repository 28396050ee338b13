"""Reach of encoders whose reach is known."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray

from embcmp import Occurrence
from embcmp.encoders.base import Row, assemble
from embcmp.questions.reach.encoder_reach import Reach
from embcmp.questions.reach.reach import reach
from embcmp.questions.reach.replacements import frequent_words, positions
from embcmp.text.words import stop_words
from embcmp.types import PER_TYPE, Embeddings, Progress, Receipt
from tests.conftest import needs_models
from tests.questions.encoders import Made

DIM = 60


@cache
def vector(word: str) -> NDArray[np.float64]:
    return np.random.default_rng(list(word.encode())).standard_normal(DIM)


def around(weight: Callable[[int], float]) -> Callable[[Occurrence], Sequence[float] | None]:
    """A bag of the words around, each weighing by its distance."""

    def of(use: Occurrence) -> Sequence[float]:
        total = vector("target") * 1e-3
        for p in positions(use):
            total = total + weight(p.distance) * vector(use.sentence[p.start : p.end].lower())
        return [float(x) for x in total]

    return of


def uses(count: int, side: int = 12) -> list[Occurrence]:
    rng = random.Random(3)
    content = [word for word in frequent_words()[:900] if word not in stop_words()]
    found = []
    for i in range(count):
        left, right = (" ".join(rng.sample(content, side)) for _ in range(2))
        found.append(
            Occurrence(str(i), "man", f"{left} man {right}.", len(left) + 1, len(left) + 4)
        )
    return found


def run(made: Made, count: int = 12, **options: object) -> Reach:
    return reach(uses(count), [made], **options)  # type: ignore[arg-type]  # what reach takes


def curve(found: Reach, k: int = 0) -> dict[int, float | None]:
    return {d: m.value for d, m in found.results[k].curve.items()}


def test_a_known_window_is_recovered() -> None:
    found = run(Made(around(lambda d: float(-3 <= d <= 5)), dim=DIM))
    values = curve(found)
    inside = [values[d] for d in (-3, -2, -1, 1, 2, 3, 4, 5)]
    outside = [values[d] for d in values if not -3 <= d <= 5]
    assert len(outside) == 12
    assert max(abs(v or 0) for v in outside) < 1e-5
    assert min(v or 0 for v in inside) > 0.05
    sides = {side: m.value for side, m in found.results[0].reach50.items()}
    assert sides["left"] == 2
    assert sides["right"] == 3
    assert found.long_uses == 12
    assert found.left_out == 0


def test_a_bag_of_words_is_flat() -> None:
    values = curve(run(Made(around(lambda d: 1.0), dim=DIM), count=25))
    shares = np.array([values[d] for d in values], dtype=float)
    assert shares.mean() > 0.01
    assert np.ptp(shares) < 0.25 * shares.mean()


def test_one_vector_per_type_never_changes() -> None:
    found = run(Made(lambda o: [1.0, 2.0], name="word2vec", layers=(None,), per_type=True))
    assert set(curve(found).values()) == {0.0}
    assert {m.undefined for m in found.results[0].reach50.values()} == {PER_TYPE}
    whole = found.results[0].change_of_all
    assert whole is not None
    assert whole.value == 0
    assert found.tests == ()


def test_one_side_alone() -> None:
    found = run(Made(around(lambda d: float(d < 0)), dim=DIM))
    summary = found.results[0].reach50
    assert summary["right"].value is None
    assert summary["right"].undefined
    assert summary["left"].value == summary["both"].value == 5


def test_encoders_with_a_short_and_a_long_reach_differ() -> None:
    near = Made(around(lambda d: 0.5 ** abs(d)), dim=DIM, name="rnn", layers=(None,))
    far = Made(around(lambda d: 0.95 ** abs(d)), dim=DIM, name="lstm", layers=(None,))
    found = reach(uses(14), [near, far])
    assert [t.metric for t in found.tests] == ["reach50", "reach50_left", "reach50_right"]
    for test in found.tests:
        assert (test.a, test.b, test.units) == ("rnn", "lstm", 14)
        assert test.difference is not None
        assert test.difference < -1
        assert test.ci95 is not None
        assert test.ci95[1] < 0
        assert test.p == test.p_adjusted
        assert test.p is not None
        assert test.p < 0.01
    same = reach(uses(14), [near, replace(far, vector=near.vector)])
    assert same.tests[0].difference == 0
    assert same.tests[0].p == 1


def test_results_do_not_depend_on_the_order_of_uses() -> None:
    made = Made(around(lambda d: 1 / abs(d)), dim=DIM)
    items = uses(6)
    assert reach(items, [made]).results == reach(items[::-1], [made]).results


@dataclass
class Wandering(Made):
    """An encoder that takes another token for the target when a certain word is there."""

    word: str = ""

    def encode(
        self, occurrences: Sequence[Occurrence], progress: Progress | None = None
    ) -> Embeddings:
        rows: list[Row] = []
        for o in occurrences:
            text = "else" if self.word in o.sentence.split() else o.form
            rows.append((np.array([self.vector(o)], dtype=np.float32), Receipt(o.id, ("x",), text)))
        return assemble(self.info, occurrences, rows)


def test_changes_that_move_the_target_are_left_out_with_a_warning() -> None:
    items = uses(6)
    plain = reach(items, [Made(around(lambda d: 1.0), dim=DIM)], draws=5)
    assert plain.warnings == ()
    changed = next(p for p in positions(items[0]) if p.distance == 1)
    word = items[0].sentence[changed.start : changed.end]
    # with that word the target is elsewhere, so that it moves where the word is replaced
    found = reach(items, [Wandering(around(lambda d: 1.0), dim=DIM, word=word)], draws=5)
    [warning] = found.warnings
    assert "changed sentences were left out" in warning
    assert found.results[0].counts[1] <= plain.results[0].counts[1]


@pytest.mark.parametrize("method", ["mask", "delete"])
def test_other_ways_to_change_a_word(method: str) -> None:
    found = run(Made(around(lambda d: float(abs(d) <= 3)), dim=DIM), count=6, method=method)
    values = curve(found)
    assert values[1] is not None
    assert values[1] > 0.02
    far = values[-9]
    assert far is not None
    assert abs(far) < 1e-5
    assert found.method == method


def test_deleting_takes_one_space() -> None:
    seen: list[str] = []

    def spy(o: Occurrence) -> Sequence[float]:
        seen.append(o.sentence)
        assert o.form == "man"
        return [1.0, len(seen)]

    sentence = "The green man walked away"
    run_on = [Occurrence("1", "man", sentence, 10, 13)]
    reach(run_on, [Made(spy)], method="delete", draws=5)
    for left in ("The man walked away", "green man walked away", "The green man away",
                 "The green man walked"):  # fmt: skip
        assert left in seen


@needs_models
def test_real_encoders() -> None:
    """The claims that hold by construction, on real vectors."""
    found = reach(
        uses(20), ["word2vec", "context,stopwords=keep", "lstm", "lstm,direction=forward"], draws=5
    )
    names = [r.name for r in found.results]
    assert names[:4] == ["word2vec", "context,stopwords=keep", "lstm", "lstm,direction=forward"]
    assert names[4:] == ["lstm,weights=random", "lstm,direction=forward,weights=random"]
    assert [r.twin_of for r in found.results[4:]] == ["lstm", "lstm,direction=forward"]
    assert set(curve(found, 0).values()) == {0.0}
    flat = np.array(list(curve(found, 1).values()), dtype=float)
    assert np.ptp(flat) < 0.4 * flat.mean()
    lstm = curve(found, 2)
    assert (lstm[-1] or 0) > 3 * (lstm[-5] or 0) > 0
    forward = curve(found, 3)
    assert max(v or 0 for d, v in forward.items() if d > 0) == 0
    twins = [t for t in found.tests if t.b.endswith("weights=random")]
    assert {(t.a, t.metric) for t in twins} >= {("lstm", "reach50")}
