"""Readers of the formats of sentence files, which yield one sentence at a time."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any
from unicodedata import normalize

from embcmp.choices import Reading
from embcmp.errors import InputError, UsageError
from embcmp.text.annotated_corpora import read_conllu, read_vrt
from embcmp.text.column_roles import Columns
from embcmp.text.concordance_hits import HitColumns
from embcmp.text.concordances import (
    format_of_content,
    read_concordance,
    read_concordance_table,
)
from embcmp.text.delimited_text import TAB, Table, concordance_columns
from embcmp.text.input_files import TextFile, extension_of
from embcmp.text.running_text import is_crowded, split_row, split_text, with_context
from embcmp.text.sentence_rows import LABELS, NOT_AVAILABLE, Sentence, row_sentence
from embcmp.text.usage_graphs import is_usage_graph, read_usage_graph

_RUNNING = ("txt", "text", "conllu", "vrt")  # formats in which a sentence follows another one
MOST_MARKS = 1000  # in a line: each is a use of the whole line
_MARK = re.compile(r"\[\[([^\[\]]+)\]\]")
_ROWS = 4096  # rows of a Parquet file in memory


def _read_txt(file: TextFile, reading: Reading) -> Iterator[Sentence]:
    looks = format_of_content(file)
    if looks and reading.input_format is None:
        kind = "a concordance" if looks == "kwic" else "a table"
        raise InputError(
            f"{file.name}: looks like {kind}, not like a sentence a line",
            f"--input-format {looks} reads it; --input-format txt takes its lines as sentences",
        )
    if not reading.split and is_crowded(file.head_lines):
        file.note("its lines hold several sentences each; --split makes sentences of them")
    name = file.name
    for number, line in file.lines():
        if line.strip() and not line.startswith("# "):
            sentence = Sentence(line, f"{name}:{number}")
            if "[[" in line:
                yield from _marked(sentence)
            else:
                yield sentence


def _read_text(file: TextFile, reading: Reading) -> Iterator[Sentence]:
    for sentence in split_text(file.lines(), file.name, reading.lang):
        yield from _marked(sentence)


def _marked(sentence: Sentence) -> list[Sentence]:
    """A sentence for each `[[mark]]` of a line, or the line itself if it has no mark."""
    plain, *pieces = _MARK.split(sentence.text)
    if len(pieces) > 2 * MOST_MARKS:
        raise InputError(
            f"{sentence.source}: has over {MOST_MARKS:,} marks [[...]]",
            "put the sentences on lines of their own",
        )
    spans = []
    for mark, after in zip(pieces[::2], pieces[1::2], strict=True):
        spans.append((len(plain), len(plain) + len(mark)))
        plain += mark + after
    if not spans:
        return [sentence]
    return [replace(sentence, text=plain, start=start, end=end) for start, end in spans]


def _read_table(file: TextFile, reading: Reading, form: str) -> Iterator[Sentence]:
    names = file.head_lines[0].split(TAB)
    if is_usage_graph(names) and "sentence" not in (*names, *reading.columns):
        file.note("read as a word usage graph")
        yield from read_usage_graph(file)
        return
    table = Table(file, form, reading.columns)
    if "sentence" not in table.names and concordance_columns(table.names):
        file.note("read as a concordance")
        yield from read_concordance_table(file, table, reading.columns)
        return
    columns = _columns(file, table.names, f"{file.name}:{table.line}", reading)
    for number, cells in table.records():
        row = dict(zip(table.names, cells, strict=True))
        yield from _row(file, row, columns, f"{file.name}:{number}")


def _hit_columns(
    file: TextFile, names: Sequence[str], source: str, reading: Reading
) -> HitColumns | None:
    """The columns of a table without `sentence` that is a concordance; else None."""
    if "sentence" in (*names, *reading.columns):
        return None
    hits = HitColumns.of(file, names, source, reading.columns)
    if hits is not None:
        file.note("read as a concordance")
    return hits


def _columns(file: TextFile, names: Sequence[str], source: str, reading: Reading) -> Columns:
    """What the columns of a table are; notes say which are read under other names."""
    columns = Columns.of(names, source, reading.columns, reading.side)
    for note in columns.notes:
        file.note(note)
    return columns


def _row(
    file: TextFile, row: Mapping[str, Any], columns: Columns, source: str
) -> Iterator[Sentence]:
    """The sentence of a row, or one for each mark in it; a note says if labels are trimmed."""
    for key in LABELS:
        written = row.get(columns.known.get(key, ""))
        if written == NOT_AVAILABLE:
            file.note(f"{NOT_AVAILABLE} is read as no label, as R writes it")
        elif isinstance(written, str) and written != normalize("NFC", written).strip():
            file.note("labels are read without the blanks around them, in Unicode's form NFC")
    sentence = row_sentence(row, columns, source)
    if sentence.start is None and sentence.end is None:
        yield from _marked(sentence)
    else:
        yield sentence


def _read_tsv(file: TextFile, reading: Reading) -> Iterator[Sentence]:
    return _read_table(file, reading, "tsv")


def _read_csv(file: TextFile, reading: Reading) -> Iterator[Sentence]:
    return _read_table(file, reading, "csv")


def _read_jsonl(file: TextFile, reading: Reading) -> Iterator[Sentence]:
    columns_of: dict[tuple[str, ...], Columns | HitColumns] = {}  # by the keys of an object
    for number, line in file.lines():
        if line.strip():
            source = f"{file.name}:{number}"
            row = _json_object(line, source)
            if (keys := tuple(row)) not in columns_of:
                hits = _hit_columns(file, keys, source, reading)
                columns_of[keys] = hits or _columns(file, keys, source, reading)
            columns = columns_of[keys]
            if isinstance(columns, HitColumns):
                yield columns.hit([*row.values()], source)
            else:
                yield from _row(file, row, columns, source)


def _json_object(line: str, source: str) -> dict[str, Any]:
    hint = "each line is a JSON object with a key `sentence`"
    try:
        value = json.loads(line)
    except json.JSONDecodeError as e:
        raise InputError(f"{source}: is not JSON: {e.msg} at column {e.colno}", hint) from e
    except (ValueError, RecursionError) as e:  # a number with too many digits, or too many brackets
        raise InputError(f"{source}: is not JSON that can be read: {e}", hint) from e
    if not isinstance(value, dict):
        raise InputError(f"{source}: is not a JSON object", hint)
    return value


def _read_parquet(file: TextFile, reading: Reading) -> Iterator[Sentence]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        binary = file.binary if file.binary.seekable() else pa.BufferReader(file.binary.read())
        table = pq.ParquetFile(binary)
        schema = table.schema_arrow
        if hits := _hit_columns(file, schema.names, file.name, reading):
            for number, row in enumerate(_parquet_rows(table, schema.names), 1):
                yield hits.hit([*row.values()], f"{file.name}: row {number}")
            return
        columns = _columns(file, schema.names, file.name, reading)
        # Lists and objects, vectors among them, are nobody's label.
        kept = tuple(n for n in columns.others if not pa.types.is_nested(schema.field(n).type))
        columns = Columns(columns.known, kept)
        wanted = [*columns.known.values(), *kept]
        for number, row in enumerate(_parquet_rows(table, wanted), 1):
            yield from _row(file, row, columns, f"{file.name}: row {number}")
    except (pa.ArrowException, OSError, ValueError) as e:
        raise InputError(
            f"{file.name}: is not a readable Parquet file: {str(e).partition(chr(10))[0]}",
            "write it again, or name its format with --input-format",
        ) from e


def _parquet_rows(table: Any, columns: Sequence[str]) -> Iterator[dict[str, Any]]:  # noqa: ANN401  pyarrow has no types
    for batch in table.iter_batches(_ROWS, columns=[*columns]):
        yield from batch.to_pylist()


def _read_xlsx(file: TextFile, reading: Reading) -> Iterator[Sentence]:
    try:
        import openpyxl
    except ModuleNotFoundError as e:
        raise InputError(
            f"{file.name}: reading Excel files needs the package openpyxl",
            "pip install openpyxl, or save the sheet as CSV",
        ) from e
    try:
        book = openpyxl.load_workbook(file.binary, read_only=True, data_only=True)
    except Exception as e:  # the library raises whatever its parsers raise
        raise InputError(f"{file.name}: is no readable Excel file: {e}", "save it again") from e
    sheet = book.worksheets[0]
    if len(book.worksheets) > 1:
        file.note(f"only the first of {len(book.worksheets)} sheets is read, {sheet.title!r}")
    rows = sheet.iter_rows(values_only=True)
    names = [str(name) if name is not None else "" for name in next(rows, ())]
    hits = _hit_columns(file, names, f"{file.name}: row 1", reading)
    columns = None if hits else _columns(file, names, f"{file.name}: row 1", reading)
    for number, cells in enumerate(rows, start=2):
        if not any(cell is not None for cell in cells):
            continue
        source = f"{file.name}: row {number}"
        if hits:
            yield hits.hit([*cells, *[None] * (len(names) - len(cells))], source)
        elif columns:
            yield from _row(file, dict(zip(names, cells, strict=False)), columns, source)


def _read_kwic(file: TextFile, reading: Reading) -> Iterator[Sentence]:
    return read_concordance(file, reading.columns)


READERS: Mapping[str, Callable[[TextFile, Reading], Iterable[Sentence]]] = {
    "txt": _read_txt,
    "text": _read_text,
    "tsv": _read_tsv,
    "csv": _read_csv,
    "jsonl": _read_jsonl,
    "parquet": _read_parquet,
    "xlsx": _read_xlsx,
    "kwic": _read_kwic,
    "conllu": lambda file, _: read_conllu(file),
    "vrt": lambda file, _: read_vrt(file),
    "wug": lambda file, _: read_usage_graph(file),
}
# Formats with other extensions than their names; `text`, `kwic` and `wug` have none.
_EXTENSIONS = {"tab": "tsv", "ndjson": "jsonl", "xlsm": "xlsx", "vert": "vrt"}


def read_file(file: TextFile, form: str, reading: Reading) -> Iterator[Sentence]:
    """The sentences of a file in its format, split and with their context as asked for.

    Raises:
        InputError: the file has not the shape of its format.
    """
    rows: Iterable[Sentence] = READERS[form](file, reading)
    if form in _RUNNING:
        if reading.split and form != "text":
            rows = (part for row in rows for part in split_row(row, reading.lang))
        return with_context(rows, reading.context)
    if reading.split:
        return chain.from_iterable(split_row(row, reading.lang, reading.context) for row in rows)
    if reading.context:
        raise UsageError(
            f"{file.name}: --context cannot be used: rows of a table are not consecutive sentences",
            "--split splits the text of each row into sentences, which --context can use",
        )
    return iter(rows)


def format_of(path: str | Path) -> str | None:
    """The format that the extension of a file tells, that of its compression aside."""
    extension = extension_of(path)
    form = _EXTENSIONS.get(extension, extension)
    return form if form in READERS else None


def is_known(path: Path) -> bool:
    """Whether the extension of a file tells a format that can be read."""
    return format_of(path) is not None
