"""The data from which the figures of one layer of an encoder are drawn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from embcmp.measures.labels import Floats, Index, sample
from embcmp.measures.projection import Projection, pca, tsne
from embcmp.measures.separation import split_pairs

BINS = 32
Json = dict[str, Any]
_THOUSAND = 1000  # cosines are written into a page as whole thousandths


def view(cosines: Floats, senses: Sequence[str | None], *, with_tsne: bool, seed: int) -> Json:
    """Return the data of the figures, ready for JSON.

    Args:
        cosines: [n, n] in the order of the uses, NaN where undefined.
        senses: the sense of each of the n uses.
        with_tsne: whether to add a t-SNE to the PCA.
        seed: seed of the t-SNE.

    Returns:
        cosines: the rows of the lower triangle in thousandths, None where undefined.
        bins: the result of `distribution`.
        maps: for `pca` and `tsne`, the points [x, y] or None, and the share of the variance along
            each axis.
    """
    maps = {"pca": _points(pca(cosines))}
    if with_tsne and (projection := tsne(cosines, seed=seed)):
        maps["tsne"] = _points(projection)
    return {"cosines": triangle(cosines), "bins": distribution(cosines, senses), "maps": maps}


def matrix(rows: Sequence[Sequence[float | None]], order: Sequence[int]) -> Floats:
    """Return a similarity matrix of the JSON in the order of the uses, with NaN for null."""
    cosines = np.array(rows, dtype=np.float64)
    return cosines[np.ix_(order, order)]


def triangle(cosines: Floats) -> list[list[int | None]]:
    """Return the lower triangle: row i has the cosines of use i with the uses before it."""
    return [
        [None if np.isnan(c) else round(c * _THOUSAND) for c in row[:i].tolist()]
        for i, row in enumerate(cosines)
    ]


def distribution(cosines: Floats, senses: Sequence[str | None]) -> Json | None:
    """Count the cosines of pairs in 32 bins from the lowest to the highest.

    Returns:
        `low`, `high`, and the percentage of pairs in each bin, for pairs of the `same` and of
        `other` senses, or for `all` pairs if there are no two senses. None if there is no pair.
    """
    same, other = split_pairs(sample(cosines, senses))
    kinds = {"same": same, "other": other} if len(same) and len(other) else {"all": _pairs(cosines)}
    values = np.concatenate(list(kinds.values()))
    if not len(values):
        return None
    low, high = float(values.min()), float(values.max())
    high = max(high, low + 1e-3)
    bins: Json = {"low": low, "high": high}
    for kind, values in kinds.items():
        counts, _ = np.histogram(values, BINS, (low, high))
        bins[kind] = (100 * counts / len(values)).round(2).tolist()
    return bins


def _pairs(cosines: Floats) -> Floats:
    values: Floats = cosines[np.triu_indices(len(cosines), 1)]
    return values[~np.isnan(values)]


def _points(projection: Projection) -> Json:
    points = [None if np.isnan(p).any() else p.round(4).tolist() for p in projection.points]
    explained = projection.explained
    shares = None if explained is None else [round(share, 4) for share in explained]
    return {"points": points, "explained": shares}


def extremes(
    cosines: Floats, senses: Sequence[str | None], most: int = 4
) -> Iterator[tuple[str, list[tuple[int, int, float]]]]:
    """Yield lists of pairs that are worth reading: a title, and pairs (i, j, cosine) of uses.

    If there are few pairs, all are in one list. If there are senses, there are also lists of pairs
    that contradict them: near pairs of different senses, and far pairs of one sense.
    """
    i, j = np.tril_indices(len(cosines), -1)
    values = cosines[i, j]
    defined = ~np.isnan(values)
    order = np.lexsort((i, j, -values))
    order = order[defined[order]]
    labels = np.array([str(s) for s in senses])
    labeled = np.array([s is not None for s in senses], dtype=bool)
    both, same = labeled[i] & labeled[j], labels[i] == labels[j]

    def listed(places: Index) -> list[tuple[int, int, float]]:
        return [(int(j[k]), int(i[k]), float(values[k])) for k in places]

    if len(order) <= 2 * most:
        yield "All pairs, the nearest first", listed(order)
        return
    yield "Nearest", listed(order[:most])
    yield "Farthest", listed(order[::-1][:most])
    across, within = order[(both & ~same)[order]], order[(both & same)[order]]
    if len(across) and len(within):
        yield "Nearest of different senses", listed(across[:most])
        yield "Farthest of one sense", listed(within[::-1][:most])
