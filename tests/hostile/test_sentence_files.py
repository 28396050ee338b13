"""Sentence files without end, and patterns that stand for a whole disk, are given up soon."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from embcmp import text_file
from embcmp.errors import InputError
from embcmp.text import delimited_text, file_patterns, input_files
from embcmp.text.file_patterns import matches
from embcmp.text.input_files import files_meant, opened
from tests.commands import Run


@pytest.fixture(autouse=True)
def small_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (input_files, delimited_text):
        monkeypatch.setattr(module, "LONGEST_LINE", 100_000)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("s.txt", b"man " * 50_000),
        ("s.txt", b"a man\n" + b"man " * 50_000 + b"\n"),
        ("s.txt", b"\xff\xfe" + "man ".encode("utf-16-le") * 50_000),
        ("s.txt", b"a man\r" * 3 + b"man " * 50_000),
        ("s.tsv", b"sentence\n" + b"man " * 50_000),
        ("s.csv", b'sentence\n"' + b"man\n" * 50_000),
        ("s.jsonl", b'{"sentence": "' + b"man " * 50_000),
        ("s.conllu", b"# text = " + b"man " * 50_000),
        ("s.vrt", b"<s>\n" + b"man " * 50_000),
    ],
)
def test_a_line_without_end_is_not_read_whole(
    tmp_path: Path, run: Run, name: str, content: bytes
) -> None:
    (tmp_path / name).write_bytes(content)
    done = run("compare", "man", "-s", str(tmp_path / name), "-e", "word2vec")
    assert (done.returncode, done.stderr.count("\n")) == (3, 1)
    assert "100,000 bytes without a line end" in done.stderr or "field limit" in done.stderr


def test_a_device_without_line_ends(run: Run) -> None:
    start = time.monotonic()
    done = run("compare", "man", "-s", "/dev/zero", "--input-format", "txt", "-e", "word2vec")
    assert (done.returncode, done.stderr.count("\n")) == (3, 1)
    assert time.monotonic() - start < 2


def test_no_more_is_read_than_the_bound(tmp_path: Path) -> None:
    read, write = os.pipe()
    os.write(write, b"x" * 60_000)  # a pipe that stays open, and says no more
    os.close(write)
    with opened(Path(f"/dev/fd/{read}")) as file:
        assert len(list(file.lines())) == 1
    os.close(read)


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folders with files, hidden ones, and links that lead up and sideways."""
    for name in ("a.txt", "x/b.txt", "x/y/c.txt", "x/y/d.csv", ".git/e.txt", "x/.f.txt", "[z]/g"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("A man.\n")
    for i in range(3):
        (tmp_path / "x" / f"loop{i}").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "x" / "linked.txt").symlink_to(tmp_path / "a.txt")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("pattern", "files"),
    [
        ("*.txt", ["a.txt"]),
        ("**/*.txt", ["a.txt", "x/b.txt", "x/linked.txt", "x/y/c.txt"]),
        ("**", ["[z]/g", "a.txt", "x/b.txt", "x/linked.txt", "x/y/c.txt", "x/y/d.csv"]),
        ("x/**/y/*", ["x/y/c.txt", "x/y/d.csv"]),
        ("x/?.txt", ["x/b.txt"]),
        ("x/.*.txt", ["x/.f.txt"]),
        ("x/loop[0]/a.txt", ["x/loop0/a.txt"]),
        ("x/../*.txt", ["x/../a.txt"]),
        ("[[]z]/*", ["[z]/g"]),
        ("a.txt/*", []),
        ("nowhere/**", []),
        ("a\0*", []),
    ],
)
def test_what_a_pattern_matches(tree: Path, pattern: str, files: Sequence[str]) -> None:
    assert matches(pattern) == files
    assert matches(pattern, tree) == files
    assert matches(str(tree / pattern)) == [str(tree / file) for file in files]


def test_a_folder_stands_for_what_is_below_it(tree: Path) -> None:
    files, _ = files_meant(["x"], lambda path: True)
    assert files == [Path("x/b.txt"), Path("x/linked.txt"), Path("x/y/c.txt"), Path("x/y/d.csv")]


@pytest.mark.parametrize("pattern", ["/**", "/proc/**/*.txt", "/**/**/**/none"])
def test_a_pattern_over_a_whole_disk_is_given_up(
    monkeypatch: pytest.MonkeyPatch, pattern: str
) -> None:
    monkeypatch.setattr(file_patterns, "MOST_FILES", 2000)
    with pytest.raises(InputError, match="stands for more than 2,000 files and folders"):
        matches(pattern)


def test_a_job_follows_no_links(tree: Path, run: Run) -> None:
    (tree / "job.toml").write_text(
        'encoders = ["word2vec"]\n[corpus]\nsentences = ["x/**/*.txt"]\nwords = ["man"]\n'
    )
    start = time.monotonic()
    done = run("batch", str(tree / "job.toml"), "--out", str(tree / "out"), "--dry-run")
    assert done.returncode == 0, done.stderr
    assert time.monotonic() - start < 3


@pytest.mark.parametrize(
    "args", [("check", "e.toml"), ("verify", "/dev/zero"), ("check", "/dev/zero")]
)
def test_a_device_in_place_of_a_run(
    tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch, args: Sequence[str]
) -> None:
    monkeypatch.setattr(text_file, "LARGEST_TEXT", 1_000_000)
    (tmp_path / "e.toml").write_text('[[expect]]\ngolden = "/dev/zero"\n')
    done = run(*args, cwd=tmp_path)
    assert done.returncode == 3
    assert "/dev/zero: has over 1,000,000 bytes" in done.stdout + done.stderr


@pytest.mark.parametrize("form", ["txt", "text"])
def test_a_line_of_many_marks(tmp_path: Path, run: Run, form: str) -> None:
    (tmp_path / "s.txt").write_text("A cold man.\n\n" + "[[man]] " * 2_000 + "\n")
    start = time.monotonic()
    args = ("-s", str(tmp_path / "s.txt"), "--input-format", form, "-e", "word2vec")
    done = run("compare", "man", *args)
    assert (done.returncode, done.stderr.count("\n")) == (3, 1)
    assert "s.txt:3: has over 1,000 marks [[...]]" in done.stderr
    assert time.monotonic() - start < 5
