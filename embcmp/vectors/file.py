"""Looking up words in a file of vectors, of which only the requested rows are read."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from embcmp.errors import ModelError, OutputError
from embcmp.types import Progress, TaskProgress
from embcmp.vectors.archives import display_name, unpack
from embcmp.vectors.binary import Binary
from embcmp.vectors.content import AT_ONCE, Content
from embcmp.vectors.formats import check_native, recognize
from embcmp.vectors.index import Index, build, load
from embcmp.vectors.index_cache import cache_path, delete_cached, is_as_written, write_cached
from embcmp.vectors.layout import Layout
from embcmp.vectors.matrix import Matrix, vocabulary_of
from embcmp.vectors.pickles import RISK, convert

MOST_DIMENSIONS = 1 << 20  # of a vector; files of words have some hundreds


class FileVectors:
    """The vectors in a file of any size, in any known format.

    Implements `embcmp.vectors.store.WordVectors`. Keys are bytes: a word is encoded as UTF-8, or
    as Latin-1 if none of the keys beyond ASCII is UTF-8. Other keys that are not UTF-8 are decoded
    with a lone surrogate for each invalid byte, as `surrogateescape` in Python.

    Args:
        path: File, which may be packed.
        member: Name of the member, for an archive of several files.
        vocabulary: File with the words of a numpy matrix, if it is not beside the matrix.
        progress: Called with the name of the task while the file is unpacked or indexed.

    Raises:
        ModelError: The file cannot be read, is incomplete, or is wrong.
        OutputError: The file is packed, and the cache cannot be written.
    """

    reads_any_text = False

    def __init__(
        self,
        path: Path,
        member: str | None = None,
        vocabulary: Path | None = None,
        progress: TaskProgress | None = None,
    ) -> None:
        unpacking, indexing = (
            progress and partial(progress, f"{task} {path.name}")
            for task in ("unpacking", "indexing")
        )
        content = unpack(path, member, unpacking)
        try:
            self._layout, self.files, remarks = _opened(content, path, vocabulary)
            if not 0 < self._layout.dim <= MOST_DIMENSIONS:
                raise self._layout.contents[0].error(
                    f"its header declares vectors of width {self._layout.dim:,}"
                )
            self._index = _indexed(self._layout, indexing)
        except ModelError:
            if content.path != path:  # what was unpacked may be large, and is of no use
                delete_cached(content.path)
            raise
        self.name = display_name(path.name, member)
        self.format_name = self._layout.format_name
        self.number_format = self._layout.number_format
        self.count, self.dim = len(self._index.entries), self._layout.dim
        self.bytes = sum(file.stat().st_size for file in self.files)
        self.digest = self._index.digest
        self.remarks = (*remarks, *self._remarks())
        self._encoding = ("latin-1",) if self._index.latin else ("utf-8", "surrogateescape")

    def rows(self, words: Sequence[str]) -> NDArray[np.int64]:
        """The number of each word's row [n]; -1 for unknown words."""
        hits = self._known_words(words)
        return np.array([hits[word][0] if word in hits else -1 for word in words], dtype=np.int64)

    def lookup(self, words: Sequence[str]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """Vectors float32 [n, dim], NaN for unknown words, and whether each word is known [n]."""
        hits = self._known_words(words)
        known = np.array([word in hits for word in words], dtype=np.bool_)
        vectors = np.full((len(words), self.dim), np.nan, dtype=np.float32)
        if hits:
            _, keys, stored = zip(*(hits[word] for word in words if word in hits), strict=True)
            vectors[known] = self._layout.complete(keys, np.array(stored, dtype=np.float32))
        return vectors, known

    def subwords(self, word: str) -> tuple[tuple[str, ...], NDArray[np.float32]] | None:
        """The n-grams of a word and the mean [dim] of their vectors; None if there are none."""
        key = self._key(word)
        return None if key is None else self._layout.subwords(key)

    def head(self, count: int) -> NDArray[np.float32]:
        """The first vectors [at most count, dim]."""
        vectors = np.empty((min(count, self.count), self.dim), dtype=np.float32)
        done = 0
        for _, block in self.blocks(1 + min(count, AT_ONCE // self._layout.min_row_bytes)):
            rows = block[: len(vectors) - done]
            vectors[done : done + len(rows)] = rows
            done += len(rows)
            if done == len(vectors):
                break
        return vectors

    def blocks(self, rows: int) -> Iterator[tuple[Sequence[str], NDArray[np.float32]]]:
        """Yield all words and vectors in the order of the file, at most `rows` at a time."""
        begin = 0
        for part in self._layout.scan(rows * self._layout.min_row_bytes):
            first = np.isin(begin + np.arange(len(part.words)), self._index.repeated, invert=True)
            begin += len(part.words)
            words = [word for word, new in zip(part.words, first, strict=True) if new]
            if words:
                vectors = self._layout.complete(words, part.vectors[first])
                yield [key.decode(*self._encoding) for key in words], vectors

    def _known_words(
        self, words: Sequence[str]
    ) -> dict[str, tuple[int, bytes, NDArray[np.float32]]]:
        """The row, the key and the stored vector of each word that is known."""
        keys = {word: key for word in words if (key := self._key(word)) is not None}
        candidates = self._index.candidates(keys.values())
        hits = {}
        for (word, key), rows in zip(keys.items(), candidates, strict=True):
            for row in rows:
                stored_key, vector = self._layout.row(row, int(self._index.offsets[row]))
                if stored_key == key:
                    hits[word] = row, key, vector
        return hits

    def _key(self, word: str) -> bytes | None:
        """The bytes of a word in the encoding of this file; None if it cannot be encoded."""
        try:
            return word.encode(*self._encoding)
        except UnicodeEncodeError:
            return None

    @property
    def _doubt(self) -> str:
        """What else may cause keys that are not UTF-8."""
        if not isinstance(self._layout, Binary):
            return ""
        return (
            ". If words before them have blanks, which this format cannot hold, their vectors are"
            " wrong: save the vectors as text"
        )

    def _remarks(self) -> Iterator[str]:
        name = self._layout.contents[0].name
        repeated, odd = len(self._index.repeated), self._index.odd
        if repeated:
            yield f"{name}: duplicate words: {repeated:,}; the first row of each is used"
        if odd:
            treatment = "read as Latin-1" if self._index.latin else "kept byte by byte"
            yield f"{name}: keys that are not UTF-8: {odd:,}; they are {treatment}{self._doubt}"


def _opened(
    content: Content, path: Path, vocabulary: Path | None
) -> tuple[Layout, tuple[Path, ...], tuple[str, ...]]:
    """The layout of the content of a file, the files that are read, and remarks for the user."""
    layout = recognize(content)
    if layout is None:
        return Matrix(*convert(content)), (path,), (f"{content.name}: {RISK}",)
    if layout is Matrix:
        words = Content(vocabulary or vocabulary_of(path, content.name))
        check_native(words)
        return Matrix(content, words), (path, words.path), ()
    if vocabulary is not None:
        raise ModelError(
            f"{path}: already contains its words", f"leave out vocabulary={vocabulary}"
        )
    return layout(content), (path,), ()


def _indexed(layout: Layout, progress: Progress | None) -> Index:
    """The index of a file in its current state, from the cache or a new one."""
    path = cache_path(layout.contents, f"index {type(layout).__name__}")
    index = load(path) if is_as_written(path) else None
    if index is None:
        index = build(layout, progress)
        with contextlib.suppress(OutputError):  # without a cache it only takes longer
            write_cached(path, index.save)
    return index
