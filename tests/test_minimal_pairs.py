"""fixtures/minimal_pairs.tsv: a few changed words that keep the sense, and as many that flip it."""

from __future__ import annotations

import re
from collections import Counter
from difflib import SequenceMatcher

import pytest

from embcmp.evaluation.readers.own_files import read_pairs
from embcmp.types import Occurrence
from tests.benchmarks import minimal_pairs
from tests.benchmarks.homographs import FIXTURES, read_homographs, read_rows
from tests.benchmarks.minimal_pairs import COLUMNS, Item, read_items, shares
from tests.questions.encoders import Made

ITEMS = read_items()
MOST_CHANGED = 2  # words


def changed(a: Occurrence, b: Occurrence) -> int:
    """How many words differ between two sentences."""
    words = [re.sub(r"[.,?!]", "", use.sentence).split() for use in (a, b)]
    codes = SequenceMatcher(None, *words, autojunk=False).get_opcodes()
    return sum(max(i2 - i1, j2 - j1) for op, i1, i2, j1, j2 in codes if op != "equal")


def test_at_least_twenty_words_have_two_items_and_are_among_the_homographs() -> None:
    counts = Counter(item.word for item in ITEMS)
    assert len(counts) >= 20
    assert min(counts.values()) >= 2
    assert counts.keys() <= read_homographs().keys()
    rows = read_rows("minimal_pairs.tsv", COLUMNS)
    assert Counter(row["gold"] for row in rows) == {"T": len(ITEMS), "F": len(ITEMS)}
    assert len({row["id"] for row in rows}) == len(rows)
    assert len({row["sentence2"] for row in rows}) == len(rows)


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item.anchor.id)
def test_the_kept_pair_differs_by_as_many_words_as_the_flipped_one(item: Item) -> None:
    assert 1 <= changed(item.anchor, item.kept) <= MOST_CHANGED
    assert changed(item.anchor, item.flipped) == changed(item.anchor, item.kept)
    assert item.anchor.form == item.kept.form == item.flipped.form == item.word


def test_evaluate_reads_the_file_as_pairs() -> None:
    part = read_pairs([FIXTURES / "minimal_pairs.tsv"])
    assert part.skipped == ()
    found = [(row.first.sentence, row.second.sentence, row.gold) for row in part.rows]
    assert found == [
        (item.anchor.sentence, other.sentence, gold)
        for item in ITEMS
        for other, gold in ((item.kept, True), (item.flipped, False))
    ]


def test_a_word_scores_by_the_mean_cosines_of_its_pairs() -> None:
    def use(name: str) -> Occurrence:
        return Occurrence(name, name[0], name, 0, 1)

    at = {"a": [1, 0], "near": [0.9, 0.1], "far": [0, 1]}
    vectors = {"a1": "a", "a2": "near", "a3": "far", "b1": "a", "b2": "far", "b3": "near"}
    vectors |= {"c1": "a", "c2": "far", "c3": "far", "A2": "far", "A3": "near", "A1": "a"}
    items = [Item(w, *(use(f"{w}{i}") for i in (1, 2, 3))) for w in "abc"]
    encoder = Made(lambda o: at[vectors[o.sentence]], layers=(0, 1))
    expected = {"a": 1.0, "b": 0.0, "c": 0.5}
    assert shares(items, encoder) == {"0": expected, "1": expected}
    undone = Item("a", *(use(f"A{i}") for i in (1, 2, 3)))
    assert shares([items[0], undone], encoder)["1"] == {"a": 0.5}


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [("id", "bank.9.kept", "are not one item"), ("gold", "F", "gold does not fit the ids")],
)
def test_rows_that_are_no_item_are_refused(
    monkeypatch: pytest.MonkeyPatch, key: str, value: str, message: str
) -> None:
    rows = read_rows("minimal_pairs.tsv", COLUMNS)
    rows[0] = {**rows[0], key: value}
    monkeypatch.setattr(minimal_pairs, "read_rows", lambda *_: rows)
    with pytest.raises(ValueError, match=message):
        read_items()
