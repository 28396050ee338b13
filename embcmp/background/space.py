"""An encoder's space at each layer: its correction, and the baseline that its cosines stand on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from embcmp.background.background import Background, background
from embcmp.background.correction import Correction, fit
from embcmp.encoders.base import Encoder, OfTypes
from embcmp.measures.similarity import baseline
from embcmp.types import Metric

TYPES = 50_000  # of the most frequent words, for static vectors


@dataclass(frozen=True)
class Space:
    """One layer.

    Attributes:
        correction: fitted on one half of the background, or on the types of a static encoder.
        background: float64 [m, dim], corrected content words: all of them without a correction,
            else those of the half that it was not fitted on.
        baseline: mean cosine over their pairs of different words in different sentences.
    """

    correction: Correction
    background: NDArray[np.float64]
    baseline: Metric


def spaces(encoder: Encoder, correct: str) -> list[Space]:
    """Fit the correction of every layer and measure what is left of the baseline."""
    tokens = background(encoder)
    fitted_on, held_out = (
        (tokens, tokens) if correct == "none" else (tokens.half(0), tokens.half(1))
    )
    held_out = held_out.content()
    # not read where nothing is fitted on them: of a large file they take seconds
    fits = correct != "none"
    types = encoder.types(TYPES) if fits and isinstance(encoder, OfTypes) else None
    return [
        _space(correct, fitted_on.vectors[k] if types is None else types, held_out, k)
        for k in range(len(encoder.info.layers))
    ]


def _space(correct: str, fitted_on: NDArray[np.float32], held_out: Background, k: int) -> Space:
    correction = fit(correct, fitted_on)
    x = correction.apply(held_out.vectors[k])
    return Space(correction, x, baseline(x, held_out.sentences, held_out.words.tolist()))
