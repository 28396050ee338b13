"""Real gold-standard files: every row of every file is used, with its own offsets."""

from collections import defaultdict
from pathlib import Path

import pytest

from embcmp.text.sentences import Sentence, read_sentences
from embcmp.text.targets import find_occurrences

DATA = Path(__file__).parents[3] / "shared" / "data" / "tsv"

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason=f"the public data are not at {DATA}")


@pytest.mark.parametrize(
    ("name", "count", "words"),
    [
        ("haber_poesio2021", 177, 30),
        ("rawc", 448, 112),
        ("wikihomograph.train", 14_487, 162),
        ("wsd_raganato.semeval2007", 454, 326),
    ],
)
def test_every_row_gives_one_occurrence_at_its_offsets(name: str, count: int, words: int) -> None:
    by_word = defaultdict(list)
    for row in read_sentences(DATA / f"{name}.items.tsv"):
        by_word[row.word].append(row)
    assert len(by_word) == words
    assert sum(map(len, by_word.values())) == count
    for word, rows in by_word.items():
        assert word is not None
        found = find_occurrences(rows, word)
        assert found.skipped == ()
        assert [(one.id, one.sense, one.sentence, one.start, one.end) for one in found] == [
            (row.id, row.sense, row.text, row.start, row.end) for row in rows
        ]


@pytest.mark.parametrize(
    ("name", "count"),
    [("haber_poesio2021", 508), ("rawc", 1344), ("wic.dev", 1276), ("wic.train", 10_854)],
)
def test_forms_of_the_word_are_recognized_at_their_offsets(name: str, count: int) -> None:
    known = 0
    with (DATA / f"{name}.pairs.tsv").open(encoding="utf-8", newline="\n") as lines:
        next(lines)
        for number, line in enumerate(lines, start=2):
            _, word, *sides, _ = line.rstrip("\n").split("\t")
            for text, start, end in (sides[:3], sides[3:]):
                row = Sentence(text, f"{name}:{number}", start=int(start), end=int(end))
                known += len(find_occurrences([row], word))
    assert known == count
