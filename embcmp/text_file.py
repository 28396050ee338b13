"""Reading text and JSON files that the user names; a file that cannot be read is an InputError."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from embcmp.errors import InputError

LARGEST_TEXT = 1 << 30  # bytes; a device may have no end
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"  # some editors write it at the start of a file


def read_text(path: Path) -> str:
    """The text of a file, without a byte-order mark and with the line ends of the file.

    Raises:
        InputError: The file cannot be read, is too large, or is not UTF-8.
    """
    try:
        with path.open("rb") as f:
            data = f.read(LARGEST_TEXT + 1)
    except FileNotFoundError as e:
        raise InputError(f"{path}: there is no such file", "check the path") from e
    except OSError as e:
        raise InputError(f"{path}: cannot be read: {e.strerror or e}", "check the path") from e
    if len(data) > LARGEST_TEXT:
        raise InputError(f"{path}: has over {LARGEST_TEXT:,} bytes", "check the path")
    data = data.removeprefix(_BYTE_ORDER_MARK)
    try:
        return data.decode()
    except UnicodeDecodeError as e:
        line = data.count(b"\n", 0, e.start) + 1
        raise InputError(f"{path}:{line}: is not UTF-8", "save it as UTF-8") from e


def read_json(
    path: Path, number: Callable[[str], object] | None = None, hint: str = "check the path"
) -> Any:  # noqa: ANN401  any JSON
    """The value of a JSON file.

    Args:
        path: The file.
        number: Converts the text of a float, or NaN or Infinity; raises ValueError to refuse it.
        hint: What to do about a file that is not JSON.

    Raises:
        InputError: The file cannot be read, is not UTF-8, or is not JSON.
    """
    try:
        return json.loads(read_text(path), parse_constant=number, parse_float=number)
    except json.JSONDecodeError as e:
        raise InputError(f"{path}:{e.lineno}: is not JSON: {e.msg}", hint) from e
    except (ValueError, RecursionError) as e:
        raise InputError(f"{path}: is not JSON that can be read: {e}", hint) from e
