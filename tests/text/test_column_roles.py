"""Which column is which, as spreadsheets and data frames name them; and their values."""

import io
import math
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from embcmp.errors import InputError, UsageError
from embcmp.text.column_roles import KNOWN, Columns
from embcmp.text.sentences import Sentences, read_sentences
from embcmp.text.targets import find_occurrences


def read(folder: Path, name: str, text: str, **how: object) -> Sentences:
    path = folder / name
    path.write_text(text, encoding="utf-8", newline="")
    return read_sentences(path, **how)  # type: ignore[arg-type]


@given(st.sampled_from(KNOWN), st.sampled_from([str, str.upper, str.title]), st.booleans())
def test_a_name_matches_whatever_its_case_blanks_and_plural(
    name: str, cased: object, plural: bool
) -> None:
    theirs = f" {cased(name)}{'s' * plural} "  # type: ignore[operator]
    names = [theirs] if name == "sentence" else ["sentence", theirs]
    assert Columns.of(names, "a:1").known[name] == theirs


def test_the_exact_name_wins() -> None:
    columns = Columns.of(["senses", "sentence", "sense"], "a:1")
    assert columns.known == {"sentence": "sentence", "sense": "sense"}
    assert columns.others == ("senses",)
    assert columns.notes == ()


def test_the_mark_of_made_labels_is_that_of_the_column_sense() -> None:
    names = ["sentence", "sense", "sense_source", "sense_given"]
    for said in (None, {"sense": "sense"}, {"sense_source": "sense_source"}):
        assert Columns.of(names, "a:1", said).known["sense_source"] == "sense_source"
    columns = Columns.of(names, "a:1", {"sense": "sense_given"})
    assert columns.known == {"sentence": "sentence", "sense": "sense_given"}
    assert columns.others == ("sense",)
    both = {"sense": "sense_given", "sense_source": "sense_source"}
    assert Columns.of(names, "a:1", both).known["sense_source"] == "sense_source"


def test_two_columns_for_one_role_are_refused_with_the_option_to_choose() -> None:
    with pytest.raises(InputError, match="Sense, senses could each be `sense`") as e:
        Columns.of(["sentence", "Sense", "senses"], "a:1")
    assert e.value.hint == "say which: --columns sense=..."
    assert Columns.of(["sentence", "Sense", "senses"], "a:1", {"sense": "senses"}).others == (
        "Sense",
    )


def test_a_column_twice_is_refused() -> None:
    with pytest.raises(InputError, match="has the column `sense` twice"):
        Columns.of(["sentence", "sense", "sense"], "a:1")


@pytest.mark.parametrize(
    ("names", "hint"),
    [
        (["text", "label"], "--columns sentence=text"),
        (["label", "Sentense"], "--columns sentence=Sentense"),
        (["a", "b"], "--columns sentence=a"),
    ],
)
def test_without_a_sentence_the_columns_are_shown(names: list[str], hint: str) -> None:
    with pytest.raises(InputError, match=f"its columns: {', '.join(names)}") as e:
        Columns.of(names, "a:1")
    assert hint in (e.value.hint or "")


def test_named_columns_are_used_and_must_be_there(tmp_path: Path) -> None:
    text = "Context;Label;year\nThe bank lent me money.;money;1901\n"
    wanted = {"sentence": "context", "sense": "label", "group": "year"}
    (row,) = read(tmp_path, "a.csv", text, columns=wanted)
    assert (row.text, row.sense, row.group) == ("The bank lent me money.", "money", "1901")
    with pytest.raises(InputError, match="has no column satz"):
        read(tmp_path, "a.csv", text, columns={"sentence": "satz"})


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_out(delimiter: str, tmp_path: Path) -> None:
    text = f"id{delimiter}sentence{delimiter}sense\n1{delimiter}A bank{delimiter}x\n"
    (row,) = read(tmp_path, "a.csv", text)
    assert (row.id, row.text, row.sense) == ("1", "A bank", "x")


@pytest.mark.parametrize("delimiter", [",", ";"])
def test_a_table_of_sentences_alone_may_hold_delimiters(delimiter: str, tmp_path: Path) -> None:
    (row,) = read(tmp_path, "a.csv", f'sentence\n"A bank{delimiter} by the river."\n')
    assert row.text == f"A bank{delimiter} by the river."


def test_excel_says_its_delimiter_in_the_first_line(tmp_path: Path) -> None:
    (row,) = read(tmp_path, "a.csv", "sep=|\nsentence|sense\nA bank, a bank; no|x\n")
    assert (row.text, row.sense) == ("A bank, a bank; no", "x")


