"""The script of docs/guide/own-vectors.md runs, and what it writes can be compared."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from tests.commands import ROOT, Run

PAGE = (ROOT / "docs" / "guide" / "own-vectors.md").read_text(encoding="utf-8")
[SCRIPT] = re.findall(r"^```python own_vectors.py\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


def test_the_script_makes_an_encoder_of_twenty_lines(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert len(SCRIPT.splitlines()) <= 20
    (tmp_path / "fixtures").mkdir()
    shutil.copy(ROOT / "fixtures" / "man.tsv", tmp_path / "fixtures")
    monkeypatch.chdir(tmp_path)
    exec(compile(SCRIPT, "own_vectors.py", "exec"), {})
    command = ["compare", "man", "-s", "fixtures/man.tsv", "-e", "vectors:letters.jsonl"]
    done = run(*command, "--format", "json", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    [result] = json.loads(done.stdout)["results"]
    assert (result["dim"], result["missing"]) == (20, {})
    assert 0.4 < result["metrics"]["auc_macro"]["value"] < 1
