"""Which words stand in for a context word, and that nothing else of the sentence changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from embcmp import Occurrence
from embcmp.questions.reach.replacements import (
    MIN_REPLACEMENTS,
    Replacements,
    casing,
    edit,
    frequent_words,
    positions,
    replace_all,
)
from embcmp.text.inflections import same_word
from embcmp.text.words import stop_words
from tests.questions.encoders import Made


def use(sentence: str, form: str = "man") -> Occurrence:
    start = sentence.lower().index(form)
    return Occurrence("1", form, sentence, start, start + len(form))


def found(sentence: str, form: str = "man") -> dict[int, str]:
    item = use(sentence, form)
    return {p.distance: sentence[p.start : p.end] for p in positions(item)}


def test_positions_are_words_by_their_distance() -> None:
    assert found("“Oh”, the old man's hat -- 3 don't fit.") == {
        -1: "old", -2: "the", -3: "Oh", 1: "'s", 2: "hat", 3: "3", 4: "don't", 5: "fit",
    }  # fmt: skip
    assert found("Man") == {}
    assert found("Go, man!") == {-1: "Go"}


@given(st.text(max_size=30), st.text(max_size=30))
def test_no_position_touches_the_target(before: str, after: str) -> None:
    item = Occurrence("1", "man", f"{before}man{after}", len(before), len(before) + 3)
    spans = sorted((p.start, p.end) for p in positions(item))
    assert all(a < b and (b <= item.start or a >= item.end) for a, b in spans)
    assert all(b <= c for (_, b), (c, _) in pairwise(spans))


def test_edits_leave_the_target_and_all_other_text_unchanged() -> None:
    item = use("the old man of the sea")
    changed = edit(item, [(15, 18, "a"), (4, 7, "ancient")], "2")
    assert changed.sentence == "the ancient man of a sea"
    assert changed.form == "man"
    assert (changed.id, changed.word) == ("2", "man")
    assert edit(item, [], "3").sentence == item.sentence
    assert edit(item, [(4, 8, "")], "4").form == "man"


@pytest.mark.parametrize(
    ("word", "case"),
    [("man", "lower"), ("Man", "title"), ("MAN", "upper"), ("I", "title"), ("mAn", None),
     ("don't", None), ("3", None), ("a1", None)],
)  # fmt: skip
def test_the_case_of_a_word(word: str, case: str | None) -> None:
    assert casing(word) == case


SENTENCE = "Oh, The LITTLE men walked slowly to a river with 3 old friends, man, didn't they?"


def test_replacements_keep_to_the_rules() -> None:
    item = use(SENTENCE, "man,")
    item = Occurrence("1", "man", item.sentence, item.start, item.start + 3)
    drawn = {p.distance: p for p in Replacements([], 20, 0).positions(item)}
    assert len(drawn) == 15
    for p in drawn.values():
        word = SENTENCE[p.start : p.end]
        if not word.isalpha():
            assert p.replacements == ()
            continue
        assert len(p.replacements) == len(set(p.replacements)) == 20
        functional = word.lower() in stop_words()
        for new in p.replacements:
            assert casing(new) == casing(word) or (len(new) == 1 and casing(word) == "upper")
            assert (new.lower() in stop_words()) == functional
            assert new.lower() in frequent_words()
            assert not same_word(new.lower(), word.lower())
            assert not same_word(new.lower(), "man")


def test_replacements_depend_only_on_seed_sentence_and_place() -> None:
    one, two = use("the old man sat"), use("the old man sat down")
    first = Replacements([], 20, 0).positions(one)
    lexicon = Replacements([], 20, 0)
    lexicon.positions(two)
    assert lexicon.positions(one) == first
    assert lexicon.positions(two)[0].replacements != first[0].replacements
    assert Replacements([], 20, 1).positions(one) != first
    assert Replacements([], 7, 0).positions(one)[0].replacements == first[0].replacements[:7]


@dataclass
class Pieces(Made):
    """A tokenizer that cuts words into pieces of three letters."""

    mask: str | None = "<m>"

    def count_pieces(self, texts: Sequence[str]) -> list[int]:
        return [len(text.strip()) // 3 for text in texts]


@dataclass
class Words(Made):
    """A vocabulary."""

    known: set[str] = field(default_factory=set)

    def knows(self, words: Sequence[str]) -> NDArray[np.bool_]:
        return np.array([word in self.known for word in words])


def test_replacements_have_as_many_pieces_in_every_encoder() -> None:
    item = use("the remarkable man sat on oak")
    drawn = Replacements([Pieces(lambda o: [1, 0])], 20, 0).positions(item)
    for p in drawn:
        length = p.end - p.start
        assert len(p.replacements) == 20
        assert {len(word) // 3 for word in p.replacements} == {length // 3}


def test_replacements_are_in_every_vocabulary_and_at_least_five() -> None:
    item = use("the green man sat")
    content = [w for w in frequent_words() if w not in stop_words()][:6]
    small, five = set(content[: MIN_REPLACEMENTS - 1]), set(content[:MIN_REPLACEMENTS])
    for known, count in ((small, 0), (five, MIN_REPLACEMENTS)):
        made = Words(lambda o: [1, 0], known=known | {"of", "with"})
        drawn = {p.distance: p.replacements for p in Replacements([made], 20, 0).positions(item)}
        assert len(drawn[-1]) == len(drawn[1]) == count
        assert drawn[-2] == ()  # two function words
        assert set(drawn[1]) <= known


def test_all_words_at_once_are_replaced_draw_by_draw() -> None:
    item = use("the green man sat on 3")
    drawn = Replacements([], 20, 0).positions(item)
    edits = list(replace_all(drawn, 20))
    assert len(edits) == 20
    for k, edits_of_draw in enumerate(edits):
        assert len(edits_of_draw) == 4
        assert {new for _, _, new in edits_of_draw} == {
            p.replacements[k] for p in drawn if p.replacements
        }
    assert list(replace_all(drawn[-1:], 20)) == []
