from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from embcmp.encoders.vector_store import occurrences_at, read_vectors, write_vectors
from embcmp.errors import OutputError
from embcmp.types import Embeddings, EncoderInfo, Receipt

ROWS = 300
INFO = EncoderInfo("bert@all", "bert@all", "bert", "made", (1, 2), 8, 0, 0, 0, "made")
USES = list(occurrences_at((f"man {i}", 0, 3) for i in range(ROWS)))


@pytest.fixture(scope="module")
def made() -> Embeddings:
    vectors = np.random.default_rng(0).standard_normal((2, ROWS, 8)).astype(np.float32)
    vectors[:, 3] = np.nan
    given = ((), ("[CLS]", "m", "an", "[SEP]"))
    receipts = tuple(
        Receipt(o.id, ("m", "an"), "man", int(o.id) % 2 == 0, given[int(o.id) % 3 == 0])
        for o in USES
    )
    return Embeddings(INFO, vectors, {"3": "none is made"}, receipts)


def same(a: Embeddings, b: Embeddings) -> bool:
    notes = a.missing == b.missing and a.receipts == b.receipts
    return notes and np.array_equal(a.vectors, b.vectors, equal_nan=True)


def test_rows_come_back_in_the_order_asked_for(tmp_path: Path, made: Embeddings) -> None:
    write_vectors(tmp_path / "v.parquet", INFO, [made])
    assert same(read_vectors(tmp_path / "v.parquet", INFO, USES, range(ROWS)), made)
    rows = [299, 3, 128, 3]
    some = read_vectors(tmp_path / "v.parquet", INFO, [USES[row] for row in rows], rows)
    assert np.array_equal(some.vectors, made.vectors[:, rows], equal_nan=True)
    assert some.receipts == tuple(made.receipts[row] for row in rows)
    assert some.missing == made.missing


def test_no_damage_goes_unnoticed(tmp_path: Path, made: Embeddings) -> None:
    path = tmp_path / "v.parquet"
    write_vectors(path, INFO, [made])
    whole = path.read_bytes()
    noticed = 0
    for k in np.random.default_rng(0).integers(len(whole), size=200):
        path.write_bytes(whole[:k] + bytes([whole[k] ^ 0x55]) + whole[k + 1 :])
        try:
            assert same(read_vectors(path, INFO, USES, range(ROWS)), made)
        except OutputError:
            noticed += 1
    assert noticed > 150


def test_vectors_of_another_encoder_are_refused(tmp_path: Path, made: Embeddings) -> None:
    other = EncoderInfo("bert@3", "bert@3", "bert", "made", (3,), 8, 0, 0, 0, "made")
    write_vectors(tmp_path / "v.parquet", INFO, [made])
    with pytest.raises(OutputError, match="is damaged"):
        read_vectors(tmp_path / "v.parquet", other, USES, range(ROWS))
