"""Sentence files: every format, and every way in which one can be wrong."""

import csv
import io
import json
import re
import sys
import tracemalloc
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from embcmp.errors import InputError, UsageError
from embcmp.text.sentences import Sentence, read_sentences, stream_sentences
from embcmp.text.targets import find_occurrences

Write = Callable[[str, str | bytes], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


def texts(path: Path) -> list[str]:
    return [sentence.text for sentence in read_sentences(path)]


def lines(path: Path) -> list[int]:
    return [int(sentence.source.rpartition(":")[2]) for sentence in read_sentences(path)]


# Text, a sentence a line


def test_txt_passes_over_blank_lines_and_comments(write: Write) -> None:
    path = write("man.txt", "# a comment\n\nOne man.\n \t\n#men two\n # three")
    assert texts(path) == ["One man.", "#men two", " # three"]
    assert lines(path) == [3, 5, 6]
    assert read_sentences(path)[0] == Sentence("One man.", f"{path}:3")


def test_only_line_feeds_end_lines(write: Write) -> None:
    inside = "a\rb\x0bc\x0cd\x1ce\x85f\u2028g\u2029h\x00i"
    path = write("man.txt", f"\ufeff{inside}\r\n{inside}\n")
    assert texts(path) == [inside, inside]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("A [[man]]", [("A man", 2, 5)]),
        ("[[Man]] to [[man]] [man]", [("Man to man [man]", 0, 3), ("Man to man [man]", 7, 10)]),
        ("[[é👍]] man", [("é👍 man", 0, 2)]),
        ("[[ ]] [] [[]] [[a", [("  [] [[]] [[a", 0, 1)]),
        ("no [mark] [[]] ]] [[", [("no [mark] [[]] ]] [[", None, None)]),
        ("[[[man]]]", [("[man]", 1, 4)]),
    ],
)
def test_marks(write: Write, line: str, expected: list[tuple[str, int, int]]) -> None:
    rows = read_sentences(write("man.txt", line))
    assert [(row.text, row.start, row.end) for row in rows] == expected


def test_only_marked_occurrences_count_in_their_line(write: Write) -> None:
    found = find_occurrences(read_sentences(write("man.txt", "man [[man]]\nman man\n")), "man")
    assert [(one.id, one.start) for one in found] == [("1", 4), ("2", 0), ("3", 4)]


# Tables


def test_tsv_knows_no_quoting(write: Write) -> None:
    path = write("man.tsv", 'id\tsentence\n"1\t"a ""man"" \n\n\'2\t"b\n')
    assert [(row.id, row.text) for row in read_sentences(path)] == [
        ('"1', '"a ""man"" '),
        ("'2", '"b'),
    ]
    assert lines(path) == [2, 4]


def test_tsv_rows(write: Write) -> None:
    path = write(
        "man.tsv",
        "\ufeffid\tsentence\tnote\tsense\tword\tstart\tend\r\n"
        "a\tA man.\tx\tnoun\tman\t2\t5\r\n"
        "\tA man.\t\t\t\t\t\r\n",
    )
    assert read_sentences(path) == [
        Sentence("A man.", f"{path}:2", "a", "noun", "man", 2, 5, columns={"note": "x"}),
        Sentence("A man.", f"{path}:3"),
    ]


def test_csv_follows_rfc_4180(write: Write) -> None:
    path = write(
        "man.csv",
        'sentence,sense\r\n"a, ""man""\r\nand\n\nb",x\r\n\r\n"c\rd\x00",\ne man,z',
    )
    assert [(row.text, row.sense) for row in read_sentences(path)] == [
        ('a, "man"\r\nand\n\nb', "x"),
        ("c\rd\x00", None),
        ("e man", "z"),
    ]
    assert lines(path) == [2, 7, 8]


def test_a_large_field_is_read_and_the_limit_of_csv_left_as_it_was(write: Write) -> None:
    csv.field_size_limit(131_072)
    assert texts(write("man.csv", "sentence\n" + "x" * 3_000_000)) == ["x" * 3_000_000]
    assert csv.field_size_limit() == 131_072


def test_jsonl(write: Write) -> None:
    rows: list[dict[str, Any]] = [
        {"sentence": "A man\u2028.", "start": 2, "end": 5.0, "id": 7, "sense": 0, "word": "man"},
        {"sentence": "b", "id": None, "sense": "", "other": [1]},
    ]
    path = write("man.jsonl", "\n \n".join(json.dumps(row, ensure_ascii=False) for row in rows))
    assert read_sentences(path) == [
        Sentence("A man\u2028.", f"{path}:1", "7", "0", "man", 2, 5),
        Sentence("b", f"{path}:3", columns={"other": "[1]"}),
    ]


