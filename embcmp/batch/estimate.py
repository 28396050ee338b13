"""What a batch would take, from its plan and a short calibration."""

from __future__ import annotations

import tempfile
import time
from contextlib import chdir
from dataclasses import dataclass
from pathlib import Path

from embcmp.background import background_tokens
from embcmp.batch.encoding import stage
from embcmp.batch.folder import BatchFolder
from embcmp.batch.job import Job
from embcmp.batch.loaded_encoder import loaded
from embcmp.batch.plan import Plan
from embcmp.batch.planning import planned
from embcmp.encoders.vector_store import occurrences_at
from embcmp.questions.compare.compare import compare
from embcmp.questions.compare.json import to_json
from embcmp.types import EncoderInfo, TaskProgress

ENCODED = 64  # places that are encoded to see how long it takes
MEASURED = 3  # words that are measured

_SHARED = 1.1  # a vector's row beside the vector: receipt, note, index


@dataclass(frozen=True, slots=True)
class EncoderCost:
    """What an encoder takes, of the whole job.

    Attributes:
        info: of the encoder.
        seconds: to load it and to encode every place.
        bytes: of its vectors.
    """

    info: EncoderInfo
    seconds: float
    bytes: int


@dataclass(frozen=True)
class Estimate:
    """What a job would take from nothing, on this machine as busy as it is now.

    Attributes:
        plan: what would be done.
        encoders: a cost each.
        seconds: to measure the words.
        bytes: of all else than vectors.
    """

    plan: Plan
    encoders: tuple[EncoderCost, ...]
    seconds: float
    bytes: int


def estimate(job: Job, progress: TaskProgress | None = None) -> Estimate:
    """Plan a job in a scratch folder and try its parts.

    Raises:
        InputError: a file of a corpus cannot be read.
        SpecError: a spec asks for a layer that the model lacks.
        ModelError: a model is missing, broken or refused.
        OutputError: the scratch folder cannot be written.
    """
    with tempfile.TemporaryDirectory(prefix="embcmp-") as scratch, chdir(job.folder):
        folder = BatchFolder(Path(scratch))
        plan = planned(job, folder, stage("searching", progress))
        encoders = tuple(_encoder(job, spec, plan) for spec in job.encoders)
        planned_bytes = sum(f.stat().st_size for f in folder.occurrences.iterdir())
        seconds, comparisons = _measuring(job, plan)
        return Estimate(plan, encoders, seconds, planned_bytes + comparisons)


def _encoder(job: Job, spec: str, plan: Plan) -> EncoderCost:
    """Encode some places, spread over the first shard, so that their lengths are as its are."""
    encoder = loaded(spec, job.device)
    info = encoder.encoder.info
    each = 0.0
    if plan.shards:
        first = plan.shards[0].rows
        chosen = [(0, row) for row in range(0, first, max(1, first // ENCODED))][:ENCODED]
        uses = list(occurrences_at(plan.places(chosen)))
        encoder.encoder.encode(uses[:8])  # what the first call alone costs is no rate
        started = time.perf_counter()
        encoder.encoder.encode(uses)
        each = (time.perf_counter() - started) / len(uses)
    rows = plan.rows + len(background_tokens())
    size = int(len(info.layers) * info.dim * 4 * rows * _SHARED)
    return EncoderCost(info, encoder.seconds + each * rows, size)


def _measuring(job: Job, plan: Plan) -> tuple[float, int]:
    """Seconds and bytes of all words, from those with the fewest, the median and the most uses."""
    ranked = sorted(range(len(plan.words)), key=lambda k: plan.words[k].used)
    if not ranked:
        return 0.0, 0
    chosen = {ranked[k * (len(ranked) - 1) // (MEASURED - 1)] for k in range(MEASURED)}
    spent, size = 0.0, 0
    for number in sorted(chosen):
        uses = plan.uses_of(number).occurrences
        started = time.perf_counter()
        found = compare(uses, job.encoders, correct=job.correct, draws=job.draws, seed=job.seed)
        spent += time.perf_counter() - started
        spent -= sum(
            {r.info.name: r.load_seconds + r.encode_seconds for r in found.results}.values()
        )
        size += len(to_json(found, full=True))
    words = len(plan.words) / len(chosen)
    return max(0.0, spent) * words, int(size * words)
