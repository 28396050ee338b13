"""`embcmp senses WORD --sentences FILE`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from embcmp.choices import MAX_OCCURRENCES, MOST_DIGITS
from embcmp.cli import allow_pickle, options
from embcmp.cli.input import background_note, described, read_background_option, read_uses
from embcmp.cli.output import publish
from embcmp.cli.progress import progress_bar
from embcmp.encoders import CONTEXTUAL_ENCODERS, SPEC_FORM
from embcmp.errors import UsageError

if TYPE_CHECKING:
    from embcmp.cli import Settings
    from embcmp.cli.input import TextInput
    from embcmp.text.targets import Found


def group_names(_: click.Context, __: click.Parameter, values: tuple[str, ...]) -> dict[int, str]:
    """The names of groups by their number, as `1=river`."""
    names = {}
    for value in values:
        number, equals, name = value.partition("=")
        is_number = number.strip().isdecimal() and len(number.strip()) <= MOST_DIGITS
        if not (equals and is_number and int(number) > 0 and name.strip()):
            raise click.BadParameter(f"{value!r} is not NUMBER=NAME, for example 1=river")
        if int(number) in names:
            raise click.BadParameter(f"group {int(number)} has two names")
        names[int(number)] = name.strip()
    return names


@click.command(epilog=SPEC_FORM)
@click.argument("word")
@options.text
@options.checked
@options.encoder_option(
    CONTEXTUAL_ENCODERS, " The last one that has groups is shown first and exported."
)
@click.option(
    "--k",
    type=click.IntRange(min=2),
    metavar="N",
    help="Make N groups.  [default: as many as the silhouette suggests, up to 8]",
)
@click.option(
    "--name",
    "names",
    multiple=True,
    callback=group_names,
    metavar="N=NAME",
    help="Call group N by this name, as 1=river; repeat the option for more.",
)
@click.option(
    "--known",
    metavar="FILE",
    help="Assign the uses to the senses of the labeled uses in this file, and show those that are"
    " like none of them.",
)
@allow_pickle
@options.max_occurrences(
    MAX_OCCURRENCES, "Group at most this many uses: a random sample if there are more."
)
@options.correct
@options.background
@options.seed
@options.device
@options.result_format("table", "json", "tsv", "csv", "markdown", "latex", "html")
@click.option("--all", "everything", is_flag=True, help="Print the groups of every encoder.")
@options.output
@click.pass_obj
def senses(
    settings: Settings,
    *,
    word: str,
    text: TextInput,
    encoders: tuple[str, ...],
    k: int | None,
    names: dict[int, str],
    known: str | None,
    max_occurrences: int,
    correct: str,
    background: str | None,
    seed: int,
    device: str,
    form: str,
    everything: bool,
    output: Path | None,
) -> None:
    """Group the uses of WORD in FILE by sense, without labels, or assign them to known senses.

    Shows which uses belong together, which words set them apart, and how strong the evidence is
    that there is more than one sense. --format tsv writes the uses with their groups as labels,
    which every other command reads; see docs/guide/senses.md for what they are good for.
    """
    from embcmp.questions.senses.senses import senses as run

    specs = encoders or CONTEXTUAL_ENCODERS
    labeled = _read_known(known, word, text, output)
    more = [path for path in (background, known) if path]
    occurrences = read_uses(
        word, text, encoders=specs, output=output, more=more, most=max_occurrences, seed=seed
    )
    background_text = read_background_option(background, text)
    with progress_bar(shown=settings.verbosity >= 0) as progress:
        result = run(
            occurrences,
            specs,
            k=k,
            names=names,
            correct=correct,
            max_occurrences=max_occurrences,
            seed=seed,
            device=device,
            lang=text.reading.lang,
            background=background_text,
            known=labeled,
            progress=progress,
        )
    notes = [background_note(background_text, text)] if correct != "none" else []
    if form in ("tsv", "csv") and not result.main.groups:
        notes.append(f"no use has a group: {result.main.undefined}")
    of_known = described(labeled.files) if labeled else None
    named = {str(number): name for number, name in names.items()}
    chosen = {"max_occurrences": max_occurrences, "k": k, "name": named, "known": of_known}
    result = replace(
        result,
        warnings=(*result.warnings, *filter(None, notes)),
        manifest={
            **result.manifest,
            "input": described(occurrences.files),
            "options": {**text.used, **chosen, "device": device},
        },
    )
    publish(
        result,
        "questions.senses",
        form,
        output,
        quiet=settings.verbosity < 0,
        keywords={"render": {"everything": everything}},
        on_one_screen=form == "table" and not everything,
    )


def _read_known(path: str | None, word: str, text: TextInput, output: Path | None) -> Found | None:
    """The uses of the file of the option --known, read as the text is; None without the option.

    Raises:
        UsageError: both files are standard input.
        InputError: the file cannot be read, or has no use of the word.
    """
    if path is None:
        return None
    if path == "-" and "-" in text.paths:
        raise UsageError("standard input cannot be both the sentences and the known uses")
    return read_uses(word, replace(text, paths=(path,)), encoders=(), output=output)
