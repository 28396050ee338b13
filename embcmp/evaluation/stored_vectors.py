"""The vectors of a data set's rows, which are stored in the cache for the next evaluation."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from embcmp.cache import cache_dir, whole_file
from embcmp.encoders.base import Encoder, fingerprint
from embcmp.encoders.vector_store import (
    Place,
    occurrences_at,
    place,
    read_vectors,
    write_vectors,
)
from embcmp.errors import ModelError, OutputError
from embcmp.measures.labels import Index
from embcmp.types import Embeddings, Occurrence, Progress

CHUNK = 1024  # rows of a file
LARGEST_CACHE = 4 << 30  # bytes; above it the least recently used files are removed


@dataclass(frozen=True)
class Encoded:
    """The vectors of the different places of some rows.

    Attributes:
        vectors: float32 [layers, places, dim], NaN where missing.
        missing: place -> why it has no vector.
        truncated: places whose sentence was windowed.
        seconds: seconds spent on encoding; 0 if all vectors came from the cache.
        cached: number of places whose vectors came from the cache.
    """

    vectors: NDArray[np.float32]
    missing: dict[Place, str]
    truncated: frozenset[Place]
    seconds: float
    cached: int
    _index: dict[Place, int]

    def rows(self, uses: Iterable[Occurrence]) -> Index:
        """Indices [n] of occurrences on axis 1 of the vectors."""
        return np.array([self._index[place(use)] for use in uses], dtype=np.intp)


def encode(
    encoder: Encoder, uses: Sequence[Occurrence], progress: Progress | None = None
) -> Encoded:
    """Encode the occurrences chunk by chunk, or read the chunks from the cache.

    A chunk has a file, whose name is a digest of the encoder's fingerprint and of the rows in
    their order. So the same rows give the same bytes, whatever was encoded before.

    Args:
        encoder: the encoder.
        uses: any occurrences; those at the same place are encoded once.
        progress: called with (done, total).

    Raises:
        ModelError: the vectors were computed elsewhere, and none is of these uses, or two at one
            place differ.
    """
    if encoder.info.precomputed:
        return _look_up(encoder, uses, progress)
    places = sorted({place(use) for use in uses})
    info = encoder.info
    vectors = np.empty((len(info.layers), len(places), info.dim), dtype=np.float32)
    missing: dict[Place, str] = {}
    truncated: set[Place] = set()
    seconds, cached = 0.0, 0
    for start in range(0, len(places), CHUNK):
        chunk = list(occurrences_at(places[start : start + CHUNK], start))
        end = start + len(chunk)
        path = _path(encoder, places[start:end])
        try:
            part = read_vectors(path, info, chunk, range(len(chunk)))
            path.touch()
            cached += len(chunk)
        except (OSError, OutputError):
            begin = time.perf_counter()
            part = encoder.encode(chunk)
            seconds += time.perf_counter() - begin
            _keep(path, part)
        vectors[:, start:end] = part.vectors
        missing |= {places[int(id)]: reason for id, reason in part.missing.items()}
        truncated |= {places[int(r.id)] for r in part.receipts if r.truncated}
        if progress:
            progress(end, len(places))
    index = {p: i for i, p in enumerate(places)}
    return Encoded(vectors, missing, frozenset(truncated), seconds, cached, index)


def _look_up(encoder: Encoder, uses: Sequence[Occurrence], progress: Progress | None) -> Encoded:
    """The vectors that a file has for the ids of the uses; uses at one place have one vector."""
    different = list({(o.word, o.id, *place(o)): o for o in uses}.values())
    embeddings = encoder.encode(different, progress)
    index: dict[Place, int] = {}
    chosen: list[int] = []  # for each place the first use that has a vector, else the first use
    for row, o in enumerate(different):
        vector = embeddings.vectors[:, row]
        column = index.setdefault(place(o), len(chosen))
        if column == len(chosen):
            chosen.append(row)
            continue
        other = embeddings.vectors[:, chosen[column]]
        if np.isnan(other).any():
            chosen[column] = row
        elif not np.isnan(vector).any() and (vector != other).any():
            raise ModelError(
                f"{encoder.info.name}: the vectors of {different[chosen[column]].id!r} and"
                f" {o.id!r} differ, but they are the same word in the same sentence",
                "give both the same vector",
            )
    missing = {
        place(o): embeddings.missing[o.id]
        for o in (different[row] for row in chosen)
        if o.id in embeddings.missing
    }
    return Encoded(embeddings.vectors[:, chosen], missing, frozenset(), 0.0, len(chosen), index)


def _path(encoder: Encoder, chunk: Sequence[Place]) -> Path:
    text = sha256(json.dumps(chunk).encode()).hexdigest()
    return cache_dir() / "encoded" / f"{fingerprint(encoder.info.fingerprint, text)}.parquet"


def _keep(path: Path, part: Embeddings) -> None:
    """Write a chunk and make room. A cache that cannot be written costs only time."""
    with suppress(OSError, OutputError, UnicodeEncodeError):  # lone surrogates cannot be stored
        path.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(path) as draft:
            write_vectors(draft, part.info, [part])
        make_room(path.parent, LARGEST_CACHE)


def make_room(folder: Path, most: int) -> None:
    """Remove the least recently used files of the cache until it has at most `most` bytes."""
    stats = [(file, file.stat()) for file in folder.glob("[!.]*")]  # not those being written
    total = sum(stat.st_size for _, stat in stats)
    for file, stat in sorted(stats, key=lambda pair: pair[1].st_mtime):
        if total <= most:
            return
        file.unlink(missing_ok=True)
        total -= stat.st_size
