"""Tiny checkpoints of sentence-transformers, written by hand as its versions write them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import torch
from safetensors.torch import save_file


def add_modules(
    folder: Path,
    pooling: dict[str, object],
    *,
    dense: Sequence[tuple[int, int]] = (),
    normalize: bool = False,
    activation: str = "torch.nn.modules.activation.Tanh",
) -> Path:
    """Make the folder of a transformer one of sentence-transformers, with random dense layers."""
    modules: list[tuple[str, dict[str, object]]] = [("Pooling", pooling)]
    modules += [
        ("Dense", {"in_features": a, "out_features": b, "activation_function": activation})
        for a, b in dense
    ]
    modules += [("Normalize", {})] if normalize else []
    listed = [
        {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"}
    ]
    for i, (kind, settings) in enumerate(modules, 1):
        path = f"{i}_{kind}"
        (folder / path).mkdir()
        (folder / path / "config.json").write_text(json.dumps(settings))
        if kind == "Dense":
            save_dense(folder / path / "model.safetensors", settings)
        kind = f"sentence_transformers.models.{kind}"
        listed.append({"idx": i, "name": str(i), "path": path, "type": kind})
    (folder / "modules.json").write_text(json.dumps(listed))
    return folder


def save_dense(file: Path, settings: dict[str, object]) -> None:
    """Write random weights of a dense layer."""
    drawn = torch.Generator().manual_seed(3)
    shape = (settings["out_features"], settings["in_features"])
    weights = {"weight": torch.randn(shape, generator=drawn), "bias": torch.ones(shape[0])}
    save_file({f"linear.{name}": value for name, value in weights.items()}, file)


def copy_of(model: Path, folder: Path) -> Path:
    """A copy of a model that a test may change."""
    shutil.copytree(model, folder)
    return folder


def add_prompts(folder: Path, prompts: dict[str, str], default: str | None = None) -> None:
    """Write the prompts of a checkpoint."""
    settings = {"prompts": prompts, "default_prompt_name": default}
    (folder / "config_sentence_transformers.json").write_text(json.dumps(settings))


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
