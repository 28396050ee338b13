"""Static word vectors as encoders use them: opened by a spec, and described."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import numpy as np
from numpy.typing import NDArray

from embcmp.encoders import EncoderSpec
from embcmp.encoders.base import fingerprint
from embcmp.types import EncoderInfo, TaskProgress
from embcmp.vectors.store import WordVectors, open_vectors


def open_spec(
    spec: EncoderSpec, progress: TaskProgress | None = None, source: str | None = None
) -> WordVectors:
    """Open the vectors that a spec names.

    Args:
        spec: the spec of an encoder.
        progress: see `open_vectors`.
        source: the file or name of the vectors, if the spec's source is another model.

    Raises:
        ModelError: the vectors are missing, broken or refused.
    """
    return open_vectors(
        source or spec.source,
        member=spec.option("member"),
        vocabulary=spec.option("vocabulary"),
        progress=progress,
    )


class StaticEncoder:
    """An encoder that has nothing but word vectors.

    Args:
        spec: the spec of the encoder.
        vectors: the word vectors.
        settings: all other settings that its vectors depend on.
        per_type: whether it gives a word the same vector in every context.
    """

    def __init__(
        self, spec: EncoderSpec, vectors: WordVectors, *settings: object, per_type: bool = False
    ) -> None:
        self._vectors = vectors
        self.info = EncoderInfo(
            spec=spec.text,
            name=spec.name(),
            family=spec.family,
            model=vectors.name,
            layers=(None,),
            dim=vectors.dim,
            parameters=vectors.count * vectors.dim,
            bytes=vectors.bytes,
            own_bytes=vectors.bytes,
            fingerprint=fingerprint(spec.family, vectors.digest, *settings),
            per_type=per_type,
            remarks=vectors.remarks,
        )

    @classmethod
    def from_spec(cls, spec: EncoderSpec, progress: TaskProgress | None = None) -> Self:
        """Open the vectors that a spec names.

        Raises:
            ModelError: the vectors are missing, broken or refused.
        """
        return cls(spec, open_spec(spec, progress))

    def knows(self, words: Sequence[str]) -> NDArray[np.bool_]:
        """Which words [n], in lower case, have a vector."""
        return self._vectors.rows(words) >= 0

    def _vocabulary(self) -> str:
        """The size and name of the vocabulary: `the 400,000 words of GloVe 6B 50d`."""
        return f"the {self._vectors.count:,} words of {self._vectors.name}"
