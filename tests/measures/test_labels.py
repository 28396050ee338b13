from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from embcmp.measures.labels import labels, sample
from embcmp.measures.use_groups import canonical_order, copy_weights, sentence_ids, unit_ids
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


def test_senses_are_the_strata_unless_a_unit_has_two() -> None:
    apart = labels(["a", "b", "a", "a", "b"], np.ones(5, dtype=bool), np.array([0, 1, 7, 7, 9]))
    assert apart.sentences.tolist() == [0, 1, 2, 2, 3]
    assert apart.strata.tolist() == [0, 1, 0, 1]
    assert (apart.sizes.tolist(), apart.df) == ([2, 2], 2)
    across = labels(["a", "b", "a", "a", "b"], np.ones(5, dtype=bool), np.array([0, 0, 7, 7, 9]))
    assert across.strata.tolist() == [0, 0, 0]
    assert (across.sizes.tolist(), across.df) == ([3], 2)
    assert across.unit_counts.tolist() == [2, 2]


def in_unit(sentence: str, unit: str | None, start: int = 0) -> Occurrence:
    return replace(occurrence(sentence, start), unit=unit)


def test_units_are_what_the_input_names_or_sentences() -> None:
    rows = [occurrence("a"), occurrence("b"), occurrence("A")]
    assert unit_ids(rows).tolist() == sentence_ids(rows).tolist()
    named = [in_unit("a", "x"), in_unit("b", "y"), in_unit("c", "x"), in_unit("d", None)]
    first, second, third, fourth = unit_ids(named).tolist()
    assert first == third
    assert len({first, second, fourth}) == 3


def test_units_that_share_a_sentence_are_one() -> None:
    rows = [in_unit("a", "x"), in_unit("A ", "y"), in_unit("b", "y"), in_unit("c", "z")]
    assert len(set(unit_ids(rows)[:3].tolist())) == 1
    assert len(set(unit_ids(rows).tolist())) == 2


def test_copies_share_a_weight_of_one() -> None:
    rows = [
        occurrence("Go man go", 3), occurrence("go  man go", 4), occurrence("go man go", 3),
        occurrence("go man go", 0), occurrence("else"),
    ]  # fmt: skip
    # three are at the second word of one sentence; the fourth is at its first word
    np.testing.assert_allclose(copy_weights(rows), [1 / 3, 1 / 3, 1 / 3, 1, 1])


def test_rare_senses_are_left_out_by_their_units() -> None:
    senses = ["a"] * 6 + ["b"] * 6 + ["c"] * 5
    sentences = np.r_[np.arange(6), 6, 6, 7, 8, 9, 10, np.arange(11, 15), 14]
    uses = sample(np.eye(17), senses, sentences)
    assert uses.unit_counts.tolist() == [6, 5, 4]
    frequent = uses.without_rare()
    assert frequent.senses == ("a", "b")
    assert frequent.rows.tolist() == list(range(12))
    assert frequent.similarity.shape == (12, 12)
    assert frequent.without_rare() is frequent


@pytest.mark.parametrize(
    ("senses", "reason"),
    [
        (["a"], "fewer than two labeled uses with a vector"),
        (["a", "a"], "all labeled uses with a vector have one sense"),
        (["a", "b"], "no sense has two uses with a vector"),
        (["a", "b", "b"], None),
    ],
)
def test_reasons(senses: list[str | None], reason: str | None) -> None:
    assert labels(senses, np.ones(len(senses), dtype=bool)).undefined == reason
