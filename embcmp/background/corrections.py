"""What an encoder makes of ordinary words in ordinary sentences: the background.

They show how similar unrelated words are to an encoder, and corrections are fitted on them, never
on the few uses of the target.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from embcmp.background.background_text import (
    ENGLISH,
    TOKENS_PER_SENTENCE,
    BackgroundText,
    shipped_background,
)
from embcmp.encoders.base import Encoder, HasTypeVectors, fingerprint
from embcmp.measures.labels import Floats
from embcmp.measures.similarity import baseline
from embcmp.text.words import stop_words
from embcmp.types import Metric
from embcmp.vectors.index_cache import cached_array

TYPES = 50_000  # of the most frequent words, for static vectors

_LEAST_DEVIATION = 1e-3  # share of the median deviation; dimensions that hardly vary count as this


@dataclass(frozen=True)
class Background:
    """Word tokens of the background sentences, as an encoder sees them.

    Attributes:
        vectors: float32 [layers, tokens, dim].
        sentences: int [tokens], the number of each token's sentence.
        words: str [tokens], lower-case.
        lang: the code of their language.
    """

    vectors: NDArray[np.float32]
    sentences: NDArray[np.int64]
    words: NDArray[np.str_]
    lang: str = ENGLISH

    def content(self) -> Background:
        """The tokens without the function words."""
        return self._where(~np.isin(self.words, sorted(stop_words(self.lang))))

    def half(self, which: int) -> Background:
        """The tokens of every other sentence, starting from 0 or 1."""
        return self._where(self.sentences % 2 == which)

    def _where(self, chosen: NDArray[np.bool_]) -> Background:
        return replace(
            self,
            vectors=self.vectors[:, chosen],
            sentences=self.sentences[chosen],
            words=self.words[chosen],
        )


@dataclass(frozen=True)
class Correction:
    """x -> (x - mean) / scale, without its parts along the components.

    Attributes:
        mean: float64 [dim].
        scale: float64 [dim].
        components: float64 [k, dim], orthonormal.
    """

    mean: Floats
    scale: Floats
    components: Floats

    def apply(self, vectors: NDArray[np.float32]) -> Floats:
        """Correct vectors [n, dim]."""
        x: Floats = (vectors.astype(np.float64) - self.mean) / self.scale
        return x - (x @ self.components.T) @ self.components


@dataclass(frozen=True)
class Space:
    """One layer of an encoder: its correction, and the mean cosine of unrelated words.

    Attributes:
        correction: fitted on one half of the background, or on the types of a static encoder.
        background: float64 [m, dim], corrected content words: all of them without a correction,
            otherwise those of the half that the correction was not fitted on.
        baseline: mean cosine over their pairs of different words in different sentences.
    """

    correction: Correction
    background: Floats
    baseline: Metric


def encode_background(encoder: Encoder, text: BackgroundText | None = None) -> Background:
    """Encode the background, or read it from the cache, where its key is the fingerprint.

    Tokens that the encoder has no vector for are left out.

    Args:
        encoder: the encoder.
        text: the background sentences; None for those that come with embcmp.
    """
    text = text or shipped_background()
    tokens = text.tokens
    key = fingerprint(encoder.info.fingerprint, text.sentences, TOKENS_PER_SENTENCE)
    vectors = cached_array(f"background/{key}", lambda: encoder.encode(tokens).vectors)
    known = ~np.isnan(vectors[0, :, 0])
    return Background(
        vectors=vectors[:, known],
        sentences=np.array([int(t.id.partition(".")[0]) for t in tokens])[known],
        words=np.array([t.word for t in tokens])[known],
        lang=text.lang,
    )


def fit_correction(how: str, vectors: NDArray[np.float32]) -> Correction:
    """Fit a correction, one of `FITS`, on background vectors [n, dim]."""
    return FITS[how](vectors.astype(np.float64))


def _none(x: Floats) -> Correction:
    """Leave the vectors alone."""
    dim = x.shape[1]
    return Correction(np.zeros(dim), np.ones(dim), np.zeros((0, dim)))


def _center(x: Floats) -> Correction:
    """Subtract the mean."""
    return replace(_none(x), mean=x.mean(axis=0))


def _zscore(x: Floats) -> Correction:
    """Also divide by the deviation of each dimension (Timkey & van Schijndel 2021)."""
    deviation = x.std(axis=0)
    scale = np.maximum(deviation, _LEAST_DEVIATION * np.median(deviation))
    return replace(_center(x), scale=scale)


def _abtt(x: Floats) -> Correction:
    """Subtract the mean and remove the first max(1, round(dim / 100)) principal components.

    It is called all-but-the-top (Mu & Viswanath 2018).
    """
    centered = _center(x)
    _, _, directions = np.linalg.svd(x - centered.mean, full_matrices=False)
    return replace(centered, components=directions[: max(1, round(x.shape[1] / 100))])


FITS: Mapping[str, Callable[[Floats], Correction]] = {
    "none": _none, "center": _center, "zscore": _zscore, "abtt": _abtt,
}  # fmt: skip


def spaces(encoder: Encoder, correct: str, text: BackgroundText | None = None) -> list[Space]:
    """Fit the correction of every layer and measure what is left of the baseline.

    Args:
        encoder: the encoder.
        correct: the correction.
        text: the background sentences; None for those that come with embcmp.
    """
    fitted_on = held_out = encode_background(encoder, text)
    types = None
    if correct != "none":
        fitted_on, held_out = fitted_on.half(0), held_out.half(1)
        # Read only where something is fitted on them: of a large file they take seconds.
        types = encoder.type_vectors(TYPES) if isinstance(encoder, HasTypeVectors) else None
    held_out = held_out.content()
    fitted = []
    for layer in range(len(encoder.info.layers)):
        vectors = fitted_on.vectors[layer] if types is None else types
        correction = fit_correction(correct, vectors)
        x = correction.apply(held_out.vectors[layer])
        measured = baseline(x, held_out.sentences, held_out.words.tolist())
        fitted.append(Space(correction, x, measured))
    return fitted