def test_empty_cells_at_the_end_of_a_row_are_ignored(tmp_path: Path) -> None:
    rows = read(tmp_path, "a.csv", "sentence,sense,,\nA bank.,x,,\nTwo banks.,y,,,\n")
    assert [row.sense for row in rows] == ["x", "y"]


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ('"He said, ""go to the bank""."', 'He said, "go to the bank".'),
        ('"A bank,\tby the river."', "A bank,\tby the river."),
        ('"By the bank, he slept."', "By the bank, he slept."),
        ('"He said ""the bank"""\tz\nOf banks, then.', 'He said "the bank"'),  # as pandas writes
    ],
)
def test_cells_that_a_spreadsheet_quoted_in_a_tsv(line: str, text: str, tmp_path: Path) -> None:
    rows = read(tmp_path, "a.tsv", f"sentence\tsense\nThe bank.\tx\n{line}\ty\n")
    assert rows[1].text == text
    assert "cells in quotes are read without them" in rows.notes[0]


@pytest.mark.parametrize(
    "line",
    [
        '"The bank!" he said.',
        '"Go, bank," he said, "go"',
        'He said, "go to the bank".',
        '"To the bank!"',
        '"a lone quote at a bank',
    ],
)
def test_quotes_of_a_sentence_in_a_tsv_are_its_own(line: str, tmp_path: Path) -> None:
    rows = read(tmp_path, "a.tsv", f"sentence\tsense\nThe bank, then.\tx\n{line}\ty\n")
    assert [row.text for row in rows] == ["The bank, then.", line]
    assert rows.notes == ()


@pytest.mark.parametrize("separator", ["\x0b", "\x1e", "\u2028"])
def test_a_line_separator_within_a_cell_does_not_end_its_row(
    separator: str, tmp_path: Path
) -> None:
    sentence = f"The bank{separator} was steep."
    rows = read(tmp_path, "a.tsv", f'sentence\tsense\nA bank.\t"\n{sentence}\tx\nA bank!\t"\n')
    assert [(row.text, row.sense) for row in rows] == [
        ("A bank.", '"'),
        (sentence, "x"),
        ("A bank!", '"'),
    ]


def test_a_formula_that_was_defused_is_read_as_it_was(tmp_path: Path) -> None:
    text = "sentence,sense\n'=1+1 bank,'-x\n'tis a bank,'@y\n"
    rows = read(tmp_path, "a.csv", text)
    assert [(row.text, row.sense) for row in rows] == [("=1+1 bank", "-x"), ("'tis a bank", "@y")]


FRAME = pd.DataFrame(
    {
        "sentence": ["The bank lent me money.", "We sat on the bank.", "A bank."],
        "sense": [1.0, 2.0, math.nan],
        "id": [10, 11, 12],
        "year": [1901, 1902, 1903],
        "ok": [True, False, True],
        "start": [4.0, 14.0, math.nan],
        "end": [8.0, 18.0, math.nan],
    }
)


@pytest.mark.parametrize("name", ["a.csv", "a.tsv", "a.jsonl", "a.parquet", "a.xlsx"])
def test_a_data_frame_is_read_alike_from_every_format(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    match path.suffix:
        case ".csv":
            FRAME.to_csv(path, index=False)
        case ".tsv":
            FRAME.to_csv(path, index=False, sep="\t")
        case ".jsonl":
            FRAME.to_json(path, orient="records", lines=True)
        case ".parquet":
            FRAME.to_parquet(path)
        case ".xlsx":
            FRAME.to_excel(path, index=False)
    rows = read_sentences(path)
    assert [row.sense for row in rows] == ["1", "2", None]
    assert [row.id for row in rows] == ["10", "11", "12"]
    assert [(row.start, row.end) for row in rows] == [(4, 8), (14, 18), (None, None)]
    assert [row.columns["year"] for row in rows] == ["1901", "1902", "1903"]
    assert [row.columns["ok"].lower() for row in rows] == ["true", "false", "true"]


def test_categories_and_missing_sentences_of_a_data_frame(tmp_path: Path) -> None:
    frame = FRAME.assign(sense=pd.Categorical(["a", "b", None]))
    frame.loc[1, "sentence"] = None
    frame.to_parquet(tmp_path / "a.parquet")
    found = find_occurrences(read_sentences(tmp_path / "a.parquet"), "bank")
    assert [(o.id, o.sense) for o in found] == [("10", "a"), ("12", None)]
    assert [s.reason for s in found.skipped] == ["the sentence is empty"]


def test_labels_that_differ_in_blanks_or_composition_are_one(tmp_path: Path) -> None:
    text = "sentence\tsense\nA bank.\tcafe\u0301\nA bank too.\tcafé \nNo bank.\t café\n"
    rows = read(tmp_path, "a.tsv", text)
    assert {row.sense for row in rows} == {"café"}
    assert len([note for note in rows.notes if "labels are read" in note]) == 1


def test_a_span_in_one_cell(tmp_path: Path) -> None:
    rows = read(
        tmp_path,
        "a.jsonl",
        '{"sentence": "The bank by the bank.", "span": [4, 8]}\n'
        '{"sentence": "The bank by the bank.", "span": "16:20"}\n'
        '{"sentence": "The bank by the bank.", "span": "late"}\n',
    )
    assert [(row.start, row.end) for row in rows[:2]] == [(4, 8), (16, 20)]
    assert rows[2].problem == "start and end must be a whole number"


def test_a_label_that_is_a_list_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"a\.jsonl:1: `sense` is neither text nor a number"):
        read(tmp_path, "a.jsonl", '{"sentence": "A bank.", "sense": ["x"]}\n')


