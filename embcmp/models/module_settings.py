"""The modules of sentence-transformers that come after a transformer, and their settings."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TypeGuard

from embcmp.errors import ModelError
from embcmp.models.checkpoint_files import CONFIG, WEIGHTS, read_json

POOLINGS = {  # the names of the ways to pool, by their keys in older versions
    "pooling_mode_cls_token": "cls",
    "pooling_mode_max_tokens": "max",
    "pooling_mode_mean_tokens": "mean",
    "pooling_mode_mean_sqrt_len_tokens": "mean_sqrt_len_tokens",
    "pooling_mode_weightedmean_tokens": "weightedmean",
    "pooling_mode_lasttoken": "lasttoken",
}


_VECTOR = "sentence_embedding"
_WIDEST = 100_000  # numbers of a vector
_CONVERT = (
    "if you trust it, save the model as safetensors:"
    " SentenceTransformer(...).save_pretrained(FOLDER), and name that folder"
)


@dataclass(frozen=True, slots=True)
class Pooling:
    """How the states of tokens become one vector.

    Attributes:
        modes: the ways to pool, some of `POOLINGS`; their vectors are joined end to end.
        with_prompt: whether the tokens of the prompt, and the special ones before it, count.
    """

    modes: tuple[str, ...]
    with_prompt: bool = True


@dataclass(frozen=True, slots=True)
class Dense:
    """A dense layer after the pooling.

    Attributes:
        inputs: the width of its input.
        outputs: the width of its output.
        bias: whether it has a bias.
        activation: the name of a class of `torch.nn`.
        file: its weights, `linear.weight` and `linear.bias`.
    """

    inputs: int
    outputs: int
    bias: bool
    activation: str
    file: Path


class Normalize:
    """The division of a vector by its length."""


Module = Pooling | Dense | Normalize


def read_module(kind: str, folder: Path) -> Module | None:
    """Read the settings of a module.

    Args:
        kind: the name of its class.
        folder: its folder.

    Returns:
        The module; None if it does nothing outside training.

    Raises:
        ModelError: embcmp does not compute it, or its settings or weights cannot be read.
    """
    if kind == "Pooling":
        return _pooling(folder / CONFIG)
    if kind == "Dense":
        return _dense(folder)
    if kind == "Normalize":
        _refuse_other_input(folder / CONFIG)
        return Normalize()
    if kind == "Dropout":
        return None
    raise ModelError(
        f"{folder}: is a module {kind}, which embcmp does not compute",
        "it computes Pooling, Dense and Normalize; leave out pool=sentence",
    )


def in_words(module: Module) -> str:
    """What a module does, in a few words."""
    if isinstance(module, Pooling):
        return " and ".join(module.modes) + ("" if module.with_prompt else " without the prompt")
    if isinstance(module, Dense):
        return f"dense {module.inputs} to {module.outputs} ({module.activation})"
    return "normalized"


def _pooling(file: Path) -> Pooling:
    settings = read_json(file)
    named = settings.get("pooling_mode")
    if named is None:
        named = [name for key, name in POOLINGS.items() if settings.get(key)] or ["mean"]
    modes = tuple(map(str, named)) if isinstance(named, list) else (str(named),)
    if not modes or not set(modes) <= {*POOLINGS.values()}:
        raise ModelError(
            f"{file}: embcmp does not know the pooling {named!r}",
            f"it knows {', '.join(POOLINGS.values())}",
        )
    return Pooling(modes, settings.get("include_prompt", True) is not False)


def _refuse_other_input(file: Path) -> None:
    """Raise ModelError if the settings of a module, if any, are not for the sentence's vector."""
    settings = read_json(file) if file.is_file() else {}
    for key in ("module_input_name", "module_output_name"):
        if settings.get(key) not in (None, _VECTOR):
            raise ModelError(
                f"{file}: the module is for {settings[key]}, not for the sentence's vector",
                "embcmp computes no other; leave out pool=sentence",
            )


def _is_width(n: object) -> TypeGuard[int]:
    return type(n) is int and 0 < n <= _WIDEST


def _dense(folder: Path) -> Dense:
    file = folder / CONFIG
    settings = read_json(file)
    inputs, outputs = settings.get("in_features"), settings.get("out_features")
    if not (_is_width(inputs) and _is_width(outputs)):
        raise ModelError(f"{file}: does not declare in_features and out_features")
    _refuse_other_input(file)
    if settings.get("use_residual"):
        raise ModelError(
            f"{file}: adds its input to its output (use_residual), which embcmp does not do",
            "leave out pool=sentence",
        )
    activation = str(settings.get("activation_function", "torch.nn.Tanh"))
    if not activation.startswith("torch.nn."):
        raise ModelError(
            f"{file}: the activation {activation} is code of its own, which embcmp does not run",
            "leave out pool=sentence",
        )
    weights = folder / WEIGHTS
    if not weights.is_file():
        raise ModelError(f"{folder}: there is no {WEIGHTS} with the layer's weights", _CONVERT)
    bias = settings.get("bias", True) is not False
    return Dense(inputs, outputs, bias, activation.rpartition(".")[2], weights)
