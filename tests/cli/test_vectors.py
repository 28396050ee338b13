"""Files of word vectors as the command line meets them."""

from __future__ import annotations

import contextlib
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT, Run
from tests.vectors.forms import every_form, zipped

BINARY = (ROOT / "fixtures" / "vectors" / "word2vec.bin").read_bytes()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"<!DOCTYPE html><html>404</html>", "is an HTML page, not word vectors"),
        (b"version https://git-lfs.github.com/spec/v1\n", "is a Git LFS pointer"),
        (BINARY[:200], "ends in vector 11 of the 21 that its header declares"),
        (b"\x80\x04}\x94.", "is a pickle, which could run any code"),
        (zipped({"../x.txt": b"man 1 2\n"}), "has a member whose path leaves the folder"),
        (zipped({"a": b"man 1 2\n", "b": b"man 1 2\n"}), "is an archive of 2 files: a, b"),
    ],
    ids=["html", "lfs", "cut", "pickle", "leaving", "two members"],
)
def test_bad_files_end_with_one_line(
    run: Run, tmp_path: Path, man_file: Path, content: bytes, says: str
) -> None:
    path = tmp_path / "vectors.bin"
    path.write_bytes(content)
    done = run("compare", "man", "-s", str(man_file), "-e", f"word2vec:{path}")
    assert (done.returncode, done.stdout) == (4, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"embcmp: {path}: {says}")


def test_every_form_gives_a_comparison(run: Run, tmp_path: Path, man_file: Path) -> None:
    specs = []
    for name in ("word2vec binary", "fasttext", "tar.gz"):
        path = tmp_path / f"{name.replace(' ', '-')}.txt"  # whatever it is called
        path.write_bytes(every_form()[name])
        specs += ["-e", f"word2vec:{path}"]
    done = run("compare", "man", "-s", str(man_file), *specs, "--format", "json")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count('"missing": {}') == 3


def test_duplicates_are_counted_in_a_warning(run: Run, tmp_path: Path, man_file: Path) -> None:
    path = tmp_path / "x.txt"
    path.write_text("man 1 2\nthe 1 1\nman 2 3\nthe 3 4\n")
    done = run("compare", "man", "-s", str(man_file), "-e", f"word2vec:{path}")
    assert done.returncode == 0
    assert done.stderr.splitlines()[0] == (
        f"embcmp: warning: {path}: duplicate words: 2; of each the first counts"
    )


@pytest.mark.parametrize(
    "command",
    ["compare man -s {man} -e", "neighbors man -s {man} -e", "models info", "-q models info"],
)
def test_a_bar_for_what_takes_long_is_on_the_terminal_alone(
    tmp_path: Path, man_file: Path, command: str
) -> None:
    path = tmp_path / "x.gz"
    path.write_bytes(every_form()["gzip"])
    arguments = [*command.format(man=man_file).split(), f"word2vec:{path}"]
    own, terminal = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "embcmp", *arguments],
        stdout=subprocess.PIPE,
        stderr=terminal,
        cwd=ROOT,
        env={**os.environ, "EMBCMP_CACHE": str(tmp_path / "cache"), "TERM": "xterm"},
    )
    os.close(terminal)
    shown = b""
    with contextlib.suppress(OSError):  # how a terminal says that nobody writes any more
        while block := os.read(own, 4096):
            shown += block
    os.close(own)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    for task in (b"unpacking x.gz", b"indexing x.gz"):
        assert (task in shown) == ("-q" not in command)
        assert task not in out
