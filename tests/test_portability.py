"""Running without what other systems lack: functions and modules are removed."""

from __future__ import annotations

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from embcmp.batch.folder import BatchFolder
from embcmp.doctor.machine import torch
from embcmp.manifest import _peak_memory
from embcmp.models.digests import age_ns
from embcmp.vectors.content import Content
from embcmp.vectors.file import FileVectors
from tests.conftest import ROOT

VECTORS = ROOT / "fixtures" / "vectors"


@pytest.mark.parametrize("name", ["word2vec.bin", "word2vec.txt", "glove.txt"])
def test_vectors_are_read_without_pread(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = FileVectors(VECTORS / name).lookup(["man", "the"])[0].tolist()
    monkeypatch.setenv("EMBCMP_CACHE", str(tmp_path))
    monkeypatch.delattr(os, "pread")
    vectors = FileVectors(VECTORS / name)
    assert vectors.lookup(["man", "the"])[0].tolist() == expected
    assert sum(len(words) for words, _ in vectors.blocks(3)) == vectors.count


def test_threads_can_read_one_file_without_pread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "pread")
    content = os.urandom(100_000)
    (tmp_path / "x").write_bytes(content)
    file = Content(tmp_path / "x")
    places = [i * 7919 % 99_000 for i in range(2000)]
    with ThreadPoolExecutor(4) as pool:
        blocks = list(pool.map(lambda at: file.read(at, 100), places))
    assert blocks == [content[at : at + 100] for at in places]


def test_the_peak_memory_is_none_without_the_module_resource(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "resource", None)
    assert _peak_memory() is None


def test_cores_are_counted_without_affinities(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 77)
    assert any("of 77 cores" in check.found for check in torch())


def test_a_batch_runs_if_the_lock_file_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = Path.write_text

    def refuse(path: Path, text: str, encoding: str) -> int:
        if path.name == ".lock":
            raise PermissionError(13, "Permission denied", str(path))
        return write(path, text, encoding)

    monkeypatch.setattr(Path, "write_text", refuse)
    with BatchFolder(tmp_path).locked():
        assert (tmp_path / ".lock").exists()


@pytest.mark.parametrize(("made", "changed"), [(1, 0), (0, 1), (0, 0)])
def test_the_age_of_a_file_is_that_of_its_later_time(
    made: int, changed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On Windows st_ctime is the time of creation, not of the last change."""
    now, hour = 10**18, 3600 * 10**9
    monkeypatch.setattr("time.time_ns", lambda: now)
    times = SimpleNamespace(st_ctime_ns=now - made * hour, st_mtime_ns=now - changed * hour)
    assert age_ns(cast("os.stat_result", times)) == 0
