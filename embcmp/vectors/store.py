"""Looking words up in a set of static vectors, wherever it lies."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from embcmp.models.catalog import GLOVE
from embcmp.models.digests import file_stamp
from embcmp.models.vector_files import find_vectors
from embcmp.types import TaskProgress
from embcmp.vectors.embedded_vectors import EmbeddedVectors


class WordVectors(Protocol):
    """A set of static word vectors.

    Attributes:
        name: for people, as `GloVe 6B 50d` or the file's name.
        form: what the field calls the format.
        stored: what its numbers are.
        dim: width of a vector.
        count: number of words.
        files: what it is read from.
        bytes: their size.
        digest: tells their content from another: 64 hexadecimal digits.
        remarks: what the user should know of the files.
    """

    name: str
    form: str
    stored: str
    dim: int
    count: int
    files: tuple[Path, ...]
    bytes: int
    digest: str
    remarks: tuple[str, ...]

    def rows(self, words: Sequence[str]) -> NDArray[np.int64]:
        """The row of each word [n], in the file's order; -1 where unknown."""

    def lookup(self, words: Sequence[str]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """Vectors float32 [n, dim], rows of NaN where unknown, and which words are known [n].

        Exactly these strings are looked up: case and forms are the caller's business.
        """

    def subwords(self, word: str) -> tuple[tuple[str, ...], NDArray[np.float32]] | None:
        """The n-grams of a word and the vector [dim] made of them; None where there are none."""

    def head(self, count: int) -> NDArray[np.float32]:
        """The first vectors [at most count, dim]: files list the most frequent words first."""

    def blocks(self, rows: int) -> Iterator[tuple[Sequence[str], NDArray[np.float32]]]:
        """All words and their vectors [at most rows, dim] at a time, in the file's order.

        Of equal words only the first is there.
        """


def open_vectors(
    source: str | Path | None = None,
    *,
    member: str | None = None,
    vocabulary: str | Path | None = None,
    progress: TaskProgress | None = None,
) -> WordVectors:
    """Open a file of word vectors, or the embedded default.

    What is open stays open: encoders that ask for the same unchanged file share it.

    Args:
        source: a path, the name of a file that `models fetch` has brought, `glove-6b-50d`, or None
            for the embedded default, which is the same.
        member: of an archive that has several files.
        vocabulary: the words of a numpy matrix, where they do not lie beside it.
        progress: called while a file is unpacked or indexed, with what is being done.

    Raises:
        ModelError: missing, broken or refused.
        OutputError: it is packed, and the cache cannot be written.
    """
    if source is None or source == GLOVE.name:
        return _embedded()
    words = None if vocabulary is None else Path(vocabulary)
    files = [find_vectors(source), *([words] if words else [])]
    opened = _opened(files[0], member, words, " ".join(map(_state, files)))
    if not opened:
        from embcmp.vectors.file import FileVectors  # not where the embedded ones are used

        opened.append(FileVectors(files[0], member, words, progress))
    return opened[0]


@cache
def _embedded() -> WordVectors:
    return EmbeddedVectors()


@lru_cache(maxsize=4)
def _opened(
    path: Path, member: str | None, vocabulary: Path | None, state: str
) -> list[WordVectors]:
    """Where a file in the state that is named is put once it is open: it may change."""
    return []


def _state(path: Path) -> str:
    try:
        return file_stamp(path.stat())
    except OSError:
        return ""  # the reader says what is wrong with it
