"""The time and disk space that a batch would take, from its plan and a short trial."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import chdir, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from embcmp.batch.folder import BatchFolder
from embcmp.batch.job import Job
from embcmp.batch.loaded_encoder import load_once
from embcmp.batch.plan import Plan
from embcmp.batch.planning_stage import plan_for
from embcmp.batch.workers import stage
from embcmp.encoders.vector_store import occurrences_at
from embcmp.errors import ModelError
from embcmp.questions.change.change import change
from embcmp.questions.compare.compare import compare
from embcmp.questions.compare.json import to_json
from embcmp.questions.senses.json import to_object
from embcmp.questions.senses.senses import senses
from embcmp.render.text import json_text
from embcmp.types import EncoderInfo, Occurrence, Result, TaskProgress

TRIAL_PLACES = 64
TRIAL_WORDS = 3

_ROW_OVERHEAD = 1.1  # bytes of a row with its receipt, over bytes of its vector


@dataclass(frozen=True, slots=True)
class EncoderCost:
    """What an encoder would take for the whole job.

    Attributes:
        info: the encoder.
        seconds: time to load it and to encode every place.
        bytes: size of its vectors on disk.
    """

    info: EncoderInfo
    seconds: float
    bytes: int


@dataclass(frozen=True)
class Estimate:
    """What a job would take from the beginning, on this machine and under its present load.

    Attributes:
        plan: the work.
        encoders: the cost of each encoder.
        seconds: time to measure the words, and for whatever else the job asks about them.
        bytes: size of everything but vectors on disk.
    """

    plan: Plan
    encoders: tuple[EncoderCost, ...]
    seconds: float
    bytes: int


def estimate(job: Job, progress: TaskProgress | None = None) -> Estimate:
    """Plan a job in a temporary folder and try small parts of it.

    Raises:
        InputError: a file of a corpus cannot be read.
        SpecError: a spec asks for a layer that the model lacks.
        ModelError: a model is missing, broken or refused.
        OutputError: the temporary folder cannot be written.
    """
    with tempfile.TemporaryDirectory(prefix="embcmp-") as scratch, chdir(job.folder):
        folder = BatchFolder(Path(scratch))
        plan = plan_for(job, folder, stage("searching", progress))
        encoders = tuple(_encoder(job, spec, plan) for spec in job.encoders)
        planned_bytes = sum(f.stat().st_size for f in folder.occurrences.iterdir())
        seconds, comparisons = _measuring(job, plan)
        return Estimate(plan, encoders, seconds, planned_bytes + comparisons)


def _encoder(job: Job, spec: str, plan: Plan) -> EncoderCost:
    """Encode some places, spread over the first shard so that their lengths are typical."""
    encoder = load_once(spec, job.device)
    info = encoder.encoder.info
    seconds = 0.0  # for a place
    if info.precomputed:
        return EncoderCost(info, encoder.seconds, 0)
    if plan.shards:
        first = plan.shards[0].rows
        chosen = [(0, row) for row in range(0, first, max(1, first // TRIAL_PLACES))][:TRIAL_PLACES]
        uses = list(occurrences_at(plan.places(chosen)))
        encoder.encoder.encode(uses[:8])  # the first call takes longer
        started = time.perf_counter()
        encoder.encoder.encode(uses)
        seconds = (time.perf_counter() - started) / len(uses)
    rows = plan.rows + len(job.background_text().tokens)
    size = int(len(info.layers) * info.dim * 4 * rows * _ROW_OVERHEAD)
    return EncoderCost(info, encoder.seconds + seconds * rows, size)


def _measuring(job: Job, plan: Plan) -> tuple[float, int]:
    """Seconds and bytes of all words, judged by those with the fewest, median and most uses."""
    ranked = sorted(range(len(plan.words)), key=lambda k: plan.words[k].used)
    if not ranked:
        return 0.0, 0
    chosen = {ranked[k * (len(ranked) - 1) // (TRIAL_WORDS - 1)] for k in range(TRIAL_WORDS)}
    spent, size = 0.0, 0
    for number in sorted(chosen):
        started = time.perf_counter()
        with suppress(ModelError):  # a word without vectors in the user's own file is not measured
            for results, text in _answers(job, plan.uses_of(number).occurrences):
                spent -= _encoding(results)
                size += len(text)
        spent += time.perf_counter() - started
    words = len(plan.words) / len(chosen)
    return max(0.0, spent) * words, int(size * words)


def _answers(job: Job, uses: Sequence[Occurrence]) -> Iterator[tuple[Sequence[Result], str]]:
    """What the job asks about a word: the results of the encoders, and the JSON of each answer."""
    settings: dict[str, Any] = {
        "correct": job.correct,
        "seed": job.seed,
        "max_occurrences": len(uses),
        "background": job.background_text(),
    }
    comparison = compare(uses, job.encoders, margin=job.margin, **settings)
    yield comparison.results, to_json(comparison, full=True)
    settings["lang"] = job.reading.lang
    if job.senses:
        grouped = senses(uses, job.encoders, **settings)
        yield [r.result for r in grouped.results], json_text(to_object(grouped))
    if job.groups:
        names = tuple(job.groups)
        changes = change([uses], names, job.encoders, files=job.groups, **settings)
        yield [r.result for r in changes.changes[0].results], changes.to_json()


def _encoding(results: Sequence[Result]) -> float:
    """The seconds that loading encoders and encoding took."""
    return sum({r.info.name: r.load_seconds + r.encode_seconds for r in results}.values())
