from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import BinaryIO

import pytest

from embcmp.errors import ModelError
from embcmp.models import digests as module
from embcmp.models.digests import file_digest, verify


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("EMBCMP_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(module, "SETTLED_NS", -1)
    return tmp_path / "cache"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "weights"
    path.write_bytes(b"first")
    return path


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def count_reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files that are hashed from now on."""
    reads: list[str] = []
    hash_file = hashlib.file_digest

    def counting(f: BinaryIO, name: str) -> hashlib._Hash:
        reads.append(f.name)
        return hash_file(f, name)

    monkeypatch.setattr(hashlib, "file_digest", counting)
    return reads


def test_an_unchanged_file_is_read_once(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reads = count_reads(monkeypatch)
    assert [file_digest(file), file_digest(file)] == [sha256(b"first")] * 2
    assert len(reads) == 1


def test_reread_ignores_the_cached_digest(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reads = count_reads(monkeypatch)
    for _ in range(2):
        assert file_digest(file, reread=True) == sha256(b"first")
    assert len(reads) == 2


def test_a_link_and_its_file_share_a_digest(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reads = count_reads(monkeypatch)
    link = file.with_name("link")
    link.symlink_to(file)
    assert file_digest(link) == file_digest(file)
    assert len(reads) == 1


def test_same_size_and_same_time_of_modification_do_not_hide_a_change(file: Path) -> None:
    before = file.stat()
    assert file_digest(file) == sha256(b"first")
    file.write_bytes(b"other")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert file_digest(file) == sha256(b"other")


def test_a_file_moved_to_the_same_path_is_read(file: Path) -> None:
    file_digest(file)
    other = file.with_name("other")
    other.write_bytes(b"other")
    other.replace(file)
    assert file_digest(file) == sha256(b"other")


def test_the_digest_of_a_file_that_has_just_changed_is_not_cached(
    file: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SETTLED_NS", 3_600_000_000_000)
    assert file_digest(file) == sha256(b"first")
    assert not cache.exists()


def test_the_digest_of_a_file_that_changes_while_it_is_read_is_not_cached(
    file: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hash_file = hashlib.file_digest

    def meddling(f: BinaryIO, name: str) -> hashlib._Hash:
        digest = hash_file(f, name)
        file.write_bytes(b"longer than the first")
        return digest

    monkeypatch.setattr(hashlib, "file_digest", meddling)
    file_digest(file)
    assert not cache.exists()


@pytest.mark.parametrize("damage", [b"", b"\xff\xfe", b"5 1 1 1 " + b"0" * 64])
def test_a_damaged_cache_entry_is_ignored(file: Path, cache: Path, damage: bytes) -> None:
    file_digest(file)
    (note,) = (cache / "digests").iterdir()
    note.write_bytes(damage)
    assert file_digest(file) == sha256(b"first")
    assert note.read_text().endswith(sha256(b"first"))


def test_digests_work_without_a_cache(file: Path, cache: Path) -> None:
    cache.write_text("a file where the folder should be")
    assert [file_digest(file), file_digest(file)] == [sha256(b"first")] * 2


def test_digests_work_with_a_full_disk(
    file: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    assert file_digest(file) == sha256(b"first")
    assert list((cache / "digests").iterdir()) == []


def test_a_file_that_cannot_be_read_is_a_model_error(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"nowhere: cannot be read: No such file"):
        file_digest(tmp_path / "nowhere")


def test_the_right_file_is_accepted(file: Path) -> None:
    verify(file, 5, sha256(b"first"))
    with pytest.raises(ModelError):
        verify(file, 5, sha256(b"First"))


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "weights: is missing"),
        (b"firs", "weights: is damaged: 4 bytes instead of 5"),
        (b"First", "weights: is damaged: its sha256 is not "),
    ],
)
def test_another_file_is_refused(file: Path, content: bytes | None, says: str) -> None:
    file.unlink()
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ModelError, match=says):
        verify(file, 5, sha256(b"first"))
