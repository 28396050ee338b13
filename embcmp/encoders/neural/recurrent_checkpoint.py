"""Checkpoints of recurrent encoders: safetensors with their provenance, checked on reading.

The provenance is one JSON object under one key, since safetensors keeps no order among several
and equal checkpoints are to be equal bytes. The prediction layer may be there or not: under
`head.`, the perceptron's tensors by their names in torch, `output` [vocabulary, dim], and
`vocabulary`, the words as UTF-8 bytes, a line feed between them.
"""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import save
from torch import Tensor, nn

from embcmp.encoders.neural.recurrent_network import (
    ContextNetwork,
    PredictionHead,
    RecurrentConfig,
    perceptron,
    untrained,
)
from embcmp.errors import ModelError
from embcmp.models.checkpoint_files import open_safetensors

FORMAT = "embcmp.recurrent/1"
HEAD = "head."  # the prediction layer's tensors, which the encoder does not need

_TRAIN = "give a checkpoint that `embcmp train lstm` wrote"


@dataclass(frozen=True)
class Provenance:
    """Where a checkpoint comes from: what it takes to make it again.

    Attributes:
        cell: lstm or rnn.
        units: width of one direction's state.
        vectors: the input vectors as they were asked for: a catalog name or a path.
        vectors_name: their name for people.
        vectors_digest: `WordVectors.digest` of them.
        vectors_dim: their width.
        corpus: what the corpus is.
        corpus_digest: sha256 of the tokenized sentences.
        tokens: words that the training went over, repetitions counted.
        seed: of everything that was drawn.
        held_out_loss: nats a word, see `embcmp.encoders.neural.recurrent_objective`.
        recipe: the other settings of the training.
        embcmp: the version that wrote it.
    """

    cell: str
    units: int
    vectors: str
    vectors_name: str
    vectors_digest: str
    vectors_dim: int
    corpus: str
    corpus_digest: str
    tokens: int
    seed: int
    held_out_loss: float
    recipe: Mapping[str, float]
    embcmp: str

    @property
    def config(self) -> RecurrentConfig:
        """What shapes the network."""
        return RecurrentConfig(self.cell, self.vectors_dim, self.units)


@dataclass(frozen=True)
class Checkpoint:
    """What a file holds.

    Attributes:
        provenance: where it comes from.
        weights: the encoder's tensors, float32, by their names in `ContextNetwork`.
        bytes: size of the file.
    """

    provenance: Provenance
    weights: Mapping[str, Tensor]
    bytes: int

    def network(self) -> ContextNetwork:
        """The network with these weights."""
        network = untrained(self.provenance.config)
        network.load_state_dict(self.weights)
        return network


def head_tensors(
    layers: nn.Sequential, output: Tensor, vocabulary: Iterable[str]
) -> dict[str, Tensor]:
    """The tensors of a prediction layer by the names that they are stored under."""
    listed = "\n".join(vocabulary).encode()
    return {
        **{f"{HEAD}{k}": v for k, v in layers.state_dict().items()},
        f"{HEAD}output": output,
        f"{HEAD}vocabulary": torch.tensor(list(listed), dtype=torch.uint8),
    }


def dump(weights: Mapping[str, Tensor], provenance: Provenance) -> bytes:
    """A checkpoint as bytes; floating-point tensors are stored as float16."""
    stored = {k: v.half() if v.is_floating_point() else v for k, v in weights.items()}
    content = json.dumps(dataclasses.asdict(provenance), sort_keys=True)
    return save(stored, metadata={FORMAT: content})


def read(path: Path) -> Checkpoint:
    """Read a checkpoint and check that it is one.

    Raises:
        ModelError: missing, not safetensors, without provenance, or with the wrong tensors.
    """
    provenance, weights, wanted = _load(path, head=False)
    _check(path, weights, wanted.state_dict())
    return Checkpoint(provenance, weights, path.stat().st_size)


def read_head(path: Path) -> PredictionHead | None:
    """Read the prediction layer of a checkpoint; None where it was not kept.

    Raises:
        ModelError: as `read`; or the vocabulary is no list of as many words as there are vectors.
    """
    provenance, weights, _ = _load(path, head=True)
    if not weights:
        return None
    listed = weights.pop(f"{HEAD}vocabulary", torch.zeros(0, dtype=torch.uint8))
    try:
        vocabulary = bytes(listed.tolist()).decode().split("\n")
    except (ValueError, TypeError) as e:
        raise ModelError(f"{path}: its {HEAD}vocabulary is no text", _TRAIN) from e
    with torch.device("meta"):
        layers = perceptron(provenance.units, provenance.vectors_dim)
        wanted = head_tensors(layers, torch.empty(len(vocabulary), provenance.vectors_dim), ())
    del wanted[f"{HEAD}vocabulary"]
    _check(path, weights, wanted)
    output = weights.pop(f"{HEAD}output")
    layers.load_state_dict({k.removeprefix(HEAD): v for k, v in weights.items()}, assign=True)
    return PredictionHead(layers.eval(), output, vocabulary)


def _load(path: Path, *, head: bool) -> tuple[Provenance, dict[str, Tensor], ContextNetwork]:
    """The provenance, the tensors of the prediction layer or of the encoder, and its shapes."""
    if os.path.isdir(path):  # noqa: PTH112  Path.is_dir raises where it cannot be read
        raise ModelError(f"{path}: is a folder", _TRAIN)
    with open_safetensors(path, "pt", _TRAIN) as f:
        metadata = f.metadata() or {}
        stored = {name: f.get_tensor(name) for name in f.keys() if name.startswith(HEAD) == head}
    if FORMAT not in metadata:
        raise ModelError(f"{path}: no {FORMAT} metadata", _TRAIN)
    try:
        provenance = Provenance(**json.loads(metadata[FORMAT]))
        with torch.device("meta"):
            network = ContextNetwork(provenance.config)
    except (ValueError, TypeError, KeyError, RuntimeError) as e:
        raise ModelError(f"{path}: its {FORMAT} metadata cannot be used ({e})", _TRAIN) from e
    weights = {k: v.float() if v.is_floating_point() else v for k, v in stored.items()}
    return provenance, weights, network


def _check(path: Path, weights: Mapping[str, Tensor], wanted: Mapping[str, Tensor]) -> None:
    """Raise ModelError where tensors are others, of another shape, or not finite."""
    stored, expected = (
        {name: tuple(tensor.shape) for name, tensor in tensors.items()}
        for tensors in (weights, wanted)
    )
    for name in sorted(stored.keys() | expected.keys()):
        if stored.get(name) != expected.get(name):
            raise ModelError(
                f"{path}: tensor {name!r} is {stored.get(name, 'missing')},"
                f" expected {expected.get(name, 'none')}",
                _TRAIN,
            )
    if not all(tensor.isfinite().all() for tensor in weights.values()):
        raise ModelError(f"{path}: has weights that are not finite", _TRAIN)
