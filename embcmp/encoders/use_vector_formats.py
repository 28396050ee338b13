"""The formats of vectors of uses: numpy matrices with ids, Parquet, and JSON lines."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from embcmp.errors import ModelError
from embcmp.types import Progress
from embcmp.vectors.content import AT_ONCE, Content
from embcmp.vectors.matrix import array_header

_ROWS = 1024  # rows of a Parquet file that are read at once
_MOST_PACKED = 1000  # times that numbers may be larger than the Parquet file that holds them
_ALWAYS_ALLOWED = 1 << 30  # bytes of numbers that a Parquet file of any size may hold

ABOUT = "embcmp"  # key in the metadata of a Parquet file that embcmp wrote


@dataclass(frozen=True)
class Rows:
    """The rows of a file before they are checked.

    Attributes:
        ids: [n], the id of each row as it stands there.
        vectors: float32 [n, dim].
        id_place: where the id of a row is, by its number from 0.
        place: where the vector of a row is.
        words: [n], the word of each row; None if the file has none.
        uses: the `use_digest` of the use that each vector was saved from, by its id.
        files: the files that were read.
    """

    ids: Sequence[object]
    vectors: NDArray[np.float32]
    id_place: Callable[[int], str]
    place: Callable[[int], str]
    words: Sequence[object] | None
    files: tuple[Path, ...]
    uses: Mapping[str, object] = field(default_factory=dict)


def ids_beside(path: Path) -> Path:
    """The file that has the ids of a numpy matrix."""
    return path.with_suffix(".ids")


def _single(numbers: NDArray[Any]) -> NDArray[np.float32]:
    """The numbers in float32; what is too large becomes infinite, and is refused later."""
    with np.errstate(over="ignore"):
        return numbers.astype(np.float32)


def _read_npy(content: Content, progress: Progress | None) -> Rows:
    """A numpy matrix, whose declared size is compared with the file's before anything is made."""
    shape, by_columns, dtype, begin = array_header(content)
    if len(shape) != 2 or dtype.kind not in "fiu":
        raise content.error(
            f"is an array of {len(shape)} dimensions of {dtype}, not a matrix of numbers",
            "save a matrix with one row for each use",
        )
    total, size = shape[0] * shape[1], dtype.itemsize
    if begin + total * size > content.size:
        raise content.error("ends within its vectors")
    beside = ids_beside(content.path)
    if not beside.exists():
        raise content.error(
            f"has no ids: there is no {beside.name} beside it",
            "write the id of each row there, one a line",
        )
    ids = list(_lines(Content(beside)))
    if len(ids) != shape[0]:
        raise ModelError(
            f"{beside}: has {len(ids):,} lines, and {content.path.name} has {shape[0]:,} rows",
            "write the id of each row, one a line",
        )
    numbers, step = np.empty(total, dtype=np.float32), AT_ONCE // size
    for start in range(0, total, step):
        count = min(step, total - start)
        read = np.frombuffer(content.read(begin + start * size, count * size), dtype)
        numbers[start : start + count] = _single(read)
        if progress:
            progress((start + count) * size, total * size)
    vectors = numbers.reshape(shape[::-1]).T if by_columns else numbers.reshape(shape)
    return Rows(
        ids,
        np.ascontiguousarray(vectors),
        lambda i: f"{beside}:{i + 1}",
        lambda i: f"{content.name}: row {i + 1}",
        None,
        (content.path, beside),
    )


def _lines(content: Content) -> Iterator[str]:
    """The lines of a text in UTF-8."""
    lines = (line for block, _ in content.lines(0, AT_ONCE) for line in block)
    for number, line in enumerate(lines, 1):
        try:
            yield line.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError as e:
            raise ModelError(f"{content.name}:{number}: is not UTF-8", "save it as UTF-8") from e


def _read_jsonl(content: Content, progress: Progress | None) -> Rows:
    ids: list[object] = []
    words: list[object] = []
    vectors: list[NDArray[np.float32]] = []
    numbers: list[int] = []
    for number, line in enumerate(_lines(content), 1):
        if not line.strip():
            continue
        place = f"{content.name}:{number}"
        row = _json_row(line, place)
        vector = _json_vector(row.get("vector"), place)
        if vectors and len(vector) != len(vectors[0]):
            _refuse_width(place, len(vector), len(vectors[0]))
        if ids and ("word" in row) != bool(words):
            raise ModelError(
                f"{place}: some rows have `word` and others do not", "give it to all or none"
            )
        ids.append(row.get("id"))
        words += [row["word"]] if "word" in row else []
        vectors.append(vector)
        numbers.append(number)
        if progress and number % _ROWS == 0:
            progress(content.bytes_read, content.size)

    def place_of(i: int) -> str:
        return f"{content.name}:{numbers[i]}"

    matrix = np.stack(vectors) if vectors else np.empty((0, 0), dtype=np.float32)
    return Rows(ids, matrix, place_of, place_of, words or None, (content.path,))


def _json_row(line: str, place: str) -> Mapping[str, Any]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as e:
        raise ModelError(f"{place}: is not JSON: {e}", "write an object a line") from e
    if not isinstance(row, dict):
        raise ModelError(f"{place}: is no object", 'write {"id": .., "vector": [..]}')
    return row


