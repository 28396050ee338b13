from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from embcmp.errors import ModelError
from embcmp.vectors.file import FileVectors
from tests.vectors.forms import array, small, write
from tests.vectors.tables import read_table

WORDS, MATRIX = small()


@pytest.mark.parametrize(
    "matrix",
    [
        MATRIX,
        np.asfortranarray(MATRIX),
        MATRIX.astype(np.float64),
        MATRIX.astype(np.float16),
        MATRIX.astype(">f4"),
    ],
    ids=["C", "Fortran", "float64", "float16", "big-endian"],
)
def test_a_matrix_and_its_vocabulary(tmp_path: Path, matrix: NDArray[np.float32]) -> None:
    path = write(tmp_path, array(matrix), "x.npy")
    table = read_table(path)
    assert table.words == WORDS
    assert table.matrix.tobytes() == matrix.astype("<f4").tobytes()
    size = path.stat().st_size + (tmp_path / "x.vocab").stat().st_size
    assert FileVectors(path).bytes == size


@pytest.mark.parametrize("name", ["x.vocab", "x.txt", "x.words", "vocab.txt", "words.txt"])
def test_names_of_the_vocabulary_file(tmp_path: Path, name: str) -> None:
    (tmp_path / "x.npy").write_bytes(array(MATRIX))
    (tmp_path / name).write_bytes("\r\n".join(f"{w}\t7" for w in WORDS).encode() + b"\r\n")
    assert read_table(tmp_path / "x.npy").words == WORDS


def test_a_vocabulary_given_by_name(tmp_path: Path) -> None:
    path = write(tmp_path, array(MATRIX), "x.npy")
    other = tmp_path / "other.txt"
    other.write_text("a\nb\nc\nhot dog\nb\n")
    vectors = FileVectors(path, vocabulary=other)
    assert vectors.lookup(["b", "hot dog"])[0].tolist() == MATRIX[[1, 3]].tolist()
    assert vectors.remarks == (f"{path}: duplicate words: 1; the first row of each is used",)
    other.write_text("a\nb\nc\ncold dog\nd\n")
    assert FileVectors(path, vocabulary=other).lookup(["hot dog"])[1].tolist() == [False]
    glove = write(tmp_path, b"a 1 2\nb 3 4\n")
    with pytest.raises(ModelError, match="already contains its words"):
        FileVectors(glove, vocabulary=other)


@pytest.mark.parametrize(
    ("matrix", "words", "says"),
    [
        (MATRIX, None, r"x.npy: is a numpy array, which does not name its words"),
        (MATRIX, WORDS[:4], r"x.npy: has 5 rows, and .*x.vocab has 4 words"),
        (MATRIX, [*WORDS, "more"], r"x.npy: has 5 rows, and .*x.vocab has more words"),
        (MATRIX.ravel(), WORDS, r"x.npy: is an array of 1 dimensions of float32"),
        (MATRIX.astype(int), WORDS, r"x.npy: is an array of 2 dimensions of int64"),
        (np.zeros((5, 0)), WORDS, r"x.npy: its header declares vectors of width 0"),
        (np.array([WORDS], object), WORDS, r"x.npy: cannot be read as an array"),
        (np.where(MATRIX == MATRIX[2, 0], np.nan, MATRIX), WORDS, "of 'café' .number 3"),
        (np.where(MATRIX == MATRIX[2, 0], 1e39, MATRIX.astype(float)), WORDS, "NaN or infinity"),
    ],
)  # fmt: skip
def test_errors_of_damaged_files(
    tmp_path: Path, matrix: NDArray[np.float32], words: list[str] | None, says: str
) -> None:
    path = tmp_path / "x.npy"
    np.save(path, matrix, allow_pickle=True)
    if words is not None:
        (tmp_path / "x.vocab").write_text("\n".join(words))
    with pytest.raises(ModelError, match=says) as e:
        FileVectors(path)
    assert e.value.hint
    assert "\n" not in str(e.value)


def test_a_truncated_matrix(tmp_path: Path) -> None:
    content = array(MATRIX)
    for end in range(8, len(content)):
        with pytest.raises(ModelError, match="x"):
            FileVectors(write(tmp_path, content[:end]))


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_byte_order_mark_and_counts_are_not_part_of_words(tmp_path: Path, end: str) -> None:
    path = write(tmp_path, array(MATRIX), "x.npy")
    (tmp_path / "x.vocab").write_bytes(
        "".join(f"{word} {7 - i}{end}" for i, word in enumerate(WORDS)).encode("utf-8-sig")
    )
    assert read_table(path).words == WORDS


def test_numbers_are_part_of_words_unless_all_lines_end_in_one(tmp_path: Path) -> None:
    path = write(tmp_path, array(MATRIX), "x.npy")
    words = ["catch 22", "7", "a b 7", "b", "c"]
    (tmp_path / "x.vocab").write_text("\n".join(words))
    assert read_table(path).words == words


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"<!DOCTYPE html>\n\n\n\n\n", "is an HTML page"),
        (b"version https://git-lfs.github.com/spec/v1\n1\n2\n3\n4\n", "is a Git LFS pointer"),
        (b"\xff\xfea\n\0b\n\0c\n\0d\n\0e", "is UTF-16 text"),
        (b"\x1f\x8b1\n2\n3\n4\n5\n", "is a compressed file"),
    ],
)
def test_files_that_are_not_a_vocabulary_are_named_in_the_error(
    tmp_path: Path, content: bytes, says: str
) -> None:
    path = write(tmp_path, array(MATRIX), "x.npy")
    (tmp_path / "x.vocab").write_bytes(content)
    with pytest.raises(ModelError, match=f"x.vocab: {says}"):
        FileVectors(path)


@pytest.mark.parametrize("shape", [b"(-5, 4)", b"(5, -4)"])
def test_an_impossible_shape(tmp_path: Path, shape: bytes) -> None:
    content = array(MATRIX).replace(b"(5, 4), } ", shape + b", }")
    with pytest.raises(ModelError, match="cannot be read as an array: its shape is impossible"):
        FileVectors(write(tmp_path, content, "x.npy"))
