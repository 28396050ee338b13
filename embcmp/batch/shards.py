"""Parquet files that are whole or not there, and that say so of themselves.

Beside a file lies its note, a line of JSON with its size, rows and sha256, written after it. A
file without a note, or with another content than the note says, is not there.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from embcmp.cache import whole_file, write_whole
from embcmp.errors import OutputError

ROWS_OF_A_GROUP = 128  # the least that is read of a file: a word's uses lie in many places
NOTE = ".json"


@dataclass(frozen=True, slots=True)
class Note:
    """What a file should be.

    Attributes:
        rows: in it.
        bytes: its size.
        sha256: of its content.
        of: what it was made of; a file of something else is as good as none.
        seconds: that making it took.
    """

    rows: int
    bytes: int
    sha256: str
    of: str = ""
    seconds: float = 0.0


def sha256_of(path: Path) -> str:
    """The sha256 of a file's content.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as f:
        return hashlib.file_digest(f, "sha256").hexdigest()


def digest_of(*parts: object) -> str:
    """The sha256 of plain data, by its JSON: 64 hexadecimal digits."""
    text = json.dumps(parts, sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def write_sealed(path: Path, content: Mapping[str, Any]) -> None:
    """Write plain data as JSON with its own digest.

    Raises:
        OutputError: the file cannot be written.
    """
    sealed = {**content, "digest": digest_of(content)}
    write_whole(path, json.dumps(sealed) + "\n")


def read_sealed(path: Path) -> dict[str, Any] | None:
    """What `write_sealed` wrote; None where it is not there, or was changed since."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        content: dict[str, Any] = json.loads(path.read_bytes())
        digest = content.pop("digest", None)
        return content if digest == digest_of(content) else None
    return None


def read_note(path: Path) -> Note | None:
    """The note of a file, which itself is not looked at; None where there is none."""
    with contextlib.suppress(OSError, ValueError, TypeError):
        return Note(**json.loads(_note_of(path).read_bytes()))
    return None


def noted(path: Path, of: str = "") -> Note | None:
    """The note of a file that is whole; None where it is not, or was made of something else."""
    note = read_note(path)
    with contextlib.suppress(OSError):
        if (
            note is not None
            and note.of == of
            and path.stat().st_size == note.bytes
            and sha256_of(path) == note.sha256
        ):
            return note
    return None


def note(path: Path, rows: int, of: str = "", seconds: float = 0.0) -> Note:
    """Note what a file is, once it is in its place.

    Raises:
        OutputError: the note cannot be written.
    """
    found = Note(rows, path.stat().st_size, sha256_of(path), of, round(seconds, 3))
    write_whole(_note_of(path), json.dumps(asdict(found)) + "\n")
    return found


def _note_of(path: Path) -> Path:
    return path.with_name(path.name + NOTE)


@contextlib.contextmanager
def writing(path: Path, schema: Any, of: str = "") -> Iterator[Any]:  # noqa: ANN401  of pyarrow, which has no types
    """A `pyarrow.parquet.ParquetWriter` for a file that is there, with its note, at the end.

    Args:
        path: the file.
        schema: a `pyarrow.Schema`.
        of: what it is made of.

    Raises:
        OutputError: the disk is full, or the folder cannot be written.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    _note_of(path).unlink(missing_ok=True)
    started = time.perf_counter()
    # The bytes of floats, of which no two are equal, compress when those of one place are together.
    split = {f"{f.name}.list.element" for f in schema if pa.types.is_fixed_size_list(f.type)}
    with (
        whole_file(path) as draft,
        pq.ParquetWriter(
            draft,
            schema,
            compression="zstd",
            write_page_checksum=True,
            use_dictionary=[f.name for f in schema if f.type == pa.string()],
            column_encoding=dict.fromkeys(split, "BYTE_STREAM_SPLIT"),
            write_statistics=False,
        ) as writer,
    ):
        yield writer
    note(path, pq.read_metadata(path).num_rows, of, time.perf_counter() - started)


def read_rows(path: Path, rows: Sequence[int], columns: Sequence[str] | None = None) -> Any:  # noqa: ANN401  of pyarrow
    """Some rows of a file, in the order asked for, as a `pyarrow.Table`.

    Only the groups of rows that hold them are read.

    Args:
        path: a file of `writing`.
        rows: numbers of rows, from 0.
        columns: their names; all if not given.

    Raises:
        OutputError: the file is damaged.
    """
    import numpy as np
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
    """What to say of a file of the batch that cannot be read."""
    return OutputError(f"{path}: is damaged", "run the batch again: it is made anew")


def forget(path: Path) -> None:
    """Remove a file and its note."""
    _note_of(path).unlink(missing_ok=True)
    path.unlink(missing_ok=True)


def forget_others(folder: Path, wanted: Collection[str]) -> None:
    """Remove the Parquet files of other names, and what is left of such: a note alone."""
    for file in folder.glob("*.parquet*"):
        name = file.name.removesuffix(NOTE)
        if name not in wanted:
            forget(folder / name)
