"""A tokenizer that fails is a broken model: one line and exit code 4, wherever it is used."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from embcmp.batch.workers import attempt
from embcmp.encoders import load_encoder
from embcmp.errors import ModelError
from embcmp.models.guarded_tokenizer import guarded, tokenizer_errors
from embcmp.types import Progress
from tests.commands import Run

# Oniguruma gives up on it for a text of some length, and the Rust code around it panics.
PANICS = {"Regex": r"(a+)+$|(\w+\s?)+;|(.*)*x"}
Edit = Callable[..., Path]
SENTENCE = "The man who had no name walked over the old bridge into the next town yesterday"


@pytest.fixture
def edited(tiny_bert: Path, tmp_path: Path) -> Edit:
    """A copy of a checkpoint with changes to its tokenizer.json."""

    def edit(**changes: object) -> Path:
        folder = tmp_path / "model"
        shutil.copytree(tiny_bert, folder)
        file = folder / "tokenizer.json"
        file.write_text(json.dumps({**json.loads(file.read_text()), **changes}))
        # A class of its own would replace parts of the file by those of BERT.
        (folder / "tokenizer_config.json").write_text(
            json.dumps({"tokenizer_class": "PreTrainedTokenizerFast"})
        )
        return folder

    return edit


@pytest.fixture
def sentences(tmp_path: Path) -> str:
    (tmp_path / "s.txt").write_text(f"{SENTENCE}.\n{SENTENCE} again.\n")
    return str(tmp_path / "s.txt")


SPLIT = {"type": "Split", "pattern": PANICS, "behavior": "Isolated", "invert": False}
REPLACE = {"type": "Replace", "pattern": PANICS, "content": ""}


@pytest.mark.parametrize("part", [{"pre_tokenizer": SPLIT}, {"normalizer": REPLACE}])
def test_a_panic_is_one_line(
    edited: Edit, sentences: str, part: dict[str, object], run: Run
) -> None:
    folder = edited(**part)
    done = run("compare", "man", "-s", sentences, "-e", f"bert:{folder}")
    assert done.returncode == 4
    assert done.stderr.count("\n") == 1, done.stderr
    assert "tokenizer.json: its tokenizer fails: Onig" in done.stderr


class _Encoding:
    """A task of a batch, as a worker does it: no process of its own is needed to see its error."""

    size = 1

    def __init__(self, folder: Path) -> None:
        self._encoder = load_encoder(f"bert:{folder}")

    def run(self, progress: Progress = lambda done, total: None) -> None:
        self._encoder.count_pieces([SENTENCE] * 3)  # type: ignore[attr-defined]


def test_a_worker_gives_up_at_once(edited: Edit, capfd: pytest.CaptureFixture[str]) -> None:
    task = _Encoding(edited(pre_tokenizer=SPLIT))
    with pytest.raises(ModelError, match="its tokenizer fails"):
        attempt(task)
    assert capfd.readouterr().err == ""


def test_a_vocabulary_of_no_pieces_is_a_broken_model(
    tiny_bert: Path, edited: Edit, sentences: str, run: Run
) -> None:
    model = json.loads((tiny_bert / "tokenizer.json").read_text())["model"]
    folder = edited(model={**model, "vocab": {}}, added_tokens=[], post_processor=None)
    done = run("compare", "man", "-s", sentences, "-e", f"bert:{folder}")
    assert (done.returncode, done.stderr.count("\n")) == (4, 1)
    assert "tokenizer" in done.stderr


def test_what_others_write_meanwhile_is_not_lost(capfd: pytest.CaptureFixture[str]) -> None:
    with tokenizer_errors(Path("t")):
        os.write(2, b"a warning\n")
    assert capfd.readouterr().err == "a warning\n"


def test_control_c_is_no_error_of_the_model() -> None:
    with pytest.raises(KeyboardInterrupt), tokenizer_errors(Path("t")):
        raise KeyboardInterrupt


class _Recording:
    """A tokenizer that notes how many texts it is given, and fails at the first ones."""

    def __init__(self, *, fails: bool) -> None:
        self.counts: list[int] = []
        self._fails = fails

    def encode_batch(self, texts: list[str]) -> list[str]:
        self.counts.append(len(texts))
        if self._fails:
            raise RuntimeError("no")
        return texts


def test_many_texts_do_not_delay_a_failure() -> None:
    for fails, many, counts in (
        (True, 1000, [4]), (False, 1000, [4, 1000]), (False, 20, [20])
    ):  # fmt: skip
        inner: Any = _Recording(fails=fails)
        tokenizer = guarded(inner, Path("t"))
        if fails:
            with pytest.raises(ModelError, match="its tokenizer fails: no"):
                tokenizer.encode_batch(["a"] * many)
        else:
            assert len(tokenizer.encode_batch(["a"] * many)) == many
        assert inner.counts == counts
