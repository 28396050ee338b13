"""What a model is, read from what declares it, without loading its weights."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from math import prod
from pathlib import Path
from typing import Any

from embcmp.models.checkpoint_files import (
    CONFIG,
    HEADS,
    LAYERS,
    WIDTH,
    declared_number,
    open_safetensors,
    read_json,
    token_limit,
    tokenizer_files,
    weight_files,
)
from embcmp.models.checkpoints import CheckpointFolder
from embcmp.models.digests import File, file_digest
from embcmp.models.hub import CARD
from embcmp.models.prediction_heads import Head, encoder_tensors, heads, saved_class

DTYPES = {"F64": "float64", "F32": "float32", "F16": "float16", "BF16": "bfloat16"}


@dataclass(frozen=True, slots=True)
class ModelCard:
    """What a model is; what does not apply to its kind, or is not stated, is None.

    Attributes:
        model: its name, for people.
        architecture: the kind of model.
        dim: width of a vector.
        parameters: numbers in the encoder: heads are apart.
        vocabulary: number of words, or of word pieces.
        location: the file or folder where it lies.
        digest: sha256 of the weights; of several files, of their digests one after the other.
        files: what is read.
        saved_as: the class that the checkpoint was saved from.
        layers: number of layers above the embedding layer.
        attention_heads: in a layer.
        limit: the longest sequence in tokens, special ones included.
        stored: the dtype in which the weights are kept.
        heads: what stands on top of the encoder; embcmp takes its vectors below.
        trained_on: corpus, length and loss of the training, where embcmp trained it.
        license: as stated by the catalog, the model card or config.json.
        revision: the commit of a model of the hub.
    """

    model: str
    architecture: str
    dim: int
    parameters: int
    vocabulary: int | None
    location: str | None
    digest: str | None
    files: tuple[File, ...]
    saved_as: str | None = None
    layers: int | None = None
    attention_heads: int | None = None
    limit: int | None = None
    stored: str | None = None
    heads: tuple[Head, ...] = ()
    trained_on: str | None = None
    license: str | None = None
    revision: str | None = None

    @property
    def bytes(self) -> int:
        """Size of the files that are read."""
        return sum(file.bytes for file in self.files)


@dataclass(frozen=True, slots=True)
class Stored:
    """A tensor as a file declares it: numbers in it, and safetensors' name of its dtype."""

    size: int
    dtype: str


def describe_checkpoint(found: CheckpointFolder) -> ModelCard:
    """Describe a transformer's checkpoint, reading no more of the weights than their header.

    Raises:
        ModelError: a file is missing, broken or refused.
    """
    folder = found.folder
    config = read_json(folder / CONFIG)
    weights = weight_files(folder)
    tensors = {name: t for file in weights for name, t in declared_tensors(file).items()}
    floats = {name: t.size for name, t in tensors.items() if t.dtype.startswith(("F", "BF"))}
    encoder = encoder_tensors(floats, config)
    vocabulary = config.get("vocab_size")
    digests = [file_digest(file) for file in weights]
    joint = sha256("".join(digests).encode()).hexdigest()
    return ModelCard(
        model=found.name,
        architecture=str(config.get("model_type", "unknown")),
        saved_as=saved_class(config) or None,
        layers=declared_number(folder, config, LAYERS),
        dim=declared_number(folder, config, WIDTH),
        attention_heads=next((config[n] for n in HEADS if isinstance(config.get(n), int)), None),
        parameters=sum(floats[name] for name in encoder),
        vocabulary=vocabulary if isinstance(vocabulary, int) else None,
        limit=token_limit(folder, config),
        stored=dtype(tensors[name] for name in encoder),
        heads=heads(floats, config),
        license=found.license or _license(folder, config),
        location=str(folder),
        revision=found.revision,
        digest=digests[0] if len(digests) == 1 else joint,
        files=tuple(map(File.of, [folder / CONFIG, *tokenizer_files(folder), *weights])),
    )


def declared_tensors(file: Path) -> dict[str, Stored]:
    """The tensors that a safetensors file declares in its header.

    Raises:
        ModelError: it is no whole safetensors file.
    """
    with open_safetensors(file) as f:
        slices = {name: f.get_slice(name) for name in f.keys()}
        return {n: Stored(prod(s.get_shape()), s.get_dtype()) for n, s in slices.items()}


def dtype(tensors: Iterable[Stored]) -> str | None:
    """The dtype of most numbers, by numpy's and torch's name."""
    numbers: Counter[str] = Counter()
    for tensor in tensors:
        numbers[tensor.dtype] += tensor.size
    return next((DTYPES.get(name, name) for name, _ in numbers.most_common(1)), None)


def _license(folder: Path, config: Mapping[str, Any]) -> str | None:
    """What the model card states before its text, else what config.json does."""
    from huggingface_hub import metadata_load

    try:
        stated = metadata_load(folder / CARD) or {}
    except Exception:  # there is no card, or YAML's own errors: prose owes nobody a license
        stated = {}
    named = stated.get("license_name") if stated.get("license") == "other" else None
    license = named or stated.get("license") or config.get("license")
    names = license if isinstance(license, list) else [license]
    return ", ".join(str(name) for name in names if name) or None