def _json_vector(value: object, place: str) -> NDArray[np.float32]:
    if value is None:
        raise ModelError(f"{place}: has no `vector`", "leave the row out, or give it one")
    if not isinstance(value, list) or not all(type(x) in (int, float) for x in value):
        raise ModelError(f"{place}: `vector` is no list of numbers", "write [0.1, -2, ...]")
    try:
        return _single(np.array(value, dtype=np.float64))
    except OverflowError:  # a whole number beyond float64
        return np.full(len(value), np.inf, dtype=np.float32)


def _read_parquet(content: Content, progress: Progress | None) -> Rows:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(content.path, page_checksum_verification=True) as file:
            return _parquet_rows(file, content, progress)
    except (pa.ArrowException, OSError, ValueError) as e:
        why = str(e).partition("\n")[0]
        raise content.error(f"is not a readable Parquet file: {why}", "write it again") from e


def _parquet_rows(
    file: Any,  # noqa: ANN401  pyarrow has no types
    content: Content,
    progress: Progress | None,
) -> Rows:
    schema = file.schema_arrow
    _check_columns(schema, content)
    _check_size(file, content)
    columns = [name for name in ("id", "vector", "word") if name in schema.names]
    cells: dict[str, list[object]] = {name: [] for name in columns}
    parts: list[NDArray[np.float32]] = []
    for batch in file.iter_batches(_ROWS, columns=columns):
        for name in columns:
            if name != "vector":
                cells[name] += batch.column(name).to_pylist()
        if len(batch):
            width = parts[0].shape[1] if parts else None
            first = sum(map(len, parts))
            parts.append(_parquet_vectors(batch.column("vector"), width, first, content))
            if progress:
                progress(first + len(batch), file.metadata.num_rows)

    def place(i: int) -> str:
        return f"{content.name}: row {i + 1}"

    words: Sequence[object] | None = cells.get("word")
    about = json.loads((schema.metadata or {}).get(ABOUT.encode(), b"{}"))
    about = about if isinstance(about, dict) else {}
    if words is None and isinstance(about.get("word"), str):
        words = [about["word"]] * len(cells["id"])
    uses = about["uses"] if isinstance(about.get("uses"), dict) else {}
    matrix = np.concatenate(parts) if parts else np.empty((0, 0), dtype=np.float32)
    return Rows(cells["id"], matrix, place, place, words, (content.path,), uses)


def _check_columns(schema: Any, content: Content) -> None:  # noqa: ANN401  as above
    import pyarrow as pa

    for name in ("id", "vector"):
        if schema.names.count(name) != 1:
            listed = ", ".join(schema.names[:8])
            raise content.error(
                f"has no column `{name}`, but {listed}", "name the columns `id` and `vector`"
            )
    if schema.names.count("word") > 1:
        raise content.error("has two columns `word`", "give the words one column")
    of_vectors = schema.field("vector").type
    for name in ("id", "word") if "word" in schema.names else ("id",):
        of = schema.field(name).type
        if pa.types.is_nested(of) or pa.types.is_binary(of) or pa.types.is_large_binary(of):
            raise content.error(f"the column `{name}` is of type {of}", "write text")
    is_list = (
        pa.types.is_list(of_vectors)
        or pa.types.is_large_list(of_vectors)
        or pa.types.is_fixed_size_list(of_vectors)
    )
    inner = of_vectors.value_type if is_list else None
    if inner is None or not (pa.types.is_floating(inner) or pa.types.is_integer(inner)):
        raise content.error(
            f"the column `vector` is of type {of_vectors}", "write a list of numbers in each row"
        )


def _check_size(file: Any, content: Content) -> None:  # noqa: ANN401  as above
    """Refuse a file that declares more numbers than one of its size can reasonably hold."""
    meta = file.metadata
    declared = sum(
        meta.row_group(group).column(column).num_values
        for group in range(meta.num_row_groups)
        for column in range(meta.num_columns)
    )
    if declared * 4 > max(_ALWAYS_ALLOWED, content.size * _MOST_PACKED):
        raise content.error(
            f"declares {declared:,} values, more than {content.size:,} bytes can hold"
        )


def _parquet_vectors(
    column: Any,  # noqa: ANN401  as above
    width: int | None,
    first: int,
    content: Content,
) -> NDArray[np.float32]:
    """The vectors of some rows.

    Args:
        column: a pyarrow array of lists of numbers.
        width: the width of the rows before them; None if there are none.
        first: number of the first row in the file, from 0.
        content: the file.
    """
    import pyarrow.compute as pc

    lengths = pc.fill_null(pc.list_value_length(column), -1).to_numpy(zero_copy_only=False)
    width = int(lengths[0]) if width is None else width
    if (lengths != width).any() or width < 0:
        row = int(np.argmax((lengths != width) | (lengths < 0)))
        place = f"{content.name}: row {first + row + 1}"
        if lengths[row] < 0:
            raise ModelError(f"{place}: has no `vector`", "leave the row out, or give it one")
        _refuse_width(place, int(lengths[row]), width)
    numbers = column.flatten().to_numpy(zero_copy_only=False)  # what is absent becomes NaN
    return _single(numbers).reshape(len(column), width)


def _refuse_width(place: str, width: int, expected: int) -> None:
    raise ModelError(
        f"{place}: has {width:,} numbers, and the rows before it have {expected:,}",
        "give all vectors the same width",
    )


READERS: Mapping[str, Callable[[Content, Progress | None], Rows]] = {
    ".npy": _read_npy,
    ".parquet": _read_parquet,
    ".jsonl": _read_jsonl,
}
