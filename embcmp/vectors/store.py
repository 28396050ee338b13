"""Looking up words in a set of static vectors, from a file or from a package."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from embcmp.errors import ModelError
from embcmp.models.catalog import GLOVE
from embcmp.models.digests import file_stamp
from embcmp.models.vector_files import find_vectors
from embcmp.types import TaskProgress
from embcmp.vectors.embedded_vectors import EmbeddedVectors


class WordVectors(Protocol):
    """A set of static word vectors.

    Attributes:
        name: Name to display, such as `GloVe 6B 50d` or a file name.
        format_name: Usual name of the format.
        number_format: Type of the stored numbers.
        dim: Width of a vector.
        count: Number of words.
        files: Files that are read.
        bytes: Size of these files.
        digest: Digest of words and vectors, 64 hexadecimal digits.
        remarks: Remarks about the files for the user.
        reads_any_text: Whether any text has a vector, made of the tokens that it is cut into, so
            that no other spelling is to be tried.
    """

    name: str
    format_name: str
    number_format: str
    dim: int
    count: int
    files: tuple[Path, ...]
    bytes: int
    digest: str
    remarks: tuple[str, ...]
    reads_any_text: bool

    def rows(self, words: Sequence[str]) -> NDArray[np.int64]:
        """The number of each word's row [n]; -1 for unknown words."""

    def lookup(self, words: Sequence[str]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """Vectors float32 [n, dim], NaN for unknown words, and whether each word is known [n].

        Exactly these strings are looked up: the caller tries other cases and forms.
        """

    def subwords(self, word: str) -> tuple[tuple[str, ...], NDArray[np.float32]] | None:
        """The n-grams of a word and the mean [dim] of their vectors; None if there are none."""

    def head(self, count: int) -> NDArray[np.float32]:
        """The first vectors [at most count, dim]; files list the most frequent words first."""

    def blocks(self, rows: int) -> Iterator[tuple[Sequence[str], NDArray[np.float32]]]:
        """Yield all words and vectors in the order of the file, at most `rows` at a time.

        Of equal words only the first is included.
        """


def open_vectors(
    source: str | Path | None = None,
    *,
    member: str | None = None,
    vocabulary: str | Path | None = None,
    progress: TaskProgress | None = None,
) -> WordVectors:
    """Open a file of word vectors, or the embedded default.

    An open file is reused: encoders that use the same unchanged file share it.

    Args:
        source: Path of a file or of a folder of Model2Vec, name of a file that `models fetch` has
            downloaded, `glove-6b-50d`, or None for the embedded default, which is `glove-6b-50d`.
        member: Name of the member, for an archive of several files.
        vocabulary: File with the words of a numpy matrix, if it is not beside the matrix.
        progress: Called with the name of the task while a file is unpacked or indexed.

    Raises:
        ModelError: The file is missing, broken or refused.
        OutputError: The file is packed, and the cache cannot be written.
    """
    if source is None or source == GLOVE.name:
        return _embedded()
    words = None if vocabulary is None else Path(vocabulary)
    path = find_vectors(source)
    if path.is_dir():
        return _folder(path, member or vocabulary)
    files = [path, *([words] if words else [])]
    opened = _opened(files[0], member, words, " ".join(map(_state, files)))
    if not opened:
        from embcmp.vectors.file import FileVectors  # not needed for the embedded vectors

        opened.append(FileVectors(files[0], member, words, progress))
    return opened[0]


@cache
def _embedded() -> WordVectors:
    return EmbeddedVectors()


@lru_cache(maxsize=4)
def _opened(
    path: Path, member: str | None, vocabulary: Path | None, state: str
) -> list[WordVectors]:
    """A list to which an open file in a given state is added; a changed file has another list."""
    return []


def _folder(path: Path, part: object) -> WordVectors:
    """The static model in a folder."""
    from embcmp.vectors.model2vec import Model2Vec, layout_of

    if part is not None:
        raise ModelError(f"{path}: is a folder, of which no part is named", f"leave out {part}")
    files = [path / file for file in layout_of(path).files]
    opened = _opened(path, None, None, " ".join(map(_state, files)))
    if not opened:
        opened.append(Model2Vec(path))
    return opened[0]


def _state(path: Path) -> str:
    try:
        return file_stamp(path.stat())
    except OSError:
        return ""  # opening the file raises an error that says what is wrong
