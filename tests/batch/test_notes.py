"""Notes of files: what counts as no note."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from embcmp.batch.notes import read_note, read_sealed, valid_note, write_note

DEEP = "[" * 100_000


def test_a_note_says_what_the_file_has_to_be(tmp_path: Path) -> None:
    file = tmp_path / "a.parquet"
    file.write_bytes(b"abc")
    write_note(file, 2, "x", 0.5)
    note = valid_note(file, "x")
    assert note is not None
    assert (note.rows, note.bytes, note.seconds) == (2, 3, 0.5)
    file.write_bytes(b"abd")
    assert valid_note(file, "x") is None


@pytest.mark.parametrize(
    "change", [{"seconds": "1"}, {"rows": None}, {"bytes": []}, {"seconds": float("nan")}, {"a": 1}]
)
def test_a_note_with_a_wrong_value_is_none(tmp_path: Path, change: dict[str, object]) -> None:
    file = tmp_path / "a.parquet"
    file.write_bytes(b"abc")
    write_note(file, 2)
    note = tmp_path / "a.parquet.json"
    note.write_text(json.dumps({**json.loads(note.read_text()), **change}))
    assert read_note(file) is None


def test_what_is_nested_deeply_counts_as_missing(tmp_path: Path) -> None:
    (tmp_path / "a.parquet.json").write_text(DEEP)
    assert read_note(tmp_path / "a.parquet") is None
    assert read_sealed(tmp_path / "a.parquet.json") is None
