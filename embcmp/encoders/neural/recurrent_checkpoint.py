"""Checkpoints of recurrent encoders: safetensors with their provenance, checked on reading.

The provenance is one JSON object under one key of the metadata: safetensors keeps no order among
several keys, and equal checkpoints shall have equal bytes. The prediction layer, which encoding
does not need, has a file of its own: see `embcmp.encoders.neural.prediction_layer`.
"""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save
from torch import Tensor

from embcmp.encoders.neural.recurrent_network import (
    ContextNetwork,
    RecurrentConfig,
    untrained,
)
from embcmp.errors import ModelError
from embcmp.models.checkpoint_files import open_safetensors

FORMAT = "embcmp.recurrent/1"
TRAIN = "give a checkpoint that `embcmp train lstm` wrote"


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
    """The content of a checkpoint.

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


def dump(weights: Mapping[str, Tensor], provenance: Provenance) -> bytes:
    """The bytes of a checkpoint; see `dump_tensors`."""
    return dump_tensors(weights, FORMAT, dataclasses.asdict(provenance))


def dump_tensors(
    tensors: Mapping[str, Tensor], file_format: str, metadata: Mapping[str, object]
) -> bytes:
    """The bytes of a file with metadata; floating-point tensors are stored as float16."""
    stored = {k: v.half() if v.is_floating_point() else v for k, v in tensors.items()}
    return save(stored, metadata={file_format: json.dumps(metadata, sort_keys=True)})


def read(path: Path) -> Checkpoint:
    """Read a checkpoint and check it.

    Raises:
        ModelError: the file is missing, is not safetensors, or has no provenance; or its tensors
            are not those that the provenance needs.
    """
    metadata, weights = read_tensors(path, FORMAT)
    try:
        provenance = Provenance(**metadata)
        # The network's own numbers are drawn and thrown away; nobody else's draws may change.
        with torch.random.fork_rng(devices=[]), torch.device("meta"):
            network = ContextNetwork(provenance.config)
    except (ValueError, TypeError, KeyError, RuntimeError) as e:
        raise unusable(path, FORMAT, e) from e
    check_tensors(path, weights, network.state_dict())
    return Checkpoint(provenance, weights, path.stat().st_size)


def read_tensors(path: Path, file_format: str) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """Read a file that `dump_tensors` made: its metadata, and its tensors in float32.

    Raises:
        ModelError: the file is missing, is not safetensors, or has no metadata of this format.
    """
    if os.path.isdir(path):  # noqa: PTH112  Path.is_dir raises where it cannot be read
        raise ModelError(f"{path}: is a folder", TRAIN)
    with open_safetensors(path, "pt", TRAIN) as f:
        metadata = f.metadata() or {}
        stored = {name: f.get_tensor(name) for name in f.keys()}
    if file_format not in metadata:
        raise ModelError(f"{path}: no {file_format} metadata", TRAIN)
    try:
        content = dict(json.loads(metadata[file_format]))
    except (ValueError, TypeError, RecursionError) as e:
        raise unusable(path, file_format, e) from e
    return content, {k: v.float() if v.is_floating_point() else v for k, v in stored.items()}


def unusable(path: Path, file_format: str, error: Exception) -> ModelError:
    """The error for metadata that have not the expected keys and values."""
    return ModelError(f"{path}: its {file_format} metadata cannot be used ({error})", TRAIN)


def check_tensors(path: Path, weights: Mapping[str, Tensor], wanted: Mapping[str, Tensor]) -> None:
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
                TRAIN,
            )
    if not all(tensor.isfinite().all() for tensor in weights.values()):
        raise ModelError(f"{path}: has weights that are not finite", TRAIN)
