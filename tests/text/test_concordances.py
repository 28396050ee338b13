"""Concordances, in the shapes in which corpus tools write them."""

import io
import json
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from embcmp.errors import InputError
from embcmp.text.sentences import Sentences, read_sentences
from embcmp.text.targets import find_occurrences

HITS = [
    ("We left our coats with the", "host", "and went in."),
    ("Nobody thanked the", "host", ", who had cooked all day."),
    ("A", "host", "of angry bees flew out of the box."),
    ("The parasite kills its", "host", "within a week or two."),
    ("She was the", "host", "of a late show on the radio."),
]
SENTENCES = [
    "We left our coats with the host and went in.",
    "Nobody thanked the host, who had cooked all day.",
    "A host of angry bees flew out of the box.",
    "The parasite kills its host within a week or two.",
    "She was the host of a late show on the radio.",
]


def quoted(*cells: str) -> str:
    return ",".join('"' + cell.replace('"', '""') + '"' for cell in cells)


SKETCH_ENGINE = "\r\n".join(
    [
        quoted("corpus", "preloaded/bees"),
        quoted("subcorpus", "-"),
        quoted("concordance size", "5"),
        quoted("query", "host"),
        "Reference,Left,KWIC,Right",
        *(f"doc{i}," + quoted(*hit) for i, hit in enumerate(HITS)),
        "",
    ]
)
ANTCONC_3 = "".join(
    f"{i}\t{left}\t{node}\t{right}\tbees.txt\n" for i, (left, node, right) in enumerate(HITS, 1)
)
ANTCONC_4 = "File\tLeft Context\tHit\tRight Context\n" + "".join(
    f"bees.txt\t{left}\t{node}\t{right}\n" for left, node, right in HITS
)
CQPWEB = "Number of hit\tText ID\tContext before\tQuery item\tContext after\n" + "".join(
    f"{i}\tA{i:02}\t{left}\t{node}\t{right}\n" for i, (left, node, right) in enumerate(HITS, 1)
)
DWDS = "No.,Date,Genre,Bibl,ContextBefore,Hit,ContextAfter\n" + "".join(
    f"{i},19{i}0,Zeitung,b{i},{quoted(*hit)}\n" for i, hit in enumerate(HITS)
)
QUANTEDA = '"docname","from","to","pre","keyword","post","pattern"\n' + "".join(
    quoted("text1", "6", "6", *hit, "host") + "\n" for hit in HITS
)
NOSKETCH = "# Query: host\n# Hits: 5\n" + "".join(
    f"doc{i}\t{left} <{node}> {right}\n" for i, (left, node, right) in enumerate(HITS)
)
NOSKETCH_XML = (
    '<?xml version="1.0"?>\n<concordance>\n'
    + "".join(
        f"<line>\n<ref>doc{i}</ref>\n<left_context>{left}</left_context>\n"
        f"<kwic>{node}</kwic>\n<right_context>{right}</right_context>\n</line>\n"
        for i, (left, node, right) in enumerate(HITS)
    )
    + "</concordance>\n"
)
COSMAS = "COSMAS II, Version 2.4\n\nKWIC (5 Treffer)\n______________\n\n" + "".join(
    f"A9{i}/APR.0{i}    {left} <B>{node}</> {right}\n" for i, (left, node, right) in enumerate(HITS)
)
COSMAS_IN_FULL = (
    COSMAS
    + "\nBelege (5)\n______________\n\n"
    + "".join(
        f"{left} <B>{node}</>{right if right[0] == ',' else ' ' + right}\n\n"
        for left, node, right in HITS
    )
)
ALIGNED = "".join(f"{left:>30} {node} {right:<40}"[:70] + "\n" for left, node, right in HITS)
HEADER = "left\tkwic\tright\n" + "".join("\t".join(hit) + "\n" for hit in HITS)
SEMICOLONS = "links;treffer;rechts\n" + "".join(";".join(hit) + "\n" for hit in HITS)

SHAPES = {
    "sketch.csv": SKETCH_ENGINE,
    "antconc3.txt": ANTCONC_3,
    "antconc4.txt": ANTCONC_4,
    "cqpweb.txt": CQPWEB,
    "dwds.csv": DWDS,
    "quanteda.csv": QUANTEDA,
    "nosketch.txt": NOSKETCH,
    "nosketch.xml": NOSKETCH_XML,
    "cosmas.txt": COSMAS,
    "cosmas-in-full.txt": COSMAS_IN_FULL,
    "aligned.txt": ALIGNED,
    "header.tsv": HEADER,
    "semicolons.csv": SEMICOLONS,
}


def read(name: str, text: str, folder: Path, form: str | None = "kwic") -> Sentences:
    path = folder / name
    path.write_text(text, encoding="utf-8", newline="")
    return read_sentences(path, form)


