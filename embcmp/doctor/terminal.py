"""The checks as a table and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from embcmp import __version__
from embcmp.doctor.checks import FAILED, OK, WARNING, Check
from embcmp.render.text import json_text, visible

if TYPE_CHECKING:
    from rich.console import Console

SCHEMA = "embcmp.doctor/1"
_STYLES = {OK: "green", WARNING: "yellow", FAILED: "bold red"}


def render(checks: Sequence[Check], console: Console) -> None:
    """Print a line for each check, its hint below, and a summary."""
    from rich.text import Text

    for line in _lines(checks):
        console.print(Text.assemble(*line), soft_wrap=True)


def plain(checks: Sequence[Check]) -> str:
    """The same as plain text, for when rich is missing."""
    return "".join("".join(part for part, _ in line) + "\n" for line in _lines(checks))


def _lines(checks: Sequence[Check]) -> Iterator[list[tuple[str, str]]]:
    """The lines; each has parts of text with their styles."""
    width = max(len(check.name) for check in checks)
    for check in checks:
        text = visible(f"{check.name:{width}}  {check.found}")
        yield [(f"{check.status:7}  ", _STYLES[check.status]), (text, "")]
        if check.hint:
            yield [(visible(f"{'':9}{check.hint}"), "bold")]
    failed = sum(check.status == FAILED for check in checks)
    warned = sum(check.status == WARNING for check in checks)
    summary = f"{failed} failed, {warned} warnings" if failed or warned else "everything works"
    yield [(summary, "bold")]


def to_json(checks: Sequence[Check]) -> str:
    """All checks, and whether none failed, as `embcmp.doctor/1`."""
    document = {
        "schema": SCHEMA,
        "embcmp": __version__,
        "ok": not any(check.status == FAILED for check in checks),
        "checks": [asdict(check) for check in checks],
    }
    return json_text(document) + "\n"
