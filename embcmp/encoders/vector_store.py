"""Storing the vectors that an encoder made, in Parquet files with a row for each place in a text.

Each layer has a column of vectors, NaN where there is none. `missing` has the reason; `tokens`,
`text`, `truncated` and `given` are the receipt.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from embcmp.errors import OutputError
from embcmp.types import Embeddings, EncoderInfo, Layer, Occurrence, Receipt

ROWS_OF_A_GROUP = 128  # the least that is read of a file; a word's uses are in many places

T = TypeVar("T")
Place = tuple[str, int, int]  # sentence, start, end: what the vector of an occurrence depends on


def place(occurrence: Occurrence) -> Place:
    """The sentence and the offsets of an occurrence."""
    return occurrence.sentence, occurrence.start, occurrence.end


def occurrences_at(places: Iterable[Place], first: int = 0) -> Iterator[Occurrence]:
    """An occurrence for each place; their ids are numbers from `first` on."""
    for number, (sentence, start, end) in enumerate(places, first):
        yield Occurrence(str(number), sentence[start:end], sentence, start, end)


def in_sentences(
    rows: Iterable[T],
    sentence: Callable[[T], str],
    most: int,
    is_full: Callable[[int, str], bool] = lambda size, sentence: False,
) -> Iterator[list[T]]:
    """Cut rows into lists, without cutting a sentence.

    Args:
        rows: rows, those of the same sentence next to each other.
        sentence: returns the sentence of a row.
        most: the largest size of a list, unless a single sentence has more rows.
        is_full: whether a list of a size ends before a sentence.
    """
    some: list[T] = []
    for text, group in groupby(rows, key=sentence):
        rows_of_sentence = list(group)
        if some and (len(some) + len(rows_of_sentence) > most or is_full(len(some), text)):
            yield some
            some = []
        some += rows_of_sentence
    if some:
        yield some


def write_vectors(path: Path, info: EncoderInfo, parts: Iterable[Embeddings]) -> None:
    """Write embeddings one after the other, as they are made.

    Raises:
        OSError: the disk is full, or the folder cannot be written.
    """
    import pyarrow as pa

    schema = _schema(info)
    with parquet_writer(path, schema) as writer:
        for part in parts:
            ids = [receipt.id for receipt in part.receipts]
            columns = [
                *(pa.FixedSizeListArray.from_arrays(x.ravel(), info.dim) for x in part.vectors),
                [part.missing.get(id) for id in ids],
                [receipt.tokens for receipt in part.receipts],
                [receipt.text for receipt in part.receipts],
                [receipt.truncated for receipt in part.receipts],
                [receipt.given for receipt in part.receipts],
            ]
            writer.write_table(pa.table(columns, schema), row_group_size=ROWS_OF_A_GROUP)


def read_vectors(
    path: Path, info: EncoderInfo, occurrences: Sequence[Occurrence], rows: Sequence[int]
) -> Embeddings:
    """The embeddings of occurrences from a file of `write_vectors`.

    Args:
        path: the file.
        info: the encoder that made the vectors.
        occurrences: the occurrences to read.
        rows: number of the row of each occurrence.

    Raises:
        OutputError: the file is missing, damaged, or of another encoder.
    """
    table = read_rows(path, rows)
    if not table.schema.equals(_schema(info)):
        raise damaged(path)
    vectors = np.empty((len(info.layers), len(rows), info.dim), dtype=np.float32)
    for k in range(len(info.layers)):
        vectors[k] = table.column(k).combine_chunks().flatten().to_numpy().reshape(-1, info.dim)
    missing, receipts = {}, []
    for occurrence, row in zip(
        occurrences, table.drop_columns(_labels(info)).to_pylist(), strict=True
    ):
        if (reason := row.pop("missing")) is not None:
            missing[occurrence.id] = reason
        tokens, given = (tuple(row.pop(name)) for name in ("tokens", "given"))
        receipts.append(Receipt(occurrence.id, tokens, given=given, **row))
    return Embeddings(info, vectors, missing, tuple(receipts))


def _labels(info: EncoderInfo) -> list[str]:
    return [column(layer) for layer in info.layers]


def column(layer: Layer) -> str:
    """The name of a layer's column."""
    return "vector" if layer is None else f"layer_{layer}"


def _schema(info: EncoderInfo) -> Any:  # noqa: ANN401  of pyarrow, which has no types
    import pyarrow as pa

    text = pa.string()
    return pa.schema(
        [
            *((label, pa.list_(pa.float32(), info.dim)) for label in _labels(info)),
            ("missing", text),
            ("tokens", pa.list_(text)),
            ("text", text),
            ("truncated", pa.bool_()),
            ("given", pa.list_(text)),
        ]
    )


@contextmanager
def parquet_writer(path: Path, schema: Any) -> Iterator[Any]:  # noqa: ANN401  of pyarrow
    """A `pyarrow.parquet.ParquetWriter` for small files in which damage is noticed.

    Args:
        path: the file.
        schema: a `pyarrow.Schema`.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    # Floats compress if their first bytes are stored together, then their second bytes, and so on.
    split = {f"{f.name}.list.element" for f in schema if pa.types.is_fixed_size_list(f.type)}
    with pq.ParquetWriter(
        path,
        schema,
        compression="zstd",
        write_page_checksum=True,
        use_dictionary=[f.name for f in schema if f.type == pa.string()],
        column_encoding=dict.fromkeys(split, "BYTE_STREAM_SPLIT"),
        write_statistics=False,
    ) as writer:
        yield writer


def read_rows(path: Path, rows: Sequence[int], columns: Sequence[str] | None = None) -> Any:  # noqa: ANN401  of pyarrow
    """Rows of a file of `parquet_writer`, in the order asked for, as a `pyarrow.Table`.

    Of the file, only the groups with these rows are read.

    Args:
        path: the file.
        rows: numbers of the rows, from 0.
        columns: names of columns; all columns if not given.

    Raises:
        OutputError: the file is missing or damaged.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            sizes = [file.metadata.row_group(k).num_rows for k in range(file.num_row_groups)]
            starts = np.cumsum([0, *sizes])
            groups = np.searchsorted(starts, rows, side="right") - 1
            read = sorted(set(groups.tolist()))
            table = file.read_row_groups(read, columns=columns)
    except (pa.ArrowException, OSError, IndexError) as e:
        raise damaged(path) from e
    before = np.cumsum([0, *(sizes[k] for k in read)])
    shift = {k: starts[k] - before[i] for i, k in enumerate(read)}
    return table.take([row - shift[k] for row, k in zip(rows, groups.tolist(), strict=True)])


def damaged(path: Path) -> OutputError:
    """The error for a file of embcmp's own that cannot be read."""
    return OutputError(f"{path}: is damaged", "run the same command again: it makes the file again")
