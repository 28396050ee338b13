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
_SHOWN = 5  # words without a result
_ENDS = [  # Windows has no SIGHUP
    getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)
]


@click.command(epilog="docs/guide/batch.md describes JOB.toml and DIR.")
@click.argument("path", metavar="JOB.toml", type=options.INPUT)
@click.option(
    "--out",
    required=True,
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="The folder of the results. The same command continues an earlier run in it.",
)
@click.option(
    "--dry-run",
    is_flag=True,
    help="Estimate time and disk space by trying a few words and uses; write nothing.",
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
    """Compare encoders on each word that JOB.toml names, and on average over all words.

    The same command continues an interrupted run. A word that fails does not stop the others: it
    is listed in failures.jsonl, and the exit code is 5.
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
        emit("\n".join(_forecast(cost)) + "\n", None)
        return
    from embcmp.batch.report.pages import write_report
    from embcmp.batch.report.verdict_over_words import circular_notes
    from embcmp.batch.run import run

    with (
        _interruptible(path, out),
        _workers(workers, scheduler) as started,
        batch_progress(shown=settings.verbosity >= 0) as progress,
    ):
        finished = run(job, out, started, progress)
        index = write_report(out)
    emit("\n".join(_summary(finished, out, index)) + "\n", None)
    for note in circular_notes(finished.summary["words"]):
        say(note)
    for failure in finished.failures[:_SHOWN]:
        say(f"no result for {failure.word!r}: {failure.reason}")
    if len(finished.failures) > _SHOWN:
        rest = len(finished.failures) - _SHOWN
        say(f"no result for {rest} more words: {out / 'failures.jsonl'} lists them")
    if finished.failures:
        ctx.exit(FAILED_ITEMS)


def _workers(count: int | None, scheduler: str | None) -> AbstractContextManager[Workers | None]:
    if count is None and scheduler is None:
        return nullcontext()
    from embcmp.batch.workers import cluster

    return cluster(count, scheduler)


@contextmanager
def _interruptible(path: Path, out: Path) -> Iterator[None]:
    """Let SIGTERM and SIGHUP interrupt the run as SIGINT does, and say how to continue it.

    nohup lets a process ignore SIGHUP, which stays so.
    """

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = {
        number: signal.signal(number, interrupt)
        for number in _ENDS
        if signal.getsignal(number) is not signal.SIG_IGN
    }
    try:
        yield
    except KeyboardInterrupt:
        command = shlex.join(["embcmp", "batch", str(path), "--out", str(out)])
        say(f"what is done is kept; {command} continues from there")
        raise
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _forecast(cost: Estimate) -> Iterator[str]:
    """What a batch would do and take, line by line."""
    from embcmp.render.text import visible

    plan = cost.plan
    yield f"words: {len(plan.words):,}, and {len(plan.failures):,} without uses"
    yield f"occurrences: {sum(w.used for w in plan.words):,}, at {plan.rows:,} places"
    yield f"shards: {len(plan.shards):,} for each encoder"
    for e in cost.encoders:
        name = visible(e.info.name)
        yield f"  {name}: {duration(e.seconds)}, {_size(e.bytes)} of vectors"
    yield f"measuring: {duration(cost.seconds)}"
    total = cost.seconds + sum(e.seconds for e in cost.encoders)
    disk = cost.bytes + sum(e.bytes for e in cost.encoders)
    yield f"in all: about {duration(total)} and {_size(disk)}, at the present speed of this machine"


def _size(count: int) -> str:
    return f"{count / 1e6:,.1f} MB"


def _summary(finished: Batch, out: Path, index: Path) -> Iterator[str]:
    """The encoders by AUC at the layers named beforehand, and the places of the results."""
    from embcmp.batch import word_changes, word_senses
    from embcmp.render.text import visible

    words = finished.summary["words"]
    yield f"{len(words)} words, {sum(w['n'] for w in words)} occurrences"
    for s in finished.summary["standings"]:
        if s["metric"] == "auc_macro" and s["named"]:  # other layers were not named beforehand
            ends = "" if s["low"] is None else f" [{s['low']:.3f}, {s['high']:.3f}]"
            mean = s["undefined"] if s["mean"] is None else f"auc_macro {s['mean']:.3f}{ends}"
            yield f"  {visible(s['name'])}: {mean} ({s['words']} words)"
    if "senses" in finished.summary:
        yield visible(word_senses.finding(finished.summary["senses"]))
    if "changes" in finished.summary:
        yield from map(visible, word_changes.finding(finished.summary["changes"]))
    yield f"results: {visible(str(out))}"
    yield f"report: {visible(str(index))}"
