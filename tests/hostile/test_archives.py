"""What is unpacked into the cache is bounded, removed when refused, and not believed later."""

from __future__ import annotations

import gzip
import io
import lzma
import os
import shutil
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from embcmp.errors import ModelError, OutputError
from embcmp.vectors import archives, index_cache
from embcmp.vectors.file import FileVectors

BEGINNING = b"5 3\nbank " + bytes(12)
ZEROS = bytes(300_000)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cache"
    monkeypatch.setenv("EMBCMP_CACHE", str(folder))
    monkeypatch.setattr(archives, "SMALL", 100_000)
    return folder / "vectors"


def zipped(content: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("v.bin", content)
    return buffer.getvalue()


def tarred(content: bytes) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        info = tarfile.TarInfo("v.bin")
        info.size = len(content)
        archive.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


@pytest.mark.parametrize("pack", [gzip.compress, lzma.compress, zipped, tarred])
def test_a_bomb_is_refused_and_leaves_nothing(
    tmp_path: Path, cache: Path, pack: Callable[[bytes], bytes]
) -> None:
    path = tmp_path / "v.bin"
    path.write_bytes(pack(BEGINNING + ZEROS))
    with pytest.raises(ModelError, match="unpacks to more than 100,000 bytes"):
        FileVectors(path)
    assert list(cache.iterdir()) == []


def test_what_is_refused_after_unpacking_is_removed(tmp_path: Path, cache: Path) -> None:
    path = tmp_path / "v.gz"
    path.write_bytes(gzip.compress(BEGINNING + bytes(1000)))
    with pytest.raises(ModelError):
        FileVectors(path)
    assert list(cache.iterdir()) == []


class _Usage(NamedTuple):
    total: int = 10**9
    used: int = 10**9
    free: int = 10**6


def test_a_disk_is_not_filled(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "v.gz"
    path.write_bytes(gzip.compress(b"man 1 2\n"))
    monkeypatch.setattr(shutil, "disk_usage", lambda _: _Usage())
    with pytest.raises(OutputError, match=r"cannot be unpacked there: 1,000,000 bytes are free"):
        FileVectors(path)
    assert list(cache.iterdir()) == []


@pytest.fixture
def unpacked(tmp_path: Path, cache: Path) -> Path:
    """The copy in the cache of `v.gz`, which is also there."""
    (tmp_path / "v.gz").write_bytes(gzip.compress(b"bank 0.1 2\nriver 3 4\n"))
    FileVectors(tmp_path / "v.gz")
    return next(f for f in cache.iterdir() if f.read_bytes().startswith(b"bank"))


@pytest.mark.parametrize("content", [b"bank 9.1 2\nriver 3 4\n", b"bank 0.1 2\nriv", b""])
def test_a_changed_copy_is_made_again(tmp_path: Path, unpacked: Path, content: bytes) -> None:
    unpacked.write_bytes(content)
    row = FileVectors(tmp_path / "v.gz").lookup(["bank"])[0]
    assert row[0].tolist() == pytest.approx([0.1, 2])


def test_a_changed_index_is_made_again(tmp_path: Path, unpacked: Path, cache: Path) -> None:
    index = next(f for f in cache.iterdir() if f.read_bytes().startswith(b"embcmp.vectors.index"))
    content = index.read_bytes()
    index.write_bytes(content[:-8] + bytes(8))
    row = FileVectors(tmp_path / "v.gz").lookup(["river"])[0]
    assert row.tolist() == [[3, 4]]
    assert index.read_bytes() == content


def test_a_copy_that_was_only_touched_is_read_once(
    tmp_path: Path, unpacked: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives, "_unpack", lambda *_: pytest.fail("unpacked twice"))
    os.utime(unpacked, (1, 1))
    FileVectors(tmp_path / "v.gz")
    monkeypatch.setattr(index_cache, "_digest", lambda _: pytest.fail("read twice"))
    FileVectors(tmp_path / "v.gz")
