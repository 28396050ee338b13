"""An encoder that reads what it once made from the folder of a batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from embcmp.batch.folder import BatchFolder
from embcmp.encoders.vector_store import Place, place, read_vectors
from embcmp.types import Embeddings, EncoderInfo, Occurrence, Progress, Receipt


class StoredEncoder:
    """An encoder for uses that were encoded before.

    Attributes:
        info: of the encoder that made the vectors.

    Args:
        info: that.
        folder: of the batch.
        places: of the occurrences that can be asked for: the shard's name and the row in it.
    """

    def __init__(
        self, info: EncoderInfo, folder: BatchFolder, places: Mapping[Place, tuple[str, int]]
    ) -> None:
        self.info = info
        self._folder = folder
        self._places = places

    def encode(
        self, occurrences: Sequence[Occurrence], progress: Progress | None = None
    ) -> Embeddings:
        """The vectors of occurrences that were encoded before.

        Raises:
            OutputError: a file is damaged.
        """
        rows = [self._places[place(o)] for o in occurrences]
        shape = (len(self.info.layers), len(rows), self.info.dim)
        vectors = np.empty(shape, dtype=np.float32)
        missing: dict[str, str] = {}
        receipts: dict[str, Receipt] = {}
        for shard in sorted({shard for shard, _ in rows}):
            numbers = [i for i, (name, _) in enumerate(rows) if name == shard]
            part = read_vectors(
                self._folder.vectors_of(self.info.fingerprint, shard),
                self.info,
                [occurrences[i] for i in numbers],
                [rows[i][1] for i in numbers],
            )
            vectors[:, numbers] = part.vectors
            missing |= part.missing
            receipts |= {receipt.id: receipt for receipt in part.receipts}
        return Embeddings(
            self.info,
            vectors,
            {o.id: missing[o.id] for o in occurrences if o.id in missing},
            tuple(receipts[o.id] for o in occurrences),
        )


class StoredTypes(StoredEncoder):
    """Of an encoder whose vectors are made of those of word types: it has these as well."""

    def type_vectors(self, count: int) -> NDArray[np.float32]:
        """The vectors [at most count, dim] of the most frequent types.

        Raises:
            OSError: they are not there.
        """
        vectors: NDArray[np.float32] = np.load(self._folder.types_of(self.info.fingerprint))
        return vectors[:count]