def parquet(columns: dict[str, Any]) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.table(columns), sink)
    return sink.getvalue()


def test_parquet(write: Write) -> None:
    columns = {
        "sentence": pa.array(["a man", None, "b"]).dictionary_encode(),
        "start": [2.0, None, 1.5],
        "end": [5, None, 2],
        "other": [{"x": 1}, None, None],
    }
    path = write("man.parquet", parquet(columns))
    assert read_sentences(path) == [
        Sentence("a man", f"{path}: row 1", start=2, end=5),
        Sentence("", f"{path}: row 2"),
        Sentence("b", f"{path}: row 3", end=2, problem="start must be a whole number"),
    ]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("man.tsv", "sentence\tstart\tend\na man\t{}\t5\n"),
        ("man.csv", "sentence,start,end\na man,{},5\n"),
        ("man.jsonl", '{{"sentence": "a man", "start": "{}", "end": 5}}'),
    ],
)
@pytest.mark.parametrize("value", ["two", "2.5", "²", "२", "2 3", "1" * 19])
def test_offsets_that_are_no_numbers_are_the_rows_problem(
    write: Write, name: str, content: str, value: str
) -> None:
    rows = read_sentences(write(name, content.format(value)))
    assert [skipped.reason for skipped in find_occurrences(rows, "man").skipped] == [
        "start must be a whole number"
    ]


@pytest.mark.parametrize("value", ["true", "2.5", "Infinity", "[2]", "{}"])
def test_json_offsets_are_whole_numbers(write: Write, value: str) -> None:
    line = f'{{"sentence": "a man", "start": {value}, "end": {value}}}'
    (row,) = read_sentences(write("man.jsonl", line))
    assert row.problem == "start and end must be a whole number"


def test_negative_offsets_are_numbers(write: Write) -> None:
    (row,) = read_sentences(write("man.tsv", "sentence\tstart\tend\na man\t-3\t5"))
    assert (row.start, row.end, row.problem) == (-3, 5, None)


def test_a_lone_surrogate_is_the_rows_problem(write: Write) -> None:
    path = write("man.jsonl", '{"sentence": "man \\ud800"}\n{"sentence": "man \\ud83d\\ude00"}')
    found = find_occurrences(read_sentences(path), "man")
    assert [one.sentence for one in found] == ["man 😀"]
    assert [skipped.reason for skipped in found.skipped] == ["contains a lone surrogate"]


# Round trips

CELLS = st.text(st.characters(exclude_categories=["Cs"]))
LABELS = st.none() | CELLS.filter(bool)
ROWS: st.SearchStrategy[list[dict[str, Any]]] = st.lists(
    st.builds(
        dict,
        sentence=CELLS,
        sense=LABELS,
        word=LABELS,
        start=st.none() | st.integers(-9, 10**9),
        end=st.none() | st.integers(-9, 10**9),
    ),
    min_size=1,
)
HEADER = ["sentence", "sense", "word", "start", "end"]


def as_tsv(rows: list[dict[str, Any]]) -> bytes:
    table = [
        HEADER,
        *(["" if row[key] is None else str(row[key]) for key in HEADER] for row in rows),
    ]
    return "\r\n".join("\t".join(cells) for cells in table).encode()


def as_csv(rows: list[dict[str, Any]]) -> bytes:
    sink = io.StringIO(newline="")
    writer = csv.DictWriter(sink, HEADER)
    writer.writeheader()
    writer.writerows(rows)
    return sink.getvalue().encode()


def as_jsonl(rows: list[dict[str, Any]]) -> bytes:
    return "\n".join(json.dumps(row, ensure_ascii=False) for row in rows).encode()


def as_parquet(rows: list[dict[str, Any]]) -> bytes:
    return parquet({key: [row[key] for row in rows] for key in HEADER})


