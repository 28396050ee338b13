"""Tiny checkpoints that were made for sentences with marks."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import torch


def copy_of(model: Path, folder: Path) -> Path:
    """A copy of a model that a test may change."""
    shutil.copytree(model, folder)
    return folder


def add_tokens(folder: Path, tokens: Sequence[str]) -> None:
    """Give a checkpoint tokens of its own, as one that was trained with marks has them."""
    from tokenizers import AddedToken, Tokenizer
    from transformers import AutoModel

    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.add_special_tokens([AddedToken(token) for token in tokens])
    tokenizer.save(str(folder / "tokenizer.json"))
    model = AutoModel.from_pretrained(folder)
    with torch.random.fork_rng():
        torch.manual_seed(4)
        model.resize_token_embeddings(tokenizer.get_vocab_size(), mean_resizing=False)
    model.save_pretrained(folder)
