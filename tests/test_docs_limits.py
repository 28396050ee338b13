"""The page of limits is the one that the code makes, and names all of them."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

from tests.commands import ROOT


def _module() -> Any:  # noqa: ANN401  a script
    spec = importlib.util.spec_from_file_location("limits", ROOT / "docs/make_limits.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_is_current() -> None:
    page = Path(ROOT / "docs/reference/limits.md").read_text(encoding="utf-8")
    assert page == _module().limits(), "make reference"


def test_no_bound_of_the_readers_is_forgotten() -> None:
    script = (ROOT / "docs/make_limits.py").read_text(encoding="utf-8")
    for module in ("text.input_files", "text.file_patterns", "text.targets", "vectors.archives",
                   "vectors.content", "vectors.file", "vectors.layout", "models.hub_answers",
                   "models.checkpoint_files", "models.declared_sizes"):  # fmt: skip
        source = (ROOT / "embcmp" / f"{module.replace('.', '/')}.py").read_text(encoding="utf-8")
        for line in source.splitlines():
            name = line.partition(" = ")[0]
            if name.isupper() and name.startswith(("LONGEST", "LARGEST", "MOST", "SLOWEST")):
                assert f"{module.rpartition('.')[2]}.{name}" in script, name
