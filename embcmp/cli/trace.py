"""`embcmp trace SENTENCE`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from embcmp.cli import options
from embcmp.cli.output import check_output, publish
from embcmp.encoders import load_encoder, parse_spec
from embcmp.errors import InputError, UsageError

if TYPE_CHECKING:
    from embcmp.cli import Settings
    from embcmp.types import Occurrence


@click.command()
@click.argument("sentence")
@click.option(
    "--word",
    metavar="W",
    help="Stop before this word on each side, as the lstm encoder does for its target.",
)
@click.option(
    "--cell",
    type=click.Choice(["standard", "sheet"]),
    default="standard",
    show_default=True,
    help="The standard LSTM cell, or, for teaching, a variant from a course handout (sheet), in"
    " which the output does not depend on the memory.",
)
@click.option(
    "-e",
    "--encoder",
    "spec",
    metavar="SPEC",
    default="lstm",
    show_default=True,
    help="lstm, lstm:FILE or lstm,weights=random.",
)
@options.match
@options.result_format("table", "json", "html")
@options.output
@click.pass_obj
def trace(
    settings: Settings,
    *,
    sentence: str,
    word: str | None,
    cell: str,
    spec: str,
    match: str,
    form: str,
    output: Path | None,
) -> None:
    """Show the gates of the LSTM, token by token, as it reads SENTENCE from both sides."""
    parsed = parse_spec(spec)
    if not parsed.row.gated:
        raise UsageError(f"-e {spec}: {parsed.family} has no gates", "use an lstm encoder")
    check_output(output, [])
    if not sentence.strip():
        raise InputError("the sentence is empty", "give it in quotation marks")
    target, count = (None, 0) if word is None else _find(sentence, word, match)

    from embcmp.encoders.base import HasRecurrentWeights
    from embcmp.questions.trace.trace import trace as run

    encoder = load_encoder(parsed)
    assert isinstance(encoder, HasRecurrentWeights), "what has gates can be laid open"
    result = run(encoder, target.sentence if target else sentence, target, cell)
    if count > 1:
        warning = f"{word!r} occurs {count} times in the sentence: the first occurrence is traced"
        result = replace(result, warnings=(*result.warnings, warning))
    quiet = settings.verbosity < 0
    elsewhere = {"html": "json.to_html"}
    publish(result, "questions.trace", form, output, quiet=quiet, elsewhere=elsewhere)


def _find(sentence: str, word: str, match: str) -> tuple[Occurrence, int]:
    """The first use of a word in a sentence, and the number of its uses."""
    from embcmp.text.targets import find_occurrences

    uses = find_occurrences([sentence], word, match).occurrences
    if not uses:
        raise InputError(f"{word!r} does not occur in the sentence", "name one of its words")
    return uses[0], len(uses)
