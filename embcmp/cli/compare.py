"""`embcmp compare WORD --sentences FILE`."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from embcmp.choices import DRAWS, MAX_OCCURRENCES, Options
from embcmp.cli import options
from embcmp.cli.input import check_found, described
from embcmp.cli.output import check_output, emit, printed, progress_bar, warn
from embcmp.cli.pickles import allow_pickle
from embcmp.encoders import DEFAULT_ENCODERS, GRAMMAR, fetch_models, parse_spec

if TYPE_CHECKING:
    from embcmp.cli import Settings
    from embcmp.questions.compare.second_process import Work
    from embcmp.types import Comparison, Occurrence


@click.command(epilog=f"SPEC is {GRAMMAR}; FAMILY is word2vec, context, lstm, rnn or bert.")
@click.argument("word")
@options.sentences
@options.input_format
@options.encoders
@options.match
@allow_pickle
@options.strict
@click.option(
    "--max-occurrences",
    type=click.IntRange(min=1),
    default=MAX_OCCURRENCES,
    show_default=True,
    help="Beyond it, a sample is used.",
)
@options.correct
@click.option("--controls", is_flag=True, help="Measure what spelling, position and topic reach.")
@click.option("--no-intervals", is_flag=True, help="Leave out intervals and tests.")
@click.option(
    "--draws",
    type=click.IntRange(min=100),
    default=DRAWS,
    show_default=True,
    help="Of the bootstrap for the intervals.",
)
@options.seed
@options.device
@options.form_or_page
@click.option(
    "--full", is_flag=True, help="Keep the matrices of over 500 occurrences in JSON, HTML."
)
@options.projection
@options.output
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
    projection: str,
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
    from embcmp.questions.compare.compare import compare as run
    from embcmp.questions.compare.json import LARGEST_MATRIX

    specs = encoders or DEFAULT_ENCODERS
    with (
        _measuring(specs, found, controls=controls) as work,
        progress_bar(shown=settings.verbosity >= 0) as progress,
    ):
        comparison = run(
            found,
            specs,
            correct=correct,
            controls=controls,
            intervals=not no_intervals,
            draws=draws,
            max_occurrences=max_occurrences,
            seed=seed,
            device=device,
            progress=progress,
            work=work,
        )
    asked = Options(match, max_occurrences, strict, controls, not no_intervals, draws, device)
    comparison = replace(
        comparison,
        manifest={**comparison.manifest, "input": described(path), "options": asdict(asked)},
    )
    if form in ("json", "html") and not full and len(comparison.occurrences) > LARGEST_MATRIX:
        left = f"matrices above {LARGEST_MATRIX} occurrences are left out: --full adds them"
        comparison = replace(comparison, warnings=(*comparison.warnings, left))
    if form == "html":
        text = _page(comparison, projection, full=full)
    else:
        text = _rendered(comparison, form, output, full=full, receipts=settings.verbosity > 0)
    emit(text, output)
    if settings.verbosity >= 0:
        warn(comparison.warnings, comparison.skipped)


def _measuring(
    specs: Sequence[str], found: Iterable[Occurrence], *, controls: bool
) -> AbstractContextManager[Work]:
    """Measure in a second process where two senses have several layers to be measured by.

    With fewer uses than the probe needs, its imports would take longer than what it measures.
    """
    from embcmp.measures.probe import MIN_SENTENCES
    from embcmp.questions.compare.second_process import HERE, SecondProcess, cores

    contextual = [spec for spec in map(parse_spec, specs) if not spec.row.per_type]
    several = controls or len(contextual) > 1 or any(s.layers == "all" for s in contextual)
    uses = Counter(o.sense for o in found if o.sense is not None)
    enough = sum(count >= MIN_SENTENCES for count in uses.values()) > 1
    if several and enough and cores() > 1:
        # torch's threads would spin while they wait for work, on the other process's core
        os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
        return SecondProcess()
    return nullcontext(HERE)


def _page(comparison: Comparison, projection: str, *, full: bool) -> str:
    from embcmp.questions.compare.json import to_object
    from embcmp.questions.compare.page.page import to_html

    return to_html(to_object(comparison, full=full), projection=projection)


def _rendered(
    comparison: Comparison, form: str, output: Path | None, *, full: bool, receipts: bool
) -> str:
    if form == "json":
        from embcmp.questions.compare.json import to_json

        return to_json(comparison, full=full) + "\n"
    if form == "csv":
        from embcmp.questions.compare.tables import to_csv

        return to_csv(comparison)
    if form == "markdown":
        from embcmp.questions.compare.tables import to_markdown

        return to_markdown(comparison)
    from embcmp.questions.compare.terminal import render

    return printed(lambda console: render(comparison, console, receipts=receipts), output)
