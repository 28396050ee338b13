"""The work of a batch in pieces that any process can do which sees the batch's folder.

A task holds names and numbers, never text or vectors: these pass through the folder.
"""

from __future__ import annotations

from contextlib import chdir
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

from embcmp.batch.encoder_folder import Prepared
from embcmp.batch.loaded_encoder import loaded
from embcmp.batch.plan import Plan, read_plan
from embcmp.batch.shard_places import Shard
from embcmp.batch.vectors import encode_shard
from embcmp.batch.word_results import How, measure
from embcmp.errors import ModelError
from embcmp.types import Progress


class Task(Protocol):
    """A piece of work; done twice it leaves what it leaves done once."""

    @property
    def size(self) -> int:
        """How much work it is, in the unit of its stage."""
        ...

    def run(self, progress: Progress | None = None) -> None:
        """Do it.

        Args:
            progress: called with (done, total) now and then.
        """
        ...


@dataclass(frozen=True, slots=True)
class EncodeShard:
    """Encode a shard.

    Attributes:
        home: the folder that the spec's paths start from.
        out: the batch's folder.
        spec: of the encoder.
        device: where transformers run.
        fingerprint: that the encoder must have.
        shard: what to encode.
    """

    home: Path
    out: Path
    spec: str
    device: str
    fingerprint: str
    shard: Shard

    @property
    def size(self) -> int:
        """Places."""
        return self.shard.rows

    def run(self, progress: Progress | None = None) -> None:
        """Load the encoder, unless this process has it, and encode.

        Raises:
            ModelError: the model is another one than the batch began with, or changed meanwhile.
            OutputError: the disk is full, or the shard is damaged.
        """
        with chdir(self.home):
            encoder = loaded(self.spec, self.device)
            if encoder.encoder.info.fingerprint != self.fingerprint:
                raise ModelError(
                    f"{self.spec}: the model here is another one than the batch began with",
                    "let every worker see the same files, then run the batch again",
                )
            encode_shard(encoder, self.shard, self.out, progress)


@dataclass(frozen=True, slots=True)
class MeasureWord:
    """Measure a word from its stored vectors.

    Attributes:
        out: the batch's folder.
        of: the digest of its plan.
        number: of the word in the plan.
        encoders: of the job.
        how: to measure.
        source: the word's input.
    """

    out: Path
    of: str
    number: int
    encoders: tuple[Prepared, ...]
    how: How
    source: dict[str, Any]

    @property
    def size(self) -> int:
        """A word."""
        return 1

    def run(self, progress: Progress | None = None) -> None:
        """Measure.

        Raises:
            OutputError: a file is damaged, or the folder cannot be written.
        """
        plan = _plan(self.out, self.of)
        measure(plan, self.number, self.encoders, self.how, self.source, self.out)


@lru_cache(maxsize=1)
def _plan(out: Path, of: str) -> Plan:
    return read_plan(out, of)
