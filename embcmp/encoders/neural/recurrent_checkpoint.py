"""Checkpoints of recurrent encoders: safetensors with their provenance, checked on reading.

The provenance is one JSON object under one key of the metadata: safetensors keeps no order among
several keys, and equal checkpoints shall have equal bytes. The prediction layer is optional. Its
tensors begin with `head.`: those of the perceptron by their names in torch, `output`
[vocabulary, dim], and `vocabulary`, the words as UTF-8 bytes with a line feed between them.
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
HEAD = "head."  # begins the names of the prediction layer's tensors, which encoding does not need

_TRAIN = "give a checkpoint that `embcmp train lstm` wrote"


@dataclass(frozen=True)
class Provenance:
    """The provenance of a checkpoint: everything that is needed to train it again.

    Attributes:
        cell: lstm or rnn.
        units: the width of a state in one direction.
        vectors: the input vectors as the user named them: a name of the catalog or a path.
        vectors_name: the title of the input vectors.
        vectors_digest: their `WordVectors.digest`.
        vectors_dim: their width.
        corpus: a description of the corpus.
        corpus_digest: the sha256 of the tokenized sentences.
        tokens: the number of words that the training went over, repetitions included.
        seed: the seed of all random draws.
        held_out_loss: nats a word; see `embcmp.encoders.neural.recurrent_objective`.
        recipe: the other settings of the training.
        embcmp: the version of embcmp that wrote the checkpoint.
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
        """The shape of the networks."""
        return RecurrentConfig(self.cell, self.vectors_dim, self.units)


@dataclass(frozen=True)
class Checkpoint:
    """The content of a checkpoint, without its prediction layer.

    Attributes:
        provenance: the provenance of the weights.
        weights: the encoder's tensors in float32, by their names in `ContextNetwork`.
        bytes: the size of the file.
    """

    provenance: Provenance
    weights: Mapping[str, Tensor]
    bytes: int

    def network(self) -> ContextNetwork:
        """The networks with these weights."""
        network = untrained(self.provenance.config)
        network.load_state_dict(self.weights)
        return network


def head_tensors(
    layers: nn.Sequential, output: Tensor, vocabulary: Iterable[str]
) -> dict[str, Tensor]:
    """The tensors of a prediction layer, by the names under which they are stored."""
    text = "\n".join(vocabulary).encode()
    return {
        **{f"{HEAD}{k}": v for k, v in layers.state_dict().items()},
        f"{HEAD}output": output,
        f"{HEAD}vocabulary": torch.tensor(list(text), dtype=torch.uint8),
    }


def dump(weights: Mapping[str, Tensor], provenance: Provenance) -> bytes:
    """The bytes of a checkpoint; floating-point tensors are stored as float16."""
    stored = {k: v.half() if v.is_floating_point() else v for k, v in weights.items()}
    content = json.dumps(dataclasses.asdict(provenance), sort_keys=True)
    return save(stored, metadata={FORMAT: content})


def read(path: Path) -> Checkpoint:
    """Read a checkpoint and check it.

    Raises:
        ModelError: the file is missing, is not safetensors, or has no provenance; or its tensors
            are not those that the provenance needs.
    """
    provenance, weights, wanted = _load(path, head=False)
    _check(path, weights, wanted.state_dict())
    return Checkpoint(provenance, weights, path.stat().st_size)


def read_head(path: Path) -> PredictionHead | None:
    """Read the prediction layer of a checkpoint; None if the checkpoint has none.

    Raises:
        ModelError: see `read`; or the vocabulary is no text, or has another number of words than
            there are output vectors.
    """
    provenance, weights, _ = _load(path, head=True)
    if not weights:
        return None
    text = weights.pop(f"{HEAD}vocabulary", torch.zeros(0, dtype=torch.uint8))
    try:
        vocabulary = bytes(text.tolist()).decode().split("\n")
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
    """The provenance, the tensors of the head or of the encoder, and a network of their shapes."""
    if os.path.isdir(path):  # noqa: PTH112  Path.is_dir raises where it cannot be read
        raise ModelError(f"{path}: is a folder", _TRAIN)
    with open_safetensors(path, "pt", _TRAIN) as f:
        metadata = f.metadata() or {}
        stored = {name: f.get_tensor(name) for name in f.keys() if name.startswith(HEAD) == head}
    if FORMAT not in metadata:
        raise ModelError(f"{path}: no {FORMAT} metadata", _TRAIN)
    try:
        provenance = Provenance(**json.loads(metadata[FORMAT]))
        # The network's own numbers are drawn and thrown away; nobody else's draws may change.
        with torch.random.fork_rng(devices=[]), torch.device("meta"):
            network = ContextNetwork(provenance.config)
    except (ValueError, TypeError, KeyError, RuntimeError) as e:
        raise ModelError(f"{path}: its {FORMAT} metadata cannot be used ({e})", _TRAIN) from e
    weights = {k: v.float() if v.is_floating_point() else v for k, v in stored.items()}
    return provenance, weights, network


def _check(path: Path, weights: Mapping[str, Tensor], wanted: Mapping[str, Tensor]) -> None:
    """Raise ModelError for other tensors than the wanted ones, other shapes, NaN or infinity."""
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
