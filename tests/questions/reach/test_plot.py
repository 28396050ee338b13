"""Where the lines of a picture are."""

from __future__ import annotations

import pytest

from embcmp.questions.reach.plot import HEIGHT, WIDTH, Plot, Series, plot


def drawn(values: dict[int, float | None], **options: bool) -> Plot:
    labels = {k: f"at {k}" for k in values}
    return plot([Series("a", values, labels, 0)], **options)


def test_the_target_separates_the_sides_and_greater_values_are_higher() -> None:
    found = drawn({-2: 0.1, -1: 0.3, 1: 0.3, 2: 0.0})
    left, right = found.lines[0].pieces
    box_left, top, box_right, bottom = found.box
    assert [p.label for p in left] == ["at -2", "at -1"]
    assert (left[0].x, right[-1].x) == (box_left, box_right)
    assert left[0].x < left[1].x < (found.middle or 0) < right[0].x
    assert top <= left[1].y == right[0].y < left[0].y < right[1].y == bottom
    assert 0 < box_left < box_right < WIDTH
    assert 0 < top < bottom < HEIGHT
    assert [t.label for t in found.across] == ["-2", "-1", "1", "2"]
    assert [t.label for t in found.up] == [".00", ".10", ".20", ".30"]
    assert found.up[-1].at == top


def test_unknown_values_split_a_line() -> None:
    found = drawn({1: 0.1, 2: None, 3: 0.2, 4: 0.1})
    assert [[p.label for p in piece] for piece in found.lines[0].pieces] == [
        ["at 1"], ["at 3", "at 4"],
    ]  # fmt: skip
    assert found.middle is None


@pytest.mark.parametrize("values", [{}, {1: None}, {1: 0.0, 2: 0.0}])
def test_nothing_to_show_is_no_error(values: dict[int, float | None]) -> None:
    for logarithmic in (False, True):
        found = drawn({1: None, **values}, logarithmic=logarithmic)
        assert len(found.up) >= 2


def test_powers_of_ten() -> None:
    found = drawn({1: 0.5, 2: 0.02, 3: 0.0}, logarithmic=True)
    [piece] = found.lines[0].pieces  # 0 has no place there
    assert [p.label for p in piece] == ["at 1", "at 2"]
    assert [t.label for t in found.up] == ["0.01", "0.1", "1"]
    far = drawn({1: 1.0, 2: 3e-24}, logarithmic=True)
    assert 3 <= len(far.up) <= 7
    assert far.lines[0].pieces[0][1].y <= far.box[3]


def test_fifty_words_a_side_have_room_for_their_ticks() -> None:
    found = drawn({d: 0.1 for d in range(-50, 51) if d})
    assert len(found.across) <= 21
