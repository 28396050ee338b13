from __future__ import annotations

import pytest

from embcmp.render import cells


@pytest.mark.parametrize(
    ("printed", "expected"),
    [
        (cells.plural(1, "word"), "1 word"),
        (cells.plural(1200, "word"), "1,200 words"),
        (cells.three(None), "–"),
        (cells.three(0.5), ".500"),
        (cells.two(-0.125), "-.12"),
        (cells.ends([0.25, 0.75]), "[.25, .75]"),
        (cells.ends([0.25, 0.75], approximate=True), "~[.25, .75]"),
        (cells.ends(None), ""),
        (cells.p(0.0004), "<.001"),
        (cells.p(None), "–"),
        (cells.megabytes(808_124), "0.8 MB"),
        (cells.megabytes(1_234_000_000), "1,234 MB"),
        (cells.seconds(0.0124), "12 ms"),
        (cells.seconds(0.9994), "999 ms"),
        (cells.seconds(1), "1.0 s"),
        (cells.seconds(1234.56), "1,234.6 s"),
        (cells.sort_key(None), ""),
        (cells.sort_key(0), "0"),
        (cells.tenths(0.34), "3"),
        (cells.tenths(1.2), "10"),
        (cells.breakable("a_<b>"), "a_<wbr>&lt;b&gt;"),
    ],
)
def test_numbers_as_they_are_printed(printed: str, expected: str) -> None:
    assert printed == expected
