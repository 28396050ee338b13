from __future__ import annotations

import gzip
import io
import pickle
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from embcmp.errors import ModelError
from embcmp.vectors.content import Content
from embcmp.vectors.formats import recognize
from tests.conftest import ROOT

VECTORS = ROOT / "fixtures" / "vectors"
GLOVE = (VECTORS / "glove.txt").read_bytes()
TABLE = {"the": [0.5, 1.0], "man": [1.5, 2.0]}
SETTINGS = (5, 5, 5, 5, 5, 1, 2, 1, 100, 3, 6, 100, 1e-4, 1, 1, 0, 9)


def parquet() -> bytes:
    import pyarrow as pa
    from pyarrow import parquet

    buffer = io.BytesIO()
    parquet.write_table(pa.table({"index": ["the", "man"]}), buffer)
    return buffer.getvalue()


def safetensors() -> bytes:
    from safetensors.numpy import save

    return save({"embeddings": np.ones((2, 3), dtype=np.float32)})


LFS = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'0' * 64}\nsize 12345\n".encode()

FOREIGN: dict[str, tuple[Callable[[], bytes], str]] = {
    "html": (lambda: b"<!DOCTYPE html>\n<html><body>404 1 2</body></html>\n", "an HTML page"),
    "html, small": (lambda: b"\n\n  <html lang=en>\n", "an HTML page"),
    "html, marked": (lambda: b"\xef\xbb\xbf<!-- x -->\n<!doctype HTML>", "an HTML page"),
    "lfs": (lambda: LFS, "a Git LFS pointer"),
    "zstandard": (lambda: b"\x28\xb5\x2f\xfd\x04\x00", "compressed with zstandard"),
    "packed twice": (
        lambda: gzip.compress(GLOVE),
        "a compressed file, where an uncompressed one is needed",
    ),
    "hdf5": (lambda: b"\x89HDF\r\n\x1a\n", "an HDF5 file"),
    "parquet": (parquet, "a parquet file"),
    "safetensors": (safetensors, "a safetensors file"),
    "utf-16": (lambda: GLOVE.decode().encode("utf-16"), "UTF-16 text"),
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "vectors.bin"


@pytest.mark.parametrize(("content", "says"), FOREIGN.values(), ids=FOREIGN)
def test_files_of_other_kinds_are_named_in_the_error(
    file: Path, content: Callable[[], bytes], says: str
) -> None:
    file.write_bytes(content())
    with pytest.raises(ModelError) as e:
        recognize(Content(file))
    assert e.value.message.startswith(f"{file}: is {says}")
    assert e.value.hint
    assert "\n" not in str(e.value)


@pytest.mark.parametrize("content", [b"", b"\n", b" \r\n\t"])
def test_an_empty_file_is_called_empty(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    with pytest.raises(ModelError, match="is empty"):
        recognize(Content(file))


@pytest.mark.parametrize(
    "content",
    [
        b"Man, is it cold today?\nGo man the post!\n",
        b"The year was 1984\nand 2 more\n",
        b"{}",
        b"\x0a\x00\x00\x00\x05\x00\x00\x00",
        b"word\tsense\n",
        pickle.dumps((1.0, "the"), 1),
        b"7" * 5000 + b" 3\nthe 1 2 3\n",
        b"1" + b" " * 5000 + b"3\n\0\0\0",
    ],
    ids=[
        "prose",
        "a year",
        "json",
        "old fastText",
        "tsv",
        "pickled tuple",
        "endless count",
        "wide header",
    ],
)
def test_unknown_formats_are_refused_with_a_list_of_the_known_ones(
    file: Path, content: bytes
) -> None:
    file.write_bytes(content)
    with pytest.raises(ModelError, match="is not in a known format of word vectors") as e:
        recognize(Content(file))
    assert e.value.hint == (
        "the known formats are fastText model, word2vec text, word2vec binary, GloVe text,"
        " numpy matrix"
    )


@pytest.mark.parametrize("protocol", range(6))
def test_pickles_of_any_protocol_are_recognized(file: Path, protocol: int) -> None:
    for data in (TABLE, [TABLE], np.ones((2, 3)), Path("glove.txt"), (1.0, "the")):
        if (protocol, type(data)) != (1, tuple):  # looks like anything
            file.write_bytes(pickle.dumps(data, protocol))
            assert recognize(Content(file)) is None, data
    for name in ("word2vec.txt", "word2vec.bin", "glove.txt"):
        assert recognize(Content(VECTORS / name)) is not None


def test_a_missing_file_a_folder_and_an_impossible_name(tmp_path: Path) -> None:
    for path, says in {
        tmp_path / "nowhere.txt": "there is no such file",
        tmp_path: "is a folder",
        tmp_path / ("x" * 300): "cannot be read: File name too long",
    }.items():
        with pytest.raises(ModelError, match=says) as e:
            recognize(Content(path))
        assert str(path) in e.value.message


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"2 3\nthe 1 2 3\nman 4 5 6\n", "word2vec text"),
        (b"\xef\xbb\xbf2 3\r\nthe 1 2 3\r\nman 4 5 6\r\n", "word2vec text"),
        (b"2\t3 \nthe\t1\t2\t3\t\n", "word2vec text"),
        (b"1 3\ncaf\xe9 1 2 3\n", "word2vec text"),
        (b"1 3\nthe 1 2 x\n", "word2vec text"),
        (b"1 1\nthe 0.25\n", "word2vec text"),
        (b"1 2\nthe " + np.array([0.5, -1], "<f4").tobytes(), "word2vec binary"),
        (b"1 2\nthe " + np.zeros(2, "<f4").tobytes() + b"\n", "word2vec binary"),
        (b"1 3\nthe " + np.full(3, 0.7, "<f4").tobytes(), "word2vec binary"),
        (b"1 2\nthe \x00 5 \x00\x00\x80?", "word2vec binary"),
        (b"the 1 2 3\n", "GloVe text"),
        (b"\xba\x16\x4f\x2f\x0c\x00\x00\x00", "fastText model"),
        (struct.pack("<12i d 3i q", *SETTINGS), "fastText model"),
        (b"1984 1 2 3\n", "GloVe text"),
        (b". . . 1 -2e-05 3\n", "GloVe text"),
        (b"PK 1 2\n", "GloVe text"),
        (b"( 0.1 0.2\n", "GloVe text"),
        (b"<unk> 0.1 0.2\n", "GloVe text"),
        (b"</s> 0.1 0.2\n", "GloVe text"),
    ],
)
def test_formats_are_recognized_by_content_and_not_by_name(
    file: Path, content: bytes, name: str
) -> None:
    file.write_bytes(content)
    layout = recognize(Content(file))
    assert layout is not None
    assert layout.format_name == name
