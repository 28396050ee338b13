"""Does an encoder put two uses of one sense closer than two that differ as little in wording?

Each item of fixtures/minimal_pairs.tsv is a sentence with two others that change as many words of
it: one keeps the sense of the target, one flips it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from embcmp import Occurrence
from embcmp.encoders.base import Encoder
from embcmp.measures.similarity import cosine_matrix
from tests.benchmarks.homographs import read_rows

COLUMNS = ("id", "word", "sentence1", "start1", "end1", "sentence2", "start2", "end2", "gold")
SAME_SENSE = {"kept": "T", "flipped": "F"}


@dataclass(frozen=True)
class Item:
    """A sentence with its two neighbors, each with the same form of the word.

    Attributes:
        word: the target.
        anchor: the sentence that the others differ from.
        kept: has the anchor's sense.
        flipped: has another sense.
    """

    word: str
    anchor: Occurrence
    kept: Occurrence
    flipped: Occurrence


def read_items() -> list[Item]:
    """The items, whose two pairs stand in consecutive rows.

    Raises:
        ValueError: two rows are not the kept and the flipped pair of one sentence.
    """
    rows = read_rows("minimal_pairs.tsv", COLUMNS)
    found = []
    for kept, flipped in zip(rows[::2], rows[1::2], strict=True):
        name = kept["id"].removesuffix(".kept")
        ids = (kept["id"], flipped["id"])
        if ids != (f"{name}.kept", f"{name}.flipped") or _use(kept, 1) != _use(flipped, 1):
            raise ValueError(f"minimal_pairs.tsv: {' and '.join(ids)} are not one item")
        if (kept["gold"], flipped["gold"]) != (SAME_SENSE["kept"], SAME_SENSE["flipped"]):
            raise ValueError(f"minimal_pairs.tsv: {name}: gold does not fit the ids")
        found.append(Item(kept["word"], _use(kept, 1), _use(kept, 2), _use(flipped, 2)))
    return found


def _use(row: dict[str, str], side: int) -> Occurrence:
    start, end = int(row[f"start{side}"]), int(row[f"end{side}"])
    name = row["id"].rpartition(".")[0] if side == 1 else row["id"]
    return Occurrence(name, row["word"], row[f"sentence{side}"], start, end)


def shares(items: Sequence[Item], encoder: Encoder) -> dict[str, dict[str, float]]:
    """Per layer's label and word: 1 where the kept pairs are closer than the flipped ones.

    Cosines are averaged over the items of a word. Equal means score one half.
    """
    uses = [use for item in items for use in (item.anchor, item.kept, item.flipped)]
    vectors = encoder.encode(uses).vectors
    found: dict[str, dict[str, float]] = {}
    for layer, x in zip(encoder.info.layers, vectors, strict=True):
        cosines = cosine_matrix(x.astype(np.float64))
        leads: dict[str, list[float]] = {}
        for i, item in enumerate(items):
            anchor, kept, flipped = 3 * i, 3 * i + 1, 3 * i + 2
            lead = float(cosines[anchor, kept] - cosines[anchor, flipped])
            leads.setdefault(item.word, []).append(lead)
        found[str(layer)] = {
            word: (1 + float(np.sign(np.round(np.mean(lead), 6)))) / 2
            for word, lead in sorted(leads.items())
        }
    return found