@pytest.mark.parametrize("name", SHAPES)
def test_each_shape_gives_its_hits(name: str, tmp_path: Path) -> None:
    rows = read(name, SHAPES[name], tmp_path)
    assert [row.text[row.start : row.end] for row in rows] == ["host"] * 5
    if name == "aligned.txt":  # its lines are cut
        assert [row.text[:20] for row in rows] == [text[:20] for text in SENTENCES]
    else:
        assert [row.text for row in rows] == SENTENCES


@pytest.mark.parametrize("name", ["sketch.csv", "dwds.csv", "quanteda.csv", "header.tsv"])
def test_a_table_is_known_as_a_concordance_by_its_columns(name: str, tmp_path: Path) -> None:
    rows = read(name, SHAPES[name], tmp_path, None)
    assert [row.text for row in rows] == SENTENCES
    assert any("read as a concordance" in note for note in rows.notes)


@pytest.mark.parametrize(
    "name", ["antconc3.txt", "antconc4.txt", "cqpweb.txt", "cosmas.txt", "aligned.txt"]
)
def test_plain_text_that_looks_like_a_concordance_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="looks like a concordance") as e:
        read(name, SHAPES[name], tmp_path, None)
    assert "--input-format kwic" in (e.value.hint or "")
    assert len(read(name, SHAPES[name], tmp_path, "txt")) >= 5


def test_other_columns_of_a_concordance_are_kept(tmp_path: Path) -> None:
    row = read("dwds.csv", DWDS, tmp_path)[3]
    assert row.columns == {"No.": "3", "Date": "1930", "Genre": "Zeitung", "Bibl": "b3"}
    assert row.source.endswith("dwds.csv:5")
    assert read("antconc3.txt", ANTCONC_3, tmp_path)[1].columns == {
        "column 1": "2",
        "column 2": "bees.txt",
    }
    assert read("cosmas.txt", COSMAS, tmp_path)[1].columns == {"reference": "A91/APR.01"}


def test_scripts_without_blanks_are_joined_without_them(tmp_path: Path) -> None:
    text = "left\tkwic\tright\n我去\t银行\t取钱。\nGo to the\tbank\t!\n"
    rows = read("zh.tsv", text, tmp_path)
    assert [row.text for row in rows] == ["我去银行取钱。", "Go to the bank!"]
    assert [row.text[row.start : row.end] for row in rows] == ["银行", "bank"]


def test_a_hit_without_a_node_is_left_out_with_its_reason(tmp_path: Path) -> None:
    rows = read("a.tsv", "left\tkwic\tright\nthe\t\thost\n", tmp_path)
    assert rows[0].problem == "the concordance has no node here"


@pytest.mark.parametrize(
    "text",
    [
        "The bank lent me money.\nWe sat on the bank.\nNo bank here.\nA bank is a bank.\n",
        "He ran.\nHe sat.\nHe saw.\nHe won.\nHe lay.\n",  # of one width by chance
        "one\ttwo\nthree\tfour\nfive\tsix\nseven\teight\n",
    ],
)
def test_sentences_are_not_taken_for_a_concordance(text: str, tmp_path: Path) -> None:
    assert len(read("a.txt", text, tmp_path, None)) >= 4


@pytest.mark.parametrize("separator", ["\x0b", "\x1e", "\x85", "\u2028"])
@pytest.mark.parametrize("name", ["antconc3.txt", "header.tsv", "sketch.csv"])
def test_a_line_separator_within_a_cell_does_not_end_its_line(
    name: str, separator: str, tmp_path: Path
) -> None:
    cut = (
        SHAPES[name]
        .replace("coats", f"coats{separator}{separator}")
        .replace("The", f"{separator}T")
    )
    rows = read(name, cut, tmp_path)
    assert [row.text[row.start : row.end] for row in rows] == ["host"] * 5
    assert rows[0].text == f"We left our coats{separator}{separator} with the host and went in."


def test_nltk_writes_a_line_above_hits_of_ragged_width(tmp_path: Path) -> None:
    lines = [f"{left:>45} {node} {right}" for left, node, right in HITS]
    text = "Displaying 5 of 5 matches:\n" + "\n".join(lines) + "\n"
    assert [row.text for row in read("nltk.txt", text, tmp_path)] == SENTENCES
    with pytest.raises(InputError, match="looks like a concordance"):
        read("nltk.txt", text, tmp_path, None)


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("sentence,sense\nThe bank one.,a\n", "csv"),
        ("id;sentence\n1;The bank one.\n", "csv"),
        ("sentence\tsense\nThe bank one.\ta\n", "tsv"),
        ('{"sentence": "The bank one."}\n', "jsonl"),
    ],
)
def test_a_table_that_is_named_txt_is_refused_with_the_option(
    text: str, form: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match="looks like a table") as e:
        read("a.txt", text, tmp_path, None)
    assert f"--input-format {form}" in (e.value.hint or "")
    assert [row.text for row in read("a.txt", text, tmp_path, form)] == ["The bank one."]


