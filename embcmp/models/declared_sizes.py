"""What config.json declares, held against the weights and the memory before a layer is built.

A library builds whatever layers a configuration asks for, and only then compares them with the
weights. A number too many would take all of the memory, or hours.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from embcmp.errors import ModelError
from embcmp.models.checkpoint_files import CONFIG, open_safetensors, weight_files

MOST_LAYERS = 1_000  # as many as the deepest published transformers have
SMALL = 1 << 16  # a size up to this is built in any case
MOST_TIMES = 4  # a stored tensor may hold so many equal parts of a declared size

_WIDTHS = ("hidden_size", "n_embd", "dim", "d_model")  # what architectures call it
_LAYERS = re.compile(r".*layers?")
_POSITIONS = re.compile(r".*position.*|n_ctx")
_VOCABULARY = re.compile(r".*vocab.*")
_SIZES = re.compile(r".*(size|dim|width|heads?|groups|experts|buckets|embd|inner|ffn)|d_.*")
_OF_TRAINING = re.compile(r".*(batch|train|data|chunk|sample|window|cache|step).*")
_BYTES = 4  # of a number in float32
_HINT = "does config.json belong to these weights?"


def check_sizes(folder: Path, config: Mapping[str, Any], *, weights: bool) -> None:
    """Check the sizes that config.json declares.

    Args:
        folder: Folder of the checkpoint.
        config: Content of its config.json.
        weights: Whether the weights are read; otherwise they are drawn at random.

    Raises:
        ModelError: There are more layers than any model has; or a size is in no tensor of the
            weights, or needs more memory than this machine has.
    """
    file = folder / CONFIG
    numbers = list(_numbers(config))
    for name, number in numbers:
        if _LAYERS.fullmatch(name) and number > MOST_LAYERS:
            raise ModelError(
                f"{file}: {name} is {number:,}, but no model has over {MOST_LAYERS:,} layers",
                "correct it, or fetch the model again",
            )
    needed, memory = _least_bytes(config, numbers), memory_bytes()
    if weights:
        files = weight_files(folder)
        _check_against_weights(file, config, numbers, files)
        # Weights are mapped from their files, which may be larger than the memory.
        needed -= MOST_TIMES * sum(stored.stat().st_size for stored in files)
    if memory is not None and needed > memory:
        raise ModelError(
            f"{file}: declares a model of at least {needed / 1e9:,.0f} GB, but this machine has"
            f" {memory / 1e9:,.1f} GB of memory",
            "name a smaller model",
        )


def memory_bytes() -> int | None:
    """The memory that this process may have, in bytes; None if the system does not tell."""
    if not hasattr(os, "sysconf"):  # Windows
        return None
    import resource

    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    installed = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return installed if limit == resource.RLIM_INFINITY else min(installed, limit)


def _check_against_weights(
    file: Path,
    config: Mapping[str, Any],
    numbers: Iterable[tuple[str, int]],
    weights: Iterable[Path],
) -> None:
    stored = set(chain.from_iterable(map(_dimensions, weights)))
    largest = MOST_TIMES * max(stored, default=0)
    for name, number in numbers:
        is_width = config.get(name) == number and name in _WIDTHS
        if is_width and number not in stored:
            what = "is a dimension of none of the tensors"
        elif _is_size(name) and number > max(SMALL, largest):
            what = f"is much larger than all dimensions of the tensors, up to {max(stored):,}"
        else:
            continue
        raise ModelError(f"{file}: {name}, {number:,}, {what}", _HINT)


def _dimensions(file: Path) -> Iterator[int]:
    """The dimensions of all tensors, from the header of a safetensors file."""
    with open_safetensors(file) as f:
        for name in f.keys():
            yield from f.get_slice(name).get_shape()


def _is_size(name: str) -> bool:
    """Whether a key is the size of a tensor; the number of positions often is none."""
    others = _POSITIONS.fullmatch(name) or _OF_TRAINING.fullmatch(name)
    return bool(_SIZES.fullmatch(name)) and not others


def _least_bytes(config: Mapping[str, Any], numbers: Sequence[tuple[str, int]]) -> int:
    """A lower bound of what the encoder takes, in float32."""

    def largest(pattern: re.Pattern[str]) -> int:
        return max((n for name, n in numbers if pattern.fullmatch(name)), default=0)

    width = next((n for name in _WIDTHS if type(n := config.get(name)) is int and n > 0), 1)
    rows = largest(_VOCABULARY) + largest(_POSITIONS)
    inner = max((n for name, n in numbers if name == "intermediate_size"), default=0)
    return _BYTES * width * (rows + max(1, largest(_LAYERS)) * (4 * width + 2 * inner))


def _numbers(value: object, name: str = "", depth: int = 8) -> Iterator[tuple[str, int]]:
    """All whole numbers in a configuration, with the names of their keys."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        yield name, value
    elif isinstance(value, Mapping) and depth:
        for key, inner in value.items():
            yield from _numbers(inner, str(key), depth - 1)
    elif isinstance(value, list) and depth:
        for inner in value:
            yield from _numbers(inner, name, depth - 1)
