"""Corrections of a vector space: fitted on the background, never on the target's own few uses."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_LEAST_DEVIATION = 1e-3  # of the median one: a constant dimension must not be blown up


@dataclass(frozen=True)
class Correction:
    """x -> (x - mean) / scale, without its parts along the components.

    Attributes:
        mean: float64 [dim].
        scale: float64 [dim].
        components: float64 [k, dim], orthonormal.
    """

    mean: NDArray[np.float64]
    scale: NDArray[np.float64]
    components: NDArray[np.float64]

    def apply(self, vectors: NDArray[np.float32]) -> NDArray[np.float64]:
        """Correct vectors [n, dim]."""
        x: NDArray[np.float64] = (vectors.astype(np.float64) - self.mean) / self.scale
        return x - (x @ self.components.T) @ self.components


def fit(how: str, vectors: NDArray[np.float32]) -> Correction:
    """Fit a correction on background vectors [n, dim].

    `center` subtracts the mean. `zscore` also divides by the standard deviation of each dimension
    (Timkey & van Schijndel 2021). `abtt` subtracts the mean and removes the first
    max(1, round(dim / 100)) principal components: all-but-the-top (Mu & Viswanath 2018). `none`
    leaves the vectors alone.
    """
    x = vectors.astype(np.float64)
    dim = x.shape[1]
    mean, scale, components = np.zeros(dim), np.ones(dim), np.zeros((0, dim))
    if how != "none":
        mean = x.mean(axis=0)
    if how == "zscore":
        deviation = x.std(axis=0)
        scale = np.maximum(deviation, _LEAST_DEVIATION * np.median(deviation))
    if how == "abtt":
        _, _, directions = np.linalg.svd(x - mean, full_matrices=False)
        components = directions[: max(1, round(dim / 100))]
    return Correction(mean, scale, components)
