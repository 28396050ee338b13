"""What the training of a recurrent encoder optimizes, and what its held-out loss is.

context2vec (Melamud, Goldberger & Dagan 2016): the two states around a word go through a
perceptron, and what comes out is compared with the output vectors of candidate words. Here the
input vectors stay as they are, and the objective is a sampled softmax (Jean et al. 2015) over the
most frequent words: every batch draws negatives from unigram^0.75, and in the softmax's sum each
score is lowered by the logarithm of how often its word is expected to be drawn, so that with more
and more negatives the sum becomes that over the whole vocabulary. Frequent words are subsampled
as targets (Mikolov et al. 2013), never as context.

The held-out loss is the cross-entropy in nats a word of the full softmax over the same
vocabulary, each position weighing as much as the chance that training keeps it. It draws nothing,
so that it compares between seeds.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from embcmp.encoders.neural.recurrent_network import ContextNetwork, RecurrentConfig, perceptron

Sentences = Sequence[NDArray[np.int32]]  # word ids


class Predictor(nn.Module):
    """The network with its prediction head: a perceptron and an output vector for every word."""

    def __init__(self, config: RecurrentConfig, output: Tensor) -> None:
        super().__init__()
        self.encoder = ContextNetwork(config)
        self.perceptron = perceptron(config.units, output.shape[1])
        self.output = nn.Parameter(output)

    def forward(self, ids: Tensor, table: Tensor, chosen: Tensor) -> Tensor:
        """Ids [b, t], positions [n] of the flattened batch -> what fits there [n, d]."""
        states = self.encoder(ids, table).flatten(0, 1)  # [b * t, 2 units]
        guess: Tensor = self.perceptron(states.index_select(0, chosen))
        return guess


@dataclass(frozen=True)
class Task:
    """A corpus as the network meets it.

    Attributes:
        table: float32 [LEARNED + types, d], the input vectors by input id.
        inputs: int64 [types], the input id of each word of the corpus's vocabulary.
        output: float32 [vocabulary, d], where the output vectors start.
        keep: float32 [vocabulary], the chance that a word is kept as a target.
        noise: float32 [vocabulary], the chance that a word is drawn as a negative.
    """

    table: Tensor
    inputs: Tensor
    output: Tensor
    keep: Tensor
    noise: Tensor


def batches(sentences: Sentences, size: int, *, shuffle: bool) -> Iterator[Tensor]:
    """Yield word ids [b, t] of equally long sentences, about `size` words at a time."""
    by_length: dict[int, list[int]] = {}
    order = torch.randperm(len(sentences)).tolist() if shuffle else range(len(sentences))
    for i in order:
        by_length.setdefault(len(sentences[i]), []).append(i)
    groups: list[Sequence[int]] = []
    for length, members in sorted(by_length.items()):
        rows = max(1, size // length)
        groups += [members[i : i + rows] for i in range(0, len(members), rows)]
    for k in torch.randperm(len(groups)).tolist() if shuffle else range(len(groups)):
        yield torch.from_numpy(np.stack([sentences[i] for i in groups[k]]).astype(np.int64))


def sampled_loss(model: Predictor, task: Task, words: Tensor, negatives: int) -> Tensor | None:
    """Sampled softmax on the targets that are kept; None where none is.

    Args:
        model: the network with its head.
        task: the corpus it is trained on.
        words: ids [b, t] of a batch.
        negatives: how many are drawn.
    """
    flat = words.flatten()
    chance = torch.where(flat < len(task.keep), task.keep[flat.clamp(max=len(task.keep) - 1)], 0)
    chosen = (torch.rand(len(flat)) < chance).nonzero().squeeze(1)
    if not len(chosen):
        return None
    guess = model(task.inputs[words], task.table, chosen)  # [n, d]
    targets = flat[chosen]  # [n]
    drawn = torch.multinomial(task.noise, negatives, replacement=True)  # [negatives]
    expected = (negatives * task.noise).log()
    true = (guess * F.embedding(targets, model.output)).sum(dim=1)  # [n]
    false = guess @ F.embedding(drawn, model.output).T  # [n, negatives]
    # What is drawn stays in the sum where it is the target itself: without it the sum would be
    # too small for frequent words, and so their scores.
    candidates = torch.cat([(true - expected[targets])[:, None], false - expected[drawn]], dim=1)
    loss: Tensor = candidates.logsumexp(dim=1) - true
    return loss.mean()


@torch.inference_mode()
def held_out_loss(model: Predictor, task: Task, sentences: Sentences) -> float:
    """Cross-entropy of the full softmax, in nats a word; see the module.

    Args:
        model: the network with its head.
        task: the corpus it was trained on.
        sentences: word ids that it was not trained on.
    """
    total = weight = 0.0
    for words in batches(sentences, 1_024, shuffle=False):
        flat = words.flatten()
        chosen = (flat < len(task.keep)).nonzero().squeeze(1)
        scores = model(task.inputs[words], task.table, chosen) @ model.output.T
        loss = F.cross_entropy(scores, flat[chosen], reduction="none")
        keep = task.keep[flat[chosen]]
        total += float((loss * keep).sum())
        weight += float(keep.sum())
    return total / weight
