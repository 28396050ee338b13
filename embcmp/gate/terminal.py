"""Judgements and verified runs as a table, as JSON and as JUnit XML."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from rich.console import Console
from rich.text import Text

from embcmp import __version__
from embcmp.gate.differences import Verification, number_text
from embcmp.render.text import json_text, visible

if TYPE_CHECKING:
    from embcmp.gate.judgements import Judgement

CHECK, VERIFICATION = "embcmp.check/1", "embcmp.verification/1"
_STYLES = {"held": "green", "failed": "bold red", "not judged": "yellow"}
_NOT_XML = re.compile("[\ud800-\udfff\ufffe\uffff]")
_SHOWN = 20  # differences in a table


def judgements(judged: Sequence[Judgement], console: Console) -> None:
    """Print the judgements with their numbers."""
    for j in judged:
        line = Text(f"{j.status:10}", _STYLES[j.status]).append(visible(f"  {j.what}"))
        console.print(line, soft_wrap=True)
        console.print(Text(visible(f"            expected {j.expected}")), soft_wrap=True)
        console.print(Text(visible(f"            found    {j.found}")), soft_wrap=True)
        console.print(Text(visible(f"            {j.where}"), "dim"), soft_wrap=True)
    counts = Counter(j.status for j in judged)
    summary = ", ".join(f"{counts[status]} {status}" for status in _STYLES if counts[status])
    console.print(Text(summary, "bold"))


def judgements_json(judged: Sequence[Judgement]) -> str:
    """The judgements, and how many have each status, as `embcmp.check/1`."""
    counts = Counter(j.status for j in judged)
    document = {
        "schema": CHECK,
        "embcmp": __version__,
        "held": counts["held"],
        "failed": counts["failed"],
        "not_judged": counts["not judged"],
        "judgements": [asdict(j) for j in judged],
    }
    return json_text(document) + "\n"


def junit(judged: Sequence[Judgement], name: str) -> str:
    """JUnit XML, as CI servers read it, with a test case for each judgement.

    Args:
        judged: The judgements.
        name: The name of the file of expectations.
    """
    counts = Counter(j.status for j in judged)
    numbers = {
        "tests": str(len(judged)),
        "failures": str(counts["failed"]),
        "errors": str(counts["not judged"]),
    }
    suites = ElementTree.Element("testsuites", numbers)
    suite = ElementTree.SubElement(suites, "testsuite", {"name": _xml(name), **numbers})
    for j in judged:
        case = ElementTree.SubElement(
            suite, "testcase", {"classname": _xml(j.where), "name": _xml(j.what)}
        )
        text = _xml(f"expected {j.expected}; found {j.found}")
        if j.status == "held":
            ElementTree.SubElement(case, "system-out").text = text
        else:
            kind = "failure" if j.status == "failed" else "error"
            ElementTree.SubElement(case, kind, {"message": text}).text = text
    ElementTree.indent(suites)
    xml: bytes = ElementTree.tostring(suites, "utf-8", xml_declaration=True)
    return xml.decode() + "\n"


def verification(result: Verification, name: str, console: Console) -> None:
    """Print whether a saved run has the same numbers again, what differs, and what has changed."""
    count, differing = result.numbers, len(result.differences)
    if not differing:
        head = f"{name}: verified: {count} numbers, the largest difference {result.largest:.1g}"
        console.print(Text(visible(head), "green"), soft_wrap=True)
    else:
        head = f"{name}: {differing} of {count} numbers differ"
        console.print(Text(visible(head), "bold red"), soft_wrap=True)
        for d in result.differences[:_SHOWN]:
            values = f"was {number_text(d.saved)}, is {number_text(d.now)}"
            text = f"  {d.of} {d.metric} {d.part}: {values}"
            console.print(Text(visible(text)), soft_wrap=True)
        if differing > _SHOWN:
            left = f"  … and {differing - _SHOWN} more (--format json lists them)"
            console.print(Text(left), soft_wrap=True)
    for cause in result.causes:
        console.print(Text(visible(f"  changed: {cause}"), "yellow"), soft_wrap=True)


def verification_json(result: Verification, name: str) -> str:
    """The differences of a verified run and their causes, as `embcmp.verification/1`."""
    document = {
        "schema": VERIFICATION,
        "embcmp": __version__,
        "run": name,
        "verified": not result.differences,
        "numbers": result.numbers,
        "largest_difference": result.largest,
        "differences": [asdict(d) for d in result.differences],
        "causes": list(result.causes),
    }
    return json_text(document) + "\n"


def _xml(text: str) -> str:
    """Text without characters that XML 1.0 does not allow or that control a terminal."""
    return _NOT_XML.sub("\ufffd", visible(text))
