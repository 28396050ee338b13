"""`embcmp batch JOB.toml --out DIR`."""

from __future__ import annotations

import shlex
import signal
from collections.abc import Iterator
from contextlib import AbstractContextManager, chdir, contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import click

from embcmp.cli import allow_pickle, options
from embcmp.cli.output import emit, say
from embcmp.cli.progress import batch_progress, duration
from embcmp.encoders import fetch_models
from embcmp.errors import UsageError

if TYPE_CHECKING:
    from types import FrameType

    from embcmp.batch.estimate import Estimate
    from embcmp.batch.run import Batch
    from embcmp.batch.workers import Workers
    from embcmp.cli import Settings

FAILED_ITEMS = 5
_SHOWN = 5  # of the words without a result


@click.command(epilog="docs/guide/batch.md tells what stands in JOB.toml and in DIR.")
@click.argument("path", metavar="JOB.toml", type=options.INPUT)
@click.option(
    "--out",
    required=True,
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="The folder of the results; the same command goes on with what it lacks.",
)
@click.option(
    "--dry-run", is_flag=True, help="Print what it would take, from a short trial; write nothing."
)
@click.option(
    "--workers",
    type=click.IntRange(min=1),
    metavar="N",
    help="Use N processes, through Dask (the extra `scale`).",
)
@click.option("--scheduler", metavar="URL", help="Use the Dask cluster at tcp://HOST:PORT.")
@allow_pickle
@click.pass_context
def batch(
    ctx: click.Context,
    *,
    path: Path,
    out: Path,
    dry_run: bool,
    workers: int | None,
    scheduler: str | None,
) -> None:
    """Compare encoders on many words, as JOB.toml says, and sum up over words.

    A run that was interrupted goes on where it was. One bad word does not stop the others: it is
    in failures.jsonl, and the exit code is 5.
    """
    settings: Settings = ctx.obj
    if workers and scheduler:
        raise UsageError("--workers and --scheduler exclude each other", "choose one")
    from embcmp.batch.job import read_job

    job = read_job(path, out)
    with chdir(job.folder):
        fetch_models(job.encoders)
    if dry_run:
        from embcmp.batch.estimate import estimate

        with batch_progress(shown=settings.verbosity >= 0) as progress:
            cost = estimate(job, progress)
        emit("\n".join(_foretold(cost)) + "\n", None)
        return
    from embcmp.batch.report.pages import write_report
    from embcmp.batch.run import run

    with (
        _goes_on(path, out),
        _workers(workers, scheduler) as who,
        batch_progress(shown=settings.verbosity >= 0) as progress,
    ):
        found = run(job, out, who, progress)
        index = write_report(out)
    emit("\n".join(_told(found, out, index)) + "\n", None)
    for failure in found.failures[:_SHOWN]:
        say(f"no result for {failure.word!r}: {failure.reason}")
    if len(found.failures) > _SHOWN:
        rest = len(found.failures) - _SHOWN
        say(f"no result for {rest} more words: {out / 'failures.jsonl'} lists them")
    if found.failures:
        ctx.exit(FAILED_ITEMS)


def _workers(count: int | None, scheduler: str | None) -> AbstractContextManager[Workers | None]:
    if count is None and scheduler is None:
        return nullcontext()
    from embcmp.batch.cluster import cluster

    return cluster(count, scheduler)


@contextmanager
def _goes_on(path: Path, out: Path) -> Iterator[None]:
    """Let SIGTERM interrupt as SIGINT does, and say how to go on."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    except KeyboardInterrupt:
        command = shlex.join(["embcmp", "batch", str(path), "--out", str(out)])
        say(f"what is done is kept; {command} goes on from there")
        raise
    finally:
        signal.signal(signal.SIGTERM, before)


def _foretold(cost: Estimate) -> Iterator[str]:
    """The plan of a batch, a line each."""
    from embcmp.render.text import visible

    plan = cost.plan
    yield f"words: {len(plan.words):,}, and {len(plan.failures):,} without a use"
    yield f"occurrences: {sum(w.used for w in plan.words):,}, at {plan.rows:,} places"
    yield f"shards: {len(plan.shards):,} for each encoder"
    for e in cost.encoders:
        name = visible(e.info.name)
        yield f"  {name}: {duration(e.seconds)}, {_size(e.bytes)} of vectors"
    yield f"measuring: {duration(cost.seconds)}"
    total = cost.seconds + sum(e.seconds for e in cost.encoders)
    disk = cost.bytes + sum(e.bytes for e in cost.encoders)
    yield f"in all about {duration(total)} and {_size(disk)}, as fast as this machine is now"


def _size(count: int) -> str:
    return f"{count / 1e6:,.1f} MB"


def _told(found: Batch, out: Path, index: Path) -> Iterator[str]:
    """The leaderboard by AUC at the layers that were named, and where everything is."""
    from embcmp.render.text import visible

    words = found.summary["words"]
    yield f"{len(words)} words, {sum(w['n'] for w in words)} occurrences"
    for s in found.summary["standings"]:
        if s["metric"] == "auc" and s["named"]:  # no other layer was named before it was seen
            ends = "" if s["low"] is None else f" [{s['low']:.3f}, {s['high']:.3f}]"
            mean = s["undefined"] if s["mean"] is None else f"auc {s['mean']:.3f}{ends}"
            yield f"  {visible(s['name'])}: {mean} ({s['words']} words)"
    yield f"results: {visible(str(out))}"
    yield f"report: {visible(str(index))}"
