"""An encoder made ready for a batch: what it is, and what its measures need beside the uses."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from embcmp.background import TYPES, background_tokens
from embcmp.batch.loaded_encoder import Loaded, loaded
from embcmp.batch.shards import digest_of, note, noted, read_sealed, write_sealed
from embcmp.batch.vectors import (
    BACKGROUND,
    Place,
    StoredEncoder,
    StoredTypes,
    types_file,
    vectors_file,
    write_vectors,
)
from embcmp.cache import whole_file
from embcmp.encoders.base import OfTypes
from embcmp.types import EncoderInfo, Occurrence

RECORD = "encoder.json"


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

    def stored(self, out: Path, places: Mapping[Place, tuple[str, int]]) -> StoredEncoder:
        """The encoder for uses that were encoded before."""
        kind = StoredTypes if self.of_types else StoredEncoder
        return kind(self.info, out, places, _background_places())


def prepare(spec: str, device: str, correct: str, out: Path) -> Prepared:
    """Load an encoder and write its folder's first files where they are not whole.

    Raises:
        SpecError: the spec asks for a layer that the model lacks.
        UsageError: this machine lacks the device.
        ModelError: the model is missing, broken or refused, or changed meanwhile.
        OutputError: the folder cannot be written.
    """
    encoder = loaded(spec, device)
    info = encoder.encoder.info
    path = vectors_file(out, info.fingerprint, BACKGROUND)
    path.parent.mkdir(parents=True, exist_ok=True)
    tokens = background_tokens()
    of = digest_of([_place(token) for token in tokens])
    if not info.per_type and noted(path, of) is None:
        write_vectors(path, encoder, tokens, of=of)
    fitted_on_types = correct != "none" and isinstance(encoder.encoder, OfTypes)
    if fitted_on_types and noted(types_file(out, info.fingerprint)) is None:
        _write_types(types_file(out, info.fingerprint), encoder)
    record = _record(path.with_name(RECORD), encoder)
    return Prepared(info, fitted_on_types, record["load_seconds"], record["threads"])


def _write_types(path: Path, encoder: Loaded) -> None:
    assert isinstance(encoder.encoder, OfTypes)
    vectors = encoder.encoder.types(TYPES)
    encoder.check()
    with whole_file(path) as draft, draft.open("wb") as f:
        np.save(f, vectors, allow_pickle=False)
    note(path, len(vectors))


def _record(path: Path, encoder: Loaded) -> dict[str, Any]:
    """What the encoder is, for those who look at the folder; written once, with the first load."""
    if (kept := read_sealed(path)) is not None:
        return kept
    torch = sys.modules.get("torch")
    record = {
        **asdict(encoder.encoder.info),
        "load_seconds": round(encoder.seconds, 6),
        "threads": torch.get_num_threads() if torch else 1,
    }
    write_sealed(path, record)
    return record


def _place(occurrence: Occurrence) -> Place:
    return occurrence.sentence, occurrence.start, occurrence.end


@cache
def _background_places() -> dict[Place, int]:
    return {_place(token): row for row, token in enumerate(background_tokens())}
