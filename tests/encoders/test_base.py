from __future__ import annotations

import numpy as np
import pytest

from embcmp.encoders.base import assemble, fingerprint, pool
from embcmp.errors import ModelError
from embcmp.types import EncoderInfo, Occurrence, Receipt

INFO = EncoderInfo("x", "x", "bert", "X", (0, 1), 3, 0, 0, 0, "f")


def test_missing_rows_are_nan_and_named() -> None:
    occurrences = [Occurrence(str(i), "man", "a man", 2, 5) for i in range(2)]
    row = np.arange(6, dtype=np.float32).reshape(2, 3)
    out = assemble(INFO, occurrences, ["no piece", (row, Receipt("1", ("man",), "man"))])
    assert out.vectors.shape == (2, 2, 3)
    assert np.isnan(out.vectors[:, 0]).all()
    assert (out.vectors[:, 1] == row).all()
    assert out.missing == {"0": "no piece"}
    assert out.receipts == (Receipt("0", (), ""), Receipt("1", ("man",), "man"))


@pytest.mark.parametrize("wrong", [np.nan, np.inf])
def test_a_row_with_nan_or_infinity_counts_as_missing(wrong: float) -> None:
    row = np.array([[1, 2, 3], [4, wrong, 6]], dtype=np.float32)
    two = [Occurrence(str(i), "man", "a man", 2, 5) for i in range(2)]
    rows = [(row, Receipt("0", ("man",), "man")), (np.zeros_like(row), Receipt("1", (), "man"))]
    out = assemble(INFO, two, rows)
    assert out.missing == {"0": "the model gives NaN or infinity"}
    assert np.isnan(out.vectors[:, 0]).all()
    assert out.receipts[0] == Receipt("0", (), "")


def test_a_model_that_gives_no_numbers_at_all_is_damaged() -> None:
    row = np.full((2, 3), np.nan, dtype=np.float32)
    one = [Occurrence("1", "man", "a man", 2, 5)]
    with pytest.raises(ModelError, match="X: gives NaN or infinity for every occurrence"):
        assemble(INFO, one, [(row, Receipt("1", ("man",), "man"))])
    assert assemble(INFO, [], []).missing == {}


@pytest.mark.parametrize(
    ("how", "expected"), [("mean", [3.0, 4.0]), ("first", [1.0, 2.0]), ("last", [5.0, 6.0])]
)
def test_pooling(how: str, expected: list[float]) -> None:
    pieces = np.array([[1, 2], [3, 4], [5, 6]], dtype=np.float32)
    assert pool(pieces, how).tolist() == expected
    assert pool(pieces, how).dtype == np.float32


def test_fingerprint_tells_parts_apart() -> None:
    assert fingerprint("a", "b") != fingerprint("ab")
    assert fingerprint(1) != fingerprint("1")
    assert fingerprint("a", 6, ("x",)) == fingerprint("a", 6, ("x",))
