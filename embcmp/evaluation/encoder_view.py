"""Each encoder's vectors of all the rows of an evaluation."""

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
class View:
    """What one encoder makes of the rows.

    Attributes:
        encoder: it.
        encoded: its vectors by place.
        baseline: nobody asked for it: it is shown beside the others and not tested.
    """

    encoder: Encoder
    encoded: Encoded
    baseline: bool = False

    @property
    def info(self) -> EncoderInfo:
        """The encoder's."""
        return self.encoder.info

    @property
    def decimals(self) -> int:
        """That its cosines are rounded to before anything is ranked."""
        return decimals_for(self.info.dtype)

    def name(self, layer: Layer) -> str:
        """The name of the result at a layer."""
        return parse_spec(self.info.spec).name(layer)

    def units(self, uses: Sequence[Occurrence], layer: int) -> Floats:
        """Unit vectors [n, dim] in float64, NaN where missing."""
        return unit(self.encoded.vectors[layer][self.encoded.rows(uses)])

    def absent(self, uses: Sequence[Occurrence]) -> NDArray[np.bool_]:
        """[n]: which occurrences have no vector."""
        return np.array([place(use) in self.encoded.missing for use in uses], dtype=bool)

    def cosines(self, first: Index, second: Index, layer: int) -> Floats:
        """The rounded cosine of each pair of places [n], NaN where one is missing.

        Equal vectors give exactly 1, and no rounding noise that could be ranked.
        """
        x = self.encoded.vectors[layer]
        found = np.empty(len(first))
        for start in range(0, len(first), _BLOCK):
            rows = slice(start, start + _BLOCK)
            a, b = unit(x[first[rows]]), unit(x[second[rows]])
            found[rows] = np.clip((a * b).sum(axis=1), -1, 1).round(self.decimals)
        return found

    def warnings(self, uses: Sequence[Occurrence]) -> Iterator[str]:
        """What the user should know of the rows' encoding."""
        places = {place(use) for use in uses}
        missing = [why for p, why in self.encoded.missing.items() if p in places]
        truncated = len(self.encoded.truncated & places)
        return coverage_warnings(self.info.name, len(places), missing, truncated)
