"""The vectors of one encoder for all rows of an evaluation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from embcmp.encoders import parse_spec
from embcmp.encoders.base import Encoder, coverage_warnings
from embcmp.encoders.vector_store import place
from embcmp.evaluation.stored_vectors import Encoded
from embcmp.measures.labels import Floats, Index
from embcmp.measures.similarity import decimals_for, unit
from embcmp.types import EncoderInfo, Layer, Occurrence

_BLOCK = 2048  # rows of float64 at once


@dataclass(frozen=True)
class EncoderView:
    """One encoder and its vectors of the rows.

    Attributes:
        encoder: The encoder.
        encoded: Its vectors by place.
        baseline: Whether it was added as a baseline that the user did not ask for. Its scores are
            shown, but it takes part in no test.
    """

    encoder: Encoder
    encoded: Encoded
    baseline: bool = False

    @property
    def info(self) -> EncoderInfo:
        """The description of the encoder."""
        return self.encoder.info

    @property
    def decimals(self) -> int:
        """Decimals that cosines are rounded to before they are ranked."""
        return decimals_for(self.info.dtype)

    def name(self, layer: Layer) -> str:
        """The name of the result for one layer, such as `bert@6`."""
        return parse_spec(self.info.spec).name(layer)

    def unit_vectors(self, uses: Sequence[Occurrence], layer: int) -> Floats:
        """[n, dim]: the unit vectors of occurrences in float64, NaN where missing."""
        return unit(self.encoded.vectors[layer][self.encoded.rows(uses)])

    def lacks_vector(self, uses: Sequence[Occurrence]) -> NDArray[np.bool_]:
        """[n]: whether the occurrence has no vector."""
        return np.array([place(use) in self.encoded.missing for use in uses], dtype=bool)

    def cosines(self, first: Index, second: Index, layer: int) -> Floats:
        """[n]: the rounded cosine of each pair of places, NaN where a vector is missing.

        Equal vectors give exactly 1, so that no rounding noise is ranked.
        """
        x = self.encoded.vectors[layer]
        cosines = np.empty(len(first))
        for start in range(0, len(first), _BLOCK):
            rows = slice(start, start + _BLOCK)
            a, b = unit(x[first[rows]]), unit(x[second[rows]])
            cosines[rows] = np.clip((a * b).sum(axis=1), -1, 1).round(self.decimals)
        return cosines

    def warnings(self, uses: Sequence[Occurrence]) -> Iterator[str]:
        """Warnings about occurrences without a vector and about sentences that were cut."""
        places = {place(use) for use in uses}
        missing = [reason for p, reason in self.encoded.missing.items() if p in places]
        truncated = len(self.encoded.truncated & places)
        return coverage_warnings(self.info.name, len(places), missing, truncated)
