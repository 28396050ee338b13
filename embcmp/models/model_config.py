"""The configuration of a checkpoint, as transformers reads it.

Where config.json is silent, the default of the architecture counts. An architecture may also have
a name of its own for a number; it is here under the usual name, too.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from embcmp.errors import ModelError
from embcmp.models.checkpoint_files import CONFIG, LIMITS, read_json
from embcmp.models.checkpoints import CheckpointFolder
from embcmp.models.quiet_transformers import transformers_errors

VOCABULARY, WIDTH, LAYERS = "vocab_size", "hidden_size", "num_hidden_layers"
HEADS, POSITIONS, PADDING = "num_attention_heads", "max_position_embeddings", "pad_token_id"

_OTHER_POSITIONS = ("max_encoder_position_embeddings", "max_seq_len")  # of LED and MPT
_POSITIONS_START_AFTER_PADDING = (
    "camembert data2vec-text esm ibert layoutlmv3 lilt longformer luke markuplm mpnet roberta"
    " roberta-prelayernorm xlm-roberta xlm-roberta-xl xmod"
).split()
_LARGEST_LIMIT = 1_000_000  # "no limit" is declared as 10^30
_USUAL_LIMIT = 512
_STATIC = "model2vec"  # the model_type of a folder that `word2vec:` reads
_ADAPTER = "adapter_config.json"


def read_config(checkpoint: CheckpointFolder) -> dict[str, Any]:
    """The settings of a checkpoint, with the architecture's defaults and the usual names.

    The embedded default says everything under the usual names, so that transformers, whose import
    takes two seconds, is not needed for it.

    Raises:
        ModelError: config.json is missing or broken, transformers does not know the model, or the
            model is more than that file and its weights: it has an adapter or code of its own.
    """
    _refuse_adapter(checkpoint.folder)
    file = checkpoint.folder / CONFIG
    declared = read_json(file)
    if checkpoint.embedded:
        return declared
    if declared.get("model_type") == _STATIC:
        raise ModelError(
            f"{file}: is of {_STATIC}, which has a vector for each word and no layers",
            f"name the folder as word2vec:{checkpoint.folder}",
        )
    _refuse_own_code(checkpoint.folder)
    hint = "fetch the model again, or install a transformers that knows it"
    with transformers_errors(f"{file}: transformers cannot read it", hint):
        from transformers import AutoConfig

        config: Any = AutoConfig.from_pretrained(
            checkpoint.folder, local_files_only=True, trust_remote_code=False
        )
        part = _encoder_part(config)
    usual = (VOCABULARY, WIDTH, LAYERS, HEADS, POSITIONS, *_OTHER_POSITIONS, PADDING)
    return {**config.to_dict(), **{name: getattr(part, name, None) for name in usual}}


def _refuse_adapter(folder: Path) -> None:
    """Raise ModelError if there is an adapter: the weights beside it would be those without it."""
    file = folder / _ADAPTER
    if file.is_file():
        raise ModelError(
            f"{file}: the model has an adapter (PEFT), which embcmp does not apply",
            "merge it into the weights: merge_and_unload(), then save_pretrained(FOLDER)",
        )


def _refuse_own_code(folder: Path) -> None:
    """Raise ModelError if the model or its tokenizer has code of its own.

    transformers would use its own code for the `model_type`, which computes something else: many
    models are of the type `bert` and bring another attention.
    """
    for file in (folder / CONFIG, folder / LIMITS):
        code = read_json(file).get("auto_map") if file.is_file() else None
        if code:
            first = next(iter(code.values())) if isinstance(code, dict) else code
            raise ModelError(
                f"{file}: auto_map names code of its own ({first}), which embcmp does not run",
                "if transformers has this model without that code, take auto_map out of the file",
            )


def _encoder_part(config: Any) -> Any:  # noqa: ANN401  every architecture has a class of its own
    """The part of a configuration that describes what reads the text."""
    if config.is_encoder_decoder:
        return getattr(config, "encoder", None) or config.get_text_config(encoder=True)
    return config.get_text_config()


def declared_number(folder: Path, config: Mapping[str, Any], name: str) -> int:
    """A number of the configuration that a model cannot be without.

    Args:
        folder: Folder of the checkpoint, for messages.
        config: Result of `read_config`.
        name: VOCABULARY, WIDTH of a hidden state, or LAYERS above the embedding layer.

    Raises:
        ModelError: It is not declared.
    """
    value = config.get(name)
    if not isinstance(value, int):
        raise ModelError(
            f"{folder / CONFIG}: does not declare {name}",
            "embcmp takes models of text whose layers all have the same width",
        )
    return value


def token_limit(folder: Path, config: Mapping[str, Any]) -> int:
    """The longest sequence in tokens, including special tokens.

    It is the smaller of the number of positions and the limit that the tokenizer declares; a
    declared 10^30 means "no limit" and is ignored.
    """
    positions = [config.get(name) for name in (POSITIONS, *_OTHER_POSITIONS)]
    unused = _positions_before_the_first(config)
    limits: list[object] = [n - unused for n in positions if isinstance(n, int)]
    declared = folder / LIMITS
    if declared.is_file():
        limits.append(read_json(declared).get("model_max_length") or 0)
    numbers = [int(n) for n in limits if isinstance(n, int | float) and 2 < n < _LARGEST_LIMIT]
    return min(numbers, default=_USUAL_LIMIT)


def _positions_before_the_first(config: Mapping[str, Any]) -> int:
    """The number of positions that no token has: RoBERTa's first has the number of padding + 1."""
    padding = config.get(PADDING)
    if config.get("model_type") not in _POSITIONS_START_AFTER_PADDING:
        return 0
    return 1 + (padding if isinstance(padding, int) and padding >= 0 else 0)
