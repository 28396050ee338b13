"""Descriptions, the list and the verification of models, as tables and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from itertools import groupby
from textwrap import wrap

from rich.console import Console
from rich.text import Text

from embcmp.encoders import EncoderSpec
from embcmp.encoders.sources import BROKEN, INTACT, READABLE, Inspection
from embcmp.models.card import ModelCard
from embcmp.models.model_list import NamedModel
from embcmp.render.text import json_text, visible

CARD, LIST = "embcmp.model/1", "embcmp.models/1"
VERIFICATION = "embcmp.models-verification/1"
_STYLES = {INTACT: "green", READABLE: "yellow", BROKEN: "bold red"}


def listing(models: Sequence[NamedModel], console: Console) -> None:
    """Print the models by their source, with a mark for those that are available offline."""
    console.print(Text("size, number of words × width of a vector, license; * available offline"))
    for source, some in groupby(models, key=lambda model: model.comes):
        console.print(Text(f"\n{source}", "bold"))
        rows = list(map(_row, some))
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        for row in rows:
            cells = [
                cell.rjust(width) if 0 < at < 3 else cell.ljust(width)
                for at, (cell, width) in enumerate(zip(row, widths, strict=True))
                if width
            ]
            console.print(Text("  ".join(cells).rstrip()), soft_wrap=True)


def _row(model: NamedModel) -> tuple[str, ...]:
    return (
        f"{'*' if model.here else ' '} {model.spec}",
        _size(model.bytes) if model.bytes else "",
        (f"{model.words / 1e6:.1f} M × " if model.words else "") + str(model.dim or ""),
        model.license or "not known",
    )


def _size(size: int) -> str:
    return f"{size / 1e6:,.0f} MB" if size < 1e9 else f"{size / 1e9:.2f} GB"


def verification(inspections: Sequence[Inspection], console: Console) -> None:
    """Print whether each model is intact, and what to do if it is not."""
    for inspection in inspections:
        line = Text(f"{inspection.status:8}", _STYLES[inspection.status])
        line.append(visible(f"  {inspection.spec}: {inspection.found}"))
        console.print(line, soft_wrap=True)
        if inspection.hint:
            console.print(Text(visible(f"          {inspection.hint}"), "bold"), soft_wrap=True)


def document(schema: str, **facts: object) -> str:
    """A JSON document with the name of its schema; unknown facts are null."""
    return json_text({"schema": schema, **facts}) + "\n"


def card_json(spec: EncoderSpec, card: ModelCard) -> str:
    """The description of a model as `embcmp.model/1`."""
    facts = {**asdict(card), "bytes": card.bytes, "options": _used(spec)}
    return document(CARD, spec=spec.text, family=spec.family, **facts)


def card_table(spec: EncoderSpec, card: ModelCard, console: Console) -> None:
    """Print the description of a model, one fact on each line."""
    console.print(Text(f"{visible(card.model)} ({spec.family})", "bold"))
    rows = [(label, value) for label, value in _rows(spec, card) if value]
    indent = max(len(label) for label, _ in rows) + 4
    for label, value in rows:
        room = max(console.width - indent, 20)
        lines = wrap(visible(value), room, break_long_words=False, break_on_hyphens=False)
        head = f"  {label}".ljust(indent)
        console.print(Text(head + f"\n{' ' * indent}".join(lines)), soft_wrap=True)


def _rows(spec: EncoderSpec, card: ModelCard) -> Iterator[tuple[str, str | None]]:
    """Yield the known facts about a model with their labels."""
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
    yield "sentence", card.sentence
    yield "prompts", ", ".join(f"{name} ({text!r})" for name, text in card.prompts.items() if text)
    for head in card.heads:
        yield f"head: {head.name}", f"{head.means} ({head.parameters:,} parameters)"
    if spec.row.layered and not card.heads:
        yield "heads", "none"
    yield "trained on", card.trained_on
    yield "options", ", ".join(f"{k}={v}" for k, v in _used(spec).items() if v is not None)
    yield "license", card.license or ("not stated" if card.location else None)
    yield "location", card.location
    yield "revision", card.revision
    is_sha256 = card.digest in {file.sha256 for file in card.files}
    yield "sha256" if is_sha256 else "digest", card.digest


def _used(spec: EncoderSpec) -> dict[str, str | None]:
    """The options with which embcmp uses the model, as given or by default."""
    untrained = spec.options.get("weights") == "random"
    keys = [key for key in spec.row.keys if untrained or key != "seed"]
    return {key: spec.option(key) for key in keys}
