"""The tensors of BERT checkpoints, under the names that they have in `bert.py`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import torch
from torch import Tensor

from embcmp.encoders.neural.bert_network import BertConfig, BertModel
from embcmp.errors import ModelError
from embcmp.models.checkpoint_files import open_safetensors, weight_files

_RENAMED = {
    "LayerNorm.gamma": "LayerNorm.weight",
    "LayerNorm.beta": "LayerNorm.bias",
    "intermediate.dense": "intermediate",
    "transform.": "",
}
_DTYPES = (torch.float64, torch.float32, torch.float16, torch.bfloat16)
_CONFIG_HINT = "does config.json belong to these weights?"


def load_bert(folder: Path, config: BertConfig) -> BertModel:
    """Read the encoder's weights in float32, whatever the checkpoint's dtype.

    Raises:
        ModelError: a tensor is missing, is quantized, or has another shape than config.json says;
            or a layer has a tensor that the forward pass does not use, so that its states would
            be wrong.
    """
    with torch.device("meta"):  # it needs the shapes alone: the weights are mapped from the file
        model = BertModel(config)
    wanted = model.state_dict()
    state, others = read_tensors(folder, wanted, _without_prefix)
    lacking = sorted(wanted.keys() - state.keys())
    if lacking:
        raise ModelError(
            f"{folder}: the checkpoint lacks {len(lacking)} of {len(wanted)} tensors;"
            f" the first is {lacking[0]}",
            _CONFIG_HINT,
        )
    unused = [stored for stored in others if _without_prefix(stored).startswith("layer.")]
    if unused:
        raise ModelError(
            f"{folder}: {len(unused)} of the tensors of layers do not fit config.json;"
            f" the first is {min(unused)}",
            _CONFIG_HINT,
        )
    model.load_state_dict(state, assign=True)
    return model.eval()


def read_tensors(
    folder: Path, wanted: Mapping[str, Tensor], name_of: Callable[[str], str]
) -> tuple[dict[str, Tensor], list[str]]:
    """Read tensors of a checkpoint in float32.

    Args:
        folder: the folder of the checkpoint.
        wanted: tensors of the expected shapes, by their names in our module.
        name_of: takes the prefix off a stored name.

    Returns:
        The wanted tensors that are stored, by their names in our module, and the stored names of
        all other tensors.

    Raises:
        ModelError: a wanted tensor is quantized, or has another shape.
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


def _check(what: str, stored: Tensor, wanted: Tensor) -> None:
    if stored.dtype not in _DTYPES:
        dtype = str(stored.dtype).removeprefix("torch.")
        raise ModelError(
            f"{what} is quantized, stored as {dtype}", "name the model's unquantized weights"
        )
    if stored.shape != wanted.shape:
        raise ModelError(
            f"{what} has the shape {list(stored.shape)},"
            f" but config.json makes it {list(wanted.shape)}",
            _CONFIG_HINT,
        )


def _without_prefix(stored: str) -> str:
    """The stored name without the prefixes that checkpoints with heads have."""
    return stored.removeprefix("bert.").removeprefix("encoder.")
