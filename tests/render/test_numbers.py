from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from embcmp.render import numbers


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (partial(numbers.plural, 1, "word"), "1 word"),
        (partial(numbers.plural, 1200, "word"), "1,200 words"),
        (partial(numbers.three, None), "–"),
        (partial(numbers.three, 0.5), ".500"),
        (partial(numbers.short, -0.125), "-.12"),
        (partial(numbers.interval, [0.25, 0.75]), "[.25, .75]"),
        (partial(numbers.interval, [0.25, 0.75], approximate=True), "~[.25, .75]"),
        (partial(numbers.interval, None), ""),
        (partial(numbers.p, 0.0004), "<.001"),
        (partial(numbers.p, None), "–"),
        (partial(numbers.megabytes, 808_124), "0.8 MB"),
        (partial(numbers.megabytes, 1_234_000_000), "1,234 MB"),
        (partial(numbers.seconds, 0.0124), "12 ms"),
        (partial(numbers.seconds, 0.9994), "999 ms"),
        (partial(numbers.seconds, 1), "1.0 s"),
        (partial(numbers.seconds, 1234.56), "1,234.6 s"),
        (partial(numbers.sort_key, None), ""),
        (partial(numbers.sort_key, 0), "0"),
        (partial(numbers.tenths, 0.34), "3"),
        (partial(numbers.tenths, 1.2), "10"),
        (partial(numbers.breakable, "a_<b>"), "a_<wbr>&lt;b&gt;"),
    ],
)
def test_numbers_as_they_are_printed(call: Callable[[], str], expected: str) -> None:
    assert call() == expected
