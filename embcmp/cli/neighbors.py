"""`embcmp neighbors WORD --sentences FILE`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from embcmp.cli import allow_pickle, options
from embcmp.cli.input import described, read_uses
from embcmp.cli.output import publish
from embcmp.cli.progress import progress_bar
from embcmp.encoders import DEFAULT_ENCODERS, GRAMMAR
from embcmp.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from embcmp.cli import Settings
    from embcmp.questions.neighbors.neighbors import Neighborhood


@click.command(epilog=f"SPEC is {GRAMMAR}; FAMILY is word2vec, context, lstm, rnn or bert.")
@click.argument("word")
@options.sentences
@options.input_format
@options.encoders
@click.option(
    "--reference",
    "reference_path",
    metavar="FILE",
    help="Where to look for uses of other words, a sentence a line."
    "  [default: embcmp's 400 background sentences]",
)
@click.option(
    "--top",
    type=click.IntRange(min=1),
    default=10,
    show_default=True,
    help="How many neighbors to show in each list.",
)
@options.match
@allow_pickle
@options.strict
@options.max_occurrences(5, "Of how many uses to show the neighbors; beyond it, of a sample.")
@options.correct
@click.option(
    "--memory",
    type=click.IntRange(min=1),
    metavar="MIB",
    default=16,
    show_default=True,
    help="How much of a vocabulary of static vectors to hold at a time.",
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
    path: str,
    input_format: str | None,
    encoders: tuple[str, ...],
    reference_path: str | None,
    top: int,
    match: str,
    strict: bool,
    max_occurrences: int,
    correct: str,
    memory: int,
    seed: int,
    device: str,
    form: str,
    output: Path | None,
) -> None:
    """Show what encoders put near each use of WORD in the sentences of FILE.

    For words in context that is: uses of other words in a reference text, other uses of WORD, and
    the words that fit in its place, if the model can tell.
    """
    if path == reference_path == "-":
        raise UsageError("standard input cannot be both the sentences and the reference")
    found = read_uses(
        word,
        path,
        input_format,
        match,
        strict=strict,
        encoders=encoders,
        output=output,
        reference=reference_path,
    )
    from embcmp.choices import MAX_OCCURRENCES
    from embcmp.manifest import manifest
    from embcmp.questions.compare.compare import sample
    from embcmp.questions.neighbors.neighbors import neighbors as run
    from embcmp.questions.neighbors.reference import background_reference, read_reference

    reference = read_reference(reference_path) if reference_path else background_reference()
    chosen = sample(found.occurrences, max_occurrences, seed)
    others = [o for o in sample(found.occurrences, MAX_OCCURRENCES, seed) if o not in chosen]
    with progress_bar(shown=settings.verbosity >= 0) as progress:
        result = run(
            chosen,
            encoders or DEFAULT_ENCODERS,
            reference,
            others=others,
            top=top,
            correct=correct,
            device=device,
            memory=memory << 20,
            progress=progress,
        )
    asked = {
        "match": match,
        "max_occurrences": max_occurrences,
        "strict": strict,
        "top": top,
        "device": device,
    }
    result = replace(
        result,
        warnings=tuple(_warnings(result, len(found.occurrences), len(others), seed)),
        skipped=found.skipped,
        manifest={
            **manifest(seed, {v.info.name: v.info for v in result.views}),
            "input": described(path),
            "options": asked,
        },
    )
    keywords = {"render": {"receipts": settings.verbosity > 0}}
    quiet = settings.verbosity < 0
    publish(result, "questions.neighbors", form, output, quiet=quiet, keywords=keywords)


def _warnings(found: Neighborhood, every: int, others: int, seed: int) -> Iterator[str]:
    """What the user should know of the uses and of the encoders."""
    from embcmp.encoders.base import coverage_warnings

    shown = len(found.uses)
    if shown < every:
        yield f"{shown} of {every} occurrences are shown, a sample drawn with seed {seed}"
    if shown + others < every:
        yield f"{shown + others:,} of {every:,} occurrences can be among the neighbors"
    for view in found.views:
        yield from view.info.remarks
        for layer in view.layers[:1]:
            missing = [n.undefined for n in layer.uses if n.undefined]
            truncated = sum(r.truncated for r in layer.receipts)
            yield from coverage_warnings(view.info.name, shown, missing, truncated)
        if view.types and found.correct != "none":
            yield f"{view.info.name}: the vocabulary is not corrected"
