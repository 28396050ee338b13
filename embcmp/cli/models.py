"""`embcmp models`: list, describe, fetch and verify models."""

from __future__ import annotations

import os
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from embcmp import __version__
from embcmp.cli import options
from embcmp.cli.output import check_output, emit, printed
from embcmp.cli.progress import progress_bar
from embcmp.encoders import GRAMMAR, fetch_models, parse_spec, source_of
from embcmp.errors import ModelError, UsageError
from embcmp.models.catalog import GLOVE, MINILM

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import Console

    from embcmp.cli import Settings

DEFAULTS = (f"word2vec:{GLOVE.name}", "lstm", "rnn", f"bert:{MINILM.name}")


@click.group()
def models() -> None:
    """List, describe, fetch and verify models."""


@models.command(name="list")
@options.result_format("table", "json")
@options.output
def list_(*, form: str, output: Path | None) -> None:
    """List the models that embcmp knows by name, with size and license.

    Models that are available offline are marked. You can use any other model as well: a file of
    word vectors by its path, a checkpoint by its folder, a model on the Hugging Face hub by its id.
    """
    check_output(output, [])
    from embcmp.cli.model_cards import LIST, document, listing
    from embcmp.models.model_list import list_models

    known = list(list_models())
    text = document(LIST, embcmp=__version__, models=list(map(asdict, known)))
    _emit(form, output, text, partial(listing, known))


@models.command(epilog=f"SPEC is {GRAMMAR}, as for compare.")
@click.argument("specs", metavar="[SPEC]...", nargs=-1, shell_complete=options.complete_spec)
@options.result_format("table", "json")
@options.output
@click.pass_context
def verify(ctx: click.Context, *, specs: tuple[str, ...], form: str, output: Path | None) -> None:
    """Check models against their published digests, without a network.

    Every file is read completely. Without SPEC this checks the default models and all listed
    models that are available offline. The exit code is 4 if a model is missing or damaged.
    """
    check_output(output, [])
    from embcmp.cli.model_cards import VERIFICATION, document, verification
    from embcmp.encoders.sources import BROKEN, inspect
    from embcmp.models.model_list import list_models

    os.environ["HF_HUB_OFFLINE"] = "1"
    available = [model.spec for model in list_models() if model.here]
    inspections = [inspect(spec) for spec in specs or dict.fromkeys([*DEFAULTS, *available])]
    intact = not any(i.status == BROKEN for i in inspections)
    rows = list(map(asdict, inspections))
    text = document(VERIFICATION, embcmp=__version__, intact=intact, models=rows)
    _emit(form, output, text, partial(verification, inspections))
    if not intact:
        ctx.exit(ModelError.exit_code)


@models.command(
    short_help="Describe the model of SPEC.", epilog=f"SPEC is {GRAMMAR}, as for compare."
)
@click.argument("spec", shell_complete=options.complete_spec)
@options.result_format("table", "json")
@options.output
@click.pass_obj
def info(settings: Settings, *, spec: str, form: str, output: Path | None) -> None:
    """Describe the model of SPEC: its size, its limits, what it was trained to predict.

    A model on the hub is downloaded if it is not available offline.
    """
    parsed = parse_spec(spec)
    check_output(output, [Path(parsed.source)] if parsed.source else [])
    fetch_models([spec])
    from embcmp.cli.model_cards import card_json, card_table

    with progress_bar(shown=settings.verbosity >= 0) as progress:
        card = source_of(parsed).describe(progress)
    _emit(form, output, card_json(parsed, card), partial(card_table, parsed, card))


@models.command(epilog=f"SPEC is {GRAMMAR}, as for compare.")
@click.argument("spec", shell_complete=options.complete_spec)
def fetch(*, spec: str) -> None:
    """Download the model of SPEC and print its location."""
    from embcmp.render.text import visible

    parsed = parse_spec(spec)
    fetch_models([spec])
    place = source_of(parsed).place()
    if place is None:
        raise UsageError(f"{spec}: has no file: its weights are random", "leave out weights=random")
    emit(f"{visible(str(place))}\n", None)


def _emit(form: str, output: Path | None, text: str, table: Callable[[Console], None]) -> None:
    emit(text if form == "json" else printed(table, output), output)
