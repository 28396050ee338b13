"""Options that more than one command has."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from embcmp.choices import CORRECTIONS, DEVICES, INPUT_FORMATS, MATCHES
from embcmp.encoders import DEFAULT_ENCODERS, FAMILIES

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

F = TypeVar("F", bound=Callable[..., object])

# What cannot be read is for the command to say, as an error of the input: click would say that
# the command line is wrong.
INPUT = click.Path(readable=False, path_type=Path)


def result_format(*forms: str) -> Callable[[F], F]:
    """The option --format of a command whose result has these forms."""
    return click.option(
        "--format",
        "form",
        type=click.Choice(forms),
        default="table",
        show_default=True,
        help="How the result is written.",
    )


def max_occurrences(default: int, text: str) -> Callable[[F], F]:
    """The option --max-occurrences of a command, and what its help says."""
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
    """The families, and the models that have a name: what a shell offers for an encoder."""
    from click.shell_completion import CompletionItem

    from embcmp.models.catalogue import EMBEDDED
    from embcmp.models.listing import HUB_MODELS
    from embcmp.models.vector_files import VECTOR_FILES

    static = [*VECTOR_FILES, *(n for n in EMBEDDED if n.startswith("glove"))]
    bert = [*(repo for repo, *_ in HUB_MODELS), *(n for n in EMBEDDED if not n.startswith("glove"))]
    named = [
        f"{family}:{name}" for family, row in FAMILIES.items() if row.static for name in static
    ]
    named += [
        f"{family}:{name}" for family, row in FAMILIES.items() if row.layered for name in bert
    ]
    found = [spec for spec in (*FAMILIES, *named) if spec.startswith(incomplete)]
    return [CompletionItem(spec) for spec in found]


sentences = click.option(
    "-s",
    "--sentences",
    "path",
    required=True,
    metavar="FILE",
    help="txt (a sentence a line), tsv, csv, jsonl or parquet; - is standard input.",
)
input_format = click.option(
    "--input-format", type=click.Choice(INPUT_FORMATS), help="Where the name does not tell."
)
encoders = click.option(
    "-e",
    "--encoder",
    "encoders",
    multiple=True,
    metavar="SPEC",
    shell_complete=complete_spec,
    help=f"An encoder; any number of times.  [default: {', '.join(DEFAULT_ENCODERS)}]",
)
match = click.option(
    "--match",
    type=click.Choice(MATCHES),
    default="word",
    show_default=True,
    help="Which forms count: the word in any case, other forms of its lemma too, or its case only.",
)
strict = click.option("--strict", is_flag=True, help="A row that cannot be used ends the command.")
correct = click.option(
    "--correct",
    type=click.Choice(CORRECTIONS),
    default="none",
    show_default=True,
    help="Correct each encoder's space, as fitted on background sentences.",
)
seed = click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="Of everything that is drawn.",
)
device = click.option(
    "--device",
    type=click.Choice(DEVICES),
    default="auto",
    show_default=True,
    help="Where BERT runs; auto is cuda where there is one, else cpu.",
)
projection = click.option(
    "--map",
    "projection",
    type=click.Choice(("pca", "tsne")),
    default="pca",
    show_default=True,
    help="Of the uses in HTML; tsne adds a t-SNE to the PCA.",
)
output = click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, readable=False, path_type=Path),
    help="A file for the result, written whole or not at all.",
)
