from __future__ import annotations

import unicodedata
from pathlib import Path

import numpy as np
import pytest
from gensim.models import KeyedVectors
from gensim.models.fasttext import load_facebook_vectors
from hypothesis import given
from hypothesis import strategies as st

from embcmp.encoders import load_encoder
from embcmp.encoders.word2vec import spellings
from embcmp.types import Occurrence
from tests.conftest import ROOT
from tests.vectors.forms import array, every_form, small, zipped

VECTORS = ROOT / "fixtures" / "vectors" / "word2vec.txt"
GENSIM = KeyedVectors.load_word2vec_format(VECTORS)


def occurrence(form: str, id: str = "1") -> Occurrence:
    sentence = f"Here is {form}, there."
    return Occurrence(id, form, sentence, 8, 8 + len(form))


@pytest.mark.parametrize(
    ("form", "key"),
    [
        ("man", "man"),
        ("Man", "Man"),
        ("MAN", "man"),
        ("hot dog", "hot_dog"),
        ("Hot\u00a0 Dog", "hot_dog"),
        ("café", "café"),
        (unicodedata.normalize("NFD", "café"), "café"),
        (unicodedata.normalize("NFD", "CAFÉ"), "café"),
    ],
)
def test_a_word_is_looked_up_as_written_and_then_in_lower_case(form: str, key: str) -> None:
    embeddings = load_encoder(f"word2vec:{VECTORS}").encode([occurrence(form)])
    assert embeddings.vectors.tobytes() == GENSIM[key].tobytes()
    assert embeddings.vectors.shape == (1, 1, 4)
    (receipt,) = embeddings.receipts
    assert (receipt.id, receipt.tokens, receipt.text) == ("1", (key,), form)
    assert embeddings.missing == {}


def test_a_phrase_may_be_listed_with_its_space(tmp_path: Path) -> None:
    path = tmp_path / "glove.txt"
    path.write_text("hot dog 1 2\ndog 3 4\n")
    embeddings = load_encoder(f"word2vec:{path}").encode([occurrence("Hot dog")])
    assert embeddings.vectors.tolist() == [[[1, 2]]]
    assert embeddings.receipts[0].tokens == ("hot dog",)


def test_an_unknown_form_is_missing_and_the_others_go_on() -> None:
    seen: list[tuple[int, int]] = []
    forms = ["man", "Blorple", "MAN"]
    occurrences = [occurrence(form, str(i)) for i, form in enumerate(forms)]
    encoder = load_encoder(f"word2vec:{VECTORS}")
    embeddings = encoder.encode(occurrences, lambda done, total: seen.append((done, total)))
    assert embeddings.missing == {"1": "'Blorple' is not among the 21 words of word2vec.txt"}
    assert np.isnan(embeddings.vectors[0]).all(axis=1).tolist() == [False, True, False]
    assert [r.tokens for r in embeddings.receipts] == [("man",), (), ("man",)]
    assert embeddings.receipts[1].text == ""
    assert seen[-1] == (3, 3)


def test_no_occurrences() -> None:
    assert load_encoder(f"word2vec:{VECTORS}").encode([]).vectors.shape == (1, 0, 4)


def test_the_info_of_the_encoder() -> None:
    info = load_encoder(f"word2vec:{VECTORS}").info
    assert info.per_type
    assert info.spec == info.name == f"word2vec:{VECTORS}"
    assert (info.family, info.model, info.layers) == ("word2vec", "word2vec.txt", (None,))
    assert (info.dim, info.parameters) == (4, 84)
    assert info.bytes == info.own_bytes == VECTORS.stat().st_size


def test_the_fingerprint_is_that_of_the_numbers(tmp_path: Path) -> None:
    copy, other = tmp_path / "copy.txt", tmp_path / "other.txt"
    copy.write_bytes(VECTORS.read_bytes())
    other.write_bytes(VECTORS.read_bytes().replace(b"man 0", b"man 1").replace(b"the 1", b"the 2"))
    prints = [load_encoder(f"word2vec:{path}").info.fingerprint for path in (VECTORS, copy, other)]
    assert prints[0] == prints[1] != prints[2]


@given(st.text(min_size=1))
def test_the_form_as_it_stands_comes_before_its_lower_case(form: str) -> None:
    keys = spellings(form)
    assert {form, form.lower(), unicodedata.normalize("NFC", form)} <= set(keys)
    assert len(set(keys)) == len(keys)
    assert keys.index(form) <= keys.index(form.lower())


def test_the_reason_for_a_missing_vector_names_near_spellings() -> None:
    embeddings = load_encoder(f"word2vec:{VECTORS}").encode([occurrence("mna")])
    assert embeddings.missing == {
        "1": "'mna' is not among the 21 words of word2vec.txt; near spellings: man"
    }


def test_an_unknown_form_is_made_of_its_sub_words_where_the_file_has_them(tmp_path: Path) -> None:
    path = tmp_path / "model.bin"
    path.write_bytes(every_form()["fasttext"])
    oracle = load_facebook_vectors(path)
    forms = ["man", "MAN", "Manly", "manly"]
    occurrences = [occurrence(form, str(i)) for i, form in enumerate(forms)]
    embeddings = load_encoder(f"word2vec:{path}").encode(occurrences)
    assert embeddings.missing == {}
    for row, key in zip(embeddings.vectors[0], ["man", "man", "Manly", "manly"], strict=True):
        assert row.tobytes() == oracle[key].tobytes()
    assert [r.tokens for r in embeddings.receipts[:2]] == [("man",), ("man",)]
    assert embeddings.receipts[2].tokens[:3] == ("<Ma", "<Man", "Man")


def test_a_matrix_and_a_member_are_named_by_keys(tmp_path: Path) -> None:
    words, matrix = small()
    (tmp_path / "m.npy").write_bytes(array(matrix))
    (tmp_path / "w.lst").write_text("\n".join(words))
    (tmp_path / "x.zip").write_bytes(zipped({"a.txt": b"man 1 2\n", "b/c.txt": b"man 3 4\n"}))
    given = {
        f"word2vec:{tmp_path}/m.npy,vocabulary={tmp_path}/w.lst": matrix[1].tolist(),
        f"word2vec:{tmp_path}/x.zip,member=b/c.txt": [3, 4],
        f"context:{tmp_path}/x.zip,window=2,member=a.txt": [1, 2],
    }
    for spec, row in given.items():
        encoder = load_encoder(spec)
        assert encoder.info.name == spec
        uses = {"w": occurrence("man"), "c": Occurrence("1", "is", "man is", 4, 6)}
        assert encoder.encode([uses[spec[0]]]).vectors.tolist() == [[row]]


def test_the_remarks_on_a_file_go_with_the_encoder(tmp_path: Path) -> None:
    path = tmp_path / "x.txt"
    path.write_bytes(b"man 1 2\nman 3 4\ncaf\xe9 5 6\n")
    encoder = load_encoder(f"word2vec:{path}")
    assert encoder.info.remarks == (
        f"{path}: duplicate words: 1; the first row of each is used",
        f"{path}: keys that are not UTF-8: 1; they are read as Latin-1",
    )
    assert encoder.encode([occurrence("café")]).vectors.tolist() == [[[5, 6]]]
