"""The JSON Schemas that the package ships, each beside the question whose answer it describes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import embcmp


def schema(name: str) -> Any:  # noqa: ANN401  a JSON value
    """A schema by its name, as `comparison` or `reach`."""
    [path] = Path(embcmp.__file__).parent.rglob(f"{name}.schema.json")
    return json.loads(path.read_text(encoding="utf-8"))
