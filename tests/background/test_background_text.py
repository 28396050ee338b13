"""Background sentences of the user's own: reading them, and the words that are drawn."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest

from embcmp.background.background_text import (
    FEWEST_SENTENCES,
    MOST_SENTENCES,
    background_note,
    read_background,
    shipped_background,
    word_spans,
)
from embcmp.background.corrections import encode_background, spaces
from embcmp.errors import InputError
from embcmp.text.words import stop_words
from tests.background.test_background import encoder

PLACES = ("über den Berg", "nach Hause", "an den See", "in die Stadt", "fort")
NOUNS = ("Mann", "Hund", "König", "Fluß", "Zug")
GERMAN = [f"Der {noun} ging heute {place}." for noun in NOUNS for place in PLACES]


@pytest.fixture(autouse=True)
def _empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMBCMP_CACHE", str(tmp_path / "cache"))


def write(path: Path, sentences: list[str]) -> Path:
    path.write_text("\n".join(sentences) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize("name", ["de.txt", "de", "de.txt.gz", "de.csv"])
def test_any_file_of_sentences(name: str, tmp_path: Path) -> None:
    text = "\n".join(["sentence", *GERMAN] if name.endswith("csv") else GERMAN)
    data = text.encode()
    (tmp_path / name).write_bytes(gzip.compress(data) if name.endswith("gz") else data)
    read = read_background(tmp_path / name, "de")
    assert read.sentences == tuple(GERMAN)
    assert (read.path, read.lang) == (str(tmp_path / name), "de")
    assert read.digest == read_background(write(tmp_path / "again.txt", GERMAN)).digest
    assert read.digest != shipped_background().digest


def test_tokens_and_stop_words_are_of_its_language(tmp_path: Path) -> None:
    read = read_background(write(tmp_path / "de.txt", GERMAN), "de")
    assert {t.sentence for t in read.tokens} == set(GERMAN)
    assert all(t.sentence[t.start : t.end].lower() == t.word for t in read.tokens)
    tokens = encode_background(encoder(), read)
    assert {"könig", "fluß"} & set(tokens.words)
    assert not set(tokens.content().words) & stop_words("de")
    assert set(tokens.content().words) >= {"mann", "ging"}


def test_vectors_of_one_background_are_not_those_of_another(tmp_path: Path) -> None:
    read = read_background(write(tmp_path / "de.txt", GERMAN), "de")
    made = encoder()
    [shipped], [own] = spaces(made, "center"), spaces(made, "center", read)
    assert len(made.calls) == 2
    assert not np.allclose(shipped.correction.mean, own.correction.mean)
    assert shipped.baseline.value != own.baseline.value


def test_of_a_large_file_a_sample_is_used(tmp_path: Path) -> None:
    path = write(tmp_path / "en.txt", [f"The train number {i} is late." for i in range(1000)])
    read = read_background(path)
    assert len(read.sentences) == MOST_SENTENCES
    assert read.sentences == read_background(path).sentences
    assert read.sentences != tuple(path.read_text().splitlines()[:MOST_SENTENCES])


def test_too_few_sentences_are_refused(tmp_path: Path) -> None:
    same = ["Der Mann ging."] * 100 + ["12 34"] * 50 + GERMAN[: FEWEST_SENTENCES - 2]
    with pytest.raises(InputError, match="has 19 different background sentences with a word"):
        read_background(write(tmp_path / "few.txt", same))
    with pytest.raises(InputError, match="there is no such file"):
        read_background(tmp_path / "none.txt")


@pytest.mark.parametrize(
    ("sentence", "words"),
    [
        ("She didn't check-in, at 12 B4.", ["She", "check", "in", "at"]),
        ("हिन्दी की किताब", ["हिन्दी", "की", "किताब"]),
        ("银行在河边。", ["银行", "在河", "边"]),
        ("می‌خواهم بروم", ["می‌خواهم", "بروم"]),
        ("Ключ от двери", ["Ключ", "от", "двери"]),
    ],
)
def test_words_of_every_script(sentence: str, words: list[str]) -> None:
    assert [sentence[a:b] for a, b in word_spans(sentence)] == words


def test_the_note_is_for_other_languages_with_the_shipped_sentences(tmp_path: Path) -> None:
    own = read_background(write(tmp_path / "de.txt", GERMAN), "de")
    assert "--background FILE" in (background_note(None, "de") or "")
    assert background_note(own, "de") is None
    assert background_note(None, "en") is None
