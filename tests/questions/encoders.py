"""An encoder whose vectors are given, so that what follows can be computed by hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from embcmp.encoders.base import Row, assemble
from embcmp.types import Embeddings, EncoderInfo, Occurrence, Progress, Receipt


@dataclass
class Made:
    """Vectors by a function of the occurrence; None where there is none."""

    vector: Callable[[Occurrence], Sequence[float] | None]
    dim: int = 2
    name: str = "bert@1"
    layers: tuple[int | None, ...] = (1,)
    fingerprint: str = "made"
    per_type: bool = False
    dtype: str = "float32"
    calls: list[int] = field(default_factory=list)

    @property
    def info(self) -> EncoderInfo:
        family = self.name.partition("@")[0].partition(",")[0]
        return EncoderInfo(
            self.name, self.name, family, "made", self.layers, self.dim, 0, 0, 0,
            self.fingerprint, self.per_type, self.dtype,
        )  # fmt: skip

    def encode(
        self, occurrences: Sequence[Occurrence], progress: Progress | None = None
    ) -> Embeddings:
        self.calls.append(len(occurrences))
        return assemble(self.info, occurrences, [self._row(o) for o in occurrences])

    def _row(self, o: Occurrence) -> Row:
        vector = self.vector(o)
        if vector is None:
            return "none is made"
        rows = np.array([vector] * len(self.layers), dtype=np.float32)
        return rows, Receipt(o.id, (o.form.lower(),), o.form)


def uses(senses: Sequence[str | None], form: str = "man") -> list[Occurrence]:
    """An occurrence a sense label, each in its own sentence."""
    return [
        Occurrence(str(i), "man", f"{form} number {i} is here", 0, len(form), sense)
        for i, sense in enumerate(senses)
    ]
