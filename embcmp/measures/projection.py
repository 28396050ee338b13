"""Maps of uses in two dimensions, computed from their cosines alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from embcmp.measures.labels import Floats, has_vector
from embcmp.threads import one_thread

FEWEST_FOR_TSNE = 5
PERPLEXITY = 30
_SMALL = 200  # uses


@dataclass(frozen=True, slots=True)
class Projection:
    """A map of the uses of a word.

    Attributes:
        points: [n, 2], coordinates of the uses; rows of NaN for uses without a vector.
        explained: Share of the variance that each axis explains; None for t-SNE.
    """

    points: Floats
    explained: tuple[float, float] | None = None


def pca(similarity: Floats) -> Projection:
    """The first two principal components of the unit vectors, by classical scaling.

    The cosines are the Gram matrix of the unit vectors. The leading eigenvectors of the matrix
    centered by rows and columns, each times the root of its eigenvalue, are the scores of a
    principal component analysis (Torgerson 1952; Gower 1966). The sign of each axis is chosen so
    that its largest score is positive.

    Args:
        similarity: [n, n] cosines, rows of NaN where a vector is missing.
    """
    rows = np.flatnonzero(has_vector(similarity))
    points = np.full((len(similarity), 2), np.nan)
    if not len(rows):
        return Projection(points)
    gram = similarity[np.ix_(rows, rows)]
    gram = gram - gram.mean(axis=0) - gram.mean(axis=1)[:, None] + gram.mean()
    total = max(float(np.trace(gram)), np.finfo(float).tiny)
    values, vectors = _largest(gram)
    values = np.clip(values, 0, None)  # rounded cosines leave small negative ones
    scores = vectors * np.sqrt(values)
    points[rows] = 0  # one use has a single axis
    points[rows, : scores.shape[1]] = _signed(scores)
    first, second = np.append(values, 0.0)[:2] / total
    return Projection(points, (float(first), float(second)))


@one_thread()
def _largest(gram: Floats) -> tuple[Floats, Floats]:
    """The two largest eigenvalues of a matrix [n, n], falling, and their vectors [n, 2]."""
    n = len(gram)
    if n <= _SMALL:
        values, vectors = np.linalg.eigh(gram)
    else:  # computing only two of many eigenvectors is faster, but scipy takes time to import
        from scipy.linalg import eigh

        values, vectors = eigh(gram, subset_by_index=(n - 2, n - 1))
    return values[::-1][:2], vectors[:, ::-1][:, :2]


def tsne(similarity: Floats, *, seed: int = 0) -> Projection | None:
    """A t-SNE of the distances 1 - cos (van der Maaten & Hinton 2008), initialized with PCA.

    It keeps neighbors together; distances between far points, and the sizes of groups, mean
    nothing. The initialization is that of Kobak & Berens (2019), which makes the map repeatable.

    Args:
        similarity: [n, n] cosines, rows of NaN where a vector is missing.
        seed: Seed of the optimization.

    Returns:
        The map, or None for fewer than five vectors.
    """
    rows = np.flatnonzero(has_vector(similarity))
    if len(rows) < FEWEST_FOR_TSNE:
        return None
    from sklearn.manifold import TSNE

    start = pca(similarity).points[rows]
    spread = start[:, 0].std()
    embedded = TSNE(
        metric="precomputed",
        perplexity=min(PERPLEXITY, (len(rows) - 1) / 3),
        init=start * (1e-4 / spread if spread > 0 else 0.0),
        random_state=seed,
    ).fit_transform(np.clip(1 - similarity[np.ix_(rows, rows)], 0, None))
    points = np.full((len(similarity), 2), np.nan)
    points[rows] = embedded
    return Projection(points)


def _signed(scores: Floats) -> Floats:
    """Choose the sign of each eigenvector, which is arbitrary: its largest score is positive."""
    largest = np.abs(scores).argmax(axis=0)
    signs = np.sign(scores[largest, np.arange(scores.shape[1])])
    return scores * np.where(signs == 0, 1, signs)
