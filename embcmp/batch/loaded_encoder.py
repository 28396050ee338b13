"""The encoder of a spec, loaded once a process, and whether its files are still those it read."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from embcmp.batch.notes import noted_parquet
from embcmp.encoders import EncoderSpec, load_encoder, parse_spec, source_of
from embcmp.encoders.base import Encoder
from embcmp.encoders.vector_store import in_sentences, write_vectors
from embcmp.errors import ModelError
from embcmp.models.verify import file_stamp
from embcmp.types import Embeddings, Occurrence

CHUNK = 2048  # occurrences that are encoded and written together, and held in memory

State = tuple[tuple[str, str], ...]  # (path, stamp) of each file


@dataclass(frozen=True)
class Loaded:
    """An encoder with the state of its files from before it was loaded.

    Attributes:
        encoder: ready to encode.
        spec: that it was loaded by.
        seconds: that loading took.
        state: of its files.
    """

    encoder: Encoder
    spec: EncoderSpec
    seconds: float
    state: State

    def check(self) -> None:
        """Refuse vectors that may be of two states of the model.

        Raises:
            ModelError: a file of the model has changed since it was loaded.
        """
        now = _state(self.spec)
        changed = sorted({path for path, _ in set(now) ^ set(self.state)})
        if changed:
            raise ModelError(
                f"{changed[0]}: the model changed while it was in use",
                "run the batch again: what was made with it before is kept or made anew",
            )

    def write(
        self,
        path: Path,
        occurrences: Iterable[Occurrence],
        *,
        of: str,
        progress: Callable[[int], None] = lambda done: None,
    ) -> None:
        """Encode occurrences, some in memory at a time, and write a row for each of them.

        Args:
            path: the file, which is whole or not there.
            occurrences: those of a sentence one after the other, so that it is encoded once.
            of: what the file is made of, for its note.
            progress: called with how many are done.

        Raises:
            ModelError: the model changed meanwhile.
            OutputError: the disk is full.
        """

        def parts() -> Iterator[Embeddings]:
            done = 0
            for chunk in in_sentences(occurrences, lambda o: o.sentence, CHUNK):
                yield self.encoder.encode(chunk)
                done += len(chunk)
                progress(done)
            self.check()

        with noted_parquet(path, of) as draft:
            write_vectors(draft, self.encoder.info, parts())


def loaded(text: str, device: str) -> Loaded:
    """Load an encoder, or take the one that was loaded last if its files are unchanged.

    Raises:
        SpecError: the spec asks for a layer that the model lacks.
        UsageError: this machine lacks the device.
        ModelError: the model is missing, broken or refused.
    """
    spec = replace(parse_spec(text), device=device)
    return _loaded(text, device, _state(spec))


@lru_cache(maxsize=1)
def _loaded(text: str, device: str, state: State) -> Loaded:
    spec = replace(parse_spec(text), device=device)
    started = time.perf_counter()
    encoder = load_encoder(spec)
    return Loaded(encoder, spec, time.perf_counter() - started, state)


def _state(spec: EncoderSpec) -> State:
    found = []
    for path in sorted(path.resolve() for path in _files(spec)):
        try:
            found.append((str(path), file_stamp(path)))
        except OSError:
            found.append((str(path), "missing"))
    return tuple(found)


def _files(spec: EncoderSpec) -> set[Path]:
    """The files that an encoder reads; of a folder, those in it."""
    return {
        file
        for place in source_of(spec).files()
        for file in (place.iterdir() if place.is_dir() else [place])
        if not file.is_dir()
    }
