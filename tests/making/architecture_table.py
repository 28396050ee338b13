"""The table of architectures: what embcmp makes of a tiny random checkpoint of each.

python -m tests.making.architecture_table docs/reference/architectures.md
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from transformers import __version__ as VERSION

from tests.encoders.every_architecture import EVERY, Outcome, outcome, save, usual_tokenizer

MARK = "<!-- table -->\n"
COLUMNS = "| architecture | network | reads | usual tokenizer |\n| --- | --- | --- | --- |\n"


def table(outcomes: Mapping[str, Outcome]) -> str:
    """What follows the mark in the page."""
    equal = sum(found.refused is None for found in outcomes.values())
    unusual = sum(
        found.refused is None and not usual_tokenizer(name)[1] for name, found in outcomes.items()
    )
    count = (
        f"The networks of {equal} of {len(outcomes)} architectures are equal, with transformers"
        f" {VERSION}. Of {unusual} of these the usual tokenizer gives no offsets and is refused."
    )
    rows = "".join(row(name, found) for name, found in sorted(outcomes.items()))
    return f"{count}\n\n{COLUMNS}{rows}"


def row(name: str, found: Outcome) -> str:
    """A row of the table.

    Raises:
        AssertionError: the numbers are not those of transformers.
    """
    assert found.difference < 1, f"{name} differs from transformers"
    tokenizer, has_offsets = usual_tokenizer(name)
    written = f"`{tokenizer}`" if tokenizer else "the one that the checkpoint names"
    offsets = "" if has_offsets else ", which gives no offsets: refused"
    result = "equal" if found.refused is None else f"refused: {found.refused}"
    return f"| `{name}` | {result} | {found.reads or '–'} | {written}{offsets} |\n"


def outcomes(names: Iterable[str] = EVERY) -> dict[str, Outcome]:
    """Make a checkpoint of each architecture in a temporary folder and compare it."""
    found = {}
    for name in names:
        with tempfile.TemporaryDirectory() as folder:
            found[name] = outcome(save(name, Path(folder) / name))
    return found


def main() -> None:
    """Write the table into the page, and print it."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("page", type=Path)
    arguments = parser.parse_args()
    text = table(outcomes())
    prose, mark, _ = arguments.page.read_text(encoding="utf-8").partition(MARK)
    arguments.page.write_text(prose + mark + "\n" + text, encoding="utf-8")
    sys.stdout.write(text)


if __name__ == "__main__":
    main()
