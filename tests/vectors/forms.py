"""One small table of vectors in every format and packing, for tests."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import struct
import tarfile
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tests.conftest import ROOT

VECTORS = ROOT / "fixtures" / "vectors"


def fasttext(
    words: Sequence[str],
    matrix: NDArray[np.float32],
    *,
    bucket: int = 0,
    longest: int = 0,
    version: int | None = 12,
    quantized: bool = False,
) -> bytes:
    """A fastText model with a row for each word, then `bucket` rows that n-grams share."""
    count, dim = len(words), matrix.shape[1]
    head = b"" if version is None else struct.pack("<2i", 793712314, version)
    head += struct.pack("<12i d", dim, 5, 5, 1, 5, 1, 2, 2, bucket, 3, longest, 100, 1e-4)
    head += struct.pack("<3i q", count, count, 0, 99)
    head += b"" if version is None else struct.pack("<q", -1)
    dictionary = b"".join(word.encode() + b"\0" + struct.pack("<q b", 7, 0) for word in words)
    flag = b"" if version is None else bytes([quantized])
    rows = struct.pack("<2q", *matrix.shape) + matrix.astype("<f4").tobytes()
    output = struct.pack("<2q", count, dim) + bytes(4 * count * dim)
    return head + dictionary + flag + rows + flag + output


def array(matrix: NDArray[np.generic]) -> bytes:
    """A matrix as numpy saves it."""
    buffer = io.BytesIO()
    np.save(buffer, matrix)
    return buffer.getvalue()


def zipped(members: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def tarred(members: Mapping[str, bytes], mode: str = "w") -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as archive:  # type: ignore[call-overload]  # any mode
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


def every_form() -> dict[str, bytes]:
    """The fixtures in every format, by a name for tests; `npy` needs its `npy.vocab`."""
    glove, binary = (VECTORS / "glove.txt").read_bytes(), (VECTORS / "word2vec.bin").read_bytes()
    words, matrix = small()
    with_newlines = b"%d %d\n" % matrix.shape + b"".join(
        word.encode() + b" " + row.tobytes() + b"\n"
        for word, row in zip(words, matrix, strict=True)
    )
    ngrams = np.concatenate([matrix, matrix[::-1]])
    return {
        "glove": glove,
        "word2vec text": (VECTORS / "word2vec.txt").read_bytes(),
        "word2vec binary": binary,
        "word2vec.c binary": with_newlines,
        "fasttext": fasttext(words, ngrams, bucket=len(words), longest=4),
        "old fasttext": fasttext(words, matrix, version=None),
        "npy": array(matrix),
        "gzip": gzip.compress(binary, mtime=0),
        "bz2": bz2.compress(glove),
        "xz": lzma.compress(binary),
        "zip": zipped({"v.bin": binary}),
        "stored zip": zipped({"v.txt": glove}, zipfile.ZIP_STORED),
        "tar": tarred({"folder/v.bin": binary}),
        "tar.gz": tarred({"v.txt": glove}, "w:gz"),
    }


def small() -> tuple[list[str], NDArray[np.float32]]:
    """Five words and their vectors [5, 4]."""
    words = ["the", "man", "café", "hot_dog", "日本"]
    return words, np.random.default_rng(3).standard_normal((5, 4)).astype(np.float32)


def write(folder: Path, content: bytes, name: str = "x") -> Path:
    """A file of vectors, and the vocabulary that it needs if it is a matrix."""
    path = folder / name
    path.write_bytes(content)
    (folder / f"{path.stem}.vocab").write_text("\n".join(small()[0]), encoding="utf-8")
    return path
