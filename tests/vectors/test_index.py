from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from embcmp.errors import ModelError
from embcmp.vectors import index_cache
from embcmp.vectors.content import Content
from embcmp.vectors.file import FileVectors
from embcmp.vectors.formats import recognize
from embcmp.vectors.index import Index, build, load, prefetch
from embcmp.vectors.layout import Layout, Rows
from tests.commands import COMMAND, ROOT
from tests.conftest import interrupt
from tests.vectors.forms import array, every_form, small, write

VECTORS = ROOT / "fixtures" / "vectors"


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cache"
    monkeypatch.setenv("EMBCMP_CACHE", str(folder))
    return folder / "vectors"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "x.bin"
    path.write_bytes((VECTORS / "word2vec.bin").read_bytes())
    return path


def lookup(path: Path, *words: str) -> list[list[float]]:
    found: list[list[float]] = FileVectors(path).lookup(words)[0].tolist()
    return found


def layout_of(content: Content) -> Layout:
    layout = recognize(content)
    assert layout is not None
    return layout(content)


def test_the_second_look_up_uses_the_cached_index(
    file: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = lookup(file, "man", "the")
    (index,) = cache.iterdir()
    monkeypatch.setattr("embcmp.vectors.file.build", lambda _: pytest.fail("made again"))
    assert lookup(file, "man", "the") == first
    assert list(cache.iterdir()) == [index]


def test_a_saved_index_equals_the_original(file: Path, tmp_path: Path) -> None:
    content = Content(file)
    made = build(layout_of(content))
    made.save(tmp_path / "index")
    read = load(tmp_path / "index")
    assert read is not None
    for name in ("entries", "offsets", "repeated"):
        assert np.array_equal(getattr(read, name), getattr(made, name)), name
    assert (read.odd, read.latin, read.digest) == (made.odd, made.latin, made.digest)


def test_repeated_rows_are_in_the_order_of_the_file(tmp_path: Path) -> None:
    words = sorted("man the go post he".split(), key=lambda w: zlib.crc32(w.encode()), reverse=True)
    path = tmp_path / "x.txt"
    path.write_text("".join(f"{word} {i} 1\n" for i in range(2) for word in words))
    content = Content(path)
    assert build(layout_of(content)).repeated.tolist() == [5, 6, 7, 8, 9]


@pytest.mark.parametrize("change", ["longer", "same size", "same size and time", "in the middle"])
def test_a_changed_file_is_indexed_again(tmp_path: Path, cache: Path, change: str) -> None:
    path = tmp_path / "x.txt"
    size = 40_000 if change == "in the middle" else 3  # rows; the middle is not looked at
    rows = [f"w{i} {i}.5 1" for i in range(size)]
    path.write_text("\n".join(rows) + "\n")
    before = path.stat()
    assert lookup(path, "w1") == [[1.5, 1]]
    middle = size // 2
    rows[middle] = f"w{middle} {middle}.7 1"
    rows[1] = "w1 7.5 1" if change != "in the middle" else rows[1]
    if change == "longer":
        rows.append("more 1 2")
    path.write_text("\n".join(rows) + "\n")
    if change == "same size and time":
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    if change == "in the middle":
        assert lookup(path, f"w{middle}") == [[np.float32(middle + 0.7), 1]]
    else:
        assert lookup(path, "w1") == [[7.5, 1]]
    assert len(list(cache.iterdir())) == 1  # what it replaces is gone


def test_a_file_that_has_just_changed_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    naps: list[float] = []
    monkeypatch.setattr(index_cache.time, "sleep", naps.append)
    monkeypatch.setattr(index_cache, "TICK_NS", 3_600_000_000_000)
    monkeypatch.setattr(index_cache, "COARSE_NS", 3_600_000_000_000)
    path = tmp_path / "x"
    path.write_bytes(bytes(2 * index_cache.ENDS))
    index_cache.fingerprint(Content(path))  # read whole: no need
    assert not naps
    path.write_bytes(bytes(2 * index_cache.ENDS + 1))
    index_cache.fingerprint(Content(path))
    assert 3_500 < naps[0] <= 3_600


def test_the_fingerprint_includes_the_first_and_last_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index_cache, "file_stamp", lambda _: "the same")
    path, whole = tmp_path / "x", bytes(3 * index_cache.ENDS)

    def changed(place: int) -> str:
        path.write_bytes(whole[:place] + b"x" + whole[place + 1 :])
        return index_cache.fingerprint(Content(path))

    middle = changed(index_cache.ENDS)
    assert changed(2 * index_cache.ENDS - 1) == middle
    ends = [0, index_cache.ENDS - 1, 2 * index_cache.ENDS, 3 * index_cache.ENDS - 1]
    assert len({middle, *map(changed, ends)}) == 5