def test_prose_about_sentences_is_no_table(tmp_path: Path) -> None:
    text = "Word, sentence, and text differ.\nThe bank, sentence, and clause.\n"
    assert len(read("a.txt", text, tmp_path, None)) == 2


def test_a_file_that_is_no_concordance_gets_a_hint(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is no concordance that embcmp knows") as e:
        read("a.txt", "The bank lent me money.\nWe sat on it.\n", tmp_path)
    assert "left, kwic and right" in (e.value.hint or "")


def test_a_line_that_is_cut_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"a\.txt:6: has 2 fields"):
        read("a.txt", ANTCONC_3 + "6\tof the\n", tmp_path)


def test_a_concordance_may_be_labeled_as_any_table(tmp_path: Path) -> None:
    text = (
        "Left,KWIC,Right,Sense,Year,word\nthe,bank,was wet,river,1901,bank\n"
        "the,seal,was wet,animal,1902,seal\n"
    )
    path = tmp_path / "a.csv"
    path.write_text(text, encoding="utf-8")
    rows = read_sentences(path, columns={"group": "Year"})
    assert [(row.sense, row.group, row.word) for row in rows] == [
        ("river", "1901", "bank"),
        ("animal", "1902", "seal"),
    ]
    assert [o.form for o in find_occurrences(rows, "bank")] == ["bank"]
    with pytest.raises(InputError, match="has no column nope"):
        read_sentences(path, columns={"group": "nope"})


@pytest.mark.parametrize("hits", [1, 2])
def test_few_hits_are_known_as_a_concordance_by_their_marks(hits: int, tmp_path: Path) -> None:
    for name, text in (("a.txt", NOSKETCH), ("b.txt", COSMAS)):
        lines = text.splitlines(keepends=True)
        with pytest.raises(InputError, match="looks like a concordance"):
            read(name, "".join(lines[: len(lines) - 5 + hits]), tmp_path, None)


def as_xlsx(rows: list[dict[str, object]]) -> bytes:
    book, sink = openpyxl.Workbook(), io.BytesIO()
    for cells in ([*rows[0]], *([*row.values()] for row in rows)):
        book.active.append(cells)
    book.save(sink)
    return sink.getvalue()


def as_parquet(rows: list[dict[str, object]]) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(pa.Table.from_pylist(rows), sink)
    return bytes(sink.getvalue())


def as_jsonl(rows: list[dict[str, object]]) -> bytes:
    return "\n".join(json.dumps(row) for row in rows).encode()


@pytest.mark.parametrize("names", [("Left", "KWIC", "Right"), ("pre", "keyword", "post")])
@pytest.mark.parametrize(
    ("extension", "write"), [("xlsx", as_xlsx), ("parquet", as_parquet), ("jsonl", as_jsonl)]
)
def test_spreadsheets_and_data_frames_hold_concordances(
    extension: str,
    write: Callable[[list[dict[str, object]]], bytes],
    names: tuple[str, str, str],
    tmp_path: Path,
) -> None:
    path = tmp_path / f"hits.{extension}"
    rows = [{**dict(zip(names, hit, strict=True)), "Sense": i % 2} for i, hit in enumerate(HITS)]
    path.write_bytes(write(rows))
    found = read_sentences(path)
    assert [row.text for row in found] == SENTENCES
    assert [row.text[row.start : row.end] for row in found] == ["host"] * 5
    assert [row.sense for row in found] == ["0", "1", "0", "1", "0"]
    assert found.notes == (
        f"{path}: the column Sense is read as `sense`",
        f"{path}: read as a concordance",
    )


@pytest.mark.parametrize(
    ("left", "node", "right", "sentence"),
    [
        ("It was late.</s><s>The", "host", "came.</s><s>We", "It was late. The host came. We"),
        ('<doc id="a"><p> <s> My', "host", "</s></p>", "My host"),
        ("Don<g/>'t ask the", "host", "<g/>, <s>please", "Don't ask the host, please"),
        (
            "if a < b and c > d the",
            "host",
            "<b>wins</b>",
            "if a < b and c > d the host <b>wins</b>",
        ),
    ],
)
def test_structures_of_the_corpus_are_no_text(
    left: str, node: str, right: str, sentence: str, tmp_path: Path
) -> None:
    path = tmp_path / "hits.csv"
    path.write_text("Left,KWIC,Right\n" + quoted(left, node, right) + "\n", encoding="utf-8")
    [row] = read_sentences(path)
    assert row.text == sentence
    assert row.text[row.start : row.end] == "host"
