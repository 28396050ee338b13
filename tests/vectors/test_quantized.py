"""Quantized models of fastText, which fastText itself made: tests/making/quantized_vectors.py."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from embcmp.encoders import load_encoder
from embcmp.errors import ModelError
from embcmp.types import Occurrence
from embcmp.vectors.content import Content
from embcmp.vectors.file import FileVectors
from embcmp.vectors.quantized_matrix import QuantizedMatrix
from tests.vectors.forms import write

MODELS = sorted((Path(__file__).parent / "quantized").glob("*.ftz"))
PRUNED = next(path for path in MODELS if path.stem == "pruned").read_bytes()


@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.stem)
def test_words_get_the_vectors_of_fasttext(path: Path) -> None:
    vectors = FileVectors(path)
    for word, expected in json.loads(path.with_suffix(".json").read_text()).items():
        [vector], [known] = vectors.lookup([word])
        if not known:
            _, vector = vectors.subwords(word)
        assert np.allclose(vector, expected, atol=1e-7), word


def test_n_grams_that_were_left_out_do_not_count(tmp_path: Path) -> None:
    whole, pruned = (FileVectors(path) for path in (MODELS[-1], write(tmp_path, PRUNED)))
    shown = [vectors.subwords("manly")[0] for vectors in (whole, pruned)]
    assert shown[0] == (
        *("<m", "<ma", "<man", "ma", "man", "manl", "an", "anl", "anly"),
        *("nl", "nly", "nly>", "ly", "ly>", "y>"),
    )
    assert 0 < len(shown[1]) < len(shown[0])
    assert set(shown[1]) < set(shown[0])
    assert pruned.digest != whole.digest


def test_it_is_an_encoder() -> None:
    encoder = load_encoder(f"word2vec:{MODELS[-1]}")
    uses = [Occurrence(form, form, form, 0, len(form)) for form in ("Man", "men", "manly")]
    embeddings = encoder.encode(uses)
    assert embeddings.missing == {}
    assert [r.tokens for r in embeddings.receipts][:2] == [("man",), ("men",)]
    assert encoder.info.dim == 5


@given(st.integers(1, len(PRUNED) - 1))
def test_a_file_that_was_cut_is_refused(
    tmp_path_factory: pytest.TempPathFactory, length: int
) -> None:
    path = tmp_path_factory.getbasetemp() / "cut.ftz"
    path.write_bytes(PRUNED[:length])
    with pytest.raises(ModelError):
        FileVectors(path)


def matrix(
    *, rows: int = 3, columns: int = 3, size: int = 6, parts: tuple[int, ...] = (3, 2, 2, 1)
) -> bytes:
    """A matrix of three columns in parts of two and one, each centroid its own number."""
    numbers = np.arange(256 * 3, dtype="<f4")
    codes = bytes([0, 0, 1, 255, 2, 7])
    head = struct.pack("<? q q i", False, rows, columns, size)
    return head + codes + struct.pack("<4i", *parts) + numbers.tobytes()


def read(folder: Path, content: bytes) -> QuantizedMatrix:
    return QuantizedMatrix(Content(write(folder, content)), 0, (3, 3), "vectors")


def test_a_row_is_put_together_from_its_parts(tmp_path: Path) -> None:
    whole = matrix()
    rows = read(tmp_path, whole)
    assert rows.rows(0, 3).tolist() == [[0, 1, 512], [2, 3, 767], [4, 5, 519]]
    assert rows.rows(1, 1).tolist() == [[2, 3, 767]]
    assert rows.end == len(whole)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (matrix(rows=4), "the matrix of its vectors does not have the declared size"),
        (matrix(columns=2), "the matrix of its vectors does not have the declared size"),
        (matrix(size=-1), "ends within its vectors"),
        (matrix(size=2**31 - 1), "ends within its vectors"),
        (matrix(parts=(3, 3, 2, 1)), "the parts of its vectors do not fit its columns"),
        (matrix(parts=(3, 1, 2, 3)), "the parts of its vectors do not fit its columns"),
        (matrix(parts=(3, 2, -2, 5)), "the parts of its vectors do not fit its columns"),
        (matrix(parts=(3, 1, 3, 3)), "the codes of its vectors do not have the declared size"),
        (matrix()[:-4] + b"\0\0\xc0\x7f", "a centroid of its vectors has NaN or infinity"),
        (matrix()[:-1], "ends within its vectors"),
    ],
)
def test_sizes_that_do_not_fit(tmp_path: Path, content: bytes, says: str) -> None:
    with pytest.raises(ModelError, match=says):
        read(tmp_path, content)
