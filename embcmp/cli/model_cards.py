"""The models that have a name, and whether models are intact: for people, and as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict

from rich.console import Console
from rich.text import Text

from embcmp import __version__
from embcmp.encoders.sources import BROKEN, INTACT, READABLE, Inspection
from embcmp.models.listing import Named
from embcmp.render.text import UNSAFE, visible

LIST, VERIFICATION = "embcmp.models/1", "embcmp.models-verification/1"
_STYLES = {INTACT: "green", READABLE: "yellow", BROKEN: "bold red"}


def listing(models: Sequence[Named], console: Console) -> None:
    """Print a line a model, those that are here marked."""
    head = ("spec", "size", "words", "width", "license", "comes with", "")
    rows = [head, *map(_row, models)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for i, row in enumerate(rows):
        cells = [
            cell.rjust(width) if 0 < at < 4 else cell.ljust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        console.print(Text("  ".join(cells).rstrip(), "bold" if i == 0 else ""), soft_wrap=True)


def _row(model: Named) -> tuple[str, ...]:
    return (
        model.spec,
        f"{model.bytes / 1e6:,.0f} MB",
        f"{model.words:,}" if model.words else "",
        str(model.dim or ""),
        model.license or "not stated",
        model.comes,
        "here" if model.here else "",
    )


def listing_json(models: Sequence[Named]) -> str:
    """`embcmp.models/1`: the models, what is not known of one being null."""
    return _json(LIST, models=[asdict(model) for model in models])


def verification(found: Sequence[Inspection], console: Console) -> None:
    """Print whether each model is intact, and what to do where one is not."""
    for i in found:
        line = Text(f"{i.status:8}", _STYLES[i.status]).append(visible(f"  {i.spec}: {i.found}"))
        console.print(line, soft_wrap=True)
        if i.hint:
            console.print(Text(visible(f"          {i.hint}"), "bold"), soft_wrap=True)


def verification_json(found: Sequence[Inspection]) -> str:
    """`embcmp.models-verification/1`: whether all are intact, and each."""
    intact = not any(i.status == BROKEN for i in found)
    return _json(VERIFICATION, intact=intact, models=[asdict(i) for i in found])


def _json(schema: str, **found: object) -> str:
    text = json.dumps({"schema": schema, "embcmp": __version__, **found}, ensure_ascii=False)
    return UNSAFE.sub(lambda m: f"\\u{ord(m.group()):04x}", text) + "\n"