def test_only_the_first_sheet_is_read_with_a_note(tmp_path: Path) -> None:
    with pd.ExcelWriter(tmp_path / "a.xlsx") as book:
        FRAME.to_excel(book, sheet_name="Uses", index=False)
        FRAME.to_excel(book, sheet_name="Old", index=False)
    rows = read_sentences(tmp_path / "a.xlsx")
    assert len(rows) == 3
    assert "only the first of 2 sheets is read, 'Uses'" in rows.notes[0]


def test_a_file_that_is_no_workbook(tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_bytes(b"PK\x03\x04 nothing")
    with pytest.raises(InputError, match="is no readable Excel file"):
        read_sentences(tmp_path / "a.xlsx")


def test_ids_that_two_files_share_are_told_apart(tmp_path: Path) -> None:
    for name, id in (("a", "1"), ("b", "1"), ("c", "2")):
        (tmp_path / f"{name}.csv").write_text(f"id,sentence\n{id},A bank.\n", encoding="utf-8")
    rows = read_sentences(tmp_path)
    assert [row.id for row in rows] == [f"{tmp_path}/a.csv:1", f"{tmp_path}/b.csv:1", "2"]
    (tmp_path / "d.csv").write_text("id,sentence\n1,A bank.\n1,Two banks.\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"d\.csv:3: the id '1' is given twice"):
        read_sentences(tmp_path)


def test_a_file_named_twice_is_read_once(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("A bank.\n", encoding="utf-8")
    rows = read_sentences([path, tmp_path, str(path)])
    assert len(rows) == 1
    assert "named twice" in rows.notes[0]


cells = st.text(st.characters(codec="utf-8", exclude_characters="\r\n\t\0"), max_size=20)
labels = st.text(st.characters(codec="utf-8", categories=["L", "N"]), max_size=8)


@given(st.lists(st.tuples(cells, labels), min_size=1), st.sampled_from([",", ";"]))
def test_any_table_that_is_written_as_csv_comes_back(
    rows: list[tuple[str, str]], delimiter: str
) -> None:
    from embcmp.choices import Reading
    from embcmp.text.input_files import _text_file
    from embcmp.text.readers import READERS

    frame = pd.DataFrame(rows, columns=["sentence", "sense"])
    data = frame.to_csv(index=False, sep=delimiter, lineterminator="\n").encode()
    file = _text_file(io.BytesIO(data), "memory", None)
    read_back = list(READERS["csv"](file, Reading()))
    import re

    assert [row.text for row in read_back] == [re.sub(r"^'(?=[=+\-@])", "", t) for t, _ in rows]


def test_marks_count_in_tables_too(tmp_path: Path) -> None:
    rows = read(tmp_path, "a.csv", "sentence,sense\nThe bank by the [[bank]].,x\n")
    assert [(row.text, row.start, row.sense) for row in rows] == [
        ("The bank by the bank.", 16, "x")
    ]


def test_a_column_of_lemmas_is_enough_for_matching_by_lemma(tmp_path: Path) -> None:
    rows = read(tmp_path, "a.csv", "lemma,sentence\nman,Two men.\ndog,A man and a dog.\n")
    assert [o.form for o in find_occurrences(rows, "man", "lemma")] == ["men"]


def test_whole_numbers_of_a_data_frame_get_no_note(tmp_path: Path) -> None:
    assert read(tmp_path, "a.csv", "sentence,sense\nA bank.,1.0\n").notes == ()


def test_rows_of_a_table_are_not_each_others_context(tmp_path: Path) -> None:
    text = "sentence\nA bank. It was wet.\nNobody came.\n"
    with pytest.raises(UsageError, match="not consecutive sentences"):
        read(tmp_path, "a.csv", text, context=1)
    rows = read(tmp_path, "a.csv", text, context=1, split=True)
    assert [row.text for row in rows] == ["A bank. It was wet."] * 2 + ["Nobody came."]


def test_context_within_a_row_is_a_stretch_of_its_text(tmp_path: Path) -> None:
    text = 'sentence,start,end\n"It rained. The bank  was wet. We left. Late.",15,19\n'
    (row,) = read(tmp_path, "a.csv", text, context=1, split=True)
    assert row.text == "It rained. The bank  was wet. We left."
    assert row.text[row.start : row.end] == "bank"


def test_na_of_r_is_no_label_and_gets_a_note(tmp_path: Path) -> None:
    rows = read(tmp_path, "a.csv", "sentence,sense,word\nA bank.,NA,NA\nNo bank.,x,NA\n")
    assert [(row.sense, row.word) for row in rows] == [(None, "NA"), ("x", "NA")]
    assert [note for note in rows.notes if "NA is read as no label" in note]


def test_columns_that_embcmp_does_not_use_stay_as_they_are(tmp_path: Path) -> None:
    (row,) = read(tmp_path, "a.csv", "sentence,version,price\nA bank., 2.0 ,\n")
    assert row.columns == {"version": "2.0"}
