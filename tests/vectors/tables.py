"""A file of vectors as a table, for tests; looking up words must give the same vectors."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from embcmp.vectors.file import FileVectors


@dataclass(frozen=True)
class Table:
    """All words of a file and their vectors, float32 [words, dim]."""

    words: list[str]
    matrix: NDArray[np.float32]


def read_table(path: Path, **how: str | Path) -> Table:
    vectors = FileVectors(path, **how)  # type: ignore[arg-type]  # member and vocabulary
    blocks = list(vectors.blocks(7))
    words = [word for block, _ in blocks for word in block]
    matrix = np.concatenate([block for _, block in blocks])
    found, known = vectors.lookup(words)
    assert known.all()
    assert found.tobytes() == matrix.tobytes()
    assert vectors.rows(words).tolist() == sorted(vectors.rows(words).tolist())
    assert matrix.shape == (vectors.count, vectors.dim)
    return Table(words, matrix)


def as_dict(table: Table) -> dict[str, bytes]:
    """Word -> its vector's bits."""
    rows = zip(table.words, table.matrix, strict=True)
    return {word: row.tobytes() for word, row in rows}
