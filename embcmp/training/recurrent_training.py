"""Training a recurrent encoder on plain text, to predict each word from the words around it.

The objective is in `embcmp.encoders.neural.recurrent_objective`. This module has the training
loop, which can go on where an interrupted run was.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

import embcmp
from embcmp.encoders.neural.devices import seeded, threaded
from embcmp.encoders.neural.prediction_layer import PredictionLayer, dump_layer
from embcmp.encoders.neural.recurrent_checkpoint import Provenance, dump, read
from embcmp.encoders.neural.recurrent_network import LEARNED, UNITS, RecurrentConfig
from embcmp.encoders.neural.recurrent_objective import (
    Predictor,
    Task,
    batches,
    held_out_loss,
    sampled_loss,
)
from embcmp.errors import InputError, ModelError
from embcmp.models.catalog import GLOVE
from embcmp.models.digests import file_digest
from embcmp.training.corpus import Corpus, Sentences
from embcmp.training.saved_run import SavedRun
from embcmp.types import Progress
from embcmp.vectors.store import WordVectors


@dataclass(frozen=True, slots=True)
class Recipe:
    """The settings of a training run.

    Attributes:
        units: the width of a state in one direction.
        vocabulary: the number of words that can be predicted, the most frequent ones.
        negatives: the number of negatives that are drawn for each batch.
        batch_words: the number of words in a batch, whose sentences have the same length.
        learning_rate: the highest learning rate of Adam.
        warmup_steps: the number of steps over which the rate rises to the highest.
        final_rate: the share of the highest rate that is left at the end, after a linear decay.
        clip: the largest norm of a gradient.
        subsample: the relative frequency above which a word is sometimes left out as a target.
        output_scale: the output vectors start as the input vectors times this factor.
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
    """A trained encoder with its prediction layer.

    Attributes:
        provenance: the provenance of both, with the held-out loss.
        weights: the encoder's tensors.
        layer: the prediction layer.
        frozen: the sha256 of the file of the encoder, if it was frozen.
        resumed: the number of words that an interrupted run, which this one continued, had gone
            over.
    """

    provenance: Provenance
    weights: Mapping[str, Tensor]
    layer: PredictionLayer
    frozen: str | None = None
    resumed: int = 0

    def content(self) -> bytes:
        """The bytes of the checkpoint."""
        return dump(self.weights, self.provenance)

    def layer_content(self) -> bytes:
        """The bytes of the prediction layer's file."""
        encoder = self.frozen or sha256(self.content()).hexdigest()
        return dump_layer(self.layer, self.provenance, encoder)


SAVE_STEPS = 200  # about ten seconds of work with the default settings


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
    frozen: Path | None = None,
    progress: Progress | None = None,
) -> Trained:
    """Train an encoder; the same arguments, machine and number of threads give the same weights.

    Every SAVE_STEPS steps the state of the run is saved in the cache. The same call after an
    interruption goes on from there and gives the same weights. At the end the state is removed.

    Args:
        corpus: the corpus to train on.
        vectors: the input vectors, which are not trained.
        source: the file or name of the vectors, for the checkpoint; see `open_vectors`.
        cell: lstm or rnn.
        tokens: the number of words to go over, in as many passes over the corpus as needed.
        seed: the seed of the weights, the order of batches, the targets and the negatives.
        threads: the number of torch's threads, which changes the order of sums; None for torch's
            default.
        recipe: the other settings.
        frozen: the checkpoint of an encoder that stays as it is, while a prediction layer alone is
            trained on its states; None to train both.
        progress: called with the number of words gone over, and with `tokens`.

    Raises:
        InputError: no word of the corpus has an input vector.
        ModelError: the frozen encoder is broken, or has another cell or another width.
    """
    config = RecurrentConfig(cell, vectors.dim, recipe.units)
    digest = None if frozen is None else file_digest(frozen)
    task = task_of(corpus, vectors, recipe)
    with seeded(seed), threaded(threads) as count:
        versions = embcmp.__version__, torch.__version__, count
        inputs = corpus.digest, vectors.digest, digest
        saved = SavedRun(*versions, *inputs, cell, tokens, seed, recipe)
        model = Predictor(config, task.output)
        if frozen is not None:
            model.freeze(_weights(frozen, config))
        run = Run(model, recipe)
        if (tensors := saved.read()) is not None:
            run.restore(tensors)
        resumed = run.done
        _fit(run, task, corpus.training, tokens, saved, progress)
        loss = held_out_loss(model, task, corpus.held_out)
    vocabulary = corpus.vocabulary[: len(task.output)]
    layer = PredictionLayer(model.perceptron, model.output.detach(), vocabulary)
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
    saved.remove()
    return Trained(provenance, model.encoder.state_dict(), layer, digest, resumed)


