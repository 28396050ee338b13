"""An encoder made ready for a batch: what it is, and what its measures need beside the uses."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache

import numpy as np

from embcmp.background import TYPES, background_tokens
from embcmp.batch.folder import BACKGROUND, BatchFolder
from embcmp.batch.loaded_encoder import loaded
from embcmp.batch.notes import digest_of, noted, read_sealed, write_note, write_sealed
from embcmp.batch.stored_encoder import StoredEncoder, StoredTypes
from embcmp.cache import whole_file
from embcmp.encoders.base import HasTypeVectors
from embcmp.encoders.vector_store import Place, place
from embcmp.types import EncoderInfo


@dataclass(frozen=True, slots=True)
class Prepared:
    """An encoder of the job, as its folder has it.

    Attributes:
        info: of the spec.
        of_types: its vectors are made of those of word types.
        load_seconds: that loading it took when the folder was begun.
        threads: that its vectors were computed with.
    """

    info: EncoderInfo
    of_types: bool
    load_seconds: float
    threads: int

    def stored(self, folder: BatchFolder, places: Mapping[Place, tuple[str, int]]) -> StoredEncoder:
        """The encoder for uses that were encoded before."""
        kind = StoredTypes if self.of_types else StoredEncoder
        return kind(self.info, folder, _background_places() | {**places})


def prepare(spec: str, device: str, correct: str, folder: BatchFolder) -> Prepared:
    """Load an encoder and write its folder's first files where they are not whole.

    Raises:
        SpecError: the spec asks for a layer that the model lacks.
        UsageError: this machine lacks the device.
        ModelError: the model is missing, broken or refused, or changed meanwhile.
        OutputError: the folder cannot be written.
    """
    loaded_encoder = loaded(spec, device)
    encoder = loaded_encoder.encoder
    info = encoder.info
    background = folder.vectors_of(info.fingerprint, BACKGROUND)
    background.parent.mkdir(parents=True, exist_ok=True)
    of = digest_of([*_background_places()])
    if not info.per_type and noted(background, of) is None:
        loaded_encoder.write(background, background_tokens(), of=of)
    types = folder.types_of(info.fingerprint)
    fitted_on_types = correct != "none" and isinstance(encoder, HasTypeVectors)
    if correct != "none" and isinstance(encoder, HasTypeVectors) and noted(types) is None:
        vectors = encoder.type_vectors(TYPES)
        loaded_encoder.check()
        with whole_file(types) as draft, draft.open("wb") as f:
            np.save(f, vectors, allow_pickle=False)
        write_note(types, len(vectors))
    record_file = background.with_name("encoder.json")  # for those who look at the folder
    if (record := read_sealed(record_file)) is None:
        torch = sys.modules.get("torch")
        record = {
            **asdict(info),
            "load_seconds": round(loaded_encoder.seconds, 6),
            "threads": torch.get_num_threads() if torch else 1,
        }
        write_sealed(record_file, record)
    return Prepared(info, fitted_on_types, record["load_seconds"], record["threads"])


@cache
def _background_places() -> dict[Place, tuple[str, int]]:
    return {place(token): (BACKGROUND, row) for row, token in enumerate(background_tokens())}
