"""The options that several commands share."""

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
    bert = [*(repo for repo, *_ in HUB_MODELS), *(n for n in EMBEDDED if not n.startswith("glove"))]
    named = [
        f"{family}:{name}" for family, row in FAMILIES.items() if row.static for name in static
    ]
    named += [
        f"{family}:{name}" for family, row in FAMILIES.items() if row.layered for name in bert
    ]
    specs = (*FAMILIES, *named)
    return [CompletionItem(spec) for spec in specs if spec.startswith(incomplete)]


sentences = click.option(
    "-s",
    "--sentences",
    "path",
    required=True,
    metavar="FILE",
    help="The sentences: txt (one a line), tsv, csv, jsonl or parquet; - is standard input.",
)
input_format = click.option(
    "--input-format",
    type=click.Choice(INPUT_FORMATS),
    help="Format of the sentences, if the file's extension does not tell.",
)
encoders = click.option(
    "-e",
    "--encoder",
    "encoders",
    multiple=True,
    metavar="SPEC",
    shell_complete=complete_spec,
    help=f"An encoder; repeat the option for more.  [default: {', '.join(DEFAULT_ENCODERS)}]",
)
match = click.option(
    "--match",
    type=click.Choice(MATCHES),
    default="word",
    show_default=True,
    help="What counts as a use: the word in any case, its inflections too, or only its exact case.",
)
strict = click.option("--strict", is_flag=True, help="End with an error if a row cannot be used.")
correct = click.option(
    "--correct",
    type=click.Choice(CORRECTIONS),
    default="none",
    show_default=True,
    help="Correct each encoder's vector space, by a fit on background sentences.",
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
    help="Map of the uses in HTML: a PCA; tsne adds a t-SNE.",
)
output = click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, readable=False, path_type=Path),
    help="Write the result to this file, completely or not at all.",
)
