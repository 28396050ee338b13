"""`embcmp change [WORD...] --sentences FILE`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from embcmp.choices import MAX_OCCURRENCES, MOST_DIGITS
from embcmp.cli import allow_pickle, options
from embcmp.cli.input import background_note, described, read_background_option
from embcmp.cli.output import check_output, publish
from embcmp.cli.progress import progress_bar
from embcmp.encoders import CONTEXTUAL_ENCODERS, SPEC_FORM, fetch_models, parse_spec
from embcmp.errors import InputError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from embcmp.cli import Settings
    from embcmp.cli.input import TextInput
    from embcmp.text.sentences import Sentences
    from embcmp.text.targets import Found
    from embcmp.types import Occurrence


def named_files(
    _: click.Context, __: click.Parameter, values: tuple[str, ...]
) -> tuple[tuple[str, str], ...]:
    """The groups and their files, as `old=old/*.txt`."""
    named = []
    for value in values:
        name, equals, files = value.partition("=")
        if not (equals and name.strip() and files.strip()):
            raise click.BadParameter(f"{value!r} is not NAME=FILES, for example old='old/*.txt'")
        named.append((name.strip(), files.strip()))
    return tuple(named)


def years(_: click.Context, __: click.Parameter, value: str | None) -> tuple[int, ...]:
    """The years of `--bins 1800,1850,1900`."""
    parts = [part.strip() for part in value.split(",")] if value else []
    digits = [part.removeprefix("-") for part in parts]
    if not all(part.isdecimal() and len(part) <= MOST_DIGITS for part in digits):
        raise click.BadParameter(f"{value!r} is not a list of years such as 1800,1850,1900")
    return tuple(map(int, parts))


@click.command(epilog=SPEC_FORM)
@click.argument("words", nargs=-1, metavar="[WORD]...")
@options.optional_text
@click.option(
    "--group",
    "groups",
    multiple=True,
    callback=named_files,
    metavar="NAME=FILES",
    help="A group and its files: a file, a folder or a quoted pattern, as old='old/*.txt'; repeat"
    " the option for more groups, in order, or for more files of a group. Without it, the column"
    " `group` names the groups, in the order of years or numbers, else as they come.",
)
@click.option(
    "--bins",
    callback=years,
    metavar="YEAR,YEAR,...",
    help="Put years or dates in the column `group` into periods: 1800,1850,1900 makes 1800-1849 and"
    " 1850-1899.",
)
@click.option(
    "--control-words",
    type=click.IntRange(min=0),
    default=0,
    metavar="N",
    help="Say whether other words of the same texts change as much: up to N of about the same"
    " frequency, for example 50.",
)
@options.encoder_option(CONTEXTUAL_ENCODERS, " The verdict is about the last one.")
@allow_pickle
@options.max_occurrences(
    MAX_OCCURRENCES, "Take at most this many uses of a group: a random sample if there are more."
)
@options.correct
@options.background
@options.seed
@options.device
@options.result_format("table", "json", "tsv", "csv", "markdown", "latex", "html")
@click.option("--all", "everything", is_flag=True, help="Print every word, or every use.")
@options.output
@click.pass_obj
def change(
    settings: Settings,
    *,
    words: tuple[str, ...],
    text: TextInput,
    groups: tuple[tuple[str, str], ...],
    bins: tuple[int, ...],
    control_words: int,
    encoders: tuple[str, ...],
    max_occurrences: int,
    correct: str,
    background: str | None,
    seed: int,
    device: str,
    form: str,
    everything: bool,
    output: Path | None,
) -> None:
    """Measure whether WORD is used differently in two groups of uses, and test it.

    The groups are periods, genres or corpora: files named by --group, or the column `group` of a
    table. With more than two, the last is compared with the first. Without a WORD, all words of a
    table that names them are taken. p comes from permuting whole documents (the column `unit`);
    see docs/guide/change.md.
    """
    from embcmp.questions.change.change import change as run
    from embcmp.questions.compare.compared_groups import FEWEST
    from embcmp.render.numbers import plural
    from embcmp.text.control_words import control_uses
    from embcmp.text.groups import files_by_group, group_names

    specs = encoders or CONTEXTUAL_ENCODERS
    for spec in specs:
        parse_spec(spec)
    sentences = _read(text, groups, bins)
    check_output(output, [Path(path) for path in (*sentences.files, *filter(None, [background]))])
    background_text = read_background_option(background, text)
    found = _uses(words, sentences, text)
    if text.strict and (skipped := [row for uses in found for row in uses.skipped]):
        raise InputError(f"{skipped[0].source}: {skipped[0].reason}", "correct it")
    occurrences: list[Sequence[Occurrence]] = [uses.occurrences for uses in found]
    names = group_names([o for uses in occurrences for o in uses], [name for name, _ in groups])
    if len(names) < 2:
        there = "only one group" if names else "no group"
        raise InputError(
            f"{text.name if text.paths else 'the files'}: there is {there} of uses",
            "give two: --group NAME=FILES twice, or a column `group`",
        )
    others = (
        control_uses(
            sentences, occurrences, names, most=control_words, fewest=FEWEST, lang=text.reading.lang
        )
        if control_words
        else None
    )
    fetch_models(specs)
    with progress_bar(shown=settings.verbosity >= 0) as progress:
        result = run(
            occurrences,
            names,
            specs,
            files=files_by_group(sentences),
            control_uses=others,
            correct=correct,
            max_occurrences=max_occurrences,
            seed=seed,
            device=device,
            lang=text.reading.lang,
            background=background_text,
            progress=progress,
        )
    notes = [*sentences.notes]
    if len(found) == 1:
        notes = [*found[0].notes, *result.changes[0].warnings]
    elif noted := sum(bool(change.warnings) for change in result.changes):
        about = plural(noted, "word")
        notes.append(f"there are warnings about {about}, which --format json lists")
    if correct != "none" and (note := background_note(background_text, text)):
        notes.append(note)
    chosen = {
        "groups": {name: [files for n, files in groups if n == name] for name, _ in groups},
        "bins": list(bins),
        "control_words": control_words,
        "max_occurrences": max_occurrences,
    }
    result = replace(
        result,
        warnings=(*notes, *result.warnings),
        skipped=tuple(row for uses in found for row in uses.skipped),
        manifest={
            **result.manifest,
            "input": described(sentences.files),
            "options": {**text.used, **chosen, "device": device},
        },
    )
    publish(
        result,
        "questions.change",
        form,
        output,
        quiet=settings.verbosity < 0,
        keywords={"render": {"everything": everything}},
        on_one_screen=form == "table" and not everything,
    )


def _read(text: TextInput, groups: Sequence[tuple[str, str]], bins: Sequence[int]) -> Sentences:
    """The sentences of --sentences, or of the groups' files with the group of each.

    Raises:
        UsageError: there are both or neither, or the years of the bins do not rise.
        InputError: a file cannot be read.
    """
    from embcmp.text.groups import binned
    from embcmp.text.sentences import Sentences, read_files

    if bool(text.paths) == bool(groups):
        raise UsageError("give either --sentences, with a column `group`, or --group NAME=FILES")
    if groups and bins:
        raise UsageError("--bins is for a column `group` with years; --group names the groups")
    if text.paths:
        read = read_files(text.paths, text.reading)
        return Sentences(binned(read, bins), read.notes, read.files) if bins else read
    by_group = [(name, read_files([files], text.reading)) for name, files in groups]
    grouped = [replace(row, group=name) for name, rows in by_group for row in rows]
    return Sentences(
        grouped,
        dict.fromkeys(note for _, rows in by_group for note in rows.notes),
        [file for _, rows in by_group for file in rows.files],
    )


def _uses(words: Sequence[str], sentences: Sentences, text: TextInput) -> list[Found]:
    """The uses of each word; of all words that the rows name if none is given.

    Raises:
        UsageError: no word is given, and the rows name none.
        InputError: a word does not occur.
    """
    from embcmp.text.no_use import why_none
    from embcmp.text.targets import find_occurrences

    chosen = tuple(dict.fromkeys(words or (s.word or s.lemma or "" for s in sentences)))
    if not all(chosen):
        raise UsageError("name a word", "the rows name none")
    found = []
    for word in chosen:
        uses = find_occurrences(sentences, word, text.match, text.reading.lang)
        if not uses.occurrences:
            raise InputError(why_none(uses, word, text.name or "the files"), "check the word")
        found.append(uses)
    return found
