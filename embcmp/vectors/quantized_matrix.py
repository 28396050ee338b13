"""Matrices that fastText has quantized: each row is a list of codes, one for each part of it.

A code is the number of one of 256 centroids of its part (product quantization, Jégou, Douze &
Schmid 2011). With quantized norms, the row is multiplied by one of 256 norms. The rows that the
codes stand for are those that fastText computes with, so nothing more is lost in reading them.
"""

from __future__ import annotations

import struct

import numpy as np
from numpy.typing import NDArray

from embcmp.vectors.content import Content

_HEAD = struct.Struct("<? q q i")  # whether norms are quantized, rows, columns, bytes of codes
_PARTS = struct.Struct("<4i")  # columns, parts, columns of a part, columns of the last part
_CENTROIDS = 256  # of each part


class QuantizedMatrix:
    """A quantized matrix in a file of fastText.

    Attributes:
        end: offset of what follows it in the file.

    Args:
        content: the file.
        at: offset of the matrix.
        shape: the rows and columns that it must have.
        what: what it is, for messages.

    Raises:
        ModelError: the file ends within it, or its sizes do not fit each other.
    """

    def __init__(self, content: Content, at: int, shape: tuple[int, int], what: str) -> None:
        self._content, self._what = content, what
        has_norms, rows, columns, size = _HEAD.unpack(self._take(at, _HEAD.size))
        if (rows, columns) != shape:
            raise content.error(f"the matrix of its {what} does not have the declared size")
        at += _HEAD.size
        codes = np.frombuffer(self._take(at, size), np.uint8)
        self._tables, at = self._centroids(at + size, columns)
        if size != rows * len(self._tables):
            raise content.error(f"the codes of its {what} do not have the declared size")
        self._codes = codes.reshape(rows, len(self._tables))
        self._norms: NDArray[np.float32] | None = None
        if has_norms:
            norm_codes = np.frombuffer(self._take(at, rows), np.uint8)
            [norms], at = self._centroids(at + rows, 1)
            self._norms = norms[norm_codes]  # [rows, 1]
        self.end = at

    def rows(self, first: int, count: int) -> NDArray[np.float32]:
        """Consecutive rows [count, columns]."""
        codes = self._codes[first : first + count]
        parts = [table[codes[:, part]] for part, table in enumerate(self._tables)]
        values: NDArray[np.float32] = np.concatenate(parts, axis=1)
        return values if self._norms is None else values * self._norms[first : first + count]

    def _centroids(self, at: int, columns: int) -> tuple[list[NDArray[np.float32]], int]:
        """The centroids of each part [256, columns of the part], and the offset of their end."""
        declared, parts, width, last = _PARTS.unpack(self._take(at, _PARTS.size))
        whole = declared == columns and min(parts, width, last) > 0
        if not whole or last > width or (parts - 1) * width + last != columns:
            raise self._content.error(f"the parts of its {self._what} do not fit its columns")
        at += _PARTS.size
        size = 4 * _CENTROIDS * columns
        numbers = np.frombuffer(self._take(at, size), "<f4").astype(np.float32)
        if not np.isfinite(numbers).all():
            raise self._content.error(f"a centroid of its {self._what} has NaN or infinity")
        ends = [_CENTROIDS * width * (part + 1) for part in range(parts - 1)]
        tables = [table.reshape(_CENTROIDS, -1) for table in np.split(numbers, ends)]
        return tables, at + size

    def _take(self, at: int, size: int) -> bytes:
        """Read bytes that must be there; the size is compared with the file's before it."""
        if size < 0 or at + size > self._content.size:
            raise self._content.error(f"ends within its {self._what}")
        return self._content.read(at, size)
