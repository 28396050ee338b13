"""The stage of encoding: every shard, by one encoder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from embcmp.batch.encoder_folder import Prepared, prepare
from embcmp.batch.job import Job
from embcmp.batch.plan import Plan
from embcmp.batch.shards import Note, forget_others, noted
from embcmp.batch.tasks import EncodeShard
from embcmp.batch.vectors import BACKGROUND, vectors_file
from embcmp.batch.work import Workers
from embcmp.questions.compare.layer_view import EncodingProgress
from embcmp.types import Progress


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
    job: Job, encoder: Prepared, plan: Plan, out: Path, workers: Workers, progress: Progress
) -> Encoded:
    """Encode the shards that an encoder has no whole vectors of.

    Args:
        job: what to do.
        encoder: of the job.
        plan: of the batch.
        out: the batch's folder.
        workers: who does the work.
        progress: called with (places done, places).

    Raises:
        ModelError: the model changed meanwhile.
        OutputError: the folder cannot be written, or a file in it is damaged.
    """
    info = encoder.info
    files = {s.name: vectors_file(out, info.fingerprint, s.name) for s in plan.shards}
    notes = {name: noted(file, name) for name, file in files.items()}
    left = [s for s in plan.shards if notes[s.name] is None]
    kept = plan.rows - sum(s.rows for s in left)
    progress(kept, plan.rows)
    tasks = [EncodeShard(job.folder, out, info.spec, job.device, info.fingerprint, s) for s in left]
    why: dict[str, str] = {}
    for task, reason in workers.do(tasks, lambda done, _: progress(kept + done, plan.rows)):
        if reason is not None:
            why[task.shard.name] = f"{info.name}: a shard could not be encoded: {reason}"
    background = vectors_file(out, info.fingerprint, BACKGROUND)
    wanted = {file.name for file in (background, *files.values())}
    forget_others(background.parent, wanted)  # of an earlier state of the input
    done = {s.name for s in left} - why.keys()
    notes |= {name: noted(files[name], name) for name in done}
    return Encoded(
        encoder,
        tuple(notes[s.name] for s in plan.shards),
        {i: why[s.name] for i, s in enumerate(plan.shards) if s.name in why},
    )


def encode_all(
    job: Job, plan: Plan, out: Path, workers: Workers, progress: EncodingProgress | None
) -> list[Encoded]:
    """Encode with one encoder after the other, so that one model is in memory at a time.

    Raises:
        SpecError: a spec asks for a layer that the model lacks.
        UsageError: this machine lacks the device.
        ModelError: a model is missing, broken or refused, or changed meanwhile.
        OutputError: the folder cannot be written, or a file in it is damaged.
    """
    found: dict[str, Encoded] = {}
    for spec in job.encoders:
        encoder = prepare(spec, job.device, job.correct, out)
        if encoder.info.name not in found:  # bert and bert@6 may be the same
            show = stage(encoder.info.name, progress)
            found[encoder.info.name] = encode(job, encoder, plan, out, workers, show)
    return list(found.values())


def stage(name: str, progress: EncodingProgress | None) -> Progress:
    """The progress of one stage of several."""

    def show(done: int, total: int) -> None:
        if progress:
            progress(name, done, total)

    return show
