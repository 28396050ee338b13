"""Options that more than one command has."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click

from embcmp.choices import CORRECTIONS, DEVICES, INPUT_FORMATS, MATCHES
from embcmp.cli import completion
from embcmp.cli.pickles import F
from embcmp.encoders import DEFAULT_ENCODERS

FORMATS = ("table", "json", "csv", "markdown")


# What cannot be read is for the command to say, as an error of the input: click would say that
# the command line is wrong.
INPUT = click.Path(readable=False, path_type=Path)


def _format(forms: tuple[str, ...]) -> Callable[[F], F]:
    return click.option(
        "--format",
        "form",
        type=click.Choice(forms),
        default="table",
        show_default=True,
        help="How the result is written.",
    )


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
    shell_complete=completion.specs,
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
form = _format(FORMATS)
form_or_page = _format((*FORMATS, "html"))
projection = click.option(
    "--map",
    "projection",
    type=click.Choice(("pca", "tsne")),
    default="pca",
    show_default=True,
    help="Of the uses in HTML; tsne adds a t-SNE to the PCA.",
)
table_or_json = _format(("table", "json"))
output = click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, readable=False, path_type=Path),
    help="A file for the result, written whole or not at all.",
)