@pytest.mark.parametrize(
    ("name", "encode"),
    [("tsv", as_tsv), ("csv", as_csv), ("jsonl", as_jsonl), ("parquet", as_parquet)],
)
@settings(deadline=None)  # it waits for the disk
@given(rows=ROWS)
@example(rows=[dict.fromkeys(HEADER) | {"sentence": text} for text in ("", '"', '"')])
def test_what_is_written_is_read(
    tmp_path_factory: pytest.TempPathFactory,
    name: str,
    encode: Callable[[list[dict[str, Any]]], bytes],
    rows: list[dict[str, Any]],
) -> None:
    if name == "tsv":  # which has no way to write these two
        parts = str.maketrans("\t\n\r", "   ")
        rows = [
            {key: one.translate(parts) if isinstance(one, str) else one for key, one in row.items()}
            for row in rows
        ]
    path = tmp_path_factory.getbasetemp() / f"round_trip.{name}"
    path.write_bytes(encode(rows))
    read = [
        {key: getattr(row, key) for key in (*HEADER[1:], "text")} for row in read_sentences(path)
    ]
    assert read == [
        {
            "sense": label(row["sense"]),
            "word": label(row["word"]),
            "start": row["start"],
            "end": row["end"],
            "text": defused(row["sentence"]) if name == "csv" else row["sentence"],
        }
        for row in rows
    ]


def label(text: str | None) -> str | None:
    """A label as it is read: in NFC, without blanks, whole numbers without decimals."""
    plain = unicodedata.normalize("NFC", text or "").strip()
    return re.sub(r"^(-?[0-9]{1,18})\.0+$", r"\1", plain) or None


def defused(text: str) -> str:
    """Without the quote that embcmp's own CSV puts before a formula."""
    return text[1:] if text.startswith(("'=", "'+", "'-", "'@")) else text


# Where it comes from


def standard_input(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(io.BytesIO(data))))


def test_standard_input_is_text(monkeypatch: pytest.MonkeyPatch) -> None:
    standard_input(monkeypatch, "é man\n".encode())
    assert read_sentences("-") == [Sentence("é man", "<stdin>:1")]


def test_standard_input_in_another_format(monkeypatch: pytest.MonkeyPatch) -> None:
    standard_input(monkeypatch, parquet({"sentence": ["a man"]}))
    assert read_sentences("-", "parquet") == [Sentence("a man", "<stdin>: row 1")]


def test_the_format_asked_for_outweighs_the_extension(write: Write) -> None:
    path = write("MAN.TSV", "sentence\nman")
    assert texts(path) == ["man"]
    assert len(read_sentences(path, "txt")) == 2


def test_an_unknown_format_is_wrong_usage(write: Write) -> None:
    with pytest.raises(UsageError, match="choose from txt, text, tsv, csv, jsonl, parquet"):
        read_sentences(write("man.txt", "man"), "xml")


# What is wrong with the shape

