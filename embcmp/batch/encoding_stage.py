"""The stage of encoding: writing each encoder's vectors of every shard."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import chdir
from dataclasses import dataclass, field
from pathlib import Path

from embcmp.background.background_text import BackgroundText
from embcmp.batch.folder import BACKGROUND, BatchFolder
from embcmp.batch.job import Job
from embcmp.batch.loaded_encoder import changed_model, load_once
from embcmp.batch.notes import Note, forget_others, valid_note
from embcmp.batch.plan import Plan, Shard
from embcmp.batch.stored_encoder import PreparedEncoder, prepare
from embcmp.batch.workers import Workers, silent, stage
from embcmp.encoders.vector_store import occurrences_at
from embcmp.types import Occurrence, Progress, TaskProgress

_ROWS = 2048  # rows of a shard that are read at once


@dataclass(frozen=True, slots=True)
class EncodeShard:
    """The task of encoding a shard.

    Attributes:
        home: the folder that paths in the spec are relative to.
        folder: the folder of the batch.
        spec: spec of the encoder.
        device: where transformers run.
        fingerprint: the fingerprint that the encoder must have.
        shard: the shard.
    """

    home: Path
    folder: BatchFolder
    spec: str
    device: str
    fingerprint: str
    shard: Shard

    @property
    def size(self) -> int:
        """Number of places."""
        return self.shard.rows

    def run(self, progress: Progress = silent) -> None:
        """Load the encoder, unless this process has it already, and encode.

        Raises:
            ModelError: the model is not the one that the batch began with, or has just changed.
            OutputError: the disk is full, or the shard is damaged.
        """
        with chdir(self.home):
            encoder = load_once(self.spec, self.device)
            if encoder.encoder.info.fingerprint != self.fingerprint:
                raise changed_model(self.spec)
            path = self.folder.vectors_of(self.fingerprint, self.shard.name)
            encoder.write(
                path,
                self._occurrences(),
                made_of=self.shard.name,
                progress=lambda done: progress(done, self.size),
            )

    def _occurrences(self) -> Iterator[Occurrence]:
        for start in range(0, self.size, _ROWS):
            rows = range(start, min(start + _ROWS, self.size))
            yield from occurrences_at(self.folder.places(self.shard.name, rows), start)


@dataclass(frozen=True)
class EncodedShards:
    """An encoder with its vectors of all shards, except those that were set aside.

    Attributes:
        encoder: the encoder.
        notes: the note of each shard's file of vectors; None if the shard was set aside.
        broken: number of a shard that was set aside -> the reason.
        lacking: number of a word of which the user's own file has no vector -> the reason.
    """

    encoder: PreparedEncoder
    notes: tuple[Note | None, ...]
    broken: dict[int, str] = field(default_factory=dict)
    lacking: dict[int, str] = field(default_factory=dict)

    @property
    def seconds(self) -> float:
        """Seconds that encoding took, summed over all processes."""
        return sum(note.seconds for note in self.notes if note)


def encode(
    job: Job, encoder: PreparedEncoder, plan: Plan, workers: Workers, progress: Progress
) -> EncodedShards:
    """Encode the shards whose vectors are missing, damaged or out of date.

    Args:
        job: the job.
        encoder: one of its encoders.
        plan: its plan.
        workers: whatever does the tasks.
        progress: called with (places done, places).

    Raises:
        ModelError: the model changed during the run.
        OutputError: the folder cannot be written, or a file in it is damaged.
    """
    info, folder = encoder.info, plan.folder
    files = {s.name: folder.vectors_of(info.fingerprint, s.name) for s in plan.shards}
    notes = {name: valid_note(file, name) for name, file in files.items()}
    tasks = [
        EncodeShard(job.folder, folder, info.spec, job.device, info.fingerprint, s)
        for s in plan.shards
        if notes[s.name] is None
    ]
    before = plan.rows - sum(task.size for task in tasks)
    progress(before, plan.rows)
    reasons: dict[str, str] = {}
    for task, reason in workers.do(tasks, lambda done, _: progress(before + done, plan.rows)):
        name = task.shard.name
        if reason is None:
            notes[name] = valid_note(files[name], name)
        else:
            reasons[name] = f"{info.name}: a shard could not be encoded: {reason}"
    background = folder.vectors_of(info.fingerprint, BACKGROUND)
    wanted = {file.name for file in (background, *files.values())}
    forget_others(background.parent, wanted)  # what is left of an earlier input
    return EncodedShards(
        encoder,
        tuple(notes[s.name] for s in plan.shards),
        {i: reasons[s.name] for i, s in enumerate(plan.shards) if s.name in reasons},
    )


def look_up(encoder: PreparedEncoder, plan: Plan, progress: Progress) -> EncodedShards:
    """Find out which words the user's own vectors are of. There is nothing to encode.

    Args:
        encoder: an encoder whose vectors were computed elsewhere.
        plan: the plan of the job.
        progress: called with (places, places).

    Raises:
        ModelError: no word has a vector, or two uses have the same id.
    """
    given, lacking = encoder.given(), {}
    for number in range(len(plan.words)):
        uses = plan.uses_of(number).occurrences
        if given.lacks_all(uses):
            lacking[number] = f"{encoder.info.name}: none of its uses has a vector"
        if not given.lacks_all(uses) or len(lacking) == len(plan.words):
            given.encode(uses)  # which refuses an id of two uses, and a file without any of the ids
    progress(plan.rows, plan.rows)
    return EncodedShards(encoder, (), lacking=lacking)


def encode_all(
    job: Job, plan: Plan, workers: Workers, progress: TaskProgress | None, text: BackgroundText
) -> list[EncodedShards]:
    """Encode with one encoder after the other, so that only one model is in memory.

    Args:
        job: the job.
        plan: its plan.
        workers: whatever does the tasks.
        progress: called with the name of the encoder, the places done and their number.
        text: the background sentences of the job.

    Raises:
        SpecError: a spec asks for a layer that the model lacks.
        UsageError: this machine lacks the device.
        ModelError: a model is missing, broken or refused, or changed during the run.
        OutputError: the folder cannot be written, or a file in it is damaged.
    """
    encoded: dict[str, EncodedShards] = {}
    for spec in job.encoders:
        encoder = prepare(spec, job.device, job.correct, plan.folder, text)
        if (name := encoder.info.name) not in encoded:  # bert and bert@6 may be the same
            report = stage(name, progress)
            encoded[name] = (
                look_up(encoder, plan, report)
                if encoder.info.precomputed
                else encode(job, encoder, plan, workers, report)
            )
    return list(encoded.values())
