"""`embcmp evaluate TASK PATH`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from embcmp.choices import MOST_DIGITS, Reading
from embcmp.cli import options
from embcmp.cli.input import changed, described
from embcmp.cli.output import SHOWN, check_output, publish, warn
from embcmp.cli.progress import progress_bar
from embcmp.encoders import DEFAULT_ENCODERS, GRAMMAR, fetch_models, parse_spec
from embcmp.errors import UsageError
from embcmp.evaluation.datasets import DATA_SETS, readers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from embcmp.cli import Settings
    from embcmp.evaluation.datasets import Kind
    from embcmp.evaluation.gold_rows import Part

OF_SIDES = ("sentence", "start", "end", "word")  # columns that a row of pairs has twice


def _numbers(_: click.Context, __: click.Parameter, value: str | None) -> tuple[int, ...]:
    """The numbers of a list such as `1,2,5,10`, in rising order."""
    parts = (value or "").split(",") if value else []
    numbers = [part.strip() for part in parts]
    if not all(n.isdecimal() and len(n) <= MOST_DIGITS and int(n) > 0 for n in numbers):
        raise click.BadParameter(f"{value!r} is not a list of numbers such as 1,2,5,10")
    return tuple(sorted({int(part) for part in parts}))


@click.command(epilog=f"SPEC is {GRAMMAR}; docs/reference/evaluation.md describes each data set.")
@click.argument("task", type=click.Choice(list(DATA_SETS)), metavar="TASK")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option(
    "--train",
    multiple=True,
    metavar="PATH",
    help="Rows to learn thresholds, sense centroids and the best layer from.  [default: the other"
    " rows of PATH, by cross-validation]",
)
@options.input_format
@options.encoding
@options.columns("gold", *(f"{name}{side}" for side in "12" for name in OF_SIDES))
@options.lang
@options.checked
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
    help="Also score items with at most N training rows of each sense (a learning curve).",
)
@click.option(
    "--limit-per-sense",
    "limit",
    type=click.IntRange(min=1),
    metavar="N",
    help="Use a random sample of at most N rows of each sense, or pairs of each word.",
)
@click.option(
    "--strict", is_flag=True, help="End with an error if a row is left out, or used with a note."
)
@options.seed
@options.result_format("table", "json", "csv", "markdown")
@options.output
@click.pass_obj
def evaluate(
    settings: Settings,
    *,
    task: str,
    paths: tuple[str, ...],
    train: tuple[str, ...],
    input_format: str | None,
    encoding: str | None,
    columns: dict[str, str],
    lang: str,
    checked: bool,
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

    For your own files, in any format that compare reads, TASK is items (uses with a sense) or pairs
    (two uses of a word, with a rating or T/F). For a published data set TASK is its name: wic,
    mcl-wic, coarsewsd20, wikihomograph, raw-c, haber-poesio, scws, raganato. For a folder of word
    usage graphs with people's scores of change, such as DWUG EN, TASK is change.
    """
    for spec in encoders:
        parse_spec(spec)  # report a typing error before reading files
    row_kind, reader, train_reader = readers(task, kind)
    if DATA_SETS[task].needs_train and not train:
        raise UsageError(
            f"{task} needs --train, because few words occur several times in one of its sets",
            "name another set of it to train on",
        )
    if shots and row_kind != "items":
        raise UsageError(f"{row_kind} have no senses, which --shots needs", "leave out --shots")
    reading = Reading(input_format, encoding, columns, lang=lang, checked=checked)
    if not DATA_SETS[task].any_format:
        _check_published(task, paths, train, reading)
    check_output(output, [])
    test, training = _parts(paths, train, reader, train_reader, reading)
    files = [*test.files, *(training.files if training else ())]
    check_output(output, files)
    chosen = {"words": words, "shots": list(shots), "limit_per_sense": limit, "strict": strict}
    chosen |= changed(reading)
    about = {"input": [described([str(file)]) for file in files], "options": chosen}
    fetch_models(encoders)
    from embcmp.evaluation.evaluate import Settings as EvaluationSettings
    from embcmp.evaluation.evaluate import evaluate as run

    evaluation_settings = EvaluationSettings(shots, limit, words, strict, seed)
    with progress_bar(shown=settings.verbosity >= 0) as progress:
        evaluation = run(
            test,
            training,
            encoders or DEFAULT_ENCODERS,
            task=task,
            kind=row_kind,
            settings=evaluation_settings,
            progress=progress,
        )
    evaluation = replace(evaluation, manifest={**evaluation.manifest, **about})
    quiet = settings.verbosity < 0
    elsewhere = {"table": "tables.render"}
    publish(evaluation, "evaluation", form, output, quiet=quiet, elsewhere=elsewhere)
    if not quiet:
        warn([f"{row.source}: {row.reason}" for row in evaluation.noted[:SHOWN]], ())


def _check_published(
    task: str, paths: Sequence[str], train: Sequence[str], reading: Reading
) -> None:
    """Refuse what a published data set, whose files are known, leaves no choice of."""
    if len(paths) > 1 or len(train) > 1:
        raise UsageError(f"{task} is read from one file or folder", "name one")
    if given := changed(reading):
        option = next(iter(given)).replace("_", "-")
        raise UsageError(
            f"{task} is read as it is published", f"leave out --{option}, or use items or pairs"
        )


def _parts(
    paths: Sequence[str],
    train: Sequence[str],
    reader: str,
    train_reader: str | None,
    reading: Reading,
) -> tuple[Part, Part | None]:
    """The rows to score, and the training rows: those of --train, or those of the data set."""
    from embcmp.evaluation.datasets import read

    test = read(reader, *paths, reading=reading)
    if train:
        return test, read(train_reader or reader, *train, reading=reading)
    return test, read(train_reader, *paths) if train_reader else None
