from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from embcmp.encoders.vector_store import place, write_vectors
from embcmp.evaluation import stored_vectors
from embcmp.evaluation.stored_vectors import encode, make_room
from embcmp.types import Embeddings, Occurrence, Receipt
from tests.questions.encoders import Made


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("EMBCMP_CACHE", str(tmp_path))
    return tmp_path / "encoded"


def uses(n: int) -> list[Occurrence]:
    return [Occurrence(str(k), "man", f"man number {k}", 0, 3) for k in range(n)]


def encoder_of_numbers(**more: object) -> Made:
    def vector(o: Occurrence) -> tuple[float, ...] | None:
        number = int(o.sentence.split()[-1])
        return None if number == 3 else (float(number), 1.0)

    return Made(vector, **more)  # type: ignore[arg-type]


def test_a_second_evaluation_encodes_nothing() -> None:
    first, second = encoder_of_numbers(), encoder_of_numbers()
    a, b = encode(first, uses(9)), encode(second, uses(9)[::-1])
    assert (first.calls, second.calls) == ([9], [])
    assert np.array_equal(a.vectors, b.vectors, equal_nan=True)
    assert (a.missing, b.missing) == ({place(uses(9)[3]): "none is made"},) * 2
    assert (a.cached, b.cached, b.seconds) == (0, 9, 0)
    rows = b.rows([uses(9)[5], uses(9)[1], uses(9)[5]])
    assert b.vectors[0, rows, 0].tolist() == [5, 1, 5]


def test_the_fingerprint_and_the_text_are_the_key(cache: Path) -> None:
    encode(encoder_of_numbers(), uses(4))
    other = encoder_of_numbers(fingerprint="other")
    encode(other, uses(4))
    assert other.calls == [4]
    moved = encoder_of_numbers()
    encode(moved, [Occurrence("0", "man", "a man number 0", 2, 5)])
    assert moved.calls == [1]
    assert len(list(cache.iterdir())) == 3


def test_rows_at_one_place_are_encoded_once() -> None:
    encoder = encoder_of_numbers()
    encoded = encode(encoder, [*uses(3), *uses(3)])
    assert encoder.calls == [3]
    assert encoded.vectors.shape == (1, 3, 2)


def test_rows_come_in_chunks(monkeypatch: pytest.MonkeyPatch, cache: Path) -> None:
    monkeypatch.setattr(stored_vectors, "CHUNK", 4)
    encoder, steps = encoder_of_numbers(), []
    encoded = encode(encoder, uses(10), lambda done, total: steps.append((done, total)))
    assert encoder.calls == [4, 4, 2]
    assert steps == [(4, 10), (8, 10), (10, 10)]
    assert len(list(cache.iterdir())) == 3
    rows = encoded.rows(uses(10))
    assert np.nan_to_num(encoded.vectors[0, rows, 0], nan=3).tolist() == list(range(10))


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"x" * 999])
def test_a_broken_file_is_made_again(cache: Path, content: bytes) -> None:
    encode(encoder_of_numbers(), uses(4))
    [file] = cache.iterdir()
    whole = file.read_bytes()
    file.write_bytes(content)
    encoder = encoder_of_numbers()
    assert encode(encoder, uses(4)).cached == 0
    assert encoder.calls == [4]
    assert file.read_bytes() == whole


def test_a_file_of_another_shape_is_made_again(cache: Path) -> None:
    encode(encoder_of_numbers(), uses(4))
    [file] = cache.iterdir()
    info = replace(encoder_of_numbers().info, dim=3)
    receipts = tuple(Receipt(str(k), ("man",), "man") for k in range(4))
    write_vectors(file, info, [Embeddings(info, np.zeros((1, 4, 3), np.float32), {}, receipts)])
    assert encode(encoder_of_numbers(), uses(4)).vectors.shape == (1, 4, 2)


def test_a_cache_that_cannot_be_written_costs_only_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("EMBCMP_CACHE", str(tmp_path / "file"))
    assert encode(encoder_of_numbers(), uses(4)).cached == 0


def test_the_cache_is_bounded(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for k in range(4):
        encode(encoder_of_numbers(fingerprint=str(k)), uses(4))
    files = sorted(cache.iterdir())
    for age, file in enumerate(files):
        os.utime(file, (1000 + age, 1000 + age))
    size = files[0].stat().st_size
    make_room(cache, 2 * size + 10)
    assert sorted(cache.iterdir()) == files[2:]
    monkeypatch.setattr(stored_vectors, "LARGEST_CACHE", size + 10)
    encode(encoder_of_numbers(fingerprint="new"), uses(4))
    [left] = cache.iterdir()
    assert left not in files


def test_recently_used_files_stay(cache: Path) -> None:
    for name in ("a", "b"):
        encode(encoder_of_numbers(fingerprint=name), uses(4))
    for file in cache.iterdir():
        os.utime(file, (1000, 1000))
    encode(encoder_of_numbers(fingerprint="a"), uses(4))
    make_room(cache, next(cache.iterdir()).stat().st_size + 10)
    again = encoder_of_numbers(fingerprint="a")
    encode(again, uses(4))
    assert again.calls == []
