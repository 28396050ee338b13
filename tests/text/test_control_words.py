"""Words of like frequency that are found in every group of a text."""

from __future__ import annotations

from dataclasses import replace

from embcmp.text.control_words import control_uses
from embcmp.text.sentence_rows import Sentence
from embcmp.text.targets import find_occurrences

GROUPS = ("old", "new")


def text(*lines: str) -> list[Sentence]:
    """The same lines in both groups."""
    return [
        Sentence(line, f"{group}.txt:{number}", group=group)
        for group in GROUPS
        for number, line in enumerate(lines, start=1)
    ]


def chosen(rows: list[Sentence], most: int = 50, fewest: int = 1, word: str = "ship") -> list[str]:
    targets = [find_occurrences(rows, word)]
    uses = control_uses(rows, targets, GROUPS, most=most, fewest=fewest)
    return [of[0].word for of in uses]


def test_they_are_words_that_every_group_has_often_enough() -> None:
    rows = [
        *text("The ship left the harbor.", "A Harbor for 12 ships", "The sail of a ship"),
        Sentence("old harbor sail sail", "old.txt:4", group="old"),
        Sentence("novel", "new.txt:4", group="new"),
        Sentence("elsewhere harbor harbor", "other.txt:1", group="other"),
    ]
    assert chosen(rows) == ["harbor", "left", "sail"]  # no function word, number, or form of ship
    assert chosen(rows, fewest=2) == ["harbor"]


def test_their_uses_are_at_their_places() -> None:
    rows = text("The ship left the harbor.", "A Harbor, a HARBOR!")
    [harbor, *_] = control_uses(rows, [find_occurrences(rows, "ship")], GROUPS, most=50, fewest=2)
    assert [(o.form, o.group, o.source) for o in harbor] == [
        (form, group, f"{group}.txt:{number}")
        for group in GROUPS
        for form, number in (("harbor", 1), ("Harbor", 2), ("HARBOR", 2))
    ]
    assert len({o.id for o in harbor}) == len(harbor)


def test_the_nearest_in_frequency_are_taken_for_each_target() -> None:
    rows = text("ship", *["ship alpha"] * 3, *["beta"] * 9, *["gamma"] * 30, *["bank delta"] * 40)
    targets = [find_occurrences(rows, word) for word in ("ship", "bank")]
    pools = [
        [of[0].word for of in control_uses(rows, some, GROUPS, most=2, fewest=1)]
        for some in (targets[:1], targets[1:], targets)
    ]
    assert pools == [["alpha", "beta"], ["delta", "gamma"], ["alpha", "delta"]]


def test_rows_about_one_word_have_none() -> None:
    rows = text("The ship left the harbor.")
    for about in ({"word": "ship"}, {"lemma": "ship"}, {"start": 4, "end": 8}):
        assert chosen([replace(row, **about) for row in rows]) == []
