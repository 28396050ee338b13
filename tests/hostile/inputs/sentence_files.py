"""Hostile files of sentences, in every format."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from openpyxl import Workbook

from tests.hostile.inputs import mutations
from tests.hostile.inputs.hostile_input import REFUSED, Content, Input, Sparse
from tests.hostile.inputs.valid_files import SENTENCES, TABLE, ValidFiles
from tests.vectors.forms import zipped

KIND = "sentence files"
CONLLU = """# newdoc id = letters
# text = The man lent it.
1\tThe\tthe\tDET\tDT\t_\t2\tdet\t_\t_
2\tman\tman\tNOUN\tNNS\t_\t3\tnsubj\t_\t_
3-4\tlent\t_\t_\t_\t_\t_\t_\t_\tSpaceAfter=No
3\tlent\tlend\tVERB\tVBD\t_\t0\troot\t_\t_
4.1\tit\tit\tPRON\tPRP\t_\t3\tobj\t_\t_

"""
VRT = """<text id="harbor" year="1901">
<s>
The\tDT\tthe
man\tNNS\tman
is\tVBP\tbe
<g/>
.\t.\t.
</s>
</text>
"""
KWIC = """Reference,Left,KWIC,Right
doc1,"He is the",man,"of few words."
doc2,"In the end the",man,"of the town lent it."
"""
ANTCONC = """1\tHe is the\tman\tof few words.\tharbor.txt
2\tIn the end the\tman\tof the town.\ttown.txt
3\tNobody was the\tman\tbefore that day.\ttown.txt
"""
NAMES = "lemma pos date grouping identifier description context indexes_target_token"
WUG = """\tindexes_target_sentence
man_nn\tnn\t1850\t1\tfic_1850_1.txt-3-5\t\tThe man was cold.\t4:7\t0:17
man_nn\tnn\t1990\t2\tnews_1990_7.txt-1-1\t\t"The man failed, he said.\t5:8\t0:24
"""
PROSE = """It was cold, and the man
walked along. The man was
muddy, etc. He said: "Go, man!"

