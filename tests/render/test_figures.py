from __future__ import annotations

import numpy as np

from embcmp.measures.similarity import cosine_matrix
from embcmp.render.figures import distributions, heat_map, sense_matrix, sparkline

# four uses of each of two senses: cosine 1 within a sense, 0 between
SENSES = ["b", "a"] * 4
SIMILARITY = cosine_matrix(np.array([[1, 0] if s == "a" else [0, 1] for s in SENSES], np.float32))


def test_sparkline_spans_its_range() -> None:
    assert sparkline([0, 0.5, 1, None, 2, -1]) == "▁▅█·█▁"
    assert sparkline([2, 4], low=2, high=4) == "▁█"


def test_heat_map_is_sorted_by_sense() -> None:
    # a lone cell on the diagonal has no pair
    assert list(heat_map(SIMILARITY, SENSES)) == [
        "·███      a",
        "█·██    ",
        "██·█    ",
        "███·    ",
        "    ·███  b",
        "    █·██",
        "    ██·█",
        "    ███·",
    ]


def test_heat_map_stays_small() -> None:
    x = np.random.default_rng(0).standard_normal((200, 3)).astype(np.float32)
    lines = list(heat_map(cosine_matrix(x), ["a"] * 150 + ["b"] * 50))
    assert len(lines) == 12
    assert {len(line.split("  ")[0]) for line in lines} <= {24}
    assert [line.split("  ")[-1] for line in lines if "  " in line] == ["a", "b"]


def test_no_cell_mixes_two_senses_and_each_has_a_row() -> None:
    senses = ["a"] * 61 + ["b"] + ["c"] * 38
    x = np.eye(3)[[0] * 61 + [1] + [2] * 38]
    lines = list(heat_map(cosine_matrix(x), senses))
    assert [line.rpartition("  ")[2] for line in lines if line[-1] in "abc"] == ["a", "b", "c"]
    shades = {cell for line in lines for cell in line.rpartition("  ")[0] or line}
    assert shades == {" ", "█", "·"}  # nothing between, as no mean is of two senses
    assert {len(line.partition("  a")[0]) for line in lines[:1]} == {24}


def test_unlabeled_uses_are_left_out() -> None:
    assert list(heat_map(SIMILARITY[:3, :3], ["b", None, "b"])) == ["·   b", " ·"]


def test_distributions_share_one_scale() -> None:
    same, other, axis = distributions(SIMILARITY, SENSES)
    assert same == "same sense   " + " " * 23 + "█"
    assert other == "other sense  █" + " " * 23
    assert axis == "cosine       .00" + " " * 17 + "1.00"


def test_the_sense_matrix_averages_to_auc_macro() -> None:
    assert list(sense_matrix(SIMILARITY, SENSES)) == [
        "auc against        1    2",
        " 1 a                 1.00",
        " 2 b            1.00     ",
    ]
