"""The words nearest to a vector: exact, over the whole vocabulary, within a memory bound."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from embcmp.types import Progress
from embcmp.vectors.store import WordVectors

DECIMALS = 9  # float32 numbers settle no more; what is equal to here is a tie
BYTES_A_NUMBER = 48  # as text or as it is stored, in float32 and in float64, and once before
BYTES_A_WORD = 256
MEMORY = 16 << 20  # bytes; larger blocks leave the processor's cache, and take longer


@dataclass(frozen=True, slots=True)
class Neighbor:
    """A word and the cosine of its vector with what was asked for."""

    word: str
    cosine: float


def nearest(
    vectors: WordVectors,
    query: NDArray[np.float32],
    count: int = 10,
    *,
    exclude: Collection[str] = (),
    memory: int = MEMORY,
    progress: Progress | None = None,
) -> tuple[Neighbor, ...]:
    """The words with the highest cosines, the highest first; of equal ones the first in the file.

    Every word is looked at, block by block. Cosines are computed in float64 and compared to nine
    decimals. A vector of zeros has no cosine: it is near nothing, and nothing is near it.

    Args:
        vectors: where to look.
        query: what to be near to, [dim].
        count: how many words at most.
        exclude: words that are passed over, spelled as in the vectors.
        memory: bytes that a block may take.
        progress: called with how many words were looked at, and how many there are.
    """
    rows = max(1, memory // (BYTES_A_NUMBER * vectors.dim + BYTES_A_WORD))
    passed = frozenset(exclude)
    best: list[Neighbor] = []
    done = 0
    for words, block in vectors.blocks(rows):
        cosines = _cosines(block, query)
        order = np.argsort(-cosines, kind="stable")[: count + len(passed)]  # NaN comes last
        best += [
            Neighbor(words[i], float(cosines[i]))
            for i in order
            if words[i] not in passed and not np.isnan(cosines[i])
        ]
        done += len(words)
        if progress:
            progress(done, vectors.count)
        best = sorted(best, key=lambda neighbor: -neighbor.cosine)[:count]
    return tuple(best)


def _cosines(block: NDArray[np.float32], query: NDArray[np.float32]) -> NDArray[np.float64]:
    """The cosine of each row [n, dim] with the query [dim]; NaN where there is none."""
    wide, asked = block.astype(np.float64), query.astype(np.float64)
    lengths = np.sqrt(np.einsum("ij,ij->i", wide, wide)) * np.sqrt(asked @ asked)
    cosines = np.full(len(wide), np.nan)
    np.divide(wide @ asked, lengths, out=cosines, where=lengths > 0)
    rounded: NDArray[np.float64] = np.clip(cosines, -1, 1).round(DECIMALS)
    return rounded
