from __future__ import annotations

import contextlib
import gzip
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from embcmp.errors import ModelError
from embcmp.models.catalog import GLOVE, Embedded, locate
from embcmp.models.digests import File
from embcmp.vectors.embedded_vectors import EmbeddedVectors
from embcmp.vectors.file import FileVectors
from embcmp.vectors.store import open_vectors
from tests.commands import ROOT, run_code
from tests.vectors.forms import every_form, write

VECTORS = ROOT / "fixtures" / "vectors"
PACKED = ("gzip", "bz2", "xz", "zip", "stored zip", "tar", "tar.gz")
needs_glove = pytest.mark.skipif(
    find_spec(GLOVE.module) is None, reason="the models extra is not installed"
)


def test_look_up_gives_a_row_for_each_word_and_nan_for_the_unknown() -> None:
    store = open_vectors(VECTORS / "word2vec.txt")
    vectors, known = store.lookup(["man", "unknown", "Man", "man", "", "\ud800"])
    assert known.tolist() == [True, False, True, True, False, False]
    assert vectors.dtype == np.float32
    assert vectors.shape == (6, 4)
    assert np.isnan(vectors[~known]).all()
    assert vectors[0].tobytes() == vectors[3].tobytes() != vectors[2].tobytes()


def test_no_words_give_no_rows() -> None:
    vectors, known = open_vectors(VECTORS / "word2vec.txt").lookup([])
    assert vectors.shape == (0, 4)
    assert known.shape == (0,)


@pytest.mark.parametrize("name", ["word2vec.txt", "word2vec.bin", "glove.txt"])
def test_attributes_of_a_file(name: str) -> None:
    content = (VECTORS / name).read_bytes()
    store = FileVectors(VECTORS / name)
    assert (store.name, store.dim, store.bytes) == (name, 4, len(content))
    assert store.count == (23 if name == "glove.txt" else 21)
    assert len(store.digest) == 64


def test_the_digest_depends_on_the_content_alone(tmp_path: Path) -> None:
    content = (VECTORS / "word2vec.bin").read_bytes()
    digests = {}
    for name in ("a.bin", "b.bin", "b.bin.gz"):
        path = tmp_path / name
        path.write_bytes(gzip.compress(content) if name.endswith("gz") else content)
        digests[name] = FileVectors(path).digest
    digests["as text"] = FileVectors(VECTORS / "word2vec.txt").digest
    assert len(set(digests.values())) == 1
    for at in range(len(content)):  # whatever byte changes: where it can be read at all
        changed = content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]
        (tmp_path / "c.bin").write_bytes(changed)
        with contextlib.suppress(ModelError):
            assert FileVectors(tmp_path / "c.bin").digest != digests["a.bin"], at


def test_the_first_of_equal_words_is_used(tmp_path: Path) -> None:
    path = tmp_path / "twice.txt"
    path.write_text("man 1 2\nman 3 4\nthe 5 6\n")
    store = FileVectors(path)
    assert store.count == 2
    assert store.remarks == (f"{path}: duplicate words: 1; the first row of each is used",)
    assert [w for words, _ in store.blocks(1) for w in words] == ["man", "the"]
    assert store.lookup(["man", "the"])[0].tolist() == [[1, 2], [5, 6]]


def test_an_unchanged_file_is_opened_once_and_a_changed_one_again(tmp_path: Path) -> None:
    path = tmp_path / "x.txt"
    path.write_text("man 1 2\n")
    first = open_vectors(path)
    assert open_vectors(str(path)) is first
    path.with_name("new").write_text("man 3 4\n")
    path.with_name("new").replace(path)
    assert open_vectors(path).lookup(["man"])[0].tolist() == [[3, 4]]


def test_a_missing_file_is_a_model_error_each_time(tmp_path: Path) -> None:
    for _ in range(2):
        with pytest.raises(ModelError, match="there is no such file"):
            open_vectors(tmp_path / "nowhere.txt")


