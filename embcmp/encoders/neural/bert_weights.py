"""A checkpoint's tensors, as they come in the wild, under the names of `bert.py`."""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from embcmp.encoders.neural.bert import BertConfig, BertModel
from embcmp.errors import ModelError
from embcmp.models.folder import weight_files

_RENAMED = {
    "LayerNorm.gamma": "LayerNorm.weight",
    "LayerNorm.beta": "LayerNorm.bias",
    "intermediate.dense": "intermediate",
}


def load_bert(folder: Path, config: BertConfig) -> BertModel:
    """Read the encoder's weights, in float32 whatever the checkpoint's dtype.

    Raises:
        ModelError: a tensor is missing, or has another shape than config.json says.
    """
    model = BertModel(config)
    wanted = model.state_dict()
    state: dict[str, Tensor] = {}
    for file in weight_files(folder):
        _read(file, wanted, state)
    lacking = sorted(wanted.keys() - state.keys())
    if lacking:
        raise ModelError(
            f"{folder}: the checkpoint lacks {len(lacking)} of {len(wanted)} tensors,"
            f" {lacking[0]} the first",
            "is config.json that of these weights?",
        )
    model.load_state_dict(state, assign=True)
    return model.eval()


def _read(file: Path, wanted: dict[str, Tensor], state: dict[str, Tensor]) -> None:
    try:
        with safe_open(file, framework="pt") as f:
            for stored in f.keys():
                name = _our_name(stored)
                if name in wanted:
                    state[name] = f.get_tensor(stored).to(torch.float32)
                    if state[name].shape != wanted[name].shape:
                        raise ModelError(
                            f"{file}: {stored} has the shape {list(state[name].shape)}, "
                            f"but config.json says {list(wanted[name].shape)}",
                            "is config.json that of these weights?",
                        )
    except (SafetensorError, OSError) as e:
        raise ModelError(f"{file}: is not a whole safetensors file ({e})", "fetch it again") from e


def _our_name(stored: str) -> str:
    """Without the prefixes of a checkpoint with heads; old TensorFlow names of norms renamed."""
    name = stored.removeprefix("bert.").removeprefix("encoder.")
    for theirs, ours in _RENAMED.items():
        name = name.replace(theirs, ours)
    return name
