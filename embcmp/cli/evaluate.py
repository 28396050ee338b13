"""`embcmp evaluate TASK PATH`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from embcmp.cli import options
from embcmp.cli.input import described
from embcmp.cli.output import SHOWN, check_output, publish, warn
from embcmp.cli.progress import progress_bar
from embcmp.encoders import DEFAULT_ENCODERS, GRAMMAR, fetch_models, parse_spec
from embcmp.errors import UsageError
from embcmp.evaluation.datasets import DATA_SETS, readers

if TYPE_CHECKING:
    from embcmp.cli import Settings
    from embcmp.evaluation.datasets import Kind
    from embcmp.evaluation.results import Evaluation
    from embcmp.evaluation.rows import Part


def _numbers(_: click.Context, __: click.Parameter, value: str | None) -> tuple[int, ...]:
    """The numbers of a list as `1,2,5,10`, rising."""
    parts = (value or "").split(",") if value else []
    if not all(part.strip().isdecimal() and int(part) > 0 for part in parts):
        raise click.BadParameter(f"{value!r} is no list of numbers, as 1,2,5,10")
    return tuple(sorted({int(part) for part in parts}))


@click.command(epilog=f"SPEC is {GRAMMAR}; docs/reference/evaluation.md tells about each data set.")
@click.argument("task", type=click.Choice(list(DATA_SETS)), metavar="TASK")
@click.argument("path", type=options.INPUT)
@click.option(
    "--train",
    type=options.INPUT,
    help="Rows that thresholds, sense centroids and layers come from.  [default: folds of PATH]",
)
@options.encoders
@click.option(
    "--as",
    "kind",
    type=click.Choice(("items", "pairs")),
    help="Score raw-c and haber-poesio by their senses (items) instead of their ratings.",
)
@click.option("--words", metavar="A-M", help="Only words that begin with these letters.")
@click.option(
    "--shots",
    callback=_numbers,
    metavar="N,N,...",
    help="Also learn from at most so many rows of each sense: the learning curve of items.",
)
@click.option(
    "--limit-per-sense",
    "limit",
    type=click.IntRange(min=1),
    metavar="N",
    help="Use at most so many rows of each sense, or pairs of each word: a sample.",
)
@click.option("--strict", is_flag=True, help="A row that is left out or odd ends the command.")
@options.seed
@options.result_format("table", "json", "csv", "markdown")
@options.output
@click.pass_obj
def evaluate(
    settings: Settings,
    *,
    task: str,
    path: Path,
    train: Path | None,
    encoders: tuple[str, ...],
    kind: Kind | None,
    words: str | None,
    shots: tuple[int, ...],
    limit: int | None,
    strict: bool,
    seed: int,
    form: str,
    output: Path | None,
) -> None:
    """Score encoders on a gold standard, from your copy of it in PATH.

    TASK is items or pairs (plain TSV), or a data set as it is published: wic, mcl-wic,
    coarsewsd20, wikihomograph, raw-c, haber-poesio, scws, raganato.
    """
    for spec in encoders:
        parse_spec(spec)  # a typing error shows before anything is read
    what, home, own_train = readers(task, kind)
    if DATA_SETS[task].needs_train and train is None:
        raise UsageError(
            f"{task} is scored only with --train: within one of its sets few words repeat",
            "name another of its sets",
        )
    if shots and what == "pairs":
        raise UsageError("pairs have no senses to learn from few rows", "leave out --shots")
    check_output(output, [])
    test, training = _parts(path, train, home, own_train)
    files = [*test.files, *(training.files if training else ())]
    check_output(output, files)
    asked = {"words": words, "shots": list(shots), "limit_per_sense": limit, "strict": strict}
    about = {"input": [described([str(file)]) for file in files], "options": asked}
    fetch_models(encoders)
    from embcmp.evaluation.evaluate import Settings as How
    from embcmp.evaluation.evaluate import evaluate as run

    how = How(shots=shots, limit=limit, words=words, strict=strict, seed=seed)
    with progress_bar(shown=settings.verbosity >= 0) as progress:
        found = run(
            test,
            training,
            encoders or DEFAULT_ENCODERS,
            task=task,
            kind=what,
            settings=how,
            progress=progress,
        )
    found = replace(found, manifest={**found.manifest, **about})
    quiet = settings.verbosity < 0
    elsewhere = {"table": "tables.render"}
    publish(found, "evaluation", form, output, quiet=quiet, elsewhere=elsewhere)
    if not quiet:
        warn(_odd(found), ())


def _parts(
    path: Path, train: Path | None, home: str, own_train: str | None
) -> tuple[Part, Part | None]:
    """The rows to score, and those that train: from --train, or of the data set itself."""
    from embcmp.evaluation.datasets import read

    test = read(home, path)
    if train is not None:
        return test, read(own_train or home, train)
    return test, read(own_train, path) if own_train else None


def _odd(found: Evaluation) -> list[str]:
    """The first of the rows that are used in spite of something."""
    return [f"{row.source}: {row.reason}" for row in found.noted[:SHOWN]]