def _weights(checkpoint: Path, config: RecurrentConfig) -> Mapping[str, Tensor]:
    """The weights of a checkpoint with these networks."""
    stored = read(checkpoint)
    if stored.provenance.config != config:
        raise ModelError(f"{checkpoint}: its networks are {stored.provenance.config}, not {config}")
    return stored.weights


def task_of(corpus: Corpus, vectors: WordVectors, recipe: Recipe) -> Task:
    """Make tensors of a corpus and its input vectors.

    Raises:
        InputError: no word of the corpus has an input vector.
    """
    known_vectors, known = vectors.lookup(corpus.vocabulary)  # [types, d], [types]
    if not known.any():
        raise InputError(
            f"{corpus.description}: none of its words is among the {vectors.count:,} words of"
            f" {vectors.name}",
            "give vectors in the language of the corpus",
        )
    inputs = np.where(known, LEARNED + np.arange(len(known)), 0)
    table = np.concatenate(
        [np.zeros((LEARNED, vectors.dim), np.float32), np.nan_to_num(known_vectors)]
    )
    frequency = torch.from_numpy(corpus.counts) / corpus.counts.sum()
    # Words that occur only in the held-out part can be read there, but not predicted.
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
    """A training run.

    Attributes:
        model: the model that is trained.
        recipe: the settings.
        adam: the optimizer.
        done: the number of words gone over.
        step: the number of batches gone over.
        batch: the number of batches gone over in the present pass over the corpus.
    """

    def __init__(self, model: Predictor, recipe: Recipe) -> None:
        self.model, self.recipe = model, recipe
        self.adam = torch.optim.Adam(model.parameters(), lr=recipe.learning_rate, fused=True)
        self.done = self.step = self.batch = 0
        self._pass_rng = torch.get_rng_state()  # the generator's state when this pass began

    def rest_of_pass(self, sentences: Sentences) -> Iterator[Tensor]:
        """Yield the remaining batches of this pass, in the order that was drawn when it began."""
        now = torch.get_rng_state()
        if self.batch:
            torch.set_rng_state(self._pass_rng)
        else:
            self._pass_rng = now
        order = list(batches(sentences, self.recipe.batch_words, shuffle=True))
        if self.batch:
            torch.set_rng_state(now)
        for words in order[self.batch :]:
            self.batch += 1
            yield words
        self.batch = 0

    def update(self, loss: Tensor, rate: float) -> None:
        """Take an optimizer step, at a share of the highest learning rate."""
        for group in self.adam.param_groups:
            group["lr"] = self.recipe.learning_rate * rate
        self.adam.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]  # torch has no types for it
        nn.utils.clip_grad_norm_(self.model.parameters(), self.recipe.clip)
        self.adam.step()

    def tensors(self) -> dict[str, Tensor]:
        """The state of the run: weights, the optimizer's moments, random states and counts."""
        tensors = {f"model.{name}": tensor for name, tensor in self.model.state_dict().items()}
        for k, moments in self.adam.state_dict()["state"].items():
            tensors |= {f"adam.{k}.{name}": tensor for name, tensor in moments.items()}
        tensors |= {"random.now": torch.get_rng_state(), "random.began": self._pass_rng}
        return tensors | {"counts": torch.tensor([self.done, self.step, self.batch])}

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        """Take up the state of an interrupted run with the same settings."""
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
        self._pass_rng = tensors["random.began"]
        torch.set_rng_state(tensors["random.now"])


def _fit(
    run: Run,
    task: Task,
    sentences: Sentences,
    tokens: int,
    saved: SavedRun,
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
                saved.write(run.tensors())


def _rate(recipe: Recipe, step: int, done: float) -> float:
    """The share of the highest learning rate at a step, with a share `done` of the words done."""
    return min(1.0, step / recipe.warmup_steps) * (1 - (1 - recipe.final_rate) * done)
