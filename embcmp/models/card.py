"""Describing a model from its declarations, without loading its weights."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from math import prod
from pathlib import Path
from typing import Any

from embcmp.models.checkpoint_files import (
    CONFIG,
    open_safetensors,
    weight_files,
)
from embcmp.models.checkpoints import CheckpointFolder
from embcmp.models.digests import File, file_digest
from embcmp.models.hub import CARD
from embcmp.models.model_config import (
    HEADS,
    LAYERS,
    VOCABULARY,
    WIDTH,
    declared_number,
    read_config,
    token_limit,
)
from embcmp.models.prediction_heads import Head, encoder_tensors, find_heads, saved_class
from embcmp.models.sentence_modules import SentenceModules

DTYPES = {"F64": "float64", "F32": "float32", "F16": "float16", "BF16": "bfloat16"}


@dataclass(frozen=True, slots=True)
class ModelCard:
    """The description of a model; facts that do not apply or are not declared are None.

    Attributes:
        model: Name to display.
        architecture: Kind of model.
        dim: Width of a vector.
        parameters: Number of parameters of the encoder, without heads.
        vocabulary: Number of words, or of word pieces.
        location: File or folder of the model.
        digest: sha256 of the weights; for several files, of their concatenated digests.
        files: Files that are read.
        saved_as: Class that the checkpoint was saved from.
        layers: Number of layers above the embedding layer.
        attention_heads: Number of attention heads in a layer.
        limit: Longest sequence in tokens, including special tokens.
        sentence: How the vector of a sentence is made of its tokens' states.
        prompts: Texts to put before a sentence, by their names.
        stored: dtype of the weights in the file.
        heads: Heads on top of the encoder; embcmp takes its vectors from below them.
        trained_on: Corpus, its size and the loss, for a model that embcmp trained.
        license: License, from the catalog, the model card or config.json.
        revision: Commit, for a model from the hub.
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
    sentence: str | None = None
    prompts: Mapping[str, str] = field(default_factory=dict)
    stored: str | None = None
    heads: tuple[Head, ...] = ()
    trained_on: str | None = None
    license: str | None = None
    revision: str | None = None

    @property
    def bytes(self) -> int:
        """Size of the files that are read, in bytes."""
        return sum(file.bytes for file in self.files)


@dataclass(frozen=True, slots=True)
class DeclaredTensor:
    """A tensor as declared in a file: the number of elements, and the dtype in safetensors."""

    size: int
    dtype: str


def describe_checkpoint(checkpoint: CheckpointFolder) -> ModelCard:
    """Describe the checkpoint of a transformer; only the header of its weights is read.

    Raises:
        ModelError: A file is missing, broken or refused.
    """
    folder = checkpoint.folder
    config = read_config(checkpoint)
    weights = weight_files(folder)
    tensors = {name: t for file in weights for name, t in declared_tensors(file).items()}
    floats = {name: t.size for name, t in tensors.items() if t.dtype.startswith(("F", "BF"))}
    encoder = encoder_tensors(floats, config)
    vocabulary, heads = config.get(VOCABULARY), config.get(HEADS)
    modules = SentenceModules.of(folder)
    digests = [file_digest(file) for file in weights]
    joint = sha256("".join(digests).encode()).hexdigest()
    return ModelCard(
        model=checkpoint.name,
        architecture=str(config.get("model_type", "unknown")),
        saved_as=saved_class(config) or None,
        layers=declared_number(folder, config, LAYERS),
        dim=declared_number(folder, config, WIDTH),
        attention_heads=heads if isinstance(heads, int) else None,
        parameters=sum(floats[name] for name in encoder),
        vocabulary=vocabulary if isinstance(vocabulary, int) else None,
        limit=token_limit(folder, config),
        sentence=modules.summary(),
        prompts=modules.prompts,
        stored=main_dtype(tensors[name] for name in encoder),
        heads=find_heads(floats, config),
        license=checkpoint.license or _license(folder, config),
        location=str(folder),
        revision=checkpoint.revision,
        digest=digests[0] if len(digests) == 1 else joint,
        files=tuple(map(File.of, [folder / CONFIG, *checkpoint.tokenizer_files(), *weights])),
    )


def declared_tensors(file: Path) -> dict[str, DeclaredTensor]:
    """The tensors declared in the header of a safetensors file.

    Raises:
        ModelError: The file is not a complete safetensors file.
    """
    with open_safetensors(file) as f:
        slices = {name: f.get_slice(name) for name in f.keys()}
        return {
            name: DeclaredTensor(prod(tensor.get_shape()), tensor.get_dtype())
            for name, tensor in slices.items()
        }


def main_dtype(tensors: Iterable[DeclaredTensor]) -> str | None:
    """The dtype of most elements, as named by numpy and torch."""
    numbers: Counter[str] = Counter()
    for tensor in tensors:
        numbers[tensor.dtype] += tensor.size
    return next((DTYPES.get(name, name) for name, _ in numbers.most_common(1)), None)


def _license(folder: Path, config: Mapping[str, Any]) -> str | None:
    """The license in the front matter of the model card, or else in config.json."""
    from huggingface_hub import metadata_load

    try:
        stated = metadata_load(folder / CARD) or {}
    except Exception:  # no card, or invalid YAML: the license is unknown
        stated = {}
    other = stated.get("license_name") if stated.get("license") == "other" else None
    license = other or stated.get("license") or config.get("license")
    names = license if isinstance(license, list) else [license]
    return ", ".join(str(name) for name in names if name) or None
