"""Every encoder that `bert.py` does not know, through transformers."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer
from torch import Tensor, nn

from embcmp.encoders.neural.runtime import seeded
from embcmp.errors import ModelError
from embcmp.models.folder import weight_files

# Decoders that are met most often; a target's state in them knows only what stands before it.
CAUSAL = ("gpt2", "gpt_neo", "gpt_neox", "gptj", "opt", "bloom", "llama", "mistral", "qwen2", "phi")


class Transformer(nn.Module):
    """A model of transformers' AutoModel, giving its hidden states."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, ids: Tensor, mask: Tensor | None, top: int) -> list[Tensor]:
        """Ids [b, t], mask [b, t] -> top + 1 tensors [b, t, d]; all layers are run."""
        mask = torch.ones_like(ids) if mask is None else mask.long()
        out = self.model(input_ids=ids, attention_mask=mask, output_hidden_states=True)
        return list(out.hidden_states[: top + 1])


def load_transformer(
    folder: Path, config: Mapping[str, Any], seed: int | None = None
) -> Transformer:
    """Load a checkpoint in float32, from safetensors only, running none of its code.

    Args:
        folder: of the checkpoint.
        config: its config.json.
        seed: draw untrained weights from it instead.

    Raises:
        ModelError: an encoder-decoder, a checkpoint that wants its own code, or a broken one.
    """
    if "auto_map" in config and "model_type" not in config:
        raise ModelError(
            f"{folder}: the model wants to run code of its own",
            "embcmp runs none from a checkpoint",
        )
    from transformers.utils import logging

    quiet: Any = logging  # its functions carry no types
    quiet.set_verbosity_error()
    quiet.disable_progress_bar()
    try:
        model = _trained(folder) if seed is None else _untrained(folder, seed)
    except ModelError:
        raise
    except Exception as e:  # whatever transformers says of a broken folder
        reason = str(e).strip().partition("\n")[0]
        raise ModelError(f"{folder}: transformers cannot load it: {reason}") from e
    if config.get("model_type") in CAUSAL or config.get("is_decoder"):
        raise ModelError(
            f"{folder}: {config.get('model_type')} reads from left to right only, so that a word"
            " does not see what follows it",
            "name an encoder",
        )
    if "decoder" in dict(model.named_children()):
        raise ModelError(
            f"{folder}: {config.get('model_type')} is an encoder-decoder", "name an encoder"
        )
    return Transformer(model.eval())


def _trained(folder: Path) -> nn.Module:
    from transformers import AutoModel

    weight_files(folder)
    model: nn.Module = AutoModel.from_pretrained(
        folder,
        local_files_only=True,
        trust_remote_code=False,
        use_safetensors=True,
        dtype=torch.float32,
    )
    return model


def _untrained(folder: Path, seed: int) -> nn.Module:
    from transformers import AutoConfig, AutoModel

    config = AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    auto: Any = AutoModel  # its from_config carries no types
    with seeded(seed):
        model: nn.Module = auto.from_config(config, trust_remote_code=False, dtype=torch.float32)
    return model


def fast_tokenizer(folder: Path) -> Tokenizer:
    """The tokenizer of a checkpoint that has no tokenizer.json, converted by transformers.

    Raises:
        ModelError: there is none, or it has no fast form, which alone gives offsets.
    """
    from transformers import AutoTokenizer

    try:
        tokenizer = AutoTokenizer.from_pretrained(
            folder, local_files_only=True, trust_remote_code=False, use_fast=True
        ).backend_tokenizer
    except Exception as e:  # whatever transformers says of a broken folder
        reason = str(e).strip().partition("\n")[0]
        raise ModelError(f"{folder}: has no tokenizer that gives offsets: {reason}") from e
    if not isinstance(tokenizer, Tokenizer):
        raise ModelError(f"{folder}: its tokenizer gives no offsets", "save it with tokenizer.json")
    return tokenizer
