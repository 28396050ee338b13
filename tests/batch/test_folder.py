from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from embcmp.batch.folder import file_name

HOSTILE = (
    "../x", "a/b", "a\\b", "CON", "con", "nul", "com1", ".", "..", "", " ", "x" * 300, "a\0b",
    "-rf", "a:b", "trailing.", "é", "e\u0301", "Polish", "polish", "POLISH", "中文", "\ud800",
    "polish-00000000", "\u202egnp.exe", "hot dog", "ß", "ss", "ﬁ", "fi",
)  # fmt: skip
DEVICES = {"con", "prn", "aux", "nul", *(f"{d}{n}" for d in ("com", "lpt") for n in range(10))}


def test_hostile_words_have_different_names() -> None:
    names = {file_name(word).casefold() for word in HOSTILE}
    assert len(names) == len(HOSTILE)


def test_a_plain_word_is_its_own_name() -> None:
    assert [file_name(w) for w in ("bank", "hot_dog", "man-made", "b2b")] == [
        "bank", "hot_dog", "man-made", "b2b"
    ]  # fmt: skip
    assert file_name("Männer").startswith("manner-")


@given(st.one_of(st.text(max_size=400), st.sampled_from(HOSTILE)))
def test_names_are_valid_on_every_file_system(word: str) -> None:
    name = file_name(word)
    assert name.isascii()
    assert 0 < len(name) <= 60
    assert set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-_")
    assert name[0] != "-"
    assert name not in DEVICES
    assert unicodedata.normalize("NFD", name) == name
