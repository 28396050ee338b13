"""What the self-check found: for people, and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from rich.console import Console
from rich.text import Text

from embcmp import __version__
from embcmp.doctor.report import FAILED, OK, WARNING, Check
from embcmp.render.text import json_text, visible

SCHEMA = "embcmp.doctor/1"
_STYLES = {OK: "green", WARNING: "yellow", FAILED: "bold red"}


def render(checks: Sequence[Check], console: Console) -> None:
    """Print a line a check, what to do under it, and the sum."""
    width = max(len(check.name) for check in checks)
    for check in checks:
        line = Text(f"{check.status:7}  ", _STYLES[check.status])
        line.append(visible(f"{check.name:{width}}  {check.found}"))
        console.print(line, soft_wrap=True)
        if check.hint:
            console.print(Text(visible(f"{'':9}{check.hint}"), "bold"), soft_wrap=True)
    failed = sum(check.status == FAILED for check in checks)
    warned = sum(check.status == WARNING for check in checks)
    told = f"{failed} failed, {warned} to know of" if failed or warned else "all is well"
    console.print(Text(told, "bold"))


def to_json(checks: Sequence[Check]) -> str:
    """`embcmp.doctor/1`: whether all works, and each check."""
    found = {
        "schema": SCHEMA,
        "embcmp": __version__,
        "ok": not any(check.status == FAILED for check in checks),
        "checks": [asdict(check) for check in checks],
    }
    return json_text(found) + "\n"
