"""A checkpoint's tensors, as they come in the wild, under the names of `bert.py`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import torch
from torch import Tensor

from embcmp.encoders.neural.bert import BertConfig, BertModel
from embcmp.errors import ModelError
from embcmp.models.checkpoint_files import open_safetensors, weight_files

_RENAMED = {
    "LayerNorm.gamma": "LayerNorm.weight",
    "LayerNorm.beta": "LayerNorm.bias",
    "intermediate.dense": "intermediate",
    "transform.": "",
}
_DTYPES = (torch.float64, torch.float32, torch.float16, torch.bfloat16)
_OF_THESE = "is config.json that of these weights?"


def load_bert(folder: Path, config: BertConfig) -> BertModel:
    """Read the encoder's weights, in float32 whatever the checkpoint's dtype.

    Raises:
        ModelError: a tensor is missing, is quantized, has another shape than config.json says, or
            is of a layer and has no part in the forward pass, which would compute something else.
    """
    with torch.device("meta"):  # shapes alone: the weights are mapped from the file
        model = BertModel(config)
    wanted = model.state_dict()
    state, others = read_tensors(folder, wanted, _without_prefix)
    lacking = sorted(wanted.keys() - state.keys())
    if lacking:
        raise ModelError(
            f"{folder}: the checkpoint lacks {len(lacking)} of {len(wanted)} tensors,"
            f" {lacking[0]} the first",
            _OF_THESE,
        )
    unused = [stored for stored in others if _without_prefix(stored).startswith("layer.")]
    if unused:
        raise ModelError(
            f"{folder}: config.json has no place for {len(unused)} of the tensors of layers,"
            f" {min(unused)} the first",
            _OF_THESE,
        )
    model.load_state_dict(state, assign=True)
    return model.eval()


def read_tensors(
    folder: Path, wanted: Mapping[str, Tensor], name_of: Callable[[str], str]
) -> tuple[dict[str, Tensor], list[str]]:
    """Read tensors of a checkpoint in float32.

    Args:
        folder: of the checkpoint.
        wanted: by our names, tensors of the shapes that there should be.
        name_of: a stored name without what stands before ours.

    Returns:
        Those that are there, by our names, and the stored names of all others.

    Raises:
        ModelError: one is quantized, or has another shape.
    """
    state: dict[str, Tensor] = {}
    others: list[str] = []
    for file in weight_files(folder):
        with open_safetensors(file, "pt") as f:
            for stored in f.keys():
                name = name_of(stored)
                for theirs, ours in _RENAMED.items():
                    name = name.replace(theirs, ours)
                if name in wanted:
                    tensor = f.get_tensor(stored)
                    _check(f"{file}: {stored}", tensor, wanted[name])
                    state[name] = tensor.to(torch.float32)
                else:
                    others.append(stored)
    return state, others


def _check(what: str, found: Tensor, wanted: Tensor) -> None:
    if found.dtype not in _DTYPES:
        dtype = str(found.dtype).removeprefix("torch.")
        raise ModelError(
            f"{what} is quantized, stored as {dtype}", "name the model's unquantized weights"
        )
    if found.shape != wanted.shape:
        raise ModelError(
            f"{what} has the shape {list(found.shape)}, but config.json says {list(wanted.shape)}",
            _OF_THESE,
        )


def _without_prefix(stored: str) -> str:
    """Without the prefixes of a checkpoint with heads."""
    return stored.removeprefix("bert.").removeprefix("encoder.")
