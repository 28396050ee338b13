"""A transformer checkpoint, opened: its forward pass, its tokenizer and what they declare."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer

from embcmp.encoders.base import fingerprint
from embcmp.encoders.neural.batches import Model
from embcmp.encoders.neural.bert_network import BertConfig, BertModel
from embcmp.encoders.neural.bert_weights import load_bert
from embcmp.encoders.neural.devices import seeded
from embcmp.encoders.neural.tokenizer import Segments, open_tokenizer
from embcmp.errors import ModelError
from embcmp.models.checkpoint_files import CONFIG, read_json, weight_files
from embcmp.models.checkpoints import CheckpointFolder, find_checkpoint
from embcmp.models.declared_sizes import check_sizes
from embcmp.models.digests import file_digest
from embcmp.models.model_config import LAYERS, WIDTH, declared_number, read_config, token_limit


@dataclass(frozen=True)
class Checkpoint:
    """A model ready to run.

    Attributes:
        location: the checkpoint's name, folder, and commit on the hub.
        config: its settings, with the architecture's defaults.
        model: the forward pass.
        tokenizer: the tokenizer, which neither truncates nor pads.
        mask: the text of the tokenizer's mask; None where it has none.
        segments: the segments of its tokens; None if it gives the model none.
        special_ids: the ids that transformers counts as special; None where that is not known.
        layers: the number of layers above the embedding layer.
        dim: the width of a hidden state.
        parameters: the number of the encoder's parameters.
        bytes: the size of the files that are read.
        digest: a digest of those files and of all else that a vector depends on.
        limit: the longest sequence that the model takes, special tokens included.
        remarks: what the user should know about the model and its tokenizer.
    """

    location: CheckpointFolder
    config: Mapping[str, Any]
    model: Model
    tokenizer: Tokenizer
    mask: str | None
    segments: Segments | None
    special_ids: frozenset[int] | None
    layers: int
    dim: int
    parameters: int
    bytes: int
    digest: str
    limit: int
    remarks: tuple[str, ...]


def open_checkpoint(
    source: str | None, seed: int | None = None, revision: str | None = None
) -> Checkpoint:
    """Open a checkpoint.

    Args:
        source: a folder, an embedded model's name or a hub id; None for the default.
        seed: the seed of random weights; None to read the trained ones.
        revision: a branch, tag or commit of a model on the hub.

    Raises:
        UsageError: there is a revision, but the model is not on the hub.
        ModelError: the checkpoint is missing, broken or refused.
    """
    location = find_checkpoint(source, revision, weights=seed is None)
    folder = location.folder
    if not location.embedded:
        check_sizes(folder, read_json(folder / CONFIG), weights=seed is None)
    config = read_config(location)
    tokenizer = open_tokenizer(location)
    bert = None if tokenizer.segments else _bert_config(folder, config)
    model: Model
    if bert is None:
        from embcmp.encoders.neural.transformer import load_transformer

        model = load_transformer(folder, config, seed, tokenizer.segments)
    elif seed is None:
        model = load_bert(folder, bert)
    else:
        with seeded(seed):
            model = BertModel(bert).initialize().eval()
    longest = token_limit(folder, config)
    files = [folder / CONFIG, *location.tokenizer_files()]
    files += weight_files(folder) if seed is None else []
    return Checkpoint(
        location=location,
        config=config,
        model=model,
        tokenizer=tokenizer.backend,
        mask=tokenizer.mask,
        segments=tokenizer.segments,
        special_ids=tokenizer.special_ids,
        layers=declared_number(folder, config, LAYERS),
        dim=declared_number(folder, config, WIDTH),
        parameters=sum(p.numel() for p in model.parameters()),
        bytes=sum(file.stat().st_size for file in files),
        digest=fingerprint(seed, longest, *(file_digest(file) for file in files)),
        limit=longest,
        remarks=(*model.remarks, *tokenizer.remarks),
    )


def _bert_config(folder: Path, config: Mapping[str, Any]) -> BertConfig | None:
    try:
        return BertConfig.from_json(config)
    except ValueError as e:
        raise ModelError(f"{folder / CONFIG}: {e}", "fetch the model again") from e
