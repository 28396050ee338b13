"""The vectors of a data set's rows, kept in the cache so that a second measure costs nothing."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from embcmp.cache import cache_dir, whole_file
from embcmp.encoders.base import Encoder, fingerprint
from embcmp.errors import OutputError
from embcmp.measures.labels import Index
from embcmp.types import Occurrence, Progress

CHUNK = 1024  # rows a file
LARGEST_CACHE = 4 << 30  # bytes; beyond it the files that were used longest ago are removed

Place = tuple[str, int, int]  # all of an occurrence that can change its vector


@dataclass(frozen=True)
class Encoded:
    """What an encoder makes of the different places of some rows.

    Attributes:
        vectors: float32 [layers, places, dim], NaN where missing.
        missing: place -> why it has no vector.
        truncated: places whose sentence was windowed.
        seconds: spent on encoding; 0 where all came from the cache.
        cached: places that came from the cache.
    """

    vectors: NDArray[np.float32]
    missing: dict[Place, str]
    truncated: frozenset[Place]
    seconds: float
    cached: int
    _index: dict[Place, int]

    def rows(self, uses: Iterable[Occurrence]) -> Index:
        """Where the vectors of some occurrences are: [n], places on axis 1."""
        return np.array([self._index[place(use)] for use in uses], dtype=np.intp)


def place(use: Occurrence) -> Place:
    """The sentence and the offsets of an occurrence."""
    return use.sentence, use.start, use.end


def encode(
    encoder: Encoder, uses: Sequence[Occurrence], progress: Progress | None = None
) -> Encoded:
    """Encode the occurrences chunk by chunk, or read the chunks from the cache.

    A chunk is a file whose name is the digest of the encoder's fingerprint and of its rows in
    their order: the same rows give the same bytes, whatever else has been encoded before.

    Args:
        encoder: whose vectors are wanted.
        uses: any occurrences; those at the same place are encoded once.
        progress: called with (done, total).
    """
    places = sorted({place(use) for use in uses})
    shape = (len(encoder.info.layers), len(places), encoder.info.dim)
    vectors = np.empty(shape, dtype=np.float32)
    missing: dict[Place, str] = {}
    truncated: set[Place] = set()
    seconds, cached = 0.0, 0
    for start in range(0, len(places), CHUNK):
        chunk = places[start : start + CHUNK]
        path = _path(encoder, chunk)
        if (found := _read(path, (shape[0], len(chunk), shape[2]))) is None:
            begin = time.perf_counter()
            found = _encode(encoder, chunk)
            seconds += time.perf_counter() - begin
            _keep(path, found)
        else:
            cached += len(chunk)
        vectors[:, start : start + len(chunk)] = found.vectors
        missing |= {chunk[i]: why for i, why in found.missing.items()}
        truncated |= {chunk[i] for i in found.truncated}
        if progress:
            progress(start + len(chunk), len(places))
    index = {p: i for i, p in enumerate(places)}
    return Encoded(vectors, missing, frozenset(truncated), seconds, cached, index)


@dataclass(frozen=True)
class _Chunk:
    vectors: NDArray[np.float32]
    missing: dict[int, str]
    truncated: list[int]


def _encode(encoder: Encoder, chunk: Sequence[Place]) -> _Chunk:
    uses = [
        Occurrence(str(i), sentence[start:end], sentence, start, end)
        for i, (sentence, start, end) in enumerate(chunk)
    ]
    made = encoder.encode(uses)
    missing = {int(name): why for name, why in made.missing.items()}
    truncated = [i for i, receipt in enumerate(made.receipts) if receipt.truncated]
    return _Chunk(made.vectors, missing, truncated)


def _path(encoder: Encoder, chunk: Sequence[Place]) -> Path:
    text = sha256(json.dumps(chunk).encode()).hexdigest()
    return cache_dir() / "encoded" / f"{fingerprint(encoder.info.fingerprint, text)}.npz"


def _read(path: Path, shape: tuple[int, ...]) -> _Chunk | None:
    """A chunk of the cache; None where it is not there or is not what it should be."""
    try:
        with path.open("rb") as f, np.load(f, allow_pickle=False) as stored:
            vectors, notes = stored["vectors"], json.loads(str(stored["notes"]))
        path.touch()
        missing = {int(i): why for i, why in notes["missing"].items()}
        chunk = _Chunk(vectors, missing, notes["truncated"])
    except (OSError, ValueError, KeyError, EOFError, BadZipFile):
        return None
    return chunk if vectors.shape == shape and vectors.dtype == np.float32 else None


def _keep(path: Path, chunk: _Chunk) -> None:
    """Write a chunk and make room; a cache that cannot be written costs time, and nothing else."""
    notes = json.dumps({"missing": chunk.missing, "truncated": chunk.truncated})
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(path) as draft, draft.open("wb") as f:
            np.savez(f, vectors=chunk.vectors, notes=np.array(notes))
        make_room(path.parent, LARGEST_CACHE)
    except (OSError, OutputError):
        return


def make_room(folder: Path, most: int) -> None:
    """Remove the files of the cache that were used longest ago, until `most` bytes are left."""
    stats = [(file, file.stat()) for file in folder.glob("*.npz")]
    total = sum(stat.st_size for _, stat in stats)
    for file, stat in sorted(stats, key=lambda one: one[1].st_mtime):
        if total <= most:
            return
        file.unlink(missing_ok=True)
        total -= stat.st_size
