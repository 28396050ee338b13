"""Files of word vectors on the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.commands import ROOT, Run, run_on_terminal
from tests.vectors.forms import every_form, zipped

BINARY = (ROOT / "fixtures" / "vectors" / "word2vec.bin").read_bytes()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"<!DOCTYPE html><html>404</html>", "is an HTML page, not word vectors"),
        (b"version https://git-lfs.github.com/spec/v1\n", "is a Git LFS pointer"),
        (BINARY[:200], "ends within vector 11 of the 21 that its header declares"),
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


def test_every_format_gives_a_comparison(run: Run, tmp_path: Path, man_file: Path) -> None:
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
        f"embcmp: warning: {path}: duplicate words: 2; the first row of each is used"
    )


@pytest.mark.parametrize(
    "command",
    ["compare man -s {man} -e", "neighbors man -s {man} -e", "models info", "-q models info"],
)
def test_progress_is_shown_on_a_terminal_only(tmp_path: Path, man_file: Path, command: str) -> None:
    path = tmp_path / "x.gz"
    path.write_bytes(every_form()["gzip"])
    arguments = [*command.format(man=man_file).split(), f"word2vec:{path}"]
    done = run_on_terminal(*arguments, env={"EMBCMP_CACHE": str(tmp_path / "cache")})
    assert done.returncode == 0
    for task in ("unpacking x.gz", "indexing x.gz"):
        assert (task in done.stderr) == ("-q" not in command)
        assert task not in done.stdout
