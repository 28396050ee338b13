"""`embcmp neighbors WORD --sentences FILE`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from embcmp.cli import allow_pickle, options
from embcmp.cli.input import background_note, described, read_background_option, read_uses
from embcmp.cli.output import publish
from embcmp.cli.progress import progress_bar
from embcmp.encoders import DEFAULT_ENCODERS, SPEC_FORM
from embcmp.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from embcmp.background.background_text import BackgroundText
    from embcmp.cli import Settings
    from embcmp.cli.input import TextInput
    from embcmp.questions.neighbors.neighbors import Neighborhood


@click.command(epilog=SPEC_FORM)
@click.argument("word")
@options.text
@options.encoders
@click.option(
    "--reference",
    "reference_path",
    metavar="FILE",
    help="A text to search for uses of other words, one sentence per line."
    "  [default: embcmp's 400 background sentences]",
)
@click.option(
    "--top",
    type=click.IntRange(min=1),
    default=10,
    show_default=True,
    help="The largest number of neighbors in a list.",
)
@allow_pickle
@options.max_occurrences(5, "Show at most this many uses: a random sample if there are more.")
@options.correct
@options.background
@click.option(
    "--memory",
    type=click.IntRange(min=1),
    metavar="MIB",
    default=16,
    show_default=True,
    help="How much of a vocabulary of static vectors to read into memory at a time.",
)
@options.seed
@options.device
@options.result_format("table", "json", "csv", "markdown")
@options.output
@click.pass_obj
def neighbors(
    settings: Settings,
    *,
    word: str,
    text: TextInput,
    encoders: tuple[str, ...],
    reference_path: str | None,
    top: int,
    max_occurrences: int,
    correct: str,
    background: str | None,
    memory: int,
    seed: int,
    device: str,
    form: str,
    output: Path | None,
) -> None:
    """Show what encoders place near each use of WORD in the sentences of FILE.

    An encoder with one vector for each word lists the nearest words of its vocabulary. Other
    encoders list the nearest uses of other words in a reference text, the nearest other uses of
    WORD and, if the model predicts words, those that fit in its place.
    """
    if reference_path == "-" in text.paths:
        raise UsageError("standard input cannot be both the sentences and the reference")
    more = [path for path in (reference_path, background) if path]
    from embcmp.choices import MAX_OCCURRENCES

    most = max(max_occurrences, MAX_OCCURRENCES)  # those that are not shown may be neighbors
    found = read_uses(word, text, encoders=encoders, output=output, more=more, most=most, seed=seed)
    background_text = read_background_option(background, text)
    from embcmp.manifest import manifest
    from embcmp.questions.neighbors.neighbors import neighbors as run
    from embcmp.questions.neighbors.reference import background_reference, read_reference
    from embcmp.text.use_sample import sample

    reference = (
        read_reference(reference_path) if reference_path else background_reference(background_text)
    )
    shown = sample(found.occurrences, max_occurrences, seed)
    others = [o for o in found if o not in shown]
    with progress_bar(shown=settings.verbosity >= 0) as progress:
        result = run(
            shown,
            encoders or DEFAULT_ENCODERS,
            reference,
            others=others,
            top=top,
            correct=correct,
            device=device,
            background=background_text,
            memory=memory << 20,
            progress=progress,
        )
    chosen_options = {
        **text.used,
        "max_occurrences": max_occurrences,
        "top": top,
        "device": device,
    }
    note = background_note(background_text, text)
    if reference_path and correct == "none":
        note = None  # no background is used
    from embcmp.background.background_text import shipped_background

    result = replace(
        result,
        warnings=(
            *found.notes,
            *_warnings(result, found.total, len(others), seed, background_text),
            *([note] if note else []),
        ),
        skipped=found.skipped,
        manifest={
            **manifest(seed, {r.info.name: r.info for r in result.results}),
            "background": (background_text or shipped_background()).described,
            "input": described(found.files),
            "options": chosen_options,
        },
    )
    keywords = {"render": {"receipts": settings.verbosity > 0}}
    quiet = settings.verbosity < 0
    publish(result, "questions.neighbors", form, output, quiet=quiet, keywords=keywords)


def _warnings(
    result: Neighborhood, total: int, others: int, seed: int, background: BackgroundText | None
) -> Iterator[str]:
    """What the user should know about the uses and the encoders.

    Args:
        result: the result.
        total: the number of all uses.
        others: how many uses that are not shown may be neighbors.
        seed: the seed of the sample.
        background: the background sentences; None for those that come with embcmp.
    """
    from embcmp.encoders.base import coverage_warnings, remarks

    shown = len(result.uses)
    if shown < total:
        yield f"{shown} of {total} occurrences are shown, a sample drawn with seed {seed}"
    if shown + others < total:
        yield f"{shown + others:,} of {total:,} occurrences can be among the neighbors"
    for encoder in result.results:
        yield from remarks(encoder.info, shipped_background=background is None)
        for layer in encoder.layers[:1]:
            missing = [n.undefined for n in layer.by_use if n.undefined]
            truncated = sum(r.truncated for r in layer.receipts)
            yield from coverage_warnings(encoder.info.name, shown, missing, truncated)
        if encoder.types and result.correct != "none":
            yield f"{encoder.info.name}: the vocabulary is not corrected"
