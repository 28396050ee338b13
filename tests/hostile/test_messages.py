"""What is printed is short, and holds nothing that a terminal runs."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from embcmp.cli import output
from embcmp.render.text import csv_text
from tests.commands import Done, Run

MAN = Path("fixtures/man.tsv").absolute()


def one_line(done: Done, code: int, says: str) -> None:
    assert (done.returncode, done.stderr.count("\n")) == (code, 1), done.stderr[:2000]
    assert says in done.stderr
    assert len(done.stderr) < 1_100


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("a\x1b]0;pwned\x07b", "a␛]0;pwned␇b"),
        ("\x9b31mred", "\ufffd31mred"),
        ("=1\x1b[2J", "'=1␛[2J"),
        ("a\ttab\nand line", "a\ttab\nand line"),
        ("\u200fשלום", "\u200fשלום"),
    ],
)
def test_csv_holds_nothing_that_a_terminal_runs(text: str, cell: str) -> None:
    written = csv_text(["x"], [[text]])
    assert next(csv.DictReader(io.StringIO(written)))["x"] == cell


@pytest.mark.parametrize("form", ["csv", "markdown"])
def test_a_word_with_an_escape(run: Run, tiny_vectors: Path, tmp_path: Path, form: str) -> None:
    word = "\x1b]0;pwned\x07"
    (tmp_path / "s.txt").write_text(f"The [[{word}]] is here.\nA [[{word}]] is there.\n")
    done = run(
        "compare", word, "-s", str(tmp_path / "s.txt"), "-e", f"context:{tiny_vectors}",
        "--match", "exact", "--format", form,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "\x1b" not in done.stdout + done.stderr


def test_warnings_of_one_kind_are_counted(run: Run, tiny_vectors: Path, tmp_path: Path) -> None:
    rows = [f"The man number {i} is here\tsense{i}\n" for i in range(60)]
    (tmp_path / "s.tsv").write_text("sentence\tsense\n" + "".join(rows))
    done = run("compare", "man", "-s", str(tmp_path / "s.tsv"), "-e", f"context:{tiny_vectors}")
    assert done.stderr.count("has only one use") == output.SHOWN
    assert "warning: 55 more of the same kind (--format json lists them)" in done.stderr


def test_a_long_input_is_not_repeated_whole(run: Run, tiny_vectors: Path, tmp_path: Path) -> None:
    long = "a man " + "and so on " * 20_000
    rows = "".join(f"{long}\ts{i % 2}\n" for i in range(4))
    (tmp_path / "s.tsv").write_text("sentence\tsense\n" + rows)
    done = run("compare", "man", "-s", str(tmp_path / "s.tsv"), "-e", f"context:{tiny_vectors}")
    assert "copies of a sentence have the labels" in done.stderr
    assert max(map(len, done.stderr.splitlines())) < 1_100
    one_line(run("compare", "man", "-s", str(MAN), "-e", "x" * 50_000), 2, " … ")
