"""Names that are too long for a column can still be told apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from embcmp.render.short_names import short_names
from embcmp.render.text import visible

TWINS = ("context,window=3,stopwords=keep", "context,window=5,stopwords=keep")
LAYERS = ("bert:google-bert/bert-base-uncased@11", "bert:google-bert/bert-base-uncased@12")


@pytest.mark.parametrize(
    ("names", "width", "short"),
    [
        (TWINS, 24, ["context,window=3,…keep", "context,window=5,…keep"]),
        (TWINS, 14, ["context,…3,…", "context,…5,…"]),
        (LAYERS, 24, ["bert:google-…uncased@11", "bert:google-…uncased@12"]),
        (LAYERS, 14, ["bert:…@11", "bert:…@12"]),
        (TWINS[:1], 24, ["context,…stopwords=keep"]),
        (("lstm", "bert@6"), 14, ["lstm", "bert@6"]),
        (("a" * 30, "a" * 31, "a" * 32), 9, ["aaaa…aaaa", "aaa…aa(2)", "aaa…aa(3)"]),
    ],
)
def test_parts_are_left_out_that_no_other_name_needs(
    names: tuple[str, ...], width: int, short: list[str]
) -> None:
    assert list(short_names(names, width).values()) == short


@given(st.sets(st.text("ab:/,=@-男…", min_size=1, max_size=60), max_size=8), st.integers(6, 40))
def test_different_names_have_different_forms_that_fit(names: set[str], width: int) -> None:
    short = short_names(names, width)
    assert set(short) == names
    assert len(set(short.values())) == len(names)
    for name, form in short.items():
        assert cell_len(form) <= width
        assert form == visible(name) or cell_len(visible(name)) > width


@given(st.sets(st.text(max_size=30), max_size=8), st.integers(0, 5))
def test_no_column_is_too_narrow(names: set[str], width: int) -> None:
    assert all(cell_len(form) <= width for form in short_names(names, width).values())
