from __future__ import annotations

import tracemalloc
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from gensim.models import KeyedVectors
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from embcmp.models.catalog import GLOVE
from embcmp.vectors.nearest_words import nearest
from embcmp.vectors.store import WordVectors, open_vectors
from tests.conftest import ROOT

VECTORS = ROOT / "fixtures" / "vectors" / "word2vec.txt"
GENSIM = KeyedVectors.load_word2vec_format(VECTORS)
needs_glove = pytest.mark.skipif(
    find_spec(GLOVE.module) is None, reason="the models extra is not installed"
)


def row(vectors: WordVectors, word: str) -> NDArray[np.float32]:
    found: NDArray[np.float32] = vectors.lookup([word])[0][0]
    return found


@pytest.mark.parametrize("word", GENSIM.index_to_key)
@pytest.mark.parametrize("memory", [1, 1_000, 1 << 20])
def test_neighbors_equal_gensims_for_any_memory_bound(word: str, memory: int) -> None:
    vectors = open_vectors(VECTORS)
    found = nearest(vectors, row(vectors, word), 7, memory=memory)
    expected = GENSIM.similar_by_vector(GENSIM[word], topn=7)
    assert [n.word for n in found] == [w for w, _ in expected]
    assert [n.cosine for n in found] == pytest.approx([c for _, c in expected], abs=1e-6)


def test_excluded_words_are_replaced_by_the_next() -> None:
    vectors = open_vectors(VECTORS)
    query = row(vectors, "man")
    every = nearest(vectors, query, 100)
    assert len(every) == len(GENSIM)
    assert every[0].word == "man"
    fewer = nearest(vectors, query, 3, exclude={"man", every[2].word, "no such word"})
    assert fewer == (every[1], every[3], every[4])


def peak(vectors: WordVectors, memory: int) -> int:
    """The largest number of bytes that a search uses at once."""
    query = row(vectors, "the" if vectors is open_vectors() else "w1")
    tracemalloc.start()
    nearest(vectors, query, 3, memory=memory)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most


@pytest.mark.parametrize("form", ["text", "binary", pytest.param("embedded", marks=needs_glove)])
def test_a_search_stays_within_its_memory_bound(tmp_path: Path, form: str) -> None:
    matrix = np.random.default_rng(0).standard_normal((20_000, 25)).astype(np.float32)
    plain = KeyedVectors(25)
    plain.add_vectors([f"w{i}" for i in range(len(matrix))], matrix)
    plain.save_word2vec_format(tmp_path / "x", binary=form == "binary")
    vectors = open_vectors(None if form == "embedded" else tmp_path / "x")
    least = 1 << 20
    nearest(vectors, row(vectors, "the" if form == "embedded" else "w1"), 3, memory=least)
    assert peak(vectors, least) < least < 8 * least < peak(vectors, 64 * least)


def test_progress_counts_words() -> None:
    seen: list[tuple[int, int]] = []
    vectors = open_vectors(VECTORS)
    query = row(vectors, "man")
    nearest(vectors, query, memory=1, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(i, 21) for i in range(1, 22)]


def write(path: Path, rows: dict[str, list[float]]) -> WordVectors:
    path.write_text("".join(f"{w} {' '.join(map(str, r))}\n" for w, r in rows.items()))
    return open_vectors(path)


def test_ties_are_in_the_order_of_the_file(tmp_path: Path) -> None:
    rows = {f"w{i}": [3.0, 1.0 + 1e-12 * i] for i in range(9)} | {"far": [-1.0, 0.0]}
    vectors = write(tmp_path / "x.txt", dict(reversed(rows.items())))
    for memory in (1, 1_000, 1 << 20):
        found = nearest(vectors, np.array([3, 1], np.float32), 4, memory=memory)
        assert [n.word for n in found] == ["w8", "w7", "w6", "w5"]
        assert {n.cosine for n in found} == {1.0}
    many = write(tmp_path / "y.txt", {f"w{i}": [float(i % 2), 1.0] for i in range(400)})
    found = nearest(many, np.array([1, 1], np.float32), 200)
    assert [n.word for n in found] == [f"w{i}" for i in range(1, 400, 2)]


def test_a_vector_of_zeros_is_not_a_neighbor(tmp_path: Path) -> None:
    vectors = write(tmp_path / "x.txt", {"a": [1.0, 2.0], "zero": [0.0, 0.0], "b": [-1.0, 0.0]})
    assert [n.word for n in nearest(vectors, row(vectors, "a"))] == ["a", "b"]
    assert nearest(vectors, row(vectors, "zero")) == ()


def test_a_repeated_word_is_one_neighbor(tmp_path: Path) -> None:
    path = tmp_path / "x.txt"
    path.write_text("a 1 2\nb 2 1\na 2 1\n")
    vectors = open_vectors(path)
    found = nearest(vectors, np.array([2, 1], np.float32))
    assert [n.word for n in found] == ["b", "a"]
    assert found[1].cosine == pytest.approx(0.8)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    arrays(np.float32, (12, 3), elements=st.integers(-3, 3).map(float)),
    st.integers(0, 11),
    st.integers(1, 14),
    st.integers(1, 5_000),
)
def test_neighbors_equal_a_sort_of_all_cosines(
    tmp_path: Path, matrix: NDArray[np.float32], asked: int, count: int, memory: int
) -> None:
    words = [f"w{i}" for i in range(len(matrix))]
    vectors = write(tmp_path / "x.txt", dict(zip(words, matrix.tolist(), strict=True)))
    lengths = np.linalg.norm(matrix.astype(np.float64), axis=1)
    cosines = {
        word: round(float(r.astype(np.float64) @ matrix[asked]) / float(n * lengths[asked]), 9)
        for word, r, n in zip(words, matrix, lengths, strict=True)
        if n * lengths[asked] > 0
    }
    expected = sorted(cosines.items(), key=lambda item: -item[1])[:count]
    found = nearest(vectors, matrix[asked], count, memory=memory)
    assert [n.word for n in found] == [word for word, _ in expected]


@needs_glove
def test_neighbors_in_the_embedded_default_equal_gensims() -> None:
    vectors = open_vectors()
    words, matrix = next(vectors.blocks(30_000))
    model = KeyedVectors(vectors.dim)
    model.add_vectors(list(words), matrix)
    for word in ("man", "bank", "the"):
        found = [n for n in nearest(vectors, row(vectors, word), 200) if n.word in model][:5]
        expected = model.similar_by_vector(model[word], topn=5)
        assert [n.word for n in found] == [w for w, _ in expected]
