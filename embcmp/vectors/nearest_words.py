"""The words nearest to a vector: exact, over the complete vocabulary, in bounded memory."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from embcmp.types import Progress
from embcmp.vectors.store import WordVectors

DECIMALS = 9  # the precision of float32; cosines that are equal to 9 decimals are ties
BYTES_A_NUMBER = 48  # as text or as stored, as float32, as float64, and the previous block
BYTES_A_WORD = 256
MEMORY = 16 << 20  # bytes; larger blocks do not fit the processor's cache and are slower


@dataclass(frozen=True, slots=True)
class Neighbor:
    """A word and the cosine of its vector with the query."""

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
    """Find the words with the highest cosines, in descending order; ties in the order of the file.

    Every word is compared, block by block. Cosines are computed in float64 and compared to nine
    decimals. A vector of zeros has no cosine and is never a neighbor; as a query it has none.

    Args:
        vectors: Vectors to search.
        query: Vector [dim] to find the neighbors of.
        count: Largest number of words to return.
        exclude: Words to leave out, spelled as in the vectors.
        memory: Number of bytes that a block may use.
        progress: Called with the number of words that were compared, and the number of all words.
    """
    rows = max(1, memory // (BYTES_A_NUMBER * vectors.dim + BYTES_A_WORD))
    excluded = frozenset(exclude)
    best: list[Neighbor] = []
    done = 0
    for words, block in vectors.blocks(rows):
        cosines = _cosines(block, query)
        order = np.argsort(-cosines, kind="stable")[: count + len(excluded)]  # NaN comes last
        best += [
            Neighbor(words[i], float(cosines[i]))
            for i in order
            if words[i] not in excluded and not np.isnan(cosines[i])
        ]
        done += len(words)
        if progress:
            progress(done, vectors.count)
        best = sorted(best, key=lambda neighbor: -neighbor.cosine)[:count]
    return tuple(best)


def _cosines(block: NDArray[np.float32], query: NDArray[np.float32]) -> NDArray[np.float64]:
    """The cosine of each row [n, dim] with the query [dim]; NaN if one of them is zero."""
    rows, vector = block.astype(np.float64), query.astype(np.float64)
    lengths = np.sqrt(np.einsum("ij,ij->i", rows, rows)) * np.sqrt(vector @ vector)
    cosines = np.full(len(rows), np.nan)
    np.divide(rows @ vector, lengths, out=cosines, where=lengths > 0)
    rounded: NDArray[np.float64] = np.clip(cosines, -1, 1).round(DECIMALS)
    return rounded
