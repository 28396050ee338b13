"""The files of a checkpoint that are read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from embcmp.errors import ModelError

CONFIG = "config.json"
TOKENIZER = "tokenizer.json"
VOCABULARIES = (
    "vocab.txt",
    "vocab.json",
    "merges.txt",
    "spiece.model",
    "sentencepiece.bpe.model",
    "spm.model",
    "tokenizer.model",
)
LIMITS = "tokenizer_config.json"
DECLARATIONS = (LIMITS, "special_tokens_map.json", "added_tokens.json")
WEIGHTS = "model.safetensors"
INDEX = "model.safetensors.index.json"
PICKLED = (".bin", ".pt", ".pth", ".ckpt")
CONVERT = (
    "if you trust it, save it as safetensors:"
    " AutoModel.from_pretrained(...).save_pretrained(FOLDER), and name that folder"
)

LARGEST_JSON = 32 << 20  # bytes; the index of a model of 100,000 tensors has 10 MB

_FETCH_AGAIN = "fetch the model again"
_LFS_POINTER = b"version https://git-lfs"


def read_json(path: Path) -> dict[str, Any]:
    """Read a file that contains one JSON object.

    Raises:
        ModelError: The file is missing, cannot be read, or contains something else.
    """
    try:
        value = _parsed(path)
    except FileNotFoundError as e:
        raise ModelError(
            f"{path.parent}: there is no {path.name}", "is this the folder of a model?"
        ) from e
    except (OSError, ValueError, RecursionError) as e:
        raise ModelError(f"{path}: cannot be read ({e})", _FETCH_AGAIN) from e
    if not isinstance(value, dict):
        raise ModelError(f"{path}: is not a JSON object", _FETCH_AGAIN)
    return value


def _parsed(path: Path) -> Any:  # noqa: ANN401  any JSON
    with path.open("rb") as f:
        content = f.read(LARGEST_JSON + 1)
    if len(content) > LARGEST_JSON:
        raise ValueError(f"it has over {LARGEST_JSON:,} bytes")
    return json.loads(content)


def tokenizer_files(folder: Path) -> list[Path]:
    """The files of the tokenizer: its vocabulary, and what is declared about it.

    Raises:
        ModelError: There is no vocabulary.
    """
    vocabulary, declarations = (
        [folder / name for name in names if (folder / name).is_file()]
        for names in ((TOKENIZER, *VOCABULARIES), DECLARATIONS)
    )
    if not vocabulary:  # transformers would create an empty tokenizer
        raise ModelError(f"{folder}: there is no tokenizer", f"it is usually in {TOKENIZER}")
    return vocabulary + declarations


def weight_files(folder: Path) -> list[Path]:
    """The safetensors files of a checkpoint: one file, or else the files named in its index.

    The order is that of transformers, which itself reads the files of most architectures.

    Raises:
        ModelError: There are none, there are only pickles, or a file is a Git LFS pointer.
    """
    index = folder / INDEX
    sharded = index.is_file() and not (folder / WEIGHTS).is_file()
    files = [folder / name for name in (shard_names(index) if sharded else [WEIGHTS])]
    for file in files:
        if not file.is_file():
            pickled = sorted(p.name for p in folder.glob("*") if p.suffix in PICKLED)
            raise ModelError(
                f"{folder}: there is no {file.name} with the model's weights",
                f"{pickled[0]} is a pickle, which can run code and is not read: {CONVERT}"
                if pickled
                else "is this the folder of a model?",
            )
        with file.open("rb") as f:
            if f.read(len(_LFS_POINTER)) == _LFS_POINTER:
                raise ModelError(
                    f"{file}: is a Git LFS pointer, not the weights it stands for",
                    "fetch them with git lfs pull",
                )
    return files


def shard_names(index: Path) -> list[str]:
    """The names of the files in an index of weights.

    Raises:
        ModelError: The file is not such an index.
    """
    try:
        shards = _parsed(index)["weight_map"].values()
        return sorted({Path(shard).name for shard in shards})
    except (OSError, ValueError, KeyError, AttributeError, TypeError, RecursionError) as e:
        raise ModelError(f"{index}: is not an index of weights", _FETCH_AGAIN) from e


@contextmanager
def open_safetensors(
    file: Path, framework: str = "numpy", hint: str = "fetch it again"
) -> Iterator[Any]:
    """Open a safetensors file.

    Args:
        file: Path of the file.
        framework: Type of the tensors to return: numpy, or pt for torch.
        hint: Hint of the error: what to do if the file cannot be read.

    Raises:
        ModelError: The file cannot be read, or is incomplete.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(file, framework=framework) as f:
            yield f
    except OSError as e:
        raise ModelError(f"{file}: cannot be read: {e.strerror or e}", hint) from e
    except SafetensorError as e:
        raise ModelError(f"{file}: is not a complete safetensors file ({e})", hint) from e
