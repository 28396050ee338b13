"""`embcmp compare WORD --sentences FILE`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from embcmp.cli.fetching import fetch_models
from embcmp.cli.input import check_found, described
from embcmp.cli.options import allow_pickle
from embcmp.cli.output import check_output, emit, printed, progress_bar, warn
from embcmp.encoders import DEFAULT_ENCODERS, GRAMMAR, parse_spec

if TYPE_CHECKING:
    from embcmp.cli import Settings
    from embcmp.types import Comparison

FORMATS = ("table", "json", "csv", "markdown")
INPUT_FORMATS = ("txt", "tsv", "csv", "jsonl", "parquet")
CORRECTIONS = ("none", "center", "zscore", "abtt")
MATCHES = ("word", "inflections", "exact")
DEVICES = ("auto", "cpu", "cuda", "mps")


@click.command(epilog=f"SPEC is {GRAMMAR}; FAMILY is word2vec, context, lstm, rnn or bert.")
@click.argument("word")
@click.option(
    "-s",
    "--sentences",
    "path",
    required=True,
    metavar="FILE",
    help="txt (a sentence a line), tsv, csv, jsonl or parquet; - is standard input.",
)
@click.option(
    "--input-format", type=click.Choice(INPUT_FORMATS), help="Where the name does not tell."
)
@click.option(
    "-e",
    "--encoder",
    "encoders",
    multiple=True,
    metavar="SPEC",
    help=f"An encoder; any number of times.  [default: {', '.join(DEFAULT_ENCODERS)}]",
)
@click.option(
    "--match",
    type=click.Choice(MATCHES),
    default="word",
    show_default=True,
    help="Which forms count: the word in any case, other forms of its lemma too, or its case only.",
)
@allow_pickle
@click.option("--strict", is_flag=True, help="A row that cannot be used ends the command.")
@click.option(
    "--max-occurrences",
    type=click.IntRange(min=1),
    default=1000,
    show_default=True,
    help="Beyond it, a sample is used.",
)
@click.option(
    "--correct",
    type=click.Choice(CORRECTIONS),
    default="none",
    show_default=True,
    help="Correct each encoder's space, as fitted on background sentences.",
)
@click.option("--controls", is_flag=True, help="Measure what spelling, position and topic reach.")
@click.option("--no-intervals", is_flag=True, help="Leave out intervals and tests.")
@click.option(
    "--draws",
    type=click.IntRange(min=100),
    default=2000,
    show_default=True,
    help="Of the bootstrap for the intervals.",
)
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="Of everything that is drawn.",
)
@click.option(
    "--device",
    type=click.Choice(DEVICES),
    default="auto",
    show_default=True,
    help="Where BERT runs; auto is cuda where there is one, else cpu.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    default="table",
    show_default=True,
    help="How the result is written.",
)
@click.option("--full", is_flag=True, help="Keep the matrices of over 500 occurrences in the JSON.")
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="A file for the result, written whole or not at all.",
)
@click.pass_obj
def compare(
    settings: Settings,
    *,
    word: str,
    path: str,
    input_format: str | None,
    encoders: tuple[str, ...],
    match: str,
    strict: bool,
    max_occurrences: int,
    correct: str,
    controls: bool,
    no_intervals: bool,
    draws: int,
    seed: int,
    device: str,
    form: str,
    full: bool,
    output: Path | None,
) -> None:
    """Compare what encoders make of WORD in the sentences of FILE."""
    for spec in encoders:
        parse_spec(spec)  # a typing error shows before anything is read
    check_output(output, [Path(path)])
    from embcmp.text.sentences import read_sentences
    from embcmp.text.targets import find_occurrences

    sentences = read_sentences(path, input_format)
    found = find_occurrences(sentences, word, match)
    check_found(found, sentences, word, path, strict=strict)
    fetch_models(encoders)
    from embcmp.pipeline import compare as run
    from embcmp.render.json import LARGEST_MATRIX

    with progress_bar(shown=settings.verbosity >= 0) as progress:
        comparison = run(
            found,
            encoders or DEFAULT_ENCODERS,
            correct=correct,
            controls=controls,
            intervals=not no_intervals,
            draws=draws,
            max_occurrences=max_occurrences,
            seed=seed,
            device=device,
            progress=progress,
        )
    options = {
        "match": match,
        "max_occurrences": max_occurrences,
        "strict": strict,
        "controls": controls,
        "intervals": not no_intervals,
        "draws": draws,
        "device": device,
    }
    comparison = replace(
        comparison,
        manifest={**comparison.manifest, "input": described(path), "options": options},
    )
    if form == "json" and not full and len(comparison.occurrences) > LARGEST_MATRIX:
        left = f"matrices above {LARGEST_MATRIX} occurrences are left out: --full adds them"
        comparison = replace(comparison, warnings=(*comparison.warnings, left))
    emit(_rendered(comparison, form, output, full=full, receipts=settings.verbosity > 0), output)
    if settings.verbosity >= 0:
        warn(comparison.warnings, comparison.skipped)


def _rendered(
    comparison: Comparison, form: str, output: Path | None, *, full: bool, receipts: bool
) -> str:
    if form == "json":
        from embcmp.render.json import to_json

        return to_json(comparison, full=full) + "\n"
    if form == "csv":
        from embcmp.render.tables import to_csv

        return to_csv(comparison)
    if form == "markdown":
        from embcmp.render.tables import to_markdown

        return to_markdown(comparison)
    from embcmp.render.terminal import render

    return printed(lambda console: render(comparison, console, receipts=receipts), output)