@pytest.mark.parametrize("damage", ["empty", "cut", "other", "longer", "counts"])
def test_a_damaged_index_is_built_again(file: Path, cache: Path, damage: str) -> None:
    right = lookup(file, "man")
    (index,) = cache.iterdir()
    whole = index.read_bytes()
    index.write_bytes(
        {
            "empty": b"",
            "cut": whole[:-8],
            "other": b"embcmp.vectors.index/0" + whole[22:],
            "longer": whole + bytes(8),
            "counts": whole.replace(b'"counts": [21', b'"counts": [-1'),
        }[damage]
    )
    assert load(index) is None
    assert lookup(file, "man") == right
    assert index.read_bytes() == whole


def test_temporary_files_of_killed_runs_are_deleted_after_a_day(file: Path, cache: Path) -> None:
    cache.mkdir(parents=True)
    for name, age in ((".old", 90_000), (".new", 60)):
        (cache / name).touch()
        os.utime(cache / name, (time.time() - age,) * 2)
    lookup(file, "man")
    assert not (cache / ".old").exists()
    assert (cache / ".new").exists()


def test_look_ups_work_without_a_cache(file: Path, cache: Path) -> None:
    cache.parent.write_text("a file where the folder should be")
    assert lookup(file, "man") == lookup(VECTORS / "word2vec.bin", "man")


@pytest.mark.parametrize("end", [0, 150, -1, None])
@pytest.mark.parametrize("name", ["glove", "word2vec binary", "fasttext", "npy", "npy by columns"])
def test_a_file_that_changes_while_open_is_an_error(
    tmp_path: Path, name: str, end: int | None
) -> None:
    forms = {**every_form(), "npy by columns": array(np.asfortranarray(small()[1]))}
    path = write(tmp_path, forms[name])
    vectors = FileVectors(path)
    path.write_bytes(forms[name].replace(b"a", b"b")[:end])
    os.utime(path, ns=(1, 1))  # whatever the step of the clock
    asked: list[Callable[[], object]] = [
        lambda: vectors.lookup(["man"]),
        lambda: vectors.head(2),
        lambda: list(vectors.blocks(2)),
    ]
    if name == "fasttext":
        asked.append(lambda: vectors.subwords("mann"))
    for ask in asked:
        with pytest.raises(ModelError, match=f"{path}: has changed while it was in use"):
            ask()


def test_cached_files_belong_to_the_file_that_was_opened(file: Path, tmp_path: Path) -> None:
    opened = Content(file)
    (tmp_path / "other").write_bytes((VECTORS / "glove.txt").read_bytes())
    (tmp_path / "other").replace(file)
    assert index_cache.cache_path([opened], "x") != index_cache.cache_path([Content(file)], "x")
    assert opened.read(0, 9) == (VECTORS / "word2vec.bin").read_bytes()[:9]


def test_words_that_share_a_checksum_are_distinguished(tmp_path: Path) -> None:
    pair = ("plumless", "buckeroo")
    assert zlib.crc32(pair[0].encode()) == zlib.crc32(pair[1].encode())
    path = tmp_path / "x.txt"
    path.write_text("".join(f"{word} {i} 1\n" for i, word in enumerate((*pair, "x", pair[1]))))
    vectors = FileVectors(path)
    assert vectors.lookup(["buckeroo", "plumless"])[0].tolist() == [[1, 1], [0, 1]]
    assert vectors.count == 3
    path.write_text("plumless 1 2\n")
    assert not FileVectors(path).lookup(["buckeroo"])[1].any()


@given(st.lists(st.binary(max_size=3), max_size=30), st.lists(st.binary(max_size=3), max_size=9))
def test_candidates_are_the_rows_of_the_checksum(rows: list[bytes], asked: list[bytes]) -> None:
    entries = np.array(sorted(zlib.crc32(w) << 32 | i for i, w in enumerate(rows)), np.uint64)
    index = Index(entries, np.zeros(len(rows), np.int64), np.zeros(0, np.int64), 0, False, "")
    expected = [[i for i, row in enumerate(rows) if row == word] for word in asked]
    assert list(index.candidates(asked)) == expected


def large(path: Path, rows: int = 60_000) -> None:
    """A file whose index takes a while: every row has its number in it."""
    with path.open("w") as f:
        f.writelines(f"w{i} {i} " + "0.25 " * 40 + "\n" for i in range(rows))