Nobody came.
"""


def inputs(valid: ValidFiles) -> Iterator[Input]:
    """All of them."""
    vectors = valid.named("v.txt")
    for seed, (file, (content, more)) in enumerate(_valid_files().items()):
        text = not file.endswith(("parquet", "xlsx", "gz", "bz2", "xz", "zst"))
        changed = [
            *mutations.cuts(content, 1 if text else 2),
            *mutations.flips(content, 1 if text else 2, seed),
        ]
        if text:
            changed += mutations.garbled(content, 5, seed)
            changed += mutations.digits(content, 1, seed)
        else:
            changed += mutations.overwritten(content, 2, seed)
        for name, mutated in changed:
            files = {**vectors, file: mutated}
            yield Input(KIND, f"{file} {name}", _compare(file, *more), files)
    yield from _by_hand(vectors)


def _compare(file: str, *more: str) -> tuple[str, ...]:
    encoder = ("-e", "context:v.txt", "--no-intervals")
    return ("compare", "man", "-s", file, *encoder, *more)


def _valid_files() -> dict[str, tuple[bytes, tuple[str, ...]]]:
    """A file in every format, and the options that it needs."""
    plain = "".join(f"{text}\n" for text in SENTENCES).encode()
    rows = [{"sentence": text, "sense": i % 2, "span": None} for i, text in enumerate(SENTENCES)]
    jsonl = "".join(json.dumps(row) + "\n" for row in rows).encode()
    table = TABLE.encode()
    return {
        "s.txt": (plain, ()),
        "marked.txt": (b"The [[man]] is cold.\nThe [[man] is [[man]].\n" + plain, ()),
        "prose.txt": (PROSE.encode(), ("--input-format", "text")),
        "s.tsv": (table, ()),
        "s.csv": (table.replace(b"\t", b","), ()),
        "s.jsonl": (jsonl, ("--strict",)),
        "s.parquet": (_parquet(), ()),
        "s.xlsx": (_workbook(), ()),
        "kwic.csv": (KWIC.encode(), ()),
        "kwic.txt": (ANTCONC.encode(), ("--input-format", "kwic")),
        "s.conllu": (CONLLU.encode() * 3, ("--match", "lemma")),
        "s.vrt": (VRT.encode() * 2, ("--match", "lemma")),
        "uses.csv": (NAMES.replace(" ", "\t").encode() + WUG.encode(), ()),
        "s.txt.gz": (gzip.compress(plain, mtime=0), ()),
        "s.tsv.bz2": (bz2.compress(table), ()),
        "s.csv.xz": (lzma.compress(table.replace(b"\t", b";")), ()),
        "s.jsonl.zst": (pa.compress(jsonl, codec="zstd", asbytes=True), ()),
    }


def _parquet() -> bytes:
    buffer = io.BytesIO()
    senses = [i % 2 for i in range(len(SENTENCES))]
    pq.write_table(pa.table({"sentence": SENTENCES, "sense": senses}), buffer)
    return buffer.getvalue()


def _workbook() -> bytes:
    buffer, book = io.BytesIO(), Workbook()
    for row in TABLE.splitlines():
        book.active.append(row.split("\t"))
    book.save(buffer)
    return buffer.getvalue()


def _by_hand(vectors: dict[str, Path]) -> Iterator[Input]:
    entities = (
        b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "man man man">'
        + b"".join(b'<!ENTITY %c "%s">' % (c, b"&%c;" % (c - 1) * 20) for c in range(98, 110))
        + b"]><concordance><line><left>&m;</left><kwic>man</kwic><right/></line></concordance>"
    )
    head = b"sentence\tsense\n"
    refused: dict[str, Content] = {
        "gigabytes.txt": Sparse(b"", 20 * 10**9),
        "gigabytes of a line.tsv": Sparse(b"sentence\nman", 20 * 10**9),
        "no line end.txt": b"man " * 5_000_000,
        "bomb.txt.gz": gzip.compress(b"man " * 20_000_000, 1),
        "bomb.jsonl.xz": lzma.compress(b'{"sentence": "' + bytes(80_000_000), preset=0),
        "no book.xlsx": zipped({"xl/workbook.xml": b"<x/>"}),
        "bomb.xlsx": zipped({"[Content_Types].xml": b" " * 80_000_000}),
        "deep.jsonl": b'{"sentence": ' + mutations.NESTED + b"}\n",
        "deep.vrt": b"<s>\n" * 50_000,
        "half a quote.csv": b'sentence,sense\n"The man' + b"\nis" * 60_000,
        "20000 columns.csv": b",".join(b"c%d" % i for i in range(20_000)) + b"\n",
        "sentence twice.tsv": b"sentence\tsentence\nThe man\tA man\n",
        "marks.txt": b"[[man]] " * 20_000 + b"\n",
        "the same id.tsv": b"sentence\tid\nA man\tx\nThe man\tx\n",
    }
    any_end: dict[str, Content] = {
        "a copy of 1 MB.tsv": head + (b"a man " + b"and so " * 90_000 + b"\tx\n") * 2,
        "400 senses.tsv": head + b"".join(b"A man %d\ts%d\n" % (i, i) for i in range(400)),
        "places.tsv": b"sentence\tstart\tend\nA man\t-9\t" + b"9" * 20 + b"\nA man\tnan\t5\n",
        "spans.tsv": b"sentence\tspan\nA man\t[2, 5]\nA man\t[[[[\nA man\t1e999:5\nA man\t5:2\n",
        "controls.tsv": head + b"A man \x1b[2J\x07\t\x1b]0;x\x07\nA man\t\x9b\n",
        "a head.txt": b"#" * 100_000 + b"\nA man\n",
        "one part.conllu": b"1\tman\n" * 1000,
        "numbers.conllu": b"99999999999999999999-1\tman\tman\t_\t_\t_\t_\t_\t_\t_\n",
        "entities.xml.txt": entities,
        "open marks.txt": b"[[" * 20_000 + b"man" + b"]]" * 20_000 + b"\n",
    }  # fmt: skip
    for entries, statuses in ((refused, REFUSED), (any_end, None)):
        for name, content in entries.items():
            yield Input(KIND, name, _compare(name), {**vectors, name: content}, statuses=statuses)
    xml = {**vectors, "k.txt": entities}
    yield Input(KIND, "entities", _compare("k.txt", "--input-format", "kwic"), xml)
    for place in ("/dev/zero", "/dev/full", "/proc/self/mem", "/", "/**", "/proc/**/*.txt"):
        format_ = ("--input-format", "txt")
        yield Input(
            KIND, f"the place {place}", _compare(place, *format_), vectors, statuses=REFUSED
        )
    for name, piped in (
        ("nothing", b""),
        ("binary", bytes(range(256)) * 50),
        ("nul", b"\0" * 9999),
    ):
        yield Input(KIND, f"a pipe of {name}", _compare("-"), vectors, stdin=piped)
