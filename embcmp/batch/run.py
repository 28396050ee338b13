"""A batch from its job to its results, going on from what an earlier run left whole."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from contextlib import chdir
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from embcmp.batch.encoding import Encoded, encode_all, stage
from embcmp.batch.folder import BatchFolder
from embcmp.batch.job import Job
from embcmp.batch.loaded_encoder import loaded
from embcmp.batch.measuring import measure_all
from embcmp.batch.plan import Failure, Plan
from embcmp.batch.planning import planned
from embcmp.batch.results import comparison_of, summary, write_failures, write_rows
from embcmp.batch.workers import ThisProcess, Workers
from embcmp.cache import write_whole
from embcmp.manifest import manifest
from embcmp.types import TaskProgress

SCHEMA = "embcmp.batch-manifest/1"


@dataclass(frozen=True)
class Batch:
    """A batch that ended.

    Attributes:
        summary: what `summary.json` has.
        failures: words without a result, in alphabetical order.
    """

    summary: dict[str, Any]
    failures: tuple[Failure, ...]


def run(
    job: Job,
    out: Path,
    workers: Workers | None = None,
    progress: TaskProgress | None = None,
) -> Batch:
    """Run a job, or what is left of it.

    What lies in the folder is taken as it is where it is whole and all that it depends on is
    unchanged; the rest is made anew. The results are those of a run that nothing disturbed.

    Args:
        job: what to do.
        out: the batch's folder, made where it is not there.
        workers: who does the work; this process if not given.
        progress: called with the name of a stage or an encoder and how far it is.

    Raises:
        InputError: a file of a corpus cannot be read, or changed while it was read.
        SpecError: a spec asks for a layer that the model lacks.
        UsageError: this machine lacks the device.
        ModelError: a model is missing, broken or refused, or changed during the run.
        OutputError: the folder is in use or cannot be written, or a file in it is damaged.
    """
    folder, workers = BatchFolder(out.resolve()), workers or ThisProcess()
    started = time.perf_counter()
    with folder.locked(), chdir(job.folder):
        folder.prepare()
        for spec in job.encoders:  # the search may take hours: what cannot be loaded is told first
            loaded(spec, job.device)
        plan = planned(job, folder, stage("searching", progress))
        encoded = encode_all(job, plan, workers, progress)
        measuring = stage("measuring", progress)
        records, failures = measure_all(job, plan, encoded, workers, measuring)
        encoders = [e.encoder for e in encoded]
        comparisons = [comparison_of(record, encoders) for record in records]
        write_rows(comparisons, folder)
        write_failures(failures, folder)
        seconds = {e.encoder.info.name: e.seconds for e in encoded}
        found = summary(records, comparisons, encoders, failures, job, seconds)
        _write_json(folder.summary, found)
        _write_manifest(job, plan, encoded, time.perf_counter() - started)
    return Batch(found, failures)


def _write_manifest(job: Job, plan: Plan, encoded: Sequence[Encoded], seconds: float) -> None:
    content = {
        "schema": SCHEMA,
        **manifest(job.seed, {e.encoder.info.name: e.encoder.info for e in encoded}),
        "threads": max((e.encoder.threads for e in encoded), default=1),
        "job": {**asdict(job), "path": job.path.name},
        "inputs": plan.inputs,
        "occurrences": [asdict(shard) for shard in plan.shards],
        "vectors": {
            e.encoder.info.fingerprint: [
                {"name": shard.name, **(asdict(note) if note else {"broken": e.broken.get(i)})}
                for i, (shard, note) in enumerate(zip(plan.shards, e.notes, strict=True))
            ]
            for e in encoded
        },
        "words": [asdict(word) for word in plan.words],
        "seconds": round(seconds, 3),
    }
    _write_json(plan.folder.manifest, content)


def _write_json(path: Path, content: dict[str, Any]) -> None:
    write_whole(path, json.dumps(content, indent=1) + "\n")
