from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from embcmp.vectors.embedded_vectors import EmbeddedVectors, Vocabulary
from tests.conftest import needs_models


def never() -> list[str]:
    raise AssertionError("the words were read again")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text(max_size=8), min_size=1, max_size=30, unique=True), st.data())
def test_the_row_of_every_word(
    tmp_path_factory: pytest.TempPathFactory, words: list[str], data: st.DataObject
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EMBCMP_CACHE", str(tmp_path_factory.mktemp("cache")))
        asked = data.draw(st.lists(st.sampled_from(words) | st.text(max_size=8), max_size=20))
        expected = [words.index(w) if w in words else -1 for w in asked]
        assert Vocabulary("v", lambda: words).rows(asked).tolist() == expected
        assert Vocabulary("v", never).rows(asked).tolist() == expected  # from the cache


def test_a_damaged_table_is_computed_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMBCMP_CACHE", str(tmp_path))
    Vocabulary("v", lambda: ["a", "b"])
    table = tmp_path / "vocabulary" / "v.npy"
    table.write_bytes(table.read_bytes()[:-8])
    assert Vocabulary("v", lambda: ["a", "b"]).rows(["b", "c", "\ud800"]).tolist() == [1, -1, -1]


def test_a_cache_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("EMBCMP_CACHE", str(tmp_path / "file"))
    assert Vocabulary("v", lambda: ["a", "b"]).rows(["b"]).tolist() == [1]


@needs_models
def test_every_word_of_glove_is_known_and_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors = EmbeddedVectors()
    words = list(vectors._every_word())
    np.testing.assert_array_equal(vectors._vocabulary.rows(words), np.arange(400_000))
    monkeypatch.setattr(EmbeddedVectors, "_words", lambda *_: never())
    found, known = EmbeddedVectors().lookup(["man", "no such word", "man"])
    assert known.tolist() == [True, False, True]
    np.testing.assert_array_equal(found[0], vectors._matrix[words.index("man")])
