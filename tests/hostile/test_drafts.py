"""What a killed run leaves unfinished is removed by the next run that writes the same file."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from embcmp.cache import remove_abandoned, whole_file
from tests.commands import Run, run_code

KILLED = (
    "import os, sys; from pathlib import Path; from embcmp.cache import whole_file\n"
    "with whole_file(Path(sys.argv[1])): os.kill(os.getpid(), 9)"
)


@pytest.mark.process("it is killed")
def test_the_draft_of_a_killed_process_is_removed(tmp_path: Path) -> None:
    target = tmp_path / "model.safetensors"
    assert run_code(KILLED, str(target)).returncode == -signal.SIGKILL
    assert len(list(tmp_path.iterdir())) == 1
    with whole_file(target) as own:
        remove_abandoned(target)
        assert list(tmp_path.iterdir()) == [own]  # that of a living process stays


def test_other_files_stay(tmp_path: Path) -> None:
    target = tmp_path / "m"
    with whole_file(target) as draft:
        machine = draft.name.split("-")[0]
    names = [".m.x", ".m.0-1-aa", ".n", "m-1", f"{machine}-x-aa", f"{machine}-1-aa"]
    for name in names:
        (tmp_path / name).touch()
    (tmp_path / f"{machine}-{2**22 + 1}-aa").touch()  # beyond the numbers of processes
    remove_abandoned(target)
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted([*names, "m"])


def test_training_sweeps(tmp_path: Path, run: Run) -> None:
    (tmp_path / "c.txt").write_text("the man is here today\n" * 40)
    out = tmp_path / "v.bin"
    with whole_file(out) as draft:
        left = draft.with_name(draft.name.replace(f"-{os.getpid()}-", f"-{2**22 + 1}-"))
    left.touch()
    args = ("--corpus", str(tmp_path / "c.txt"), "--out", str(out), "--dim", "4")
    done = run("train", "word2vec", *args, "--min-count", "1", "--epochs", "1")
    assert done.returncode == 0, done.stderr
    assert not left.exists()