@pytest.fixture
def tiny_glove(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Embedded:
    """An installed package as GloVe's, of three words."""
    folder = tmp_path / "tiny_glove" / "data"
    folder.mkdir(parents=True)
    (folder.parent / "__init__.py").write_text("raise AssertionError('imported')\n")
    matrix = np.asfortranarray(np.arange(6, dtype=np.float32).reshape(3, 2))
    np.save(folder / "emb.npy", matrix)
    words = pa.table({"index": ["the", "man", "café"]})
    parquet.write_table(words, folder / "index.parquet")
    monkeypatch.syspath_prepend(tmp_path)
    files = tuple(File.of(folder / name) for name in ("emb.npy", "index.parquet"))
    model = Embedded("g", "Tiny GloVe", "Tiny", "g", "1", "tiny_glove", "data", files, "PDDL-1.0")
    monkeypatch.setattr("embcmp.vectors.embedded_vectors.GLOVE", model)
    return model


def test_look_up_in_a_package(tiny_glove: Embedded) -> None:
    store = EmbeddedVectors()
    vectors, known = store.lookup(["café", "Man", "man", "café", "\ud800", "the"])
    assert known.tolist() == [True, False, True, True, False, True]
    assert vectors[known].tolist() == [[4, 5], [2, 3], [4, 5], [0, 1]]
    assert np.isnan(vectors[~known]).all()
    assert vectors.dtype == np.float32
    assert (store.name, store.count, store.dim) == ("Tiny GloVe", 3, 2)
    assert store.bytes == sum(file.bytes for file in tiny_glove.files)
    assert len(store.digest) == 64
    assert store.lookup([])[0].shape == (0, 2)


def test_another_file_has_another_digest(
    tiny_glove: Embedded, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = EmbeddedVectors().digest
    folder = locate(tiny_glove)
    np.save(folder / "emb.npy", np.ones((3, 2), dtype=np.float32))
    files = (File.of(folder / "emb.npy"), tiny_glove.files[1])
    monkeypatch.setattr("embcmp.vectors.embedded_vectors.GLOVE", replace(tiny_glove, files=files))
    assert EmbeddedVectors().digest != before


@needs_glove
def test_the_embedded_default_row_by_row() -> None:
    folder = locate(GLOVE)
    matrix = np.load(folder / "glove_6B_50d_emb.npy")
    words = parquet.read_table(folder / "glove_6B_index.parquet")["index"].to_pylist()
    rows = np.random.default_rng(0).integers(0, len(words), size=200)
    store = open_vectors()
    vectors, known = store.lookup([words[row] for row in rows])
    assert known.all()
    assert vectors.tobytes() == matrix[rows].tobytes()
    assert (store.name, store.count, store.dim) == ("GloVe 6B 50d", 400_000, 50)
    assert store is open_vectors("glove-6b-50d")


@pytest.mark.process("it shows which modules a fresh interpreter imports")
def test_opening_a_file_of_vectors_loads_nothing_heavy() -> None:
    code = (
        "import sys; from embcmp.vectors.store import open_vectors; "
        f"open_vectors({str(VECTORS / 'word2vec.txt')!r}); "
        "print({'torch', 'gensim', 'pyarrow', 'scipy', 'pandas'} & set(sys.modules))"
    )
    assert run_code(code).stdout.strip() == "set()"


@pytest.mark.parametrize("name", [*every_form(), "glove of many blocks"])
def test_progress_of_indexing_and_none_for_a_cached_index(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("EMBCMP_CACHE", str(tmp_path / "cache"))
    many = "".join(f"w{i} {'0.25 ' * 40}\n" for i in range(45_000)).encode()  # one is read ahead
    path = write(tmp_path, {**every_form(), "glove of many blocks": many}[name], "x")
    seen: list[tuple[str, int, int]] = []
    open_vectors(path, progress=lambda *step: seen.append(step))
    indexing = [(done, total) for task, done, total in seen if task == "indexing x"]
    assert indexing == sorted(indexing)
    assert indexing[-1][0] == indexing[-1][1]
    assert len({done for done, _ in indexing}) > 1 or name != "glove of many blocks"
    unpacking = [(done, total) for task, done, total in seen if task == "unpacking x"]
    assert bool(unpacking) == (name in PACKED)
    assert all(total == path.stat().st_size >= done for done, total in unpacking)
    assert len(seen) == len(indexing) + len(unpacking)
    FileVectors(path, progress=lambda *_: pytest.fail("what is kept takes no time"))
