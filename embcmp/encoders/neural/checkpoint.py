"""A folder with a model in it, opened: its forward pass, its tokenizer and what they declare."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer
from torch import nn

from embcmp.encoders.base import fingerprint
from embcmp.encoders.neural.bert import BertConfig, BertModel
from embcmp.encoders.neural.bert_weights import load_bert, weight_files
from embcmp.encoders.neural.runtime import seeded
from embcmp.encoders.neural.transformer import fast_tokenizer, load_transformer
from embcmp.errors import ModelError
from embcmp.models.fetch import find_checkpoint
from embcmp.models.verify import file_digest

_POSITIONS_START_AFTER_PADDING = {"roberta", "xlm-roberta", "camembert", "mpnet", "longformer"}
_BELIEVABLE = 1_000_000  # "no limit" is written as 10^30
_USUAL_LIMIT = 512


@dataclass(frozen=True)
class Checkpoint:
    """A model ready to run.

    Attributes:
        name: for people.
        model: a `runtime.Forward`.
        tokenizer: without truncation and padding.
        layers: number of layers above the embedding layer.
        dim: width of a hidden state.
        parameters: numbers in the encoder.
        bytes: size of its files that are read.
        digest: of those files' content.
        limit: the longest sequence it takes, special tokens included.
        pad: the id that fills a batch.
    """

    name: str
    model: nn.Module
    tokenizer: Tokenizer
    layers: int
    dim: int
    parameters: int
    bytes: int
    digest: str
    limit: int
    pad: int


def open_checkpoint(source: str | None, seed: int | None = None) -> Checkpoint:
    """Open a checkpoint.

    Args:
        source: a folder, an embedded model's name or a hub id; None for the default.
        seed: draw untrained weights from it, and read none.

    Raises:
        ModelError: missing, broken or refused.
    """
    found = find_checkpoint(source)
    folder = found.folder
    config = _read_json(folder / "config.json")
    bert = _bert_config(folder, config)
    model: nn.Module
    if bert is None:
        model = load_transformer(folder, config, seed)
    elif seed is None:
        model = load_bert(folder, bert)
    else:
        with seeded(seed):
            model = BertModel(bert).initialize().eval()
    files = [folder / "config.json", *_tokenizer_files(folder)]
    files += weight_files(folder) if seed is None else []
    return Checkpoint(
        name=found.name,
        model=model,
        tokenizer=_tokenizer(folder),
        layers=_number(folder, config, "num_hidden_layers", "n_layer", "n_layers", "num_layers"),
        dim=_number(folder, config, "hidden_size", "n_embd", "dim", "d_model"),
        parameters=sum(p.numel() for p in model.parameters()),
        bytes=sum(file.stat().st_size for file in files),
        digest=fingerprint(seed, *(file_digest(file) for file in files)),
        limit=_limit(folder, config),
        pad=_pad(config),
    )


def _read_json(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as e:
        raise ModelError(
            f"{path.parent}: there is no config.json", "is this the folder of a model?"
        ) from e
    except (OSError, ValueError) as e:
        raise ModelError(f"{path}: cannot be read ({e})", "fetch the model again") from e
    if not isinstance(value, dict):
        raise ModelError(f"{path}: is no JSON object", "fetch the model again")
    return value


def _bert_config(folder: Path, config: dict[str, Any]) -> BertConfig | None:
    try:
        return BertConfig.from_json(config)
    except TypeError as e:
        raise ModelError(f"{folder / 'config.json'}: is incomplete ({e})") from e
    except ValueError as e:
        raise ModelError(f"{folder / 'config.json'}: {e}", "fetch the model again") from e


def _tokenizer_files(folder: Path) -> list[Path]:
    names = ("tokenizer.json", "vocab.txt", "vocab.json", "merges.txt", "spiece.model")
    present = [folder / name for name in names if (folder / name).is_file()]
    if not present:  # transformers would make an empty one
        raise ModelError(f"{folder}: there is no tokenizer", "it is kept in tokenizer.json")
    return present[:1] if present[0].name == "tokenizer.json" else present


def _tokenizer(folder: Path) -> Tokenizer:
    file = folder / "tokenizer.json"
    if not file.is_file():
        tokenizer = fast_tokenizer(folder)
    else:
        try:
            tokenizer = Tokenizer.from_file(str(file))
        except Exception as e:  # the library raises Exception itself
            raise ModelError(f"{file}: is no tokenizer ({e})", "fetch the model again") from e
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def _number(folder: Path, config: dict[str, Any], *names: str) -> int:
    """The first of several names under which architectures keep a number."""
    for name in names:
        if isinstance(config.get(name), int):
            return int(config[name])
    raise ModelError(f"{folder / 'config.json'}: says nothing of {names[0]}")


def _limit(folder: Path, config: dict[str, Any]) -> int:
    """What the positions allow and the tokenizer declares, whichever is less."""
    limits = []
    if isinstance(positions := config.get("max_position_embeddings"), int):
        shifted = config.get("model_type") in _POSITIONS_START_AFTER_PADDING
        limits.append(positions - _pad(config) - 1 if shifted else positions)
    declared = folder / "tokenizer_config.json"
    if declared.is_file():
        limits.append(_read_json(declared).get("model_max_length") or 0)
    numbers = [int(n) for n in limits if isinstance(n, int | float) and 2 < n < _BELIEVABLE]
    return min(numbers, default=_USUAL_LIMIT)


def _pad(config: dict[str, Any]) -> int:
    """The id that fills a batch; its value never shows, since it is masked."""
    pad = config.get("pad_token_id")
    return pad if isinstance(pad, int) and pad >= 0 else 0
