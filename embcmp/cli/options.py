"""The options that several commands share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

import click

from embcmp.choices import CORRECTIONS, DEVICES, INPUT_FORMATS, MATCHES, MOST_ENCODERS, Reading
from embcmp.encoders import DEFAULT_ENCODERS, FAMILIES

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

F = TypeVar("F", bound=Callable[..., object])

# The command itself reports a file that it cannot read, as an input error. click would report it as
# wrong usage.
INPUT = click.Path(readable=False, path_type=Path)


def result_format(*forms: str) -> Callable[[F], F]:
    """Make the option --format for a command whose result can be written in these formats."""
    return click.option(
        "--format",
        "form",
        type=click.Choice(forms),
        default="table",
        show_default=True,
        help="Format of the result.",
    )


def max_occurrences(default: int, text: str) -> Callable[[F], F]:
    """Make the option --max-occurrences with this default and this help text."""
    return click.option(
        "--max-occurrences",
        type=click.IntRange(min=1),
        default=default,
        show_default=True,
        help=text,
    )


def complete_spec(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[str | CompletionItem]:
    """Return the encoder families and named models that complete what was typed."""
    from click.shell_completion import CompletionItem

    from embcmp.models.catalog import EMBEDDED
    from embcmp.models.model_list import HUB_MODELS
    from embcmp.models.vector_files import VECTOR_FILES

    static = [*VECTOR_FILES, *(n for n in EMBEDDED if n.startswith("glove"))]
    bert = [
        *(model for model, *_ in HUB_MODELS),
        *(n for n in EMBEDDED if not n.startswith("glove")),
    ]
    named = [
        f"{family}:{name}" for family, row in FAMILIES.items() if row.static for name in static
    ]
    named += [
        f"{family}:{name}" for family, row in FAMILIES.items() if row.layered for name in bert
    ]
    specs = (*FAMILIES, *named)
    return [CompletionItem(spec) for spec in specs if spec.startswith(incomplete)]


def _few_encoders(_: click.Context, __: click.Parameter, specs: tuple[str, ...]) -> tuple[str, ...]:
    """Refuse more encoders than anyone compares, before the first of them is loaded."""
    if len(specs) > MOST_ENCODERS:
        raise click.BadParameter(f"{len(specs):,} encoders; at most {MOST_ENCODERS} are allowed")
    return specs


def encoder_option(default: Sequence[str], role: str = "") -> Callable[[F], F]:
    """The option -e, whose help names the default encoders, after what their order means."""
    return click.option(
        "-e",
        "--encoder",
        "encoders",
        multiple=True,
        metavar="SPEC",
        shell_complete=complete_spec,
        callback=_few_encoders,
        help=f"An encoder; repeat the option for more, up to {MOST_ENCODERS}.{role}"
        f"  [default: {', '.join(default)}]",
    )


encoders = encoder_option(DEFAULT_ENCODERS)
correct = click.option(
    "--correct",
    type=click.Choice(CORRECTIONS),
    default="none",
    show_default=True,
    help="Correct each encoder's vectors by its vectors of background sentences: subtract their"
    " mean (center), standardize (zscore), or subtract mean and main directions (abtt).",
)
background = click.option(
    "--background",
    metavar="FILE",
    help="Sentences of ordinary text in the text's language, for corrections and baselines."
    "  [default: embcmp's 400 English ones]",
)
seed = click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="Seed for all random sampling.",
)
device = click.option(
    "--device",
    type=click.Choice(DEVICES),
    default="auto",
    show_default=True,
    help="Where BERT runs; auto is cuda if there is a GPU, else cpu.",
)
projection = click.option(
    "--map",
    "projection",
    type=click.Choice(("pca", "tsne")),
    default="pca",
    show_default=True,
    help="The map of the uses in HTML: by PCA alone (pca), or also by t-SNE (tsne).",
)
output = click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, readable=False, path_type=Path),
    help="Write the result to this file, completely or not at all.",
)
match = click.option(
    "--match",
    type=click.Choice(MATCHES),
    default=MATCHES[0],
    show_default=True,
    help="What counts as a use: the word in any case, its inflections too, only its exact case, or"
    " the tokens with this lemma in an annotated corpus.",
)


def columns(*more: str) -> Callable[[F], F]:
    """Make the option --columns, for the names of every table's columns and for more of them."""

    def named(_: click.Context, __: click.Parameter, value: str | None) -> dict[str, str]:
        """The names of columns, as `sentence=context,sense=label`."""
        from embcmp.text.column_roles import KNOWN

        known = (*KNOWN, *more)
        theirs_of = {}
        for part in value.split(",") if value else []:
            name, equals, theirs = part.partition("=")
            if not equals or name.strip() not in known or not theirs.strip():
                raise click.BadParameter(
                    f"{part!r} is not NAME=COLUMN with one of the names {', '.join(known)}"
                )
            theirs_of[name.strip()] = theirs.strip()
        return theirs_of

    return click.option(
        "--columns",
        callback=named,
        metavar="NAME=COLUMN,...",
        help="Map embcmp's names of columns to yours, as sentence=context,sense=label,group=year.",
    )


input_format = click.option(
    "--input-format",
    type=click.Choice(INPUT_FORMATS),
    help="Format of the text, if the file's name does not show it.",
)
encoding = click.option(
    "--encoding", metavar="NAME", help="Encoding of the text, if not UTF-8: for example cp1252."
)
lang = click.option(
    "--lang",
    metavar="CODE",
    default="en",
    show_default=True,
    help="Language of the text, for inflections, stop words and sentence boundaries.",
)
checked = click.option(
    "--checked",
    is_flag=True,
    help="A person has checked the labels that the column sense_source says were made from vectors:"
    " tests and intervals take them as any labels.",
)


def _sentences(required: bool) -> Callable[[F], F]:
    return click.option(
        "-s",
        "--sentences",
        "paths",
        required=required,
        multiple=True,
        metavar="FILE",
        help="The text: a file, a folder, a quoted pattern such as 'old/*.txt', or - for standard"
        " input; repeat the option for more. docs/reference/formats.md lists the formats.",
    )


_TEXT = (
    input_format,
    encoding,
    columns(),
    click.option("--split", is_flag=True, help="Split the text of each row into sentences."),
    click.option(
        "--context",
        type=click.IntRange(min=0),
        default=0,
        metavar="N",
        help="Add N sentences on each side of the sentence with the word.",
    ),
    lang,
    match,
    click.option("--strict", is_flag=True, help="End with an error if a row cannot be used."),
)


def text(command: F) -> F:
    """The options that describe the text of a command, which gets them as one `TextInput`."""
    return _with_text(command, required=True)


def optional_text(command: F) -> F:
    """The same options for a command whose text may be named in another way."""
    return _with_text(command, required=False)


def _with_text(command: F, *, required: bool) -> F:

    @wraps(command)
    def gathered(*args: object, **options: Any) -> object:  # noqa: ANN401  values of all options
        from embcmp.cli.input import TextInput

        named = [field.name for field in fields(Reading) if field.name in options]
        reading = Reading(**{name: options.pop(name) for name in named})
        own = {name: options.pop(name) for name in ("paths", "match", "strict")}
        return command(*args, text=TextInput(reading=reading, **own), **options)

    decorated: F = cast("F", gathered)
    for option in reversed((_sentences(required), *_TEXT)):
        decorated = option(decorated)
    return decorated
