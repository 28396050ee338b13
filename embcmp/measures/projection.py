"""Occurrences as points in two dimensions, from their cosines alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from embcmp.measures.labels import Floats, present

FEWEST_FOR_TSNE = 5
PERPLEXITY = 30


@dataclass(frozen=True, slots=True)
class Projection:
    """A map of the occurrences.

    Attributes:
        points: [n, 2]; rows of NaN for occurrences without a vector.
        explained: the share of the variance that each axis holds; None for t-SNE.
    """

    points: Floats
    explained: tuple[float, float] | None = None


def pca(similarity: Floats) -> Projection:
    """The first two principal components of the unit vectors, by classical scaling.

    The cosines are the Gram matrix of the unit vectors; centred on both sides, its leading
    eigenvectors, each times the root of its eigenvalue, are the scores of a principal component
    analysis (Torgerson 1952; Gower 1966). In each axis the largest score is made positive.

    Args:
        similarity: [n, n] cosines, rows of NaN where missing.
    """
    rows = np.flatnonzero(present(similarity))
    points = np.full((len(similarity), 2), np.nan)
    if not len(rows):
        return Projection(points)
    gram = similarity[np.ix_(rows, rows)]
    gram = gram - gram.mean(axis=0) - gram.mean(axis=1)[:, None] + gram.mean()
    values, vectors = np.linalg.eigh(gram)
    values = np.clip(values[::-1], 0, None)  # rounded cosines leave small negative ones
    scores = vectors[:, ::-1][:, :2] * np.sqrt(values[:2])
    points[rows] = 0  # one occurrence has one axis only
    points[rows, : scores.shape[1]] = _signed(scores)
    total = max(float(values.sum()), np.finfo(float).tiny)
    first, second = np.append(values, 0.0)[:2] / total
    return Projection(points, (float(first), float(second)))


def tsne(similarity: Floats, *, seed: int = 0) -> Projection | None:
    """A t-SNE of the distances 1 - cos (van der Maaten & Hinton 2008), from PCA as its start.

    It keeps neighbors together; distances between far points, and the sizes of groups, mean
    nothing. The start is that of Kobak & Berens (2019): it makes the picture repeatable.

    Args:
        similarity: [n, n] cosines, rows of NaN where missing.
        seed: of what is left to chance.

    Returns:
        None for fewer than five vectors.
    """
    rows = np.flatnonzero(present(similarity))
    if len(rows) < FEWEST_FOR_TSNE:
        return None
    from sklearn.manifold import TSNE

    start = pca(similarity).points[rows]
    spread = start[:, 0].std()
    made = TSNE(
        metric="precomputed",
        perplexity=min(PERPLEXITY, (len(rows) - 1) / 3),
        init=start * (1e-4 / spread if spread > 0 else 0.0),
        random_state=seed,
    ).fit_transform(np.clip(1 - similarity[np.ix_(rows, rows)], 0, None))
    points = np.full((len(similarity), 2), np.nan)
    points[rows] = made
    return Projection(points)


def _signed(scores: Floats) -> Floats:
    """An eigenvector has no sign of its own."""
    largest = np.abs(scores).argmax(axis=0)
    signs = np.sign(scores[largest, np.arange(scores.shape[1])])
    return scores * np.where(signs == 0, 1, signs)
