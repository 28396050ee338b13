"""Running text into sentences: boundaries checked by hand, wrapped lines, context, warnings."""

from pathlib import Path

import pytest

from embcmp.errors import InputError
from embcmp.text.running_text import sentence_spans, split_row, with_context
from embcmp.text.sentence_rows import Sentence
from embcmp.text.sentences import read_sentences
from embcmp.text.targets import find_occurrences
from tests.benchmarks.boundaries import gold, score


def test_boundaries_are_those_that_people_see() -> None:
    count, precision, recall = score()
    assert count > 230
    assert precision > 0.91
    assert recall > 0.96


def test_a_splitter_that_splits_everywhere_misses_nothing_and_is_seldom_right() -> None:
    count, precision, recall = score(lambda text, _: [(i, i + 1) for i in range(len(text))])
    characters = sum(len(text) - 1 for _, text, _ in gold())
    assert recall == 1
    assert precision == count / characters


@pytest.mark.parametrize(("language", "text", "ends"), gold())
def test_spans_are_stretches_of_the_text_without_blanks(
    language: str, text: str, ends: set[int]
) -> None:
    spans = sentence_spans(f"  {text}\n\n{text} ", language)
    whole = f"  {text}\n\n{text} "
    assert all(whole[a:b] == whole[a:b].strip() for a, b in spans)
    assert "".join(whole[a:b] for a, b in spans).replace(" ", "") == (text + text).replace(" ", "")


WRAPPED = """\
CHAPTER I

It was a cold morning, and the man at
the gate had not slept. He said that
he would wait. Nobody
came.

"Go man the post!" cried Dr.
Hale. The old man went.
"""


def read(folder: Path, text: str, form: str | None = "text", **how: object) -> list[Sentence]:
    path = folder / "a.txt"
    path.write_text(text, encoding="utf-8")
    return read_sentences(path, form, **how)  # type: ignore[arg-type]


def test_wrapped_lines_and_paragraphs(tmp_path: Path) -> None:
    rows = read(tmp_path, WRAPPED)
    assert [row.text for row in rows] == [
        "CHAPTER I",
        "It was a cold morning, and the man at the gate had not slept.",
        "He said that he would wait.",
        "Nobody came.",
        '"Go man the post!" cried Dr. Hale.',
        "The old man went.",
    ]
    assert [row.source.rpartition(":")[2] for row in rows] == ["1", "3", "4", "5", "8", "9"]


def test_a_chapter_a_line(tmp_path: Path) -> None:
    line = "The man left. " + "Nobody saw the man who left in the night. " * 9
    rows = read(tmp_path, f"{line}\nChapter Two\n{line}\n")
    assert len(rows) == 21
    assert rows[10].text == "Chapter Two"
    assert [rows[i].source.rpartition(":")[2] for i in (0, 9, 10, 11)] == ["1", "1", "2", "3"]


def test_a_line_that_was_ended_by_hand_ends_a_sentence(tmp_path: Path) -> None:
    text = "A Tale\nThere was once a man who lived by the sea and fished.\nHe was poor.\n"
    assert [row.text for row in read(tmp_path, text)] == [
        "A Tale",
        "There was once a man who lived by the sea and fished.",
        "He was poor.",
    ]


def test_marks_are_read_in_running_text(tmp_path: Path) -> None:
    rows = read(tmp_path, "Nobody came. The [[man]] left\nthe other man.\n")
    assert [(row.text, row.start, row.end) for row in rows] == [
        ("Nobody came.", None, None),
        ("The man left the other man.", 4, 7),
    ]


def test_rows_of_a_table_are_split(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(
        "sentence,sense,start,end\n"
        '"It rained. The bank was shut. We left.",money,,\n'
        '"It rained. The bank was wet.",river,15,19\n',
        encoding="utf-8",
    )
    rows = read_sentences(path, split=True)
    assert [(row.text, row.sense) for row in rows] == [
        ("It rained.", "money"),
        ("The bank was shut.", "money"),
        ("We left.", "money"),
        ("The bank was wet.", "river"),
    ]
    assert rows[3].text[rows[3].start : rows[3].end] == "bank"
    found = find_occurrences(rows, "bank")
    assert [o.sentence for o in found] == ["The bank was shut.", "The bank was wet."]


def test_a_place_across_sentences_keeps_the_row_whole() -> None:
    row = Sentence("He left. Go on.", "a:1", start=3, end=11)
    assert list(split_row(row, "en")) == [row]


def test_context_is_added_and_not_searched(tmp_path: Path) -> None:
    text = "A man came. The man sat. Nobody spoke. He left. The end."
    rows = read(tmp_path, text, context=1)
    assert [row.text for row in rows] == [
        "A man came. The man sat.",
        "A man came. The man sat. Nobody spoke.",
        "The man sat. Nobody spoke. He left.",
        "Nobody spoke. He left. The end.",
        "He left. The end.",
    ]
    found = find_occurrences(rows, "man")
    assert [(o.sentence, o.start) for o in found] == [(rows[0].text, 2), (rows[1].text, 16)]


@pytest.mark.parametrize("count", [0, 1, 2, 7])
def test_context_keeps_given_places_and_documents(count: int) -> None:
    rows = [
        Sentence(f"Number {i} is here.", f"a:{i}", start=7, end=8, unit="x" if i < 3 else "y")
        for i in range(6)
    ]
    wide = list(with_context(rows, count))
    assert [row.text[row.start : row.end] for row in wide] == list("012345")
    for i, row in enumerate(wide):
        documents = [j for j in range(6) if (j < 3) == (i < 3) and abs(i - j) <= count]
        assert row.text == " ".join(rows[j].text for j in documents)


def test_a_negative_context_is_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(Exception, match="context is -1"):
        read(tmp_path, "A man.", context=-1)


def test_lines_of_several_sentences_get_a_note(tmp_path: Path) -> None:
    line = "The man left. Nobody saw him. It was night. The dog slept.\n"
    rows = read(tmp_path, line * 5, None)
    assert "--split" in rows.notes[0]  # type: ignore[attr-defined]
    assert len(rows) == 5
    assert len(read(tmp_path, line * 5, None, split=True)) == 20
    assert read(tmp_path, "The man left.\nNobody saw him. It was night.\n", None).notes == ()  # type: ignore[attr-defined]


@pytest.mark.parametrize("separator", ["\x0b", "\x1e", "\x85", "\u2028"])
def test_a_line_separator_within_a_line_does_not_end_it(separator: str, tmp_path: Path) -> None:
    line = separator.join(["The man left.", "Nobody saw him.", "It was night.", "He slept."]) + "\n"
    rows = read(tmp_path, line * 5, None)
    assert len(rows) == 5
    assert "--split" in rows.notes[0]  # type: ignore[attr-defined]


def test_text_without_a_sentence_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="has no sentences"):
        read(tmp_path, "\n \n\n")
