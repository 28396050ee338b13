"""An encoder that reads vectors stored in the folder of a batch, and its other files there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import chdir
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from embcmp.background.background_text import BackgroundText
from embcmp.background.corrections import TYPES
from embcmp.batch.folder import BACKGROUND, BatchFolder
from embcmp.batch.loaded_encoder import changed_model, load_once
from embcmp.batch.notes import digest_of, read_sealed, valid_note, write_note, write_sealed
from embcmp.cache import whole_file
from embcmp.encoders import load_encoder
from embcmp.encoders.base import Encoder, HasTypeVectors
from embcmp.encoders.precomputed_vectors import PrecomputedVectors
from embcmp.encoders.vector_store import Place, place, read_vectors
from embcmp.threads import thread_count
from embcmp.types import Embeddings, EncoderInfo, Occurrence, Progress, Receipt


class StoredEncoder:
    """An encoder that reads its vectors from files.

    Attributes:
        info: the encoder that made the vectors.

    Args:
        info: the encoder that made the vectors.
        folder: the folder of the batch.
        places: place of an occurrence -> name of its shard, row in the shard.
    """

    def __init__(
        self, info: EncoderInfo, folder: BatchFolder, places: Mapping[Place, tuple[str, int]]
    ) -> None:
        self.info = info
        self._folder = folder
        self._places = places

    def encode(
        self, occurrences: Sequence[Occurrence], progress: Progress | None = None
    ) -> Embeddings:
        """The stored vectors of occurrences.

        Raises:
            OutputError: a file is damaged.
        """
        rows = [self._places[place(o)] for o in occurrences]
        shape = (len(self.info.layers), len(rows), self.info.dim)
        vectors = np.empty(shape, dtype=np.float32)
        missing: dict[str, str] = {}
        receipts: dict[str, Receipt] = {}
        for shard in sorted({shard for shard, _ in rows}):
            numbers = [i for i, (name, _) in enumerate(rows) if name == shard]
            part = read_vectors(
                self._folder.vectors_of(self.info.fingerprint, shard),
                self.info,
                [occurrences[i] for i in numbers],
                [rows[i][1] for i in numbers],
            )
            vectors[:, numbers] = part.vectors
            missing |= part.missing
            receipts |= {receipt.id: receipt for receipt in part.receipts}
        return Embeddings(
            self.info,
            vectors,
            {o.id: missing[o.id] for o in occurrences if o.id in missing},
            tuple(receipts[o.id] for o in occurrences),
        )


class StoredTypes(StoredEncoder):
    """A stored encoder that also has vectors of word types, which its own are made of."""

    def type_vectors(self, count: int) -> NDArray[np.float32]:
        """The vectors [at most count, dim] of the most frequent types.

        Raises:
            OSError: their file is missing.
        """
        vectors: NDArray[np.float32] = np.load(self._folder.types_of(self.info.fingerprint))
        return vectors[:count]


@dataclass(frozen=True, slots=True)
class PreparedEncoder:
    """An encoder of the job whose folder has everything but the vectors of shards.

    Attributes:
        info: the encoder.
        has_types: whether corrections are fitted on its vectors of word types.
        load_seconds: seconds that loading took when the folder was made.
        threads: number of threads that its vectors were computed with.
        background: the background sentences of the job.
        home: the folder that paths in the spec are relative to.
    """

    info: EncoderInfo
    has_types: bool
    load_seconds: float
    threads: int
    background: BackgroundText
    home: Path

    def stored(self, folder: BatchFolder, places: Mapping[Place, tuple[str, int]]) -> Encoder:
        """The encoder of stored vectors: those in the folder, or in the user's own file.

        Raises:
            ModelError: the user's file is missing, broken, or not the one the batch began with.
        """
        if self.info.precomputed:
            return self.given()
        kind = StoredTypes if self.has_types else StoredEncoder
        return kind(self.info, folder, _background_places(self.background) | {**places})

    def given(self) -> PrecomputedVectors:
        """The vectors of the user's own file, which this process reads once.

        Raises:
            ModelError: the file is missing, broken, or not the one the batch began with.
        """
        return _given(self.home, self.info.spec, self.info.fingerprint).afresh()


@cache
def _given(home: Path, spec: str, fingerprint: str) -> PrecomputedVectors:
    with chdir(home):
        encoder = load_encoder(spec)
    assert isinstance(encoder, PrecomputedVectors), "no other encoder is precomputed"
    if encoder.info.fingerprint != fingerprint:
        raise changed_model(spec)
    return encoder


def prepare(
    spec: str, device: str, correct: str, folder: BatchFolder, text: BackgroundText
) -> PreparedEncoder:
    """Load an encoder, and make its folder with the files that measures need besides shards.

    Args:
        spec: spec of the encoder.
        device: where transformers run.
        correct: the correction of the vector spaces.
        folder: the folder of the batch.
        text: the background sentences.

    Raises:
        SpecError: the spec asks for a layer that the model lacks.
        UsageError: this machine lacks the device.
        ModelError: the model is missing, broken or refused, or has just changed.
        OutputError: the folder cannot be written.
    """
    loaded_encoder = load_once(spec, device)
    encoder = loaded_encoder.encoder
    info = encoder.info
    background = folder.vectors_of(info.fingerprint, BACKGROUND)
    background.parent.mkdir(parents=True, exist_ok=True)
    digest = digest_of([*_background_places(text)])
    if not (info.per_type or info.precomputed) and valid_note(background, digest) is None:
        loaded_encoder.write(background, text.tokens, made_of=digest)
    types = folder.types_of(info.fingerprint)
    has_types = correct != "none" and isinstance(encoder, HasTypeVectors)
    if correct != "none" and isinstance(encoder, HasTypeVectors) and valid_note(types) is None:
        vectors = encoder.type_vectors(TYPES)
        loaded_encoder.check()
        with whole_file(types) as draft, draft.open("wb") as f:
            np.save(f, vectors, allow_pickle=False)
        write_note(types, len(vectors))
    record_file = background.with_name("encoder.json")  # for people who look into the folder
    if (record := read_sealed(record_file)) is None:
        record = {
            **asdict(info),
            "load_seconds": round(loaded_encoder.seconds, 6),
            "threads": thread_count(),
        }
        write_sealed(record_file, record)
    seconds, threads = record["load_seconds"], record["threads"]
    return PreparedEncoder(info, has_types, seconds, threads, text, Path.cwd())


@cache
def _background_places(text: BackgroundText) -> dict[Place, tuple[str, int]]:
    return {place(token): (BACKGROUND, row) for row, token in enumerate(text.tokens)}
