from __future__ import annotations

import pytest

from embcmp.render import numbers


@pytest.mark.parametrize(
    ("printed", "expected"),
    [
        (numbers.plural(1, "word"), "1 word"),
        (numbers.plural(1200, "word"), "1,200 words"),
        (numbers.three(None), "–"),
        (numbers.three(0.5), ".500"),
        (numbers.two(-0.125), "-.12"),
        (numbers.ends([0.25, 0.75]), "[.25, .75]"),
        (numbers.ends([0.25, 0.75], approximate=True), "~[.25, .75]"),
        (numbers.ends(None), ""),
        (numbers.p(0.0004), "<.001"),
        (numbers.p(None), "–"),
        (numbers.megabytes(808_124), "0.8 MB"),
        (numbers.megabytes(1_234_000_000), "1,234 MB"),
        (numbers.seconds(0.0124), "12 ms"),
        (numbers.seconds(0.9994), "999 ms"),
        (numbers.seconds(1), "1.0 s"),
        (numbers.seconds(1234.56), "1,234.6 s"),
        (numbers.sort_key(None), ""),
        (numbers.sort_key(0), "0"),
        (numbers.tenths(0.34), "3"),
        (numbers.tenths(1.2), "10"),
        (numbers.breakable("a_<b>"), "a_<wbr>&lt;b&gt;"),
    ],
)
def test_numbers_as_they_are_printed(printed: str, expected: str) -> None:
    assert printed == expected
