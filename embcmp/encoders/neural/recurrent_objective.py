"""The objective of training a recurrent encoder, and its held-out loss.

context2vec (Melamud, Goldberger & Dagan 2016): the two states around a word go through a
perceptron, whose output is compared with the output vectors of candidate words. Here the input
vectors are not trained, and the objective is a sampled softmax (Jean et al. 2015) over the most
frequent words. Every batch draws negatives from unigram^0.75. In the softmax's sum, each score is
lowered by the logarithm of the number of times that its word is expected to be drawn; so, with
more and more negatives, the sum approaches that over the whole vocabulary. Frequent words are
subsampled as targets (Mikolov et al. 2013), never as context.

The held-out loss is the cross-entropy, in nats a word, of the full softmax over the same
vocabulary. Each position is weighted with the probability that training keeps it as a target.
Nothing is drawn, so that losses can be compared between seeds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from embcmp.encoders.neural.prediction_layer import perceptron
from embcmp.encoders.neural.recurrent_network import ContextNetwork, RecurrentConfig

Sentences = Sequence[NDArray[np.int32]]  # word ids


class Predictor(nn.Module):
    """The networks with their prediction layer: a perceptron and an output vector for each word."""

    def __init__(self, config: RecurrentConfig, output: Tensor) -> None:
        super().__init__()
        self.encoder = ContextNetwork(config)
        self.perceptron = perceptron(config.units, output.shape[1])
        self.output = nn.Parameter(output)

    def freeze(self, weights: Mapping[str, Tensor]) -> None:
        """Give the networks weights that training leaves as they are."""
        self.encoder.load_state_dict(weights)
        self.encoder.requires_grad_(False)

    def forward(self, ids: Tensor, table: Tensor, chosen: Tensor) -> Tensor:
        """Predict the words at some positions.

        Args:
            ids: [b, t], the input ids of sentences of the same length.
            table: see `ContextNetwork.embed`.
            chosen: [n], the positions in the flattened batch.

        Returns:
            The predicted output vectors [n, d].
        """
        states = self.encoder(ids, table).flatten(0, 1)  # [b * t, 2 units]
        predicted: Tensor = self.perceptron(states.index_select(0, chosen))  # [n, d]
        return predicted


@dataclass(frozen=True)
class Task:
    """A corpus as tensors. Its words are its types; the most frequent ones are the vocabulary.

    Attributes:
        table: float32 [LEARNED + types, d], the input vectors by input id.
        inputs: int64 [types], the input id of each word of the corpus.
        output: float32 [vocabulary, d], the output vectors with which training starts.
        keep: float32 [vocabulary], the probability that a word is kept as a target.
        noise: float32 [vocabulary], the probability that a word is drawn as a negative.
    """

    table: Tensor
    inputs: Tensor
    output: Tensor
    keep: Tensor
    noise: Tensor


def batches(sentences: Sentences, size: int, *, shuffle: bool) -> Iterator[Tensor]:
    """Yield the word ids [b, t] of sentences of the same length, about `size` words at a time."""
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
    """The sampled softmax at the targets that are kept; None if none of them is.

    Args:
        model: the networks with their prediction layer.
        task: the corpus to train on.
        words: [b, t], the word ids of a batch.
        negatives: the number of negatives to draw.
    """
    flat = words.flatten()
    keep = torch.where(flat < len(task.keep), task.keep[flat.clamp(max=len(task.keep) - 1)], 0)
    chosen = (torch.rand(len(flat)) < keep).nonzero().squeeze(1)  # [n]
    if not len(chosen):
        return None
    predicted = model(task.inputs[words], task.table, chosen)  # [n, d]
    targets = flat[chosen]  # [n]
    drawn = torch.multinomial(task.noise, negatives, replacement=True)  # [negatives]
    expected = (negatives * task.noise).log()  # [vocabulary]
    true = (predicted * F.embedding(targets, model.output)).sum(dim=1)  # [n]
    false = predicted @ F.embedding(drawn, model.output).T  # [n, negatives]
    # A negative that is the target itself stays in the sum. Without it the sum would be too small
    # for frequent words, and so would their scores.
    candidates = torch.cat([(true - expected[targets])[:, None], false - expected[drawn]], dim=1)
    loss: Tensor = candidates.logsumexp(dim=1) - true
    return loss.mean()


@torch.inference_mode()
def held_out_loss(model: Predictor, task: Task, sentences: Sentences) -> float:
    """The cross-entropy of the full softmax, in nats a word; see the module.

    Args:
        model: the networks with their prediction layer.
        task: the corpus that it was trained on.
        sentences: word ids of sentences that it was not trained on.
    """
    total = weight = 0.0
    for words in batches(sentences, 1_024, shuffle=False):
        flat = words.flatten()
        chosen = (flat < len(task.keep)).nonzero().squeeze(1)
        scores = model(task.inputs[words], task.table, chosen) @ model.output.T  # [n, vocabulary]
        loss = F.cross_entropy(scores, flat[chosen], reduction="none")
        keep = task.keep[flat[chosen]]
        total += float((loss * keep).sum())
        weight += float(keep.sum())
    return total / weight
