from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from embcmp.measures.labels import canonical_order, labels, sentence_ids
from embcmp.types import Occurrence


def occurrence(sentence: str, start: int = 0, sense: str | None = None) -> Occurrence:
    return Occurrence(f"{sentence}{start}", "man", sentence, start, start + 3, sense)


def test_order_is_by_sentence_then_place() -> None:
    rows = [occurrence("b", 4), occurrence("b", 0), occurrence("a", 9)]
    assert canonical_order(rows).tolist() == [2, 1, 0]


@given(st.permutations([occurrence(s, i, z) for s in "ab" for i in (0, 5) for z in ("x", None)]))
def test_order_does_not_depend_on_the_order_of_the_input(rows: list[Occurrence]) -> None:
    found = [(rows[i].sentence, rows[i].start, rows[i].sense) for i in canonical_order(rows)]
    assert found == sorted(found, key=lambda row: (row[0], row[1], row[2] or ""))


def test_sentences_equal_but_for_case_and_space_are_one() -> None:
    rows = [occurrence(s) for s in ("Go  man the post!", "go man\tthe Post! ", "Go man", "STRASSE")]
    ids = sentence_ids([*rows, occurrence("straße")])
    assert ids[0] == ids[1] != ids[2]
    assert ids[3] == ids[4]


def test_labels_leave_out_what_has_no_label_or_no_vector() -> None:
    found = labels(["b", None, "a", "b"], np.array([True, True, True, False]))
    assert (found.rows.tolist(), found.codes.tolist(), found.senses) == ([0, 2], [1, 0], ("a", "b"))


def test_a_sentence_with_two_senses_counts_for_the_rarer() -> None:
    #        sentence 0 holds senses 0 and 1, which three and two sentences hold
    used = labels(["a", "b", "a", "a", "b"], np.ones(5, dtype=bool), np.array([0, 0, 7, 8, 9]))
    assert used.sentences.tolist() == [0, 0, 1, 2, 3]
    assert used.strata.tolist() == [1, 0, 0, 1]


@pytest.mark.parametrize(
    ("senses", "reason"),
    [
        (["a"], "fewer than two labeled occurrences with a vector"),
        (["a", "a"], "one sense has no separation"),
        (["a", "b"], "no sense has two occurrences with a vector"),
        (["a", "b", "b"], None),
    ],
)
def test_reasons(senses: list[str | None], reason: str | None) -> None:
    assert labels(senses, np.ones(len(senses), dtype=bool)).undefined == reason
