"""`embcmp reach WORD --sentences FILE`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from embcmp.cli import allow_pickle, options
from embcmp.cli.input import described, read_uses
from embcmp.cli.output import publish
from embcmp.cli.progress import progress_bar
from embcmp.encoders import DEFAULT_ENCODERS, SPEC_FORM

if TYPE_CHECKING:
    from embcmp.cli import Settings
    from embcmp.cli.input import TextInput


@click.command(epilog=SPEC_FORM)
@click.argument("word")
@options.text
@options.encoders
@click.option(
    "--by",
    type=click.Choice(["change", "gradient"]),
    default="change",
    show_default=True,
    help="What is measured: the effect of changing a word, or the gradient (lstm and rnn only).",
)
@click.option(
    "--replace",
    "method",
    type=click.Choice(["word", "mask", "delete"]),
    default="word",
    show_default=True,
    help="How a context word is changed: replaced by another word, masked, or deleted.",
)
@click.option(
    "--distance",
    type=click.IntRange(10, 50),
    default=10,
    show_default=True,
    help="How many context words on each side of WORD to measure.",
)
@click.option(
    "--draws",
    type=click.IntRange(5, 10_000),
    default=20,
    show_default=True,
    help="Replace each context word by at most this many other words, one after the other.",
)
@click.option(
    "--twins/--no-twins",
    default=True,
    show_default=True,
    help="Also measure each network with random weights, as a control.",
)
@allow_pickle
@options.max_occurrences(200, "Measure at most this many uses: a random sample if there are more.")
@options.seed
@options.device
@options.result_format("table", "json", "csv", "html")
@options.output
@click.pass_obj
def reach(
    settings: Settings,
    *,
    word: str,
    text: TextInput,
    encoders: tuple[str, ...],
    by: str,
    method: str,
    distance: int,
    draws: int,
    twins: bool,
    max_occurrences: int,
    seed: int,
    device: str,
    form: str,
    output: Path | None,
) -> None:
    """Show how much a context word counts, by its distance from WORD, for each encoder.

    One context word at a time is replaced by other words. The change of WORD's vector is shown as
    a share of its change when all context words are replaced at once. With --by gradient, nothing
    is replaced: the gradient of WORD's vector with respect to the input of each context word is
    shown.
    """
    found = read_uses(word, text, encoders=encoders, output=output, most=max_occurrences, seed=seed)
    chosen_options = {
        **text.used,
        "max_occurrences": max_occurrences,
        "by": by,
        "replace": method,
        "distance": distance,
        "draws": draws,
        "twins": twins,
        "device": device,
    }
    from embcmp.manifest import manifest
    from embcmp.questions.compare.compared_uses import sample_note
    from embcmp.questions.reach.reach import reach as run

    with progress_bar(shown=settings.verbosity >= 0) as progress:
        result = run(
            found.occurrences,
            encoders or DEFAULT_ENCODERS,
            method="gradient" if by == "gradient" else method,
            distance=distance,
            draws=draws,
            twins=twins,
            seed=seed,
            device=device,
            progress=progress,
        )
    sampled = sample_note(len(found.occurrences), found.total, seed)
    result = replace(
        result,
        warnings=(*sampled, *found.notes, *result.warnings),
        skipped=found.skipped,
        manifest={
            **manifest(seed, {r.name: r.info for r in result.results}),
            "input": described(found.files),
            "options": chosen_options,
        },
    )
    quiet = settings.verbosity < 0
    publish(result, "questions.reach", form, output, quiet=quiet)
