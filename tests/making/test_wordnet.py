from __future__ import annotations

from pathlib import Path

import pytest

from embcmp.errors import InputError
from tests.making.wordnet import common_words, glosses

LICENSE = "  1 This software and database is being provided to you, the LICENSEE, by  \n"
SYNSET = "00001740 03 n 01 entity 0 001 ~ 00001930 n 0000 | "


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for part in ("noun", "verb", "adj", "adv"):
        (tmp_path / f"data.{part}").write_text(LICENSE + SYNSET + f"of the {part}  \n")
    return tmp_path


def test_all_four_parts_of_speech_in_order(folder: Path) -> None:
    assert list(glosses(folder)) == [f"of the {part}" for part in ("noun", "verb", "adj", "adv")]


@pytest.mark.parametrize(
    ("gloss", "definition"),
    [
        ("(botany) the act of going; a departure", "(botany) the act of going; a departure"),
        ('a vivid color; "the red | of it"; "red, too"', "a vivid color"),
        ('quick earnings, "a fast buck"', "quick earnings"),
        ('of cattle: "moo"', "of cattle"),
        ('loose marks; "she loaded her shopping into the car"women at "', "loose marks"),
        ('open; "an obituary notice; a notice of sale', "open"),
        ('a part; "cut it"; He manufactured a popular cereal', "a part"),
        ('(of a ball) "a ball that is out of play is dead"', "(of a ball)"),
        ('the letter ("b")', "the letter"),
    ],
)
def test_examples_are_left_out(folder: Path, gloss: str, definition: str) -> None:
    (folder / "data.adv").write_text(f"{LICENSE}{SYNSET}{gloss}  \n")
    assert list(glosses(folder))[-1] == definition


def test_synset_with_nothing_but_an_example(folder: Path) -> None:
    (folder / "data.noun").write_text(f'{SYNSET}"example alone"\n')
    assert len(list(glosses(folder))) == 3


def test_missing_file(folder: Path) -> None:
    (folder / "data.adj").unlink()
    with pytest.raises(InputError, match=r"data\.adj: cannot be read: No such file"):
        list(glosses(folder))


def test_another_format(folder: Path) -> None:
    (folder / "data.verb").write_text(LICENSE + "no bar here\n")
    with pytest.raises(InputError, match=r"data\.verb:2: no gloss"):
        list(glosses(folder))


def test_names_are_left_out_of_the_common_words(folder: Path) -> None:
    (folder / "data.adj").write_text(
        "00001740 00 a 02 able 0 Roman_type(a) 0 001 = 05200169 n 0000 | having power  \n"
    )
    (folder / "data.noun").write_text("00001740 15 n 03 Paris 0 city 0 hot_dog 1 000 | a place  \n")
    assert common_words(folder) == {"entity", "able", "city", "hot_dog"}
