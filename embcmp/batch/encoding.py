"""The stage of encoding: every shard, by one encoder after the other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import chdir
from dataclasses import dataclass
from pathlib import Path

from embcmp.batch.encoder_folder import Prepared, prepare
from embcmp.batch.folder import BACKGROUND, BatchFolder
from embcmp.batch.job import Job
from embcmp.batch.loaded_encoder import loaded
from embcmp.batch.notes import Note, forget_others, noted
from embcmp.batch.plan import Plan, Shard
from embcmp.batch.workers import Workers
from embcmp.encoders.vector_store import occurrences_at
from embcmp.errors import ModelError
from embcmp.types import Occurrence, Progress, TaskProgress

_ROWS = 2048  # of a shard, that are read together


@dataclass(frozen=True, slots=True)
class EncodeShard:
    """The task of encoding a shard.

    Attributes:
        home: the folder that the spec's paths start from.
        folder: of the batch.
        spec: of the encoder.
        device: where transformers run.
        fingerprint: that the encoder must have.
        shard: what to encode.
    """

    home: Path
    folder: BatchFolder
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

        def show(done: int) -> None:
            if progress:
                progress(done, self.size)

        with chdir(self.home):
            encoder = loaded(self.spec, self.device)
            if encoder.encoder.info.fingerprint != self.fingerprint:
                raise ModelError(
                    f"{self.spec}: the model here is another one than the batch began with",
                    "let every worker see the same files, then run the batch again",
                )
            path = self.folder.vectors_of(self.fingerprint, self.shard.name)
            encoder.write(path, self._occurrences(), of=self.shard.name, progress=show)

    def _occurrences(self) -> Iterator[Occurrence]:
        for start in range(0, self.size, _ROWS):
            rows = range(start, min(start + _ROWS, self.size))
            yield from occurrences_at(self.folder.places(self.shard.name, rows), start)


@dataclass(frozen=True)
class Encoded:
    """An encoder whose vectors are there, but for shards that were set aside.

    Attributes:
        encoder: of the job.
        notes: of its shards' files, None where a shard was set aside.
        broken: the number of such a shard -> why.
    """

    encoder: Prepared
    notes: tuple[Note | None, ...]
    broken: dict[int, str]

    @property
    def seconds(self) -> float:
        """That encoding took, of all processes together."""
        return sum(note.seconds for note in self.notes if note)


def encode(
    job: Job, encoder: Prepared, plan: Plan, workers: Workers, progress: Progress
) -> Encoded:
    """Encode the shards that an encoder has no whole vectors of.

    Args:
        job: what to do.
        encoder: of the job.
        plan: of the batch.
        workers: who does the work.
        progress: called with (places done, places).

    Raises:
        ModelError: the model changed meanwhile.
        OutputError: the folder cannot be written, or a file in it is damaged.
    """
    info, folder = encoder.info, plan.folder
    files = {s.name: folder.vectors_of(info.fingerprint, s.name) for s in plan.shards}
    notes = {name: noted(file, name) for name, file in files.items()}
    tasks = [
        EncodeShard(job.folder, folder, info.spec, job.device, info.fingerprint, s)
        for s in plan.shards
        if notes[s.name] is None
    ]
    kept = plan.rows - sum(task.size for task in tasks)
    progress(kept, plan.rows)
    reasons: dict[str, str] = {}
    for task, reason in workers.do(tasks, lambda done, _: progress(kept + done, plan.rows)):
        name = task.shard.name
        if reason is None:
            notes[name] = noted(files[name], name)
        else:
            reasons[name] = f"{info.name}: a shard could not be encoded: {reason}"
    background = folder.vectors_of(info.fingerprint, BACKGROUND)
    wanted = {file.name for file in (background, *files.values())}
    forget_others(background.parent, wanted)  # of an earlier state of the input
    return Encoded(
        encoder,
        tuple(notes[s.name] for s in plan.shards),
        {i: reasons[s.name] for i, s in enumerate(plan.shards) if s.name in reasons},
    )


def encode_all(
    job: Job, plan: Plan, workers: Workers, progress: TaskProgress | None
) -> list[Encoded]:
    """Encode with one encoder after the other, so that one model is in memory at a time.

    Raises:
        SpecError: a spec asks for a layer that the model lacks.
        UsageError: this machine lacks the device.
        ModelError: a model is missing, broken or refused, or changed meanwhile.
        OutputError: the folder cannot be written, or a file in it is damaged.
    """
    encoded: dict[str, Encoded] = {}
    for spec in job.encoders:
        encoder = prepare(spec, job.device, job.correct, plan.folder)
        if (name := encoder.info.name) not in encoded:  # bert and bert@6 may be the same
            encoded[name] = encode(job, encoder, plan, workers, stage(name, progress))
    return list(encoded.values())


def stage(name: str, progress: TaskProgress | None) -> Progress:
    """The progress of one stage of several."""

    def show(done: int, total: int) -> None:
        if progress:
            progress(name, done, total)

    return show
