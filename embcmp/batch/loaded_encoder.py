"""Encoders that are loaded once in a process, with a check that their files do not change."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from embcmp.batch.notes import parquet_with_note
from embcmp.encoders import EncoderSpec, load_encoder, parse_spec, source_of
from embcmp.encoders.base import Encoder
from embcmp.encoders.vector_store import in_sentences, write_vectors
from embcmp.errors import ModelError
from embcmp.models.digests import file_stamp
from embcmp.types import Embeddings, Occurrence

CHUNK = 2048  # occurrences that are encoded and written at once

State = tuple[tuple[str, str], ...]  # (path, stamp) of each file


@dataclass(frozen=True)
class LoadedEncoder:
    """A loaded encoder, with the state that its files had before it was loaded.

    Attributes:
        encoder: the encoder.
        spec: its spec.
        seconds: seconds that loading took.
        state: path and stamp of each file.
    """

    encoder: Encoder
    spec: EncoderSpec
    seconds: float
    state: State

    def check(self) -> None:
        """Make sure that all vectors are of the same state of the model.

        Raises:
            ModelError: a file of the model has changed since it was loaded.
        """
        now = _state(self.spec)
        changed = sorted({path for path, _ in set(now) ^ set(self.state)})
        if changed:
            raise ModelError(
                f"{changed[0]}: the model changed while it was in use",
                "run the batch again: it keeps what is valid and makes the rest again",
            )

    def write(
        self,
        path: Path,
        occurrences: Iterable[Occurrence],
        *,
        made_of: str,
        progress: Callable[[int], None] = lambda done: None,
    ) -> None:
        """Encode occurrences chunk by chunk, and write a row for each of them.

        Args:
            path: the file, which is written whole or not at all.
            occurrences: occurrences, those in the same sentence next to each other.
            made_of: what the file is made of, for its note.
            progress: called with the number of occurrences done.

        Raises:
            ModelError: a file of the model has changed since it was loaded.
            OutputError: the disk is full.
        """

        def parts() -> Iterator[Embeddings]:
            done = 0
            for chunk in in_sentences(occurrences, lambda o: o.sentence, CHUNK):
                yield self.encoder.encode(chunk)
                done += len(chunk)
                progress(done)
            self.check()

        with parquet_with_note(path, made_of) as draft:
            write_vectors(draft, self.encoder.info, parts())


def changed_model(spec: str) -> ModelError:
    """The error for a model that is not the one that the batch began with."""
    return ModelError(
        f"{spec}: the model here is not the one that the batch began with",
        "let every worker see the same files, then run the batch again",
    )


def load_once(text: str, device: str) -> LoadedEncoder:
    """Load an encoder, or return the last one if it is the same and its files are unchanged.

    Raises:
        SpecError: the spec asks for a layer that the model lacks.
        UsageError: this machine lacks the device.
        ModelError: the model is missing, broken or refused.
    """
    spec = replace(parse_spec(text), device=device)
    return _load(text, device, _state(spec))


@lru_cache(maxsize=1)
def _load(text: str, device: str, state: State) -> LoadedEncoder:
    spec = replace(parse_spec(text), device=device)
    started = time.perf_counter()
    encoder = load_encoder(spec)
    return LoadedEncoder(encoder, spec, time.perf_counter() - started, state)


def _state(spec: EncoderSpec) -> State:
    state = []
    for path in sorted(path.resolve() for path in _files(spec)):
        try:
            state.append((str(path), file_stamp(path.stat())))
        except OSError:
            state.append((str(path), "missing"))
    return tuple(state)


def _files(spec: EncoderSpec) -> set[Path]:
    """The files that an encoder reads, including those in its folder."""
    return {
        file
        for place in source_of(spec).files()
        for file in (place.iterdir() if place.is_dir() else [place])
        if not file.is_dir()
    }
