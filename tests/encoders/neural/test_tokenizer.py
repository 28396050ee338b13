"""The tokenizer of a folder is the one that transformers' AutoTokenizer makes of it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer
from transformers import AutoTokenizer

from embcmp.encoders import load_encoder
from embcmp.encoders.neural.tokenizer import open_tokenizer
from embcmp.errors import ModelError
from embcmp.models.checkpoints import find_checkpoint
from embcmp.types import Occurrence
from tests.commands import run_code
from tests.conftest import edit_json, needs_models, save_bert, save_tokenizer, word_pieces
from tests.encoders.tiny import byte_level, save

TEXTS = ("Go man the post!", "the CAFÉ's cafe\u0301", "人man\u00ad it\x10 ½", "", "x" * 200)


def vocabulary_alone(folder: Path, pieces: list[str], **declared: object) -> Path:
    """A BERT with vocab.txt, and tokenizer_config.json if something is declared."""
    save_bert(folder, vocab_size=len(pieces) + 9)
    (folder / "tokenizer.json").unlink()
    (folder / "vocab.txt").write_text("".join(f"{p}\n" for p in pieces), encoding="utf-8")
    if declared:
        config = {"tokenizer_class": "BertTokenizer", **declared}
        (folder / "tokenizer_config.json").write_text(json.dumps(config))
    return folder


def target(sentence: str, form: str = "man") -> list[Occurrence]:
    start = sentence.index(form)
    return [Occurrence("1", form, sentence, start, start + len(form))]


def tokens(folder: Path, sentence: str, form: str = "man") -> tuple[str, ...]:
    """The tokens of the target."""
    return load_encoder(f"bert:{folder}").encode(target(sentence, form)).receipts[0].tokens


def tokenizer(folder: Path) -> Tokenizer:
    return open_tokenizer(find_checkpoint(str(folder))).backend


@pytest.mark.parametrize(
    "declared",
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
def test_the_ids_of_a_vocabulary(tmp_path: Path, declared: dict[str, object]) -> None:
    folder = vocabulary_alone(tmp_path, [*word_pieces(), "É", "é", "##é", "人"], **declared)
    expected = AutoTokenizer.from_pretrained(folder)
    for text in TEXTS:
        assert tokenizer(folder).encode(text).ids == expected(text)["input_ids"]


@settings(
    deadline=None,
    max_examples=40,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(st.text(alphabet="Man café's 人<t>/[]SEP\u0301\u00ad\t", max_size=30))
def test_the_ids_of_any_text(tiny_bert: Path, text: str) -> None:
    expected = AutoTokenizer.from_pretrained(tiny_bert)(text)["input_ids"]
    assert tokenizer(tiny_bert).encode(text).ids == expected


def test_a_vocabulary_alone_gives_the_vectors_of_its_tokenizer_json(
    tmp_path: Path, tiny_bert: Path
) -> None:
    folder = vocabulary_alone(tmp_path, word_pieces())
    for name in ("config.json", "model.safetensors"):
        shutil.copy(tiny_bert / name, folder)
    sentence = target("Go man the post!")
    found, expected = (load_encoder(f"bert:{f}").encode(sentence) for f in (folder, tiny_bert))
    assert found.receipts == expected.receipts
    np.testing.assert_array_equal(found.vectors, expected.vectors)


def test_tokenizer_config_counts_beside_tokenizer_json(tmp_path: Path) -> None:
    """As in checkpoints whose tokenizer.json was made with other settings."""
    folder = save_bert(tmp_path)
    assert tokens(folder, "go Man", "Man") == ("man",)
    (folder / "tokenizer_config.json").write_text('{"do_lower_case": false}')
    assert tokens(folder, "go Man", "Man") == ("[UNK]",)


def test_a_space_before_the_first_word(tmp_path: Path) -> None:
    folder = save("roberta", tmp_path)
    declared: dict[str, object] = {"tokenizer_class": "RobertaTokenizer"}
    (folder / "tokenizer_config.json").write_text(json.dumps(declared))
    assert tokens(folder, "man is it") == ("man",)
    edit_json(folder / "tokenizer_config.json", add_prefix_space=True)
    assert tokens(folder, "man is it") == ("Ġman",)


@pytest.mark.parametrize("file", ["special_tokens_map.json", "added_tokens.json"])
def test_tokens_beside_the_vocabulary(tmp_path: Path, file: str) -> None:
    """As the marks of XL-LEXEME are; the embedding layer has a row for each."""
    count = len(word_pieces())
    folder = vocabulary_alone(tmp_path, word_pieces())
    marks = {"special_tokens_map.json": {"additional_special_tokens": ["<t>", "</t>"]}}
    added = {"added_tokens.json": {"<t>": count, "</t>": count + 1}}
    (folder / file).write_text(json.dumps((marks | added)[file]))
    encoded = tokenizer(folder).encode("go <t>man</t>")
    assert encoded.tokens == ["[CLS]", "go", "<t>", "man", "</t>", "[SEP]"]
    assert encoded.ids[2::2][:2] == [count, count + 1]
    assert tokens(folder, "go <t>man</t>") == ("man",)


def test_special_tokens_that_are_to_be_split(tmp_path: Path) -> None:
    folder = save_bert(tmp_path)
    assert "[SEP]" in tokenizer(folder).encode("a [SEP] man").tokens[1:-1]
    (folder / "tokenizer_config.json").write_text('{"split_special_tokens": true}')
    split = tokenizer(folder).encode("a [SEP] man").tokens[1:-1]
    assert split == ["a", "[", "s", "##e", "##p", "]", "man"]


def test_a_tokenizer_that_transformers_cannot_make(tmp_path: Path) -> None:
    """Its tokenizer.json is used as it stands, and a remark says so."""
    folder = save_bert(tmp_path)
    expected = load_encoder(f"bert:{folder}").encode(target("go man"))
    (folder / "tokenizer_config.json").write_text('{"mask_token": {"content": "[MASK]"}}')
    encoder = load_encoder(f"bert:{folder}")
    np.testing.assert_array_equal(encoder.encode(target("go man")).vectors, expected.vectors)
    [remark] = encoder.info.remarks
    assert remark.startswith("transformers cannot make its tokenizer (Special token mask_token has")
    assert remark.endswith(": tokenizer.json is used as it stands")
    assert open_tokenizer(find_checkpoint(str(folder))).mask == "[MASK]"


def japanese(folder: Path) -> Path:
    return vocabulary_alone(
        folder, word_pieces(), tokenizer_class="BertJapaneseTokenizer", word_tokenizer_type="basic"
    )


def japanese_without_its_analyzer(folder: Path) -> Path:
    return vocabulary_alone(
        folder,
        word_pieces(),
        tokenizer_class="BertJapaneseTokenizer",
        word_tokenizer_type="sudachi",
    )


def japanese_with_tokenizer_json(folder: Path) -> Path:
    save_tokenizer(japanese_without_its_analyzer(folder))
    return folder


def kobert(folder: Path) -> Path:
    special = ["[UNK]", "[PAD]", "[CLS]", "[SEP]", "[MASK]"]
    return vocabulary_alone(folder, [*special, "▁man", "▁go", "▁the", "ed", "s", "man", "▁"])


def kobert_with_its_class(folder: Path) -> Path:
    kobert(folder)
    (folder / "tokenizer_config.json").write_text('{"tokenizer_class": "KoBertTokenizer"}')
    return folder


def bytes_alone(folder: Path) -> Path:
    """As ByT5, which needs no file of a vocabulary."""
    folder = save("t5", folder)
    (folder / "tokenizer.json").unlink()
    (folder / "tokenizer_config.json").write_text('{"tokenizer_class": "ByT5Tokenizer"}')
    return folder


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (japanese, "its tokenizer, BertJapaneseTokenizer, gives no offsets"),
        (japanese_without_its_analyzer, "its tokenizer, BertJapaneseTokenizer, cannot be made: "),
        (japanese_with_tokenizer_json, "its tokenizer, BertJapaneseTokenizer, cannot be made: "),
        (kobert, "its vocabulary has SentencePiece's pieces, but its tokenizer is BERT's"),
        (kobert_with_its_class, "its tokenizer, KoBertTokenizer, cannot be made: "),
        (bytes_alone, "its tokenizer, ByT5Tokenizer, gives no offsets"),
    ],
)
def test_a_tokenizer_without_offsets_is_refused_by_name(
    tmp_path: Path, make: Callable[[Path], Path], says: str
) -> None:
    folder = make(tmp_path)
    with pytest.raises(ModelError, match=f"^{folder}: {says}") as e:
        load_encoder(f"bert:{folder}")
    assert e.value.exit_code == 4
    assert "\n" not in str(e.value)
    assert e.value.hint


def test_a_folder_without_a_tokenizer(tmp_path: Path) -> None:
    folder = save_bert(tmp_path)
    (folder / "tokenizer.json").unlink()
    with pytest.raises(ModelError, match="there is no tokenizer"):
        load_encoder(f"bert:{folder}")


def test_an_error_says_how_to_convert_a_sentencepiece_tokenizer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = save("deberta-v2", tmp_path)
    (folder / "tokenizer.json").unlink()
    (folder / "tokenizer_config.json").unlink()
    (folder / "spm.model").write_bytes(b"\x0a\x0d")
    monkeypatch.setattr("embcmp.encoders.neural.tokenizer.find_spec", lambda name: None)
    with pytest.raises(ModelError, match="SentencePiece tokenizer must be converted") as e:
        load_encoder(f"bert:{folder}")
    assert str(e.value.hint).startswith("pip install sentencepiece protobuf")


def test_nothing_is_truncated_or_padded(tmp_path: Path) -> None:
    folder = save("roberta", tmp_path)
    cut = byte_level()
    cut.enable_truncation(4)
    cut.enable_padding(length=50)
    cut.save(str(folder / "tokenizer.json"))
    assert tokenizer(folder).encode("man" * 10).ids == byte_level().encode("man" * 10).ids
    assert len(tokenizer(folder).encode("man").ids) == 3


@needs_models
def test_the_default_is_the_tokenizer_of_transformers() -> None:
    found = find_checkpoint(None)
    assert found.embedded
    ours, expected = open_tokenizer(found), AutoTokenizer.from_pretrained(found.folder)
    for text in (*TEXTS, "He is a [MASK] of few words."):
        assert ours.backend.encode(text).ids == expected(text)["input_ids"]
    assert ours.mask == expected.mask_token


@needs_models
@pytest.mark.process("it shows which modules a fresh interpreter imports")
def test_the_default_needs_no_transformers() -> None:
    code = (
        "import sys; from embcmp import load_encoder; load_encoder('bert');"
        "print('transformers' in sys.modules)"
    )
    assert run_code(code).stdout == "False\n"


@pytest.mark.parametrize("file", ["special_tokens_map.json", "added_tokens.json"])
def test_a_broken_declaration_is_refused_by_its_name(
    tiny_bert: Path, tmp_path: Path, file: str
) -> None:
    folder = tmp_path / "model"
    shutil.copytree(tiny_bert, folder)
    (folder / file).write_text("{")
    with pytest.raises(ModelError, match=rf"{file}: cannot be read"):
        load_encoder(f"bert:{folder}")
