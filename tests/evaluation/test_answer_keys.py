"""The readers of the raw files give exactly the rows of the answer keys, and two more reasons."""

from __future__ import annotations

import pytest

from embcmp.evaluation.datasets import read
from embcmp.evaluation.gold_rows import Item, Pair, Part
from tests.conftest import SHARED, needs_shared

pytestmark = needs_shared

Row = tuple[object, ...]


def rows(part: Part) -> list[Row]:
    return [_item(row) if isinstance(row, Item) else _pair(row) for row in part.rows]


def _item(row: Item) -> Row:
    use = row.use
    return use.id, use.word, use.start, use.end, use.sense, use.sentence


def _pair(row: Pair) -> Row:
    a, b = row.first, row.second
    return row.id, a.word, a.sentence, a.start, a.end, b.sentence, b.start, b.end, row.gold


def key(name: str) -> list[Row]:
    lines = (SHARED / "tsv" / f"{name}.tsv").read_text(encoding="utf-8").split("\n")
    cells = [line.split("\t") for line in lines[1:] if line]
    if name.endswith("items"):
        return [(c[0], c[1], int(c[2]), int(c[3]), c[4], c[5]) for c in cells]
    return [
        (c[0], c[1], c[2], int(c[3]), int(c[4]), c[5], int(c[6]), int(c[7]),
         c[8] == "T" if c[8] in "TF" else float(c[8]))
        for c in cells
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("home", "path", "name", "count"),
    [
        ("wic:read", "wic/dev", "wic.dev.pairs", 638),
        ("wic:read", "wic/train", "wic.train.pairs", 5427),
        ("raw_c:read", "rawc", "rawc.pairs", 672),
        ("raw_c:read_items", "rawc", "rawc.items", 448),
        ("haber_poesio:read", "haber_poesio2021", "haber_poesio2021.pairs", 254),
        ("haber_poesio:read_items", "haber_poesio2021", "haber_poesio2021.items", 177),
        ("wikihomograph:read", "wikihomograph/train", "wikihomograph.train.items", 14_487),
        ("raganato:read", "raganato/semeval2007", "wsd_raganato.semeval2007.items", 454),
        (
            "own_files:read_items",
            "tsv/wikihomograph.train.items.tsv",
            "wikihomograph.train.items",
            14_487,
        ),
        ("own_files:read_pairs", "tsv/wic.train.pairs.tsv", "wic.train.pairs", 5427),
    ],
)
def test_the_rows_are_those_of_the_key(home: str, path: str, name: str, count: int) -> None:
    part = read(home, SHARED / path)
    assert len(part.rows) == count
    assert rows(part) == key(name)
    assert part.noted == ()


def test_exactly_two_rows_with_wrong_offsets_are_left_out() -> None:
    wic = read("wic:read", SHARED / "wic" / "train").skipped
    assert [(s.source.rpartition("/")[2], s.reason) for s in wic] == [
        ("train.data.txt:1557", "offsets 20-25 are on 'round', not on call")
    ]
    semeval = read("raganato:read", SHARED / "raganato" / "semeval2007").skipped
    assert [(s.source.rpartition("/")[2], s.reason) for s in semeval] == [
        ("semeval2007.data.xml:3212", "offsets 56-64 are on 'stuck in', not on get_stuck")
    ]


def test_byte_offsets_become_character_offsets() -> None:
    part = read("wikihomograph:read", SHARED / "wikihomograph" / "train")
    moved = 0
    for row in part.rows:
        assert isinstance(row, Item)
        use = row.use
        moved += len(use.sentence[: use.start].encode()) != use.start
    assert moved == 88
