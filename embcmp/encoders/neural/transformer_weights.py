"""Loading a checkpoint with transformers: completely, and from safetensors only."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import nn

from embcmp.encoders.neural.devices import seeded
from embcmp.errors import ModelError
from embcmp.models.card import DTYPES, declared_tensors
from embcmp.models.checkpoint_files import weight_files
from embcmp.models.prediction_heads import saved_class


def load_weights(folder: Path, config: Mapping[str, Any], seed: int | None = None) -> nn.Module:
    """Load a checkpoint in float32, without running any of its code.

    Args:
        folder: the folder of the checkpoint.
        config: its settings, from `read_config`.
        seed: the seed of random weights; None to read the trained ones.

    Raises:
        ModelError: weights are missing, are not used, are quantized, or have another shape.
    """
    auto = _auto_class(config)
    return _trained(auto, folder) if seed is None else _untrained(auto, folder, seed)


def encoder_of(model: nn.Module) -> nn.Module:
    """The encoder of an encoder-decoder; any other model itself."""
    whole: Any = model
    if not whole.config.is_encoder_decoder:
        return model
    encoder: nn.Module = whole.get_encoder()
    return encoder


def _auto_class(config: Mapping[str, Any]) -> Any:  # noqa: ANN401  see `from_pretrained`
    """The class of transformers' that loads a model of this configuration.

    It is AutoModel, but for an encoder that was saved without the decoder that its architecture
    has, such as T5EncoderModel: AutoModel would draw that decoder at random.
    """
    from transformers import AutoModel, AutoModelForTextEncoding
    from transformers.models.auto.modeling_auto import MODEL_FOR_TEXT_ENCODING_MAPPING_NAMES

    without_decoder = MODEL_FOR_TEXT_ENCODING_MAPPING_NAMES.get(str(config.get("model_type")), "")
    saved_alone = without_decoder.endswith("EncoderModel") and saved_class(config)
    return AutoModelForTextEncoding if saved_alone == without_decoder else AutoModel


def _trained(auto: Any, folder: Path) -> nn.Module:  # noqa: ANN401  see `from_pretrained`
    _check_dtypes(folder)
    model, loading = from_pretrained(auto, folder)
    lacking = _lacking(model, loading["missing_keys"])
    unused = _unused(model, loading["unexpected_keys"])
    check_shapes(folder, loading)
    if lacking or unused:
        wrong = "the checkpoint lacks" if lacking else "transformers does not use"
        names = lacking or unused
        raise ModelError(
            f"{folder}: {wrong} {len(names)} of the encoder's tensors; the first is {names[0]}",
            "does config.json belong to these weights, and does this transformers know the model?",
        )
    return model


def from_pretrained(auto: Any, folder: Path) -> tuple[nn.Module, Mapping[str, Any]]:  # noqa: ANN401  what it returns depends on its arguments
    """Load what one of transformers' Auto classes makes of a folder, and its loading info."""
    model, loading = auto.from_pretrained(
        folder,
        local_files_only=True,
        trust_remote_code=False,
        use_safetensors=True,
        dtype=torch.float32,
        ignore_mismatched_sizes=True,  # or they are an error that does not name them
        output_loading_info=True,
    )
    return model, loading


def check_shapes(folder: Path, loading: Mapping[str, Any]) -> None:
    """Raise ModelError if a tensor has another shape than config.json says.

    Args:
        folder: the folder of the checkpoint.
        loading: the loading info of transformers.
    """
    for name, stored, declared in sorted(loading["mismatched_keys"]):
        raise ModelError(
            f"{folder}: {name} has the shape {list(stored)},"
            f" but config.json makes it {list(declared)}",
            "does config.json belong to these weights?",
        )


def _check_dtypes(folder: Path) -> None:
    """Raise ModelError for quantized weights, which transformers would take as they are."""
    for file in weight_files(folder):
        for name, tensor in declared_tensors(file).items():
            if name.endswith("weight") and tensor.dtype not in DTYPES:
                raise ModelError(
                    f"{file}: {name} is quantized, stored as {tensor.dtype}",
                    "name the model's unquantized weights",
                )


def _lacking(model: nn.Module, missing: Collection[str]) -> list[str]:
    """The tensors that states depend on and transformers drew at random."""
    wanted = {id(p) for name, p in encoder_of(model).named_parameters() if "pooler" not in name}
    named = dict(model.named_parameters(remove_duplicate=False))
    return sorted(name for name in missing if id(named.get(name)) in wanted)


def _unused(model: nn.Module, unexpected: Collection[str]) -> list[str]:
    """The tensors of layers that transformers does not use, so that its states are wrong.

    This happens with the relative positions of some BERTs (`position_embedding_type`).
    """
    stacks = [name for name, m in model.named_modules() if isinstance(m, nn.ModuleList)]
    return sorted(key for key in unexpected if any(f"{stack}." in key for stack in stacks))


def _untrained(auto: Any, folder: Path, seed: int) -> nn.Module:  # noqa: ANN401  as above
    from transformers import AutoConfig

    config = AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    with seeded(seed):
        model: nn.Module = auto.from_config(config, trust_remote_code=False, dtype=torch.float32)
    return model
