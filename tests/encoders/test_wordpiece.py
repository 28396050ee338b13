"""vocab.txt alone, against the tokenizer that transformers makes of it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer
from transformers import AutoTokenizer

from embcmp.encoders import load_encoder
from embcmp.encoders.wordpiece import word_pieces
from embcmp.errors import ModelError
from embcmp.types import Occurrence
from tests.commands import run_code
from tests.conftest import save_bert
from tests.conftest import word_pieces as vocabulary

TEXTS = ("Go man the post!", "the CAFÉ's cafe\u0301", "人man\u00ad it\x10 ½", "", "x" * 200)


def folder_with(path: Path, pieces: list[str], **config: object) -> Path:
    (path / "vocab.txt").write_text("".join(f"{p}\n" for p in pieces), encoding="utf-8")
    (path / "config.json").write_text(json.dumps({"model_type": "bert"}))
    if config:
        settings = {"tokenizer_class": "BertTokenizer", **config}
        (path / "tokenizer_config.json").write_text(json.dumps(settings))
    return path


@pytest.mark.parametrize(
    "config",
    [
        {},
        {"do_lower_case": False},
        {"do_lower_case": True, "strip_accents": False},
        {"tokenize_chinese_chars": False},
        {"unk_token": "[MASK]"},
        {"unk_token": {"content": "[PAD]", "__type": "AddedToken"}},
    ],
    ids=str,
)
def test_the_pieces_of_transformers(tmp_path: Path, config: dict[str, object]) -> None:
    folder = folder_with(tmp_path, [*vocabulary(), "É", "é", "##é", "人"], **config)
    theirs: Tokenizer = AutoTokenizer.from_pretrained(folder).backend_tokenizer
    for text in TEXTS:
        ours, expected = word_pieces(folder).encode(text), theirs.encode(text)
        assert ours.tokens == expected.tokens
        assert (ours.ids, ours.offsets) == (expected.ids, expected.offsets)
        assert ours.special_tokens_mask == expected.special_tokens_mask


@pytest.mark.parametrize("pieces", [["man"], []], ids=["without [CLS]", "empty"])
def test_a_file_that_is_no_vocabulary_is_refused(tmp_path: Path, pieces: list[str]) -> None:
    with pytest.raises(ModelError, match=r"vocab\.txt: is no vocabulary of BERT") as e:
        word_pieces(folder_with(tmp_path, pieces))
    assert e.value.exit_code == 4


def checkpoint(path: Path, tiny_bert: Path) -> Path:
    folder_with(path, vocabulary())
    for name in ("config.json", "model.safetensors"):
        (path / name).write_bytes((tiny_bert / name).read_bytes())
    return path


def test_a_checkpoint_with_its_vocabulary_alone(tmp_path: Path, tiny_bert: Path) -> None:
    target = [Occurrence("1", "man", "Go man the post!", 3, 6)]
    found = load_encoder(f"bert:{checkpoint(tmp_path, tiny_bert)}").encode(target)
    expected = load_encoder(f"bert:{tiny_bert}").encode(target)
    assert found.receipts == expected.receipts
    np.testing.assert_array_equal(found.vectors, expected.vectors)


@pytest.mark.process("it shows which modules a fresh interpreter imports")
def test_it_needs_no_transformers(tmp_path: Path, tiny_bert: Path) -> None:
    code = (
        "import sys; from embcmp import load_encoder;"
        f"load_encoder('bert:{checkpoint(tmp_path, tiny_bert)}');"
        "print('transformers' in sys.modules)"
    )
    assert run_code(code).stdout == "False\n"


def test_pieces_beside_the_vocabulary_are_left_to_transformers(tmp_path: Path) -> None:
    count = len(vocabulary())
    folder = save_bert(folder_with(tmp_path, vocabulary()), vocab_size=count + 1)
    (folder / "tokenizer.json").unlink()
    (folder / "added_tokens.json").write_text(json.dumps({"manning": count}))
    out = load_encoder(f"bert:{folder}").encode([Occurrence("1", "manning", "a manning", 2, 9)])
    assert out.receipts[0].tokens == ("manning",)
