"""Judged expectations and verified runs: for people, as JSON, and as JUnit XML."""

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
from embcmp.gate.differences import Verification, shown
from embcmp.render.text import json_text, visible

if TYPE_CHECKING:
    from embcmp.gate.judge import Judgement

CHECK, VERIFICATION = "embcmp.check/1", "embcmp.verification/1"
_STYLES = {"held": "green", "failed": "bold red", "not judged": "yellow"}
_NOT_XML = re.compile("[\ud800-\udfff\ufffe\uffff]")
_SHOWN = 20  # differences, in a table


def judgements(found: Sequence[Judgement], console: Console) -> None:
    """Print what held and what did not, with the numbers."""
    for j in found:
        line = Text(f"{j.status:10}", _STYLES[j.status]).append(visible(f"  {j.what}"))
        console.print(line, soft_wrap=True)
        console.print(Text(visible(f"            expected {j.expected}")), soft_wrap=True)
        console.print(Text(visible(f"            found    {j.found}")), soft_wrap=True)
        console.print(Text(visible(f"            {j.where}"), "dim"), soft_wrap=True)
    counts = Counter(j.status for j in found)
    told = ", ".join(f"{counts[status]} {status}" for status in _STYLES if counts[status])
    console.print(Text(told, "bold"))


def judgements_json(found: Sequence[Judgement]) -> str:
    """`embcmp.check/1`: the judgements and how many of each status."""
    counts = Counter(j.status for j in found)
    told = {
        "schema": CHECK,
        "embcmp": __version__,
        "held": counts["held"],
        "failed": counts["failed"],
        "not_judged": counts["not judged"],
        "judgements": [asdict(j) for j in found],
    }
    return json_text(told) + "\n"


def junit(found: Sequence[Judgement], name: str) -> str:
    """JUnit XML as CI servers read it: a test case a judgement.

    Args:
        found: the judgements.
        name: of the file of expectations.
    """
    counts = Counter(j.status for j in found)
    numbers = {
        "tests": str(len(found)),
        "failures": str(counts["failed"]),
        "errors": str(counts["not judged"]),
    }
    suites = ElementTree.Element("testsuites", numbers)
    suite = ElementTree.SubElement(suites, "testsuite", {"name": _xml(name), **numbers})
    for j in found:
        case = ElementTree.SubElement(
            suite, "testcase", {"classname": _xml(j.where), "name": _xml(j.what)}
        )
        said = _xml(f"expected {j.expected}; found {j.found}")
        if j.status == "held":
            ElementTree.SubElement(case, "system-out").text = said
        else:
            kind = "failure" if j.status == "failed" else "error"
            ElementTree.SubElement(case, kind, {"message": said}).text = said
    ElementTree.indent(suites)
    text: bytes = ElementTree.tostring(suites, "utf-8", xml_declaration=True)
    return text.decode() + "\n"


def verification(found: Verification, name: str, console: Console) -> None:
    """Print whether a saved run came out again, what differs, and why that may be."""
    count, differing = found.numbers, len(found.differences)
    if not differing:
        head = f"{name}: verified: {count} numbers, the largest difference {found.largest:.1g}"
        console.print(Text(visible(head), "green"), soft_wrap=True)
    else:
        head = f"{name}: {differing} of {count} numbers differ"
        console.print(Text(visible(head), "bold red"), soft_wrap=True)
        for d in found.differences[:_SHOWN]:
            said = f"  {d.of} {d.metric} {d.part}: was {shown(d.saved)}, is {shown(d.now)}"
            console.print(Text(visible(said)), soft_wrap=True)
        if differing > _SHOWN:
            left = f"  … and {differing - _SHOWN} more (--format json lists them)"
            console.print(Text(left), soft_wrap=True)
    for cause in found.causes:
        console.print(Text(visible(f"  not as it was: {cause}"), "yellow"), soft_wrap=True)


def verification_json(found: Verification, name: str) -> str:
    """`embcmp.verification/1`: whether the run came out again, the differences and the causes."""
    told = {
        "schema": VERIFICATION,
        "embcmp": __version__,
        "run": name,
        "verified": not found.differences,
        "numbers": found.numbers,
        "largest_difference": found.largest,
        "differences": [asdict(d) for d in found.differences],
        "causes": list(found.causes),
    }
    return json_text(told) + "\n"


def _xml(text: str) -> str:
    """Without what XML 1.0 cannot hold, and what a terminal or a page would obey."""
    return _NOT_XML.sub("\ufffd", visible(text))
