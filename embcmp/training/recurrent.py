"""Training a recurrent encoder on raw text: predict each word from the words around it.

What is optimized stands in `embcmp.encoders.neural.recurrent_objective`; here is how, from the
first step to the last, and from where an interrupted run was.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass

import numpy as np
import torch
from torch import Tensor, nn

import embcmp
from embcmp.encoders.neural.devices import seeded, threaded
from embcmp.encoders.neural.recurrent_checkpoint import HEAD, Provenance, dump, head_tensors
from embcmp.encoders.neural.recurrent_network import LEARNED, UNITS, RecurrentConfig
from embcmp.encoders.neural.recurrent_objective import (
    Predictor,
    Task,
    batches,
    held_out_loss,
    sampled_loss,
)
from embcmp.errors import InputError
from embcmp.models.catalog import GLOVE
from embcmp.training.corpus import Corpus, Sentences
from embcmp.training.resumable_run import Unfinished
from embcmp.types import Progress
from embcmp.vectors.store import WordVectors


@dataclass(frozen=True, slots=True)
class Recipe:
    """The settings of a training run.

    Attributes:
        units: width of one direction's state.
        vocabulary: how many words can be predicted, the most frequent ones.
        negatives: candidates drawn for each batch.
        batch_words: words in a batch, all of its sentences being equally long.
        learning_rate: Adam's, at its highest.
        warmup_steps: over which the rate rises to that.
        final_rate: what is left of the rate at the end, after a linear decay.
        clip: largest norm of a gradient.
        subsample: frequency above which a word is at times left out as a target.
        output_scale: the output vectors start as the input vectors times this.
    """

    units: int = UNITS
    vocabulary: int = 20_000
    negatives: int = 500
    batch_words: int = 1_024
    learning_rate: float = 4e-3
    warmup_steps: int = 50
    final_rate: float = 0.05
    clip: float = 1.0
    subsample: float = 1e-4
    output_scale: float = 0.3


@dataclass(frozen=True)
class Trained:
    """A trained encoder.

    Attributes:
        provenance: with the held-out loss.
        weights: the encoder's tensors, and the prediction head's under `head.`.
        resumed: how many words an interrupted run had gone over that this one went on from.
    """

    provenance: Provenance
    weights: Mapping[str, Tensor]
    resumed: int = 0

    def content(self, keep_head: bool = False) -> bytes:
        """The checkpoint as bytes, without the prediction head unless it is to be kept."""
        kept = {k: v for k, v in self.weights.items() if keep_head or not k.startswith(HEAD)}
        return dump(kept, self.provenance)


SAVE_STEPS = 200  # some ten seconds of work at the shipped size


def train(
    corpus: Corpus,
    vectors: WordVectors,
    *,
    source: str | None = None,
    cell: str = "lstm",
    tokens: int = 3_000_000,
    seed: int = 0,
    threads: int | None = None,
    recipe: Recipe = Recipe(),
    progress: Progress | None = None,
) -> Trained:
    """Train an encoder; the same arguments, machine and number of threads give the same weights.

    Every SAVE_STEPS steps what is needed to go on is kept in the cache, until the end. A run that
    was interrupted goes on from there and comes to the same weights.

    Args:
        corpus: what to train on.
        vectors: the input vectors, which stay as they are.
        source: where they are from, as `open_vectors` takes it, for the checkpoint.
        cell: lstm or rnn.
        tokens: words to go over, in as many passes over the corpus as that takes.
        seed: of the weights, the order, the targets and the negatives.
        threads: of torch, None for as many as it has; others add in another order.
        recipe: the other settings.
        progress: called with (words gone over, tokens).

    Raises:
        InputError: no word of the corpus has an input vector.
    """
    task = task_of(corpus, vectors, recipe)
    with seeded(seed), threaded(threads) as count:
        versions = embcmp.__version__, torch.__version__, count
        kept = Unfinished(*versions, corpus.digest, vectors.digest, cell, tokens, seed, recipe)
        model = Predictor(RecurrentConfig(cell, vectors.dim, recipe.units), task.output)
        run = Run(model, recipe)
        if (tensors := kept.read()) is not None:
            run.restore(tensors)
        resumed = run.done
        _fit(run, task, corpus.training, tokens, kept, progress)
        loss = held_out_loss(model, task, corpus.held_out)
    vocabulary = corpus.vocabulary[: len(task.output)]
    weights = {
        **model.encoder.state_dict(),
        **head_tensors(model.perceptron, model.output.detach(), vocabulary),
    }
    provenance = Provenance(
        cell=cell,
        units=recipe.units,
        vectors=source or GLOVE.name,
        vectors_name=vectors.name,
        vectors_digest=vectors.digest,
        vectors_dim=vectors.dim,
        corpus=corpus.description,
        corpus_digest=corpus.digest,
        tokens=tokens,
        seed=seed,
        held_out_loss=round(loss, 6),
        recipe=asdict(recipe),
        embcmp=embcmp.__version__,
    )
    kept.remove()
    return Trained(provenance, weights, resumed)


def task_of(corpus: Corpus, vectors: WordVectors, recipe: Recipe) -> Task:
    """A corpus with its input vectors, ready to train on.

    Raises:
        InputError: no word of the corpus has an input vector.
    """
    found, known = vectors.lookup(corpus.vocabulary)
    if not known.any():
        raise InputError(
            f"{corpus.description}: none of its words is among the {vectors.count:,} words of"
            f" {vectors.name}",
            "give vectors of the corpus's language",
        )
    inputs = np.where(known, LEARNED + np.arange(len(known)), 0)
    table = np.concatenate([np.zeros((LEARNED, vectors.dim), np.float32), np.nan_to_num(found)])
    frequency = torch.from_numpy(corpus.counts) / corpus.counts.sum()
    # A word that is only in the held-out part can be read there, but not predicted.
    size = min(recipe.vocabulary, int(np.count_nonzero(corpus.counts)))
    noise = frequency[:size] ** 0.75
    return Task(
        table=torch.from_numpy(table),
        inputs=torch.from_numpy(inputs),
        output=recipe.output_scale * torch.from_numpy(table[LEARNED:][:size]),
        keep=(recipe.subsample / frequency[:size]).sqrt().clamp(max=1.0),
        noise=noise / noise.sum(),
    )


class Run:
    """A training run on its way.

    Attributes:
        model: what is trained.
        recipe: the settings.
        adam: the optimizer.
        done: words gone over.
        step: batches gone over.
        batch: of these in the present pass over the corpus.
    """

    def __init__(self, model: Predictor, recipe: Recipe) -> None:
        self.model, self.recipe = model, recipe
        self.adam = torch.optim.Adam(model.parameters(), lr=recipe.learning_rate, fused=True)
        self.done = self.step = self.batch = 0
        self._began = torch.get_rng_state()  # as this pass found it

    def rest_of_pass(self, sentences: Sentences) -> Iterator[Tensor]:
        """Yield the batches of this pass that lie ahead, in the order drawn when it began."""
        now = torch.get_rng_state()
        if self.batch:
            torch.set_rng_state(self._began)
        else:
            self._began = now
        order = list(batches(sentences, self.recipe.batch_words, shuffle=True))
        if self.batch:
            torch.set_rng_state(now)
        for words in order[self.batch :]:
            self.batch += 1
            yield words
        self.batch = 0

    def update(self, loss: Tensor, rate: float) -> None:
        """Take a step down, at a share of the highest learning rate."""
        for group in self.adam.param_groups:
            group["lr"] = self.recipe.learning_rate * rate
        self.adam.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]  # torch has no types for it
        nn.utils.clip_grad_norm_(self.model.parameters(), self.recipe.clip)
        self.adam.step()

    def tensors(self) -> dict[str, Tensor]:
        """All that `restore` needs: weights, the optimizer's moments, random states and counts."""
        tensors = {f"model.{name}": tensor for name, tensor in self.model.state_dict().items()}
        for k, moments in self.adam.state_dict()["state"].items():
            tensors |= {f"adam.{k}.{name}": tensor for name, tensor in moments.items()}
        tensors |= {"random.now": torch.get_rng_state(), "random.began": self._began}
        return tensors | {"counts": torch.tensor([self.done, self.step, self.batch])}

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        """Go on where another run of the same settings was."""
        model = {n.removeprefix("model."): t for n, t in tensors.items() if n.startswith("model.")}
        self.model.load_state_dict(model)
        moments: dict[int, dict[str, Tensor]] = {}
        for place, tensor in tensors.items():
            part, _, rest = place.partition(".")
            if part == "adam":
                k, _, name = rest.partition(".")
                moments.setdefault(int(k), {})[name] = tensor
        self.adam.load_state_dict({**self.adam.state_dict(), "state": moments})
        self.done, self.step, self.batch = tensors["counts"].tolist()
        self._began = tensors["random.began"]
        torch.set_rng_state(tensors["random.now"])


def _fit(
    run: Run,
    task: Task,
    sentences: Sentences,
    tokens: int,
    kept: Unfinished,
    progress: Progress | None,
) -> None:
    while run.done < tokens:
        for words in run.rest_of_pass(sentences):
            run.step += 1
            rate = _rate(run.recipe, run.step, run.done / tokens)
            loss = sampled_loss(run.model, task, words, run.recipe.negatives)
            if loss is not None:
                run.update(loss, rate)
            run.done += words.numel()
            if progress:
                progress(min(run.done, tokens), tokens)
            if run.done >= tokens:
                break
            if run.step % SAVE_STEPS == 0:
                kept.write(run.tensors())


def _rate(recipe: Recipe, step: int, done: float) -> float:
    """The share of the learning rate at a step, `done` of the words being behind it."""
    return min(1.0, step / recipe.warmup_steps) * (1 - (1 - recipe.final_rate) * done)
