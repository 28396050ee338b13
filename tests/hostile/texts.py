"""Sentences that would run in a page that took them for more than text."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from embcmp.render.page import Json
from tests.commands import run_here

# What each of these would do in a page that took it for more than text.
HOSTILE = (
    "a man </script><script>alert(1)</script> here",
    "a man <img src=x onerror=alert(2)> here",
    "a man javascript:alert(3) <a href='javascript:alert(3)'>here</a>",
    "=cmd|' /C calc'!A0 man {{ 7*7 }} %{x} ${8*8}",
    "a man \x1b[31mred\x07 \u202eesrever\u202c <b>bold</b> &lt;i&gt; &#60;s&#62; here",
    "a man \"' onmouseover=alert(4) x=\"' <!-- --> <svg onload=alert(5)> here",
)

# Escape sequences of terminals (OSC, CSI with one byte or two), marks of directions, and whatever
# some program takes for the end of a line.
CONTROLS = "\x1b]8;;http://e\x07k\x1b[2J\x9b31m\u202ers\u2066\u2028\u2029\x85\x0b\x0c\rz\n| d |\n"
MARKUP = (
    "</script><script>alert(1)</script><img src=x onerror=alert(1)>\"' onmouseover=alert(4) x=\"'"
    "`c`[f](javascript:alert(1))"
)
COMMANDS = "\\input{/etc/passwd}\\write18{id}$x$%&#_^~"
WORST = CONTROLS + MARKUP + COMMANDS


@pytest.fixture(scope="session")
def hostile_json(
    tiny_vectors: Path, tiny_bert: Path, tmp_path_factory: pytest.TempPathFactory
) -> Json:
    """The JSON of a comparison of hostile sentences with hostile senses, ids and several layers."""
    folder = tmp_path_factory.mktemp("hostile")
    senses = ("<b>noun</b>", "</script><script>alert(6)</script>")
    rows = [
        {"sentence": f"{text} {k}", "sense": senses[k % 2], "id": f"<i>{k}</i>"}
        for k, text in enumerate(HOSTILE * 3)
    ]
    (folder / "s.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    done = run_here(
        "compare", "man", "-s", str(folder / "s.jsonl"),
        "-e", f"word2vec:{tiny_vectors}", "-e", f"context:{tiny_vectors}",
        "-e", f"bert:{tiny_bert}@all", "--format", "json",
    )  # fmt: skip
    return json.loads(done.stdout)
