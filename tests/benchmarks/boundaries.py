"""How well running text is split: the figures of docs/reference/formats.md.

python -m tests.benchmarks.boundaries
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from embcmp.text.running_text import sentence_spans

BOUNDARIES = Path(__file__).parents[1] / "text" / "boundaries.tsv"
END = "‖"
WITHOUT_BLANKS = ("zh", "ja")


def gold() -> list[tuple[str, str, set[int]]]:
    """Language, text, and where its sentences end, of each line of the hand-checked file."""
    rows = []
    for line in BOUNDARIES.read_text(encoding="utf-8").splitlines():
        language, _, marked = line.split("\t")
        blank = "" if language in WITHOUT_BLANKS else " "
        parts = marked.split(END)
        ends = {len(blank.join(parts[:i])) for i in range(1, len(parts))}
        rows.append((language, blank.join(parts), ends))
    return rows


def score(
    spans_of: Callable[[str, str], list[tuple[int, int]]] = sentence_spans,
) -> tuple[int, float, float]:
    """How many boundaries there are, and the precision and recall of a splitter.

    Args:
        spans_of: function of a text and the code of its language that returns the sentences.
    """
    right = extra = missed = 0
    for language, text, ends in gold():
        split = {end for _, end in spans_of(text, language)} - {len(text)}
        right += len(split & ends)
        extra += len(split - ends)
        missed += len(ends - split)
    return right + missed, right / (right + extra), right / (right + missed)


def main() -> None:
    """Write the figures."""
    languages = len({language for language, _, _ in gold()})
    count, precision, recall = score()
    f1 = 2 * precision * recall / (precision + recall)
    sys.stdout.write(f"{count} boundaries in {languages} languages\n")
    sys.stdout.write(f"precision {precision:.3f}, recall {recall:.3f}, F1 {f1:.3f}\n")


if __name__ == "__main__":
    main()