@pytest.mark.process("it is interrupted and killed")
def test_an_interrupted_index_is_built_again(tmp_path: Path, cache: Path) -> None:
    path = tmp_path / "x.txt"
    large(path)
    code = (
        "import sys, pathlib; from embcmp.vectors.file import FileVectors; print('go', flush=True);"
        f"print(FileVectors(pathlib.Path({str(path)!r})).lookup(['w59999'])[0][0, 0])"
    )
    for sent in (signal.SIGINT, signal.SIGKILL):
        for delay in (0.0, 0.05, 0.2, 0.4):
            process = subprocess.Popen(
                [sys.executable, "-c", code],
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(delay)
            process.send_signal(sent)
            process.communicate(timeout=60)
            for made in cache.glob("[!.]*"):
                assert load(made) is not None
    assert lookup(path, "w59999") == [[59_999, *[0.25] * 40]]


@pytest.mark.process("several processes index one file at once")
def test_several_processes_can_index_one_file(tmp_path: Path, cache: Path) -> None:
    path = tmp_path / "x.txt"
    large(path, 20_000)
    code = (
        "import pathlib; from embcmp.vectors.file import FileVectors;"
        f"print(int(FileVectors(pathlib.Path({str(path)!r})).lookup(['w19999'])[0][0, 0]))"
    )
    processes = [
        subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) for _ in range(3)
    ]
    assert [p.communicate(timeout=60)[0].strip() for p in processes] == [b"19999"] * 3
    (index,) = cache.iterdir()
    assert load(index) is not None


@pytest.mark.process("Control-C amid reading")
@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="tells when the file is open")
def test_an_interrupted_command_says_so(tmp_path: Path, cache: Path) -> None:
    path = tmp_path / "x.txt"
    large(path, 150_000)
    command = f"compare man -s {ROOT / 'fixtures/man.txt'} -e word2vec:{path}"
    process = subprocess.Popen(
        [*COMMAND, *command.split()],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
    )
    descriptors = Path(f"/proc/{process.pid}/fd")
    end = time.monotonic() + 60
    while not any(os.path.realpath(d) == str(path) for d in descriptors.glob("*")):
        assert time.monotonic() < end
        time.sleep(0.01)
    time.sleep(0.2)
    out, error = interrupt(process)
    assert (process.returncode, out) == (130, b"")
    assert error.decode().splitlines()[-1] == "embcmp: interrupted"
    assert not list(cache.glob("*"))


def test_blocks_of_the_vocabulary_have_at_most_the_requested_size(tmp_path: Path) -> None:
    words, matrix = small()
    path = tmp_path / "x.txt"
    path.write_text(
        "".join(
            f"{w} {' '.join(map(str, r))}\n" for w, r in zip(words, matrix.tolist(), strict=True)
        )
    )
    vectors = FileVectors(path)
    for rows in range(1, 7):
        blocks = list(vectors.blocks(rows))
        assert [w for block, _ in blocks for w in block] == words
        assert max(len(block) for block, _ in blocks) <= rows
    for count in (1, 3, 5, 9):
        assert vectors.head(count).tolist() == matrix[:count].tolist()


def test_prefetched_parts_keep_their_order_and_errors() -> None:
    made = []

    def parts() -> Iterator[Rows]:
        for k in range(3):
            made.append(threading.current_thread())
            yield Rows([b"w%d" % k], np.array([k]), np.zeros((1, 2), np.float32))
        raise ModelError("cut short", "get a complete copy of the file")

    words = []
    with pytest.raises(ModelError, match="cut short"):
        for rows in prefetch(parts()):
            words += rows.words
    assert words == [b"w0", b"w1", b"w2"]
    assert threading.current_thread() not in made


def test_only_one_part_is_prefetched() -> None:
    made = []

    def parts() -> Iterator[Rows]:
        for k in range(100):
            made.append(k)
            yield Rows([], np.zeros(0, np.int64), np.zeros((1, 2), np.float32))

    taken = prefetch(parts())
    next(taken)
    taken.close()
    assert made == [0, 1]


def test_an_array_is_made_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMBCMP_CACHE", str(tmp_path))
    calls: list[int] = []

    def make() -> np.ndarray:
        calls.append(1)
        return np.arange(3, dtype=np.float32)

    for _ in range(2):
        np.testing.assert_array_equal(index_cache.cached_array("folder/name", make), [0, 1, 2])
    assert len(calls) == 1
    kept = tmp_path / "folder" / "name.npy"
    kept.write_bytes(kept.read_bytes()[:20])  # cut short
    np.testing.assert_array_equal(index_cache.cached_array("folder/name", make), [0, 1, 2])
    kept.write_bytes(kept.read_bytes()[:-4] + np.float32(7).tobytes())  # another number
    np.testing.assert_array_equal(index_cache.cached_array("folder/name", make), [0, 1, 2])
    monkeypatch.setenv("EMBCMP_CACHE", "/dev/null/nowhere")
    np.testing.assert_array_equal(index_cache.cached_array("folder/name", make), [0, 1, 2])
    assert len(calls) == 4
