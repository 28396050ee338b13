"""Checkpoints of recurrent encoders: safetensors with their provenance, checked on reading.

The provenance is one JSON object under one key, since safetensors keeps no order among several
and equal checkpoints are to be equal bytes. The prediction layer may be there or not: under
`head.`, the perceptron's tensors by their names in torch, `output` [vocabulary, dim], and
`vocabulary`, the words as UTF-8 bytes, a line feed between them.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from embcmp.encoders.neural.recurrent_head import PredictionHead, perceptron
from embcmp.errors import ModelError

FORMAT = "embcmp.recurrent/1"
GATES = {"lstm": 4, "rnn": 1}
UNITS = 200
HEAD = "head."  # the prediction layer's tensors, which the encoder does not need


@dataclass(frozen=True)
class Provenance:
    """Where a checkpoint comes from: what it takes to make it again.

    Attributes:
        cell: lstm or rnn.
        units: width of one direction's state.
        vectors: the input vectors as they were asked for: a catalogue name or a path.
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


@dataclass(frozen=True)
class Checkpoint:
    """What a file holds.

    Attributes:
        provenance: where it comes from.
        weights: the encoder's tensors, float32, by the names of `shapes`.
        bytes: size of the file.
    """

    provenance: Provenance
    weights: Mapping[str, Tensor]
    bytes: int


def shapes(cell: str, dim: int, units: int) -> dict[str, tuple[int, ...]]:
    """The tensors of an encoder: three learned inputs, and torch's names in each direction."""
    rows = GATES[cell] * units
    return {"special": (3, dim)} | {
        f"{direction}.{name}": shape
        for direction in ("left", "right")
        for name, shape in (
            ("weight_ih_l0", (rows, dim)),
            ("weight_hh_l0", (rows, units)),
            ("bias_ih_l0", (rows,)),
            ("bias_hh_l0", (rows,)),
        )
    }


def head_shapes(dim: int, units: int, words: int) -> dict[str, tuple[int, ...]]:
    """The tensors of a prediction layer, but for its vocabulary."""
    wide = 2 * units
    return {
        f"{HEAD}0.weight": (wide, wide),
        f"{HEAD}0.bias": (wide,),
        f"{HEAD}2.weight": (dim, wide),
        f"{HEAD}2.bias": (dim,),
        f"{HEAD}output": (words, dim),
    }


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
    try:
        is_folder = path.is_dir()
    except OSError as e:
        raise ModelError(f"{path}: cannot be read: {e.strerror}", _TRAIN) from e
    if is_folder:
        raise ModelError(f"{path}: is a folder", _TRAIN)
    provenance, stored = _load(path, head=False)
    weights = {name: tensor.float() for name, tensor in stored.items()}
    _check(path, weights, shapes(provenance.cell, provenance.vectors_dim, provenance.units))
    return Checkpoint(provenance, weights, path.stat().st_size)


def read_head(path: Path) -> PredictionHead | None:
    """Read the prediction layer of a checkpoint; None where it was not kept.

    Raises:
        ModelError: as `read`; or the vocabulary is no list of as many words as there are vectors.
    """
    provenance, stored = _load(path, head=True)
    if not stored:
        return None
    dim, units = provenance.vectors_dim, provenance.units
    listed = stored.pop(f"{HEAD}vocabulary", torch.zeros(0, dtype=torch.uint8))
    try:
        vocabulary = bytes(listed.tolist()).decode().split("\n")
    except (ValueError, TypeError) as e:
        raise ModelError(f"{path}: its {HEAD}vocabulary is no text", _TRAIN) from e
    weights = {name: tensor.float() for name, tensor in stored.items()}
    _check(path, weights, head_shapes(dim, units, len(vocabulary)))
    output = weights.pop(f"{HEAD}output")
    layers = perceptron(units, dim)
    layers.load_state_dict({k.removeprefix(HEAD): v for k, v in weights.items()})
    return PredictionHead(layers.eval(), output, vocabulary)


def _load(path: Path, *, head: bool) -> tuple[Provenance, dict[str, Tensor]]:
    """The provenance, and the tensors of the prediction layer or of the encoder."""
    try:
        with safe_open(path, framework="pt") as f:
            names = [name for name in f.keys() if name.startswith(HEAD) == head]
            return _provenance(path, f.metadata() or {}), {n: f.get_tensor(n) for n in names}
    except OSError as e:
        raise ModelError(f"{path}: cannot be read: {e.strerror or e}", _TRAIN) from e
    except SafetensorError as e:
        raise ModelError(f"{path}: not a safetensors file", _TRAIN) from e


_TRAIN = "give a checkpoint that `embcmp train lstm` wrote"


def _provenance(path: Path, metadata: Mapping[str, str]) -> Provenance:
    if FORMAT not in metadata:
        raise ModelError(f"{path}: no {FORMAT} metadata", _TRAIN)
    try:
        provenance = Provenance(**json.loads(metadata[FORMAT]))
        shapes(provenance.cell, provenance.vectors_dim, provenance.units)
    except (ValueError, TypeError, KeyError) as e:
        raise ModelError(f"{path}: its {FORMAT} metadata cannot be used ({e})", _TRAIN) from e
    return provenance


def _check(
    path: Path, weights: Mapping[str, Tensor], expected: Mapping[str, tuple[int, ...]]
) -> None:
    found = {name: tuple(tensor.shape) for name, tensor in weights.items()}
    for name in sorted(found.keys() | expected.keys()):
        if found.get(name) != expected.get(name):
            raise ModelError(
                f"{path}: tensor {name!r} is {found.get(name, 'missing')},"
                f" expected {expected.get(name, 'none')}",
                _TRAIN,
            )
    if not all(tensor.isfinite().all() for tensor in weights.values()):
        raise ModelError(f"{path}: has weights that are not finite", _TRAIN)