WRONG: list[tuple[str, str | bytes, str, str]] = [
    ("man.txt", "", ": has no sentences", "at least one"),
    ("man.tsv", "", ": has no sentences", "at least one"),
    ("man.parquet", "", ": has no sentences", "at least one"),
    ("man.txt", "\n# comment\n", ": has no sentences", "at least one"),
    ("man.tsv", "sentence\tid\n\n", ": has no sentences", "at least one"),
    ("man.tsv", "\n", ":1: has no column `sentence`", "call the column"),
    ("man.parquet", parquet({"sentence": pa.array([], pa.string())}), ": has no", "at least"),
    ("man.txt", b"ok\nna\xefve\n", ":2: is not UTF-8 (byte 0xef)", "--encoding cp1252"),
    ("man.csv", b"sentence\nok\n\xe2\x82", ":3: is not UTF-8", "--encoding"),
    ("man.txt", b"m\0 \xe4 koening\n", ":1: is not UTF-8 (byte 0xe4)", "UTF-16"),
    ("man.xyz", "man", ": the extension does not show its format", "--input-format"),
    ("man", "man", ": the extension does not show its format", "txt, text, tsv, csv, jsonl"),
    (
        "man.tsv",
        "Sentense\tid\na\tb",
        "has no column `sentence`; its columns: Sentense, id",
        "=Sent",
    ),
    ("man.tsv", "text\na", ":1: has no column `sentence`; its columns: text", "sentence=text"),
    ("man.csv", "\n\nsatz;id\na;b", ":3: has no column `sentence`", "sentence=satz"),
    ("man.tsv", "\t".join("abcdefghijklm"), "its columns: a, b, c, d, e, f, g, h, i, j, ...", ""),
    ("man.tsv", "x" * 999, f"its columns: {'x' * 30}...", ""),
    ("man.tsv", "\x1b[0m", r"its columns: '\x1b[0m'", ""),
    ("man.tsv", "sentence\tid\tid\na\tb\tc", ":1: has the column `id` twice", "rename"),
    ("man.tsv", "sentence\tid\na\tb\nc\n", ":3: has 1 field where the header has 2", "TAB"),
    ("man.tsv", "sentence\tid\na\tb\td\n", ":2: has 3 fields where the header has 2", "TAB"),
    ("man.csv", 'sentence,id\n"a\nb",1\na,b,c\n', ":4: has 3 fields", "quotes"),
    ("man.csv", 'sentence,id\nx,1\n"a\nb,1\nc', ":3: is not CSV: unexpected end of data", "quotes"),
    ("man.csv", 'sentence\n"a" b\n', ":2: is not CSV: ',' expected", "quotes"),
    ("man.csv", "sentence\na\rb\n", ":2: is not CSV: new-line character", "quotes"),
    ("man.csv", "sentence,id\na,1\nb,1", ":3: the id '1' is given twice, first at ", "unique"),
    ("man.jsonl", '{"sentence": "a"}\n{"sentence": ', ":2: is not JSON: Expecting value at", "key"),
    ("man.jsonl", "[" * 100_000, ":1: is not JSON that can be read", "JSON object"),
    (
        "man.jsonl",
        '{"start": ' + "1" * 5000 + "}",
        ":1: is not JSON that can be read",
        "JSON object",
    ),
    ("man.jsonl", '["sentence"]', ":1: is not a JSON object", "key `sentence`"),
    (
        "man.jsonl",
        '{"sentence": "a"}\n{"text": "a"}',
        ":2: has no column `sentence`; its columns: text",
        "",
    ),
    ("man.jsonl", '{"sentence": 7}', ":1: `sentence` is not text", "quotes"),
    ("man.jsonl", '{"sentence": "a", "id": [1]}', ":1: `id` is neither text nor a number", "label"),
    (
        "man.jsonl",
        '{"sentence":"a","id":1}\n{"sentence":"b","id":"1"}',
        ":2: the id '1' is",
        "unique",
    ),
    ("man.parquet", b"PAR1 and no more", ": is not a readable Parquet file: ", "--input-format"),
    ("man.parquet", parquet({"text": ["a"]}), ": has no column `sentence`; its columns: text", ""),
    ("man.parquet", parquet({"sentence": [1]}), ": row 1: `sentence` is not text", "quotes"),
]


@pytest.mark.parametrize(
    ("name", "content", "message", "hint"),
    WRONG,
    ids=[f"{name}-{message.strip(': ')}" for name, _, message, _ in WRONG],
)
def test_a_wrong_shape_is_refused(
    write: Write, name: str, content: str | bytes, message: str, hint: str
) -> None:
    path = write(name, content)
    with pytest.raises(InputError) as caught:
        read_sentences(path)
    assert caught.value.message.startswith(str(path))
    assert message in caught.value.message
    assert hint in caught.value.hint
    assert "\n" not in str(caught.value)
    assert "newline=" not in str(caught.value)
    assert caught.value.exit_code == 3


def test_a_parquet_file_cut_short_is_refused(write: Write) -> None:
    whole = parquet({"sentence": [f"man {n}" for n in range(1000)]})
    for data in (whole[:-100], whole[:4] + b"\x00" * 200 + whole[204:]):
        with pytest.raises(InputError, match="is not a readable Parquet file"):
            read_sentences(write("man.parquet", data))


def test_a_file_that_cannot_be_opened_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.txt: there is no such file"):
        read_sentences(tmp_path / "none.txt")
    with pytest.raises(InputError, match="holds no file of a format that embcmp reads"):
        read_sentences(tmp_path)
    (tmp_path / "loop.txt").symlink_to(tmp_path / "loop.txt")
    with pytest.raises(InputError, match=r"loop\.txt: cannot be read: Too many levels"):
        read_sentences(tmp_path / "loop.txt")


def test_a_stream_holds_one_sentence_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "long.txt"
    path.write_text(("the man is cold " * 10 + "\n") * 20_000, encoding="utf-8")
    tracemalloc.start()
    count = sum(1 for _ in stream_sentences(path))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 20_000
    assert peak < 500_000  # bytes; the file has 3.2 million


def test_a_stream_of_nothing_is_empty(tmp_path: Path) -> None:
    path = tmp_path / "empty.tsv"
    path.write_bytes(b"")
    assert list(stream_sentences(path)) == []
