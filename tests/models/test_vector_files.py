"""Downloading word vectors from a local server that disconnects, stalls, redirects and lies."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import shutil
from collections import namedtuple
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from huggingface_hub import constants
from huggingface_hub.utils import close_session

from embcmp.errors import ModelError
from embcmp.models import hub_errors, vector_files
from embcmp.models.vector_files import VECTOR_FILES, fetch_vectors, find_vectors, verify_vectors
from embcmp.vectors.store import open_vectors
from tests.conftest import Run
from tests.models.hub import Hub, running

NAME = "glove-twitter-25"
PACKED = f"{NAME}.gz"


@pytest.fixture(scope="module")
def content() -> bytes:
    """Word vectors of two dimensions, packed: 30 kB that no packer makes much smaller."""
    numbers = [hashlib.sha256(str(i).encode()).hexdigest() for i in range(1000)]
    rows = [f"w{i} 0.{int(n, 16)} 1.5\n" for i, n in enumerate(numbers)]
    return gzip.compress(f"{len(rows)} 2\n{''.join(rows)}".encode(), mtime=0)


@pytest.fixture
def mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes) -> Iterator[Hub]:
    """A mirror for this process, an empty cache, and a catalog of one small file."""
    with running() as hub:
        hub.commits["releases"] = {PACKED: content}
        monkeypatch.setenv("EMBCMP_MIRROR", f"{hub.url}/releases/")
        monkeypatch.setenv("EMBCMP_CACHE", str(tmp_path))
        monkeypatch.setattr(constants, "DOWNLOAD_CHUNK_SIZE", 1000)
        monkeypatch.setattr(hub_errors, "WAITS", (0.0, 0.0, 0.0))
        monkeypatch.setattr("time.sleep", lambda seconds: None)
        monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
        small = replace(
            VECTOR_FILES[NAME],
            bytes=len(content),
            md5=hashlib.md5(content, usedforsecurity=False).hexdigest(),
        )
        monkeypatch.setattr(vector_files, "VECTOR_FILES", {NAME: small})
        yield hub
        close_session()


def fetch() -> Path:
    return fetch_vectors(vector_files.VECTOR_FILES[NAME])


def refused() -> ModelError:
    with pytest.raises(ModelError) as e:
        fetch()
    assert e.value.hint
    assert "\n" not in str(e.value)
    assert not (find_file().exists())
    return e.value


def find_file() -> Path:
    return vector_files.VECTOR_FILES[NAME].path


def left(folder: Path) -> set[str]:
    return {p.name for p in (folder / "models").iterdir()} - {f"{NAME}.lock"}


def test_a_downloaded_file_can_be_used_by_its_name(mirror: Hub, tmp_path: Path) -> None:
    with pytest.raises(
        ModelError, match=r"has not been fetched yet \(0 MB\); embcmp models fetch word2vec:"
    ):
        open_vectors(NAME)
    path = fetch()
    assert hashlib.md5(path.read_bytes()).hexdigest() == vector_files.VECTOR_FILES[NAME].md5
    assert left(tmp_path) == {PACKED}
    assert find_vectors(NAME) == path
    vectors = open_vectors(NAME)
    assert (vectors.count, vectors.dim) == (1000, 2)
    verify_vectors(vector_files.VECTOR_FILES[NAME])
    fetch()
    assert mirror.sent()[PACKED] == path.stat().st_size  # once


def test_the_token_of_the_hub_is_not_sent_to_another_host(
    mirror: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    fetch()
    assert not [r for r in mirror.requests if "secret" in str(r.headers)]


def test_lost_connections_are_resumed(mirror: Hub, content: bytes) -> None:
    mirror.cuts[PACKED] = [5000, 100, 0]
    assert fetch().read_bytes() == content
    assert mirror.sent()[PACKED] <= len(content) + 3000  # nothing much came twice


def test_a_later_run_downloads_the_rest(mirror: Hub, content: bytes, tmp_path: Path) -> None:
    mirror.cuts[PACKED] = [5000] + [0] * 20
    assert "cannot be reached, or the connection was lost" in refused().message
    assert left(tmp_path) == {f"{PACKED}.incomplete"}
    mirror.cuts.clear()
    mirror.requests.clear()
    assert fetch().read_bytes() == content
    assert mirror.sent()[PACKED] <= len(content) - 4000


def test_a_server_without_ranges_sends_the_complete_file_again(mirror: Hub, content: bytes) -> None:
    mirror.cuts[PACKED] = [5000]
    mirror.rangeless = True
    assert fetch().read_bytes() == content


def test_a_server_that_stalls(mirror: Hub, content: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "HF_HUB_DOWNLOAD_TIMEOUT", 0.2)
    mirror.pauses[PACKED] = [1.0]
    assert fetch().read_bytes() == content


@pytest.mark.parametrize(
    ("lie", "says"),
    [
        (lambda c: c[:-1] + b"?", "is not the one that is listed: its md5 is not"),
        (lambda c: c + b"?", "more than"),
        (lambda c: c[:100], "bytes instead of"),
    ],
)
def test_files_that_differ_from_the_published_ones_are_deleted(
    mirror: Hub, content: bytes, tmp_path: Path, lie: object, says: str
) -> None:
    assert callable(lie)
    mirror.served[PACKED] = lie(content)
    assert says in refused().message
    assert left(tmp_path) == set()
    mirror.served.clear()
    assert fetch().read_bytes() == content


def test_a_damaged_file_is_detected_and_downloaded_again(mirror: Hub, content: bytes) -> None:
    path = fetch()
    path.write_bytes(content[:-1] + b"?")
    with pytest.raises(ModelError, match="is damaged: its md5 is not"):
        verify_vectors(vector_files.VECTOR_FILES[NAME])
    assert fetch().read_bytes() == content


def test_a_busy_server_is_asked_again_and_a_missing_file_is_an_error(
    mirror: Hub, content: bytes
) -> None:
    mirror.fails["/releases/"] = [503, 503]
    assert fetch().read_bytes() == content
    find_file().unlink()
    mirror.fails["/releases/"] = [404]
    assert f"{PACKED} answers 404" in refused().message


def test_no_request_is_sent_offline(mirror: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as m:
        m.setenv("HF_HUB_OFFLINE", "1")
        assert refused().message == f"{NAME}: has not been fetched"
    path = fetch()
    mirror.requests.clear()
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert fetch() == path
    assert not mirror.requests


def test_free_disk_space_is_checked_first(mirror: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(100, 1, 99))
    error = refused()
    assert "has 99 bytes left, but " in error.message
    assert error.hint == "free some space there, or set EMBCMP_CACHE to another cache folder"
    assert not mirror.requests


def test_a_cache_that_cannot_be_written(mirror: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMBCMP_CACHE", "/proc/none")
    assert "cannot be written" in refused().message


def test_no_server_answers(mirror: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMBCMP_MIRROR", "http://127.0.0.1:9")
    assert "cannot be reached, or the connection was lost (ConnectError)" in refused().message


def test_the_command_line(run: Run, tmp_path: Path) -> None:
    with running() as hub:
        hub.commits["releases"] = {PACKED: b"not it"}
        env = {"EMBCMP_MIRROR": f"{hub.url}/releases", "EMBCMP_CACHE": str(tmp_path)}
        listed = json.loads(run("models", "list", "--format", "json", env=env).stdout)
        file = next(m for m in listed["models"] if m["spec"] == f"word2vec:{NAME}")
        assert (file["here"], file["digest"]) == (False, f"md5:{VECTOR_FILES[NAME].md5}")
        done = run("models", "fetch", f"context:{NAME},window=3", env=env)
        assert (done.returncode, done.stdout) == (4, "")
        assert "6 bytes instead of 109,885,004" in done.stderr
        assert done.stderr.count("embcmp: ") == 1
    compared = run("compare", "a", "-s", "-", "-e", f"word2vec:{NAME}", stdin="a\n", env=env)
    assert compared.returncode == 4
    assert f"embcmp models fetch word2vec:{NAME}" in compared.stderr


def test_the_catalog_has_gensims_names_and_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EMBCMP_MIRROR", raising=False)
    import gensim.downloader as gensim

    for name, file in VECTOR_FILES.items():
        assert file.url == f"{gensim.DOWNLOAD_BASE_URL}/{name}/{name}.gz"
        assert file.dim in (25, 50, 100, 200, 300)
        assert len(file.md5) == 32
        int(file.md5, 16)
    assert len({file.md5 for file in VECTOR_FILES.values()}) == len(VECTOR_FILES) == 10
    assert os.environ.get("EMBCMP_MIRROR") is None
