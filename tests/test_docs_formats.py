"""Every example of docs/reference/formats.md is read, with as many uses as the page says."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest

from tests.commands import ROOT, Run

PAGE = (ROOT / "docs" / "reference" / "formats.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(
    r"```\w+ (\S+\.\w+)\n(.*?)```\n\n    embcmp (.*?) +# (\d+) uses?\n", PAGE, re.DOTALL
)


def test_each_format_has_an_example() -> None:
    from embcmp.text.readers import READERS

    shown = {name.rpartition(".")[2] for name, *_ in EXAMPLES}
    shown |= set(re.findall(r"--input-format (\w+)", " ".join(e[2] for e in EXAMPLES)))
    # Binary ones cannot be shown; a word usage graph has the extension of a table.
    assert set(READERS) - shown == {"tsv", "parquet", "xlsx", "wug"}
    assert all(f"`{name}`" in PAGE for name in READERS)


@pytest.mark.parametrize(
    ("name", "text", "command", "uses"), EXAMPLES, ids=[e[0] for e in EXAMPLES]
)
def test_examples_are_read(
    name: str, text: str, command: str, uses: str, run: Run, tmp_path: Path, tiny_vectors: Path
) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    args = [str(tmp_path / name) if arg == name else arg for arg in shlex.split(command)]
    done = run(*args, "-e", f"word2vec:{tiny_vectors}", "--format", "json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert len(found["occurrences"]) == int(uses)
    assert found["skipped"] == []
    for use in found["occurrences"]:
        assert use["form"].lower() in ("bank", "banks")
        assert use["sentence"][use["start"] : use["end"]] == use["form"]
