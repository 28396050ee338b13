"""Gradients through a whole sentence, against torch's."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from embcmp import Occurrence, load_encoder
from embcmp.encoders.neural.recurrent import Recurrent
from embcmp.encoders.neural.recurrent_network import BOS, EOS
from embcmp.errors import UsageError
from embcmp.questions.reach.curves import distances
from embcmp.questions.reach.gradients import gradients
from embcmp.questions.reach.reach import reach

SENTENCE = "Today, the man of few cold words is it."
USE = Occurrence("1", "man", SENTENCE, 11, 14)
LEFT, RIGHT = ["today", ",", "the"], ["of", "few", "cold", "words", "is", "it", "."]
AT = {-2: 0, -1: 2, 1: 3, 2: 4, 3: 5, 4: 6, 5: 7, 6: 8}  # distance -> place in LEFT + RIGHT


def recurrent(spec: str) -> Recurrent:
    encoder = load_encoder(spec)
    assert isinstance(encoder, Recurrent)
    return encoder


def by_torch(encoder: Recurrent, forward: bool) -> np.ndarray:
    """Shares of the sensitivity of LEFT + RIGHT, by automatic differentiation."""
    network = encoder._network.double()
    left, right = (torch.from_numpy(encoder.inputs(words)[0]) for words in (LEFT, RIGHT))
    edges = network.special.detach()

    def vector(left: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
        sides = [network.left(torch.cat([edges[BOS : BOS + 1], left]))[0][-1]]
        if not forward:
            after = torch.cat([edges[EOS : EOS + 1], right.flip(0)])
            sides.append(network.right(after)[0][-1])
        joined = torch.cat(sides)
        return joined / joined.norm()

    jacobians = torch.autograd.functional.jacobian(vector, (left, right))
    felt = torch.cat(
        [j.norm(dim=(0, 2)) * x.norm(dim=1) for j, x in zip(jacobians, (left, right), strict=True)]
    ).numpy()
    return np.asarray(felt / felt.sum())


@pytest.mark.parametrize("family", ["lstm", "rnn"])
@pytest.mark.parametrize("forward", [False, True])
def test_sensitivity_equals_that_of_torch(tiny_vectors: Path, family: str, forward: bool) -> None:
    key = ",direction=forward" if forward else ""
    encoder = recurrent(f"{family}{key},weights=random,vectors={tiny_vectors}")
    found = gradients(encoder, [USE], 10)
    expected = by_torch(encoder, forward)
    shares = dict(zip(distances(10), found.values[0, 0], strict=True))
    assert {d for d, share in shares.items() if not np.isnan(share)} == set(AT)
    for d, place in AT.items():
        assert shares[d] == pytest.approx(expected[place], abs=1e-9)
    # punctuation has its share, too
    assert 0.5 < sum(shares[d] for d in AT) < 1


@pytest.mark.parametrize("family", ["lstm", "rnn"])
def test_recurrent_jacobian_equals_that_of_torch(tiny_vectors: Path, family: str) -> None:
    encoder = recurrent(f"{family},direction=forward,weights=random,vectors={tiny_vectors}")
    found = gradients(encoder, [USE], 10).jacobian
    assert found is not None
    network = encoder._network.double()
    xs = torch.from_numpy(encoder.inputs(LEFT)[0])
    edge = network.special.detach()[BOS : BOS + 1]
    zero = torch.zeros(1, 200, dtype=torch.float64)

    def last(*state: torch.Tensor) -> tuple[torch.Tensor, ...]:
        after = network.left(xs[1:], state if len(state) > 1 else state[0])[1]
        return after if isinstance(after, tuple) else (after,)

    begun = network.left(torch.cat([edge, xs[:1]]))[1]
    state = begun if isinstance(begun, tuple) else (begun,)
    assert zero.shape == state[0].shape
    blocks = torch.autograd.functional.jacobian(last, tuple(s.detach() for s in state))
    parts = {"output": 0, "memory": 1} if family == "lstm" else {"output": 0}
    assert set(found) == set(parts)
    for part, k in parts.items():
        block = blocks[k][k].reshape(200, 200).numpy()
        lag = found[part][2]
        assert lag.positions == 1
        assert lag.frobenius == pytest.approx(np.linalg.norm(block) / 200**0.5, rel=1e-9)
        assert lag.spectral == pytest.approx(np.linalg.norm(block, 2), rel=1e-6)
        assert set(found[part]) == {1, 2, 3}


def test_memory_jacobian_without_recurrent_weights_is_the_product_of_forget_gates() -> None:
    """With no recurrent weights the memory's Jacobian is the product of the forget gates."""
    from tests.questions.trace.test_trace import FORGET, hand

    use = Occurrence("1", "man", "a b c d man", 8, 11)
    found = gradients(hand(to_candidate=0.3), [use], 10).jacobian
    assert found is not None
    for lag in (1, 2, 3):
        kept = FORGET**lag
        assert found["memory"][lag].frobenius == pytest.approx(np.linalg.norm(kept) / 2**0.5)
        assert found["memory"][lag].spectral == pytest.approx(kept.max())
        assert found["output"][lag].frobenius == 0


def test_reach_by_gradient(tiny_vectors: Path) -> None:
    uses = [
        Occurrence(str(i), "man", s, s.index("man"), s.index("man") + 3)
        for i, s in enumerate(f"it is a cold {w} man of few words today" for w in "abcdefg")
    ]
    spec = f"rnn,weights=random,vectors={tiny_vectors}"
    found = reach(uses, [spec, f"word2vec:{tiny_vectors}"], method="gradient")
    [result] = found.results
    assert result.change_of_all is None
    assert result.jacobian is not None
    values = {d: m.value or 0 for d, m in result.curve.items()}
    assert values[-2] > values[-5] > 0
    assert found.warnings == (f"word2vec:{tiny_vectors}: only lstm and rnn have gradients",)
    with pytest.raises(UsageError, match="only lstm and rnn have gradients"):
        reach(uses, [f"word2vec:{tiny_vectors}"], method="gradient")
