"""Items and pairs in every format that `compare` reads."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from embcmp.choices import Reading
from embcmp.errors import InputError, UsageError
from embcmp.evaluation.gold_rows import Item, Pair, Part
from embcmp.evaluation.readers.own_files import read_items, read_pairs
from tests.evaluation import files

Table = Sequence[Mapping[str, object]]

ITEMS: Table = [
    {"id": "a", "word": "man", "start": 4, "end": 7, "sense": "noun", "sentence": "The man; he."},
    {"id": "b", "word": "man", "start": 0, "end": 3, "sense": "verb", "sentence": "Man “it”."},
    {"id": "c", "word": "café", "start": 3, "end": 8, "sense": "noun", "sentence": "Le cafés."},
]  # fmt: skip
PAIRS: Table = [
    {"id": "a", "word": "man", "sentence1": " The man is.", "start1": 5, "end1": 8,
     "sentence2": "Men; go.", "start2": 0, "end2": 3, "gold": "T"},
    {"id": "b", "word": "man|café", "sentence1": "Man it.", "start1": 0, "end1": 3,
     "sentence2": "Un café.", "start2": 3, "end2": 7, "gold": "F"},
]  # fmt: skip


def delimited(delimiter: str, encoding: str = "utf-8") -> Callable[[Table], bytes]:
    def write(table: Table) -> bytes:
        sink = io.StringIO(newline="")
        writer = csv.DictWriter(sink, list(table[0]), delimiter=delimiter)
        writer.writeheader()
        writer.writerows(table)
        return sink.getvalue().encode(encoding)

    return write


def as_jsonl(table: Table) -> bytes:
    return "".join(json.dumps(row) + "\n" for row in table).encode()


def as_parquet(table: Table) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(pa.Table.from_pylist([dict(row) for row in table]), sink)
    return bytes(sink.getvalue())


def as_xlsx(table: Table) -> bytes:
    book = openpyxl.Workbook()
    for cells in (list(table[0]), *(list(row.values()) for row in table)):
        book.active.append(cells)
    sink = io.BytesIO()
    book.save(sink)
    return sink.getvalue()


FORMATS: Mapping[str, tuple[Callable[[Table], bytes], Reading]] = {
    "rows.tsv": (delimited("\t"), Reading()),
    "rows.csv": (delimited(","), Reading()),
    "european.csv": (delimited(";", "cp1252"), Reading(encoding="cp1252")),
    "spreadsheet.tsv": (delimited("\t", "utf-16"), Reading()),
    "rows.jsonl": (as_jsonl, Reading()),
    "rows.parquet": (as_parquet, Reading()),
    "rows.xlsx": (as_xlsx, Reading()),
    "rows.csv.gz": (lambda table: gzip.compress(delimited(",")(table)), Reading()),
    "rows.data": (delimited(","), Reading(input_format="csv")),
}


def items(part: Part) -> list[tuple[str, str, str, str | None]]:
    rows = [row for row in part.rows if isinstance(row, Item)]
    assert len(rows) == len(part.rows)
    return [(row.id, row.use.word, row.use.form, row.use.sense) for row in rows]


def pairs(part: Part) -> list[tuple[str, str, str, str, str, float | bool]]:
    rows = [row for row in part.rows if isinstance(row, Pair)]
    assert len(rows) == len(part.rows)
    return [
        (row.id, row.first.word, row.first.form, row.second.word, row.second.form, row.gold)
        for row in rows
    ]


READ_ITEMS = [
    ("a", "man", "man", "noun"), ("b", "man", "Man", "verb"), ("c", "café", "cafés", "noun"),
]  # fmt: skip
READ_PAIRS = [("a", "man", "man", "man", "Men", True), ("b", "man", "Man", "café", "café", False)]


@pytest.mark.parametrize("name", FORMATS)
def test_every_format(name: str, tmp_path: Path) -> None:
    write, reading = FORMATS[name]
    path = tmp_path / name
    path.write_bytes(write(ITEMS))
    part = read_items([path], reading)
    assert items(part) == READ_ITEMS
    assert part.skipped == ()
    assert part.files == (path,)
    path.write_bytes(write(PAIRS))
    part = read_pairs([path], reading)
    assert pairs(part) == READ_PAIRS
    assert part.skipped == ()


def test_several_files_of_which_two_share_an_id(tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_bytes(as_jsonl(ITEMS[:2]))
    (tmp_path / "y.csv").write_bytes(delimited(";")(ITEMS[1:]))
    part = read_items([tmp_path / "x.jsonl", tmp_path / "y.csv"])
    names = [f"{tmp_path / 'x.jsonl'}:b", f"{tmp_path / 'y.csv'}:b"]
    assert [row.id for row in part.rows] == ["a", *names, "c"]
    assert part.split == "x.jsonl, y.csv"
    assert part.files == (tmp_path / "x.jsonl", tmp_path / "y.csv")


def test_columns_of_other_names(tmp_path: Path) -> None:
    path = files.write(
        tmp_path / "p.csv",
        "lemma,context_a,context_b,score,indexFrom,indexTo\n"
        "man,The man is.,Men; go.,3.5,4,7\nman,A [[man]] or man,He manned it,1,2,5\n",
    )
    columns = {
        "sentence1": "context_a", "sentence2": "context_b", "gold": "score",
        "start1": "indexFrom", "end1": "indexTo",
    }  # fmt: skip
    part = read_pairs([path], Reading(columns=columns))
    assert pairs(part)[0] == (f"{path}:2", "man", "man", "man", "Men", 3.5)
    assert [row.reason for row in part.skipped] == [
        "offsets 2-5 cut a word: '[[m'"  # given offsets come before marks, as in compare
    ]
    path = files.write(tmp_path / "i.csv", "use,Lemma,label\nThe man is.,man,noun\n")
    assert items(read_items([path], Reading(columns={"sentence": "use", "sense": "label"}))) == [
        (f"{path}:2", "man", "man", "noun")
    ]


def test_a_place_that_is_not_given_is_looked_for(tmp_path: Path) -> None:
    path = files.write(
        tmp_path / "i.tsv",
        "word\tsense\tsentence\nman\ta\tThe man is.\nman\ta\tMen go.\nman\tb\tA man or a man.\n"
        "man\tb\tA man or a [[man]].\nman\tb\tNobody.\n",
    )
    part = read_items([path])
    assert [(row.source[-1], row.use.start) for row in part.rows if isinstance(row, Item)] == [
        ("2", 4), ("3", 0), ("5", 11),
    ]  # fmt: skip
    assert [(row.source[-1], row.reason) for row in part.skipped] == [
        ("4", "'man' occurs 2 times: give start and end"),
        ("6", "'man' does not occur"),
    ]


def test_other_languages_have_their_own_forms(tmp_path: Path) -> None:
    path = files.write(tmp_path / "i.tsv", "word\tsense\tsentence\ngehen\ta\tEr ging fort.\n")
    assert items(read_items([path], Reading(lang="de"))) == [(f"{path}:2", "gehen", "ging", "a")]


def test_notes_say_what_is_read_otherwise(tmp_path: Path) -> None:
    path = files.write(tmp_path / "i.csv", "Sentence,WORD,Sense\nThe man is.,man,noun\n")
    part = read_items([path])
    assert items(part)
    assert part.notes == (
        f"{path}: the column Sentence is read as `sentence`",
        f"{path}: the column Sense is read as `sense`",
        f"{path}: the column WORD is read as `word`",
    )
    assert part.noted == ()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("sentence\tsense\nman\ta\n", "no row has a value in the column `word`"),
        ("sentence\tword\nman\tman\n", "no row has a value in the column `sense`"),
    ],
)
def test_a_missing_column_is_named(text: str, says: str, tmp_path: Path) -> None:
    path = files.write(tmp_path / "i.tsv", text)
    with pytest.raises(InputError, match=says) as caught:
        read_items([path])
    assert "--columns" in str(caught.value)


def test_pairs_without_gold_or_word(tmp_path: Path) -> None:
    path = files.write(tmp_path / "p.tsv", "word\tsentence1\tsentence2\nman\tman\tman\n")
    with pytest.raises(InputError, match=r"p\.tsv:1: has no column gold"):
        read_pairs([path])
    path = files.write(tmp_path / "p.tsv", "gold\tsentence1\tsentence2\n1\tman\tman\n")
    with pytest.raises(InputError, match="column `word`"):
        read_pairs([path])
    with pytest.raises(UsageError, match="standard input"):
        read_pairs(["-"])
