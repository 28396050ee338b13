"""`embcmp models`: what the models are, and bringing them here."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from embcmp.cli import options
from embcmp.cli.output import check_output, emit, printed
from embcmp.cli.progress import progress_bar
from embcmp.encoders import GRAMMAR, EncoderSpec, fetch_models, parse_spec, source_of
from embcmp.errors import ModelError, UsageError
from embcmp.models.catalogue import GLOVE, MINILM

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console

    from embcmp.cli import Settings
    from embcmp.models.card import ModelCard

SCHEMA = "embcmp.model/1"
DEFAULTS = (f"word2vec:{GLOVE.name}", "lstm", "rnn", f"bert:{MINILM.name}")


@click.group()
def models() -> None:
    """Say what the models are, fetch them, and see whether they are intact."""


@models.command(name="list")
@options.result_format("table", "json")
@options.output
def list_(*, form: str, output: Path | None) -> None:
    """List the models that have a name: size, license, and whether they are here.

    Other models have no name here and are as good: a file of vectors by its path, a model of the
    Hugging Face hub by its id.
    """
    check_output(output, [])
    from embcmp.cli.model_cards import listing, listing_json
    from embcmp.models.listing import listed

    found = list(listed())
    emit(
        listing_json(found)
        if form == "json"
        else printed(lambda console: listing(found, console), output),
        output,
    )


@models.command(epilog=f"SPEC is {GRAMMAR}, as for compare.")
@click.argument("specs", metavar="[SPEC]...", nargs=-1, shell_complete=options.complete_spec)
@options.result_format("table", "json")
@options.output
@click.pass_context
def verify(ctx: click.Context, *, specs: tuple[str, ...], form: str, output: Path | None) -> None:
    """Read models whole, and hold them against their published digests; no socket is opened.

    Without SPEC all listed models that are here, and the default ones. Ends with 4 where one is
    missing or damaged.
    """
    check_output(output, [])
    from embcmp.cli.model_cards import verification, verification_json
    from embcmp.encoders.sources import BROKEN, inspect
    from embcmp.models.listing import listed

    os.environ["HF_HUB_OFFLINE"] = "1"
    asked = specs or [*DEFAULTS, *(m.spec for m in listed() if m.here and m.spec not in DEFAULTS)]
    found = [inspect(spec) for spec in asked]
    emit(
        verification_json(found)
        if form == "json"
        else printed(lambda console: verification(found, console), output),
        output,
    )
    if any(i.status == BROKEN for i in found):
        ctx.exit(ModelError.exit_code)


@models.command(epilog=f"SPEC is {GRAMMAR}, as for compare.")
@click.argument("spec", shell_complete=options.complete_spec)
@options.result_format("table", "json")
@options.output
@click.pass_obj
def info(settings: Settings, *, spec: str, form: str, output: Path | None) -> None:
    """Say what the model of SPEC is: its size, its limits, what it was trained to do.

    A model of the hub is fetched if it is not here yet.
    """
    parsed = parse_spec(spec)
    check_output(output, [Path(parsed.source)] if parsed.source else [])
    fetch_models([spec])
    from embcmp.encoders.sources import describe

    with progress_bar(shown=settings.verbosity >= 0) as progress:
        card = describe(parsed, progress)
    if form == "json":
        emit(_json(parsed, card), output)
    else:
        emit(printed(lambda console: _table(parsed, card, console), output), output)


@models.command(epilog=f"SPEC is {GRAMMAR}, as for compare.")
@click.argument("spec", shell_complete=options.complete_spec)
def fetch(*, spec: str) -> None:
    """Fetch the model of SPEC, and say where it lies."""
    parsed = parse_spec(spec)
    fetch_models([spec])
    place = source_of(parsed).place()
    if place is None:
        raise UsageError(f"{spec}: lies nowhere: its weights are drawn", "leave out weights=random")
    emit(f"{place}\n", None)


def _json(spec: EncoderSpec, card: ModelCard) -> str:
    from dataclasses import asdict

    from embcmp.render.text import json_text

    found: dict[str, Any] = {
        "schema": SCHEMA,
        "spec": spec.text,
        "family": spec.family,
        **asdict(card),
        "bytes": card.bytes,
        "options": _used(spec),
    }
    return json_text(found) + "\n"


def _table(spec: EncoderSpec, card: ModelCard, console: Console) -> None:
    from textwrap import wrap

    from rich.text import Text

    from embcmp.render.text import visible

    console.print(Text(f"{visible(card.model)} ({spec.family})", "bold"))
    rows = [(label, value) for label, value in _rows(spec, card) if value]
    indent = max(len(label) for label, _ in rows) + 4
    for label, value in rows:
        room = max(console.width - indent, 20)
        lines = wrap(visible(value), room, break_long_words=False, break_on_hyphens=False)
        head = f"  {label}".ljust(indent)
        console.print(Text(head + f"\n{' ' * indent}".join(lines)), soft_wrap=True)


def _rows(spec: EncoderSpec, card: ModelCard) -> Iterator[tuple[str, str | None]]:
    """What is known of a model, label by label."""
    counted = ((card.layers, "layer"), (card.attention_heads, "attention head"))
    shape = [f"{n} {what}{'' if n == 1 else 's'}" for n, what in counted if n]
    yield "architecture", ", ".join([card.architecture, *shape])
    yield "saved as", card.saved_as
    yield "width", str(card.dim)
    yield "parameters", f"{card.parameters:,}{', heads apart' if card.heads else ''}"
    stored = f", weights in {card.stored}" if card.stored else ""
    yield "size", f"{card.bytes / 1e6:,.1f} MB{stored}"
    yield "vocabulary", f"{card.vocabulary:,}" if card.vocabulary else None
    yield "limit", f"{card.limit:,} tokens" if card.limit else None
    for head in card.heads:
        yield f"head: {head.name}", f"{head.means} ({head.parameters:,} parameters)"
    if spec.row.layered and not card.heads:
        yield "heads", "none is stored"
    yield "trained on", card.trained_on
    yield "used with", ", ".join(f"{k}={v}" for k, v in _used(spec).items() if v is not None)
    yield "license", card.license or ("not stated" if card.location else None)
    yield "lies in", card.location
    yield "revision", card.revision
    of_a_file = card.digest in {file.sha256 for file in card.files}
    yield "sha256" if of_a_file else "digest", card.digest


def _used(spec: EncoderSpec) -> dict[str, str | None]:
    """How embcmp uses the model: the keys of its family, as given or by default."""
    drawn = spec.options.get("weights") == "random"
    keys = [key for key in spec.row.keys if drawn or key != "seed"]
    return {key: spec.option(key) for key in keys}
