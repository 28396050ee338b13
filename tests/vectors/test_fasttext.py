from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from gensim.models import FastText as GensimFastText
from gensim.models.fasttext import load_facebook_vectors, save_facebook_model
from gensim.models.fasttext_inner import compute_ngrams_bytes
from hypothesis import given
from hypothesis import strategies as st

from embcmp.errors import ModelError
from embcmp.vectors.content import Content
from embcmp.vectors.fasttext import FastText
from embcmp.vectors.file import FileVectors
from tests.vectors.forms import every_form, fasttext, small, write
from tests.vectors.tables import as_dict, read_table

WORDS, MATRIX = small()
MODEL = every_form()["fasttext"]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model as gensim trains and writes it: 300 buckets, n-grams of 2 to 5 characters."""
    path = tmp_path_factory.mktemp("fasttext") / "model.bin"
    sentences = [["the", "man", "café", "日本", "naïve"], ["hot_dog", "man", "the"]] * 20
    model = GensimFastText(
        sentences, vector_size=6, min_count=1, bucket=300, min_n=2, max_n=5, workers=1, seed=1
    )
    save_facebook_model(model, str(path))
    return path


def test_a_model_as_gensim_reads_it(trained: Path) -> None:
    oracle = load_facebook_vectors(trained)
    read = as_dict(read_table(trained))
    assert read == {word: oracle[word].tobytes() for word in oracle.index_to_key}
    vectors = FileVectors(trained)
    for word in ("mann", "CAFÉ", "日", "x", "hot dogs"):
        made = vectors.subwords(word)
        assert made is not None
        assert made[1].tobytes() == oracle[word].tobytes()


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=12))
def test_n_grams_are_those_of_gensim(tmp_path_factory: pytest.TempPathFactory, word: str) -> None:
    path = tmp_path_factory.getbasetemp() / "ngrams.bin"
    if not path.exists():
        path.write_bytes(MODEL)
    model = FastText(Content(path))
    assert list(model._ngrams(word.encode())) == compute_ngrams_bytes(word, 3, 4)


@pytest.mark.parametrize("version", [None, 11, 12])
def test_without_n_grams_the_vector_of_a_word_is_its_row(
    tmp_path: Path, version: int | None
) -> None:
    path = write(tmp_path, fasttext(WORDS, MATRIX, version=version))
    table = read_table(path)
    assert table.words == WORDS
    assert table.matrix.tobytes() == MATRIX.tobytes()
    assert FileVectors(path).subwords("manly") is None


def test_a_word_too_short_for_n_grams_has_none(tmp_path: Path) -> None:
    vectors = FileVectors(write(tmp_path, MODEL))
    assert vectors.subwords("") is None  # "<>"
    assert vectors.subwords("\ud800") is None
    made = vectors.subwords("a")
    assert made is not None
    assert made[0] == ("<a>",)


def test_labels_are_not_words(tmp_path: Path) -> None:
    entries = [(b"the", 0), (b"man", 0), (b"__label__x", 1)]
    content = (
        struct.pack("<2i 12i d", 793712314, 12, 4, 5, 5, 1, 5, 1, 3, 3, 0, 0, 0, 100, 1e-4)
        + struct.pack("<3i 2q", 3, 2, 1, 9, -1)
        + b"".join(word + b"\0" + struct.pack("<q b", 7, kind) for word, kind in entries)
        + b"\0"
        + struct.pack("<2q", 2, 4)
        + MATRIX[:2].tobytes()
        + b"\0"
        + struct.pack("<2q", 1, 4)
        + bytes(16)
    )
    table = read_table(write(tmp_path, content))
    assert table.words == ["the", "man"]
    assert table.matrix.tobytes() == MATRIX[:2].tobytes()


NAN = np.where(MATRIX == MATRIX[1, 1], np.nan, MATRIX)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (fasttext(WORDS, MATRIX, quantized=True), "is a quantized fastText model"),
        (fasttext(WORDS, MATRIX, version=13), "is a fastText model of version 13"),
        (MODEL[:40], "ends within its header"),
        (MODEL[:100], "ends within word 1 of the 5 that its header declares"),
        (MODEL[:122], "ends within word 3 of the 5 that its header declares"),
        (MODEL[:-150], "ends within its vectors"),
        (MODEL[:-90], "ends before its output layer"),
        (MODEL[:-1], "ends within its output layer"),
        (MODEL + b"\0", "continues after its output layer"),
        (fasttext(WORDS, NAN), "the vector of 'man' .number 2. contains NaN or infinity"),
        (fasttext(WORDS[:1], NAN[:2], bucket=1), "the vector of an n-gram contains NaN"),
        (fasttext(WORDS, MATRIX[:4]), "the matrix of its vectors does not have the declared size"),
        (fasttext(WORDS, MATRIX, bucket=-1), "its header is damaged"),
        (MODEL[:91] + b"\x0f" + MODEL[92:], "its header is damaged"),
        (fasttext([], MATRIX[:0]), "contains no word"),
        (MODEL.replace(b"the\0\7\0", b"the\0\7\0\0\0\0\0\0\0\1")[:-1], "its dictionary is damaged"),
    ],
)
def test_errors_of_damaged_files(tmp_path: Path, content: bytes, says: str) -> None:
    path = write(tmp_path, content)
    with pytest.raises(ModelError, match=says) as e:
        FileVectors(path)
    assert str(path) in e.value.message
    assert e.value.hint


def test_the_next_look_up_does_not_read_the_dictionary(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path, MODEL)
    first = FileVectors(path).lookup(["man"])[0].tolist()
    monkeypatch.setattr(FastText, "_dictionary", lambda *_: pytest.fail("read again"))
    assert FileVectors(path).lookup(["man"])[0].tolist() == first


def test_n_gram_sums_that_overflow_float32_are_refused(tmp_path: Path) -> None:
    large = np.full((6, 4), 3e38, np.float32)
    vectors = FileVectors(write(tmp_path, fasttext(WORDS, large, bucket=1, longest=4)))
    for ask in (lambda: vectors.lookup(["man"]), lambda: vectors.subwords("mann")):
        with pytest.raises(ModelError, match="too large for float32"):
            ask()


def test_an_old_model_with_the_first_bytes_of_a_pickle(tmp_path: Path) -> None:
    matrix = np.ones((1, 0x280), np.float32)
    path = write(tmp_path, fasttext(["man"], matrix, version=None))
    assert path.read_bytes().startswith(b"\x80\x02")
    assert FileVectors(path).lookup(["man"])[0].tolist() == matrix.tolist()
