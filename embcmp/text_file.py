"""Text and JSON files that people name, read whole: whatever is wrong with one is an InputError."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from embcmp.errors import InputError

_MARK = b"\xef\xbb\xbf"  # some editors begin a file with it


def read_text(path: Path) -> str:
    """A file's text, without a byte-order mark; ends of lines are as they stand.

    Raises:
        InputError: it cannot be read, or is not UTF-8.
    """
    try:
        data = path.read_bytes().removeprefix(_MARK)
    except FileNotFoundError as e:
        raise InputError(f"{path}: there is no such file", "check the path") from e
    except OSError as e:
        raise InputError(f"{path}: cannot be read: {e.strerror or e}", "check the path") from e
    try:
        return data.decode()
    except UnicodeDecodeError as e:
        line = data.count(b"\n", 0, e.start) + 1
        raise InputError(f"{path}:{line}: is not UTF-8", "save it as UTF-8") from e


def read_json(
    path: Path, number: Callable[[str], object] | None = None, hint: str = "check the path"
) -> Any:  # noqa: ANN401  any JSON
    """A JSON file's value.

    Args:
        path: the file.
        number: makes a number of what stands for one, NaN and infinity too; refuses by ValueError.
        hint: what to do about a file that is not JSON.

    Raises:
        InputError: it cannot be read, is not UTF-8 or is not JSON.
    """
    try:
        return json.loads(read_text(path), parse_constant=number, parse_float=number)
    except json.JSONDecodeError as e:
        raise InputError(f"{path}:{e.lineno}: is not JSON: {e.msg}", hint) from e
    except (ValueError, RecursionError) as e:
        raise InputError(f"{path}: is not JSON that can be read: {e}", hint) from e
