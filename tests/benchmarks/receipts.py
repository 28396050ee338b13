"""Whether each receipt's text is the form that the answer key names, white space aside.

    python -m tests.benchmarks.receipts ../shared/data/tsv

Each row of each file is one target (items) or two (pairs). Layer 0 is enough: it has the receipts
of all others. Prints a Markdown table, then every exception with its reason.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from embcmp import Occurrence, load_encoder


@dataclass(frozen=True)
class Mismatch:
    """A target whose receipt is not its form."""

    occurrence: Occurrence
    text: str
    reason: str

    def __str__(self) -> str:
        o = self.occurrence
        return f"{o.id}: {o.form!r} at {o.start}: {self.reason or f'its receipt is {self.text!r}'}"


def targets(path: Path) -> Iterator[Occurrence]:
    """The targets that an items or a pairs file names; TAB between fields, no quoting."""
    header, *rows = path.read_text(encoding="utf-8").rstrip("\n").split("\n")
    columns = header.split("\t")
    sides = ("",) if "sentence" in columns else ("1", "2")
    for row in rows:
        fields = dict(zip(columns, row.split("\t"), strict=True))
        for side in sides:
            yield Occurrence(
                id=fields["id"] + (f".{side}" if side else ""),
                word=fields["word"],
                sentence=fields[f"sentence{side}"],
                start=int(fields[f"start{side}"]),
                end=int(fields[f"end{side}"]),
            )


def mismatches(path: Path, spec: str) -> tuple[int, list[Mismatch]]:
    """How many targets a file has, and those whose receipt is another text or none."""
    occurrences = list(targets(path))
    out = load_encoder(spec).encode(occurrences)
    return len(occurrences), [
        Mismatch(o, receipt.text, out.missing.get(o.id, ""))
        for o, receipt in zip(occurrences, out.receipts, strict=True)
        if "".join(receipt.text.split()) != "".join(o.form.split())
    ]


def main() -> None:
    """Print the table and the exceptions."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("-e", "--encoder", default="bert@0", metavar="SPEC")
    options = parser.parse_args()
    files = sorted(options.folder.glob("*.tsv"))
    if not files:
        parser.error(f"{options.folder} is no folder with .tsv files")
    write, every = sys.stdout.write, []
    write("| file | targets | exceptions |\n| --- | ---: | ---: |\n")
    for path in files:
        count, found = mismatches(path, options.encoder)
        write(f"| {path.name} | {count} | {len(found)} |\n")
        every += found
    write("".join(f"\n{e}" for e in every) + "\n")


if __name__ == "__main__":
    main()
