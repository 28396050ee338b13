"""What the figures of one encoder at one layer are drawn from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from embcmp.measures.labels import Floats, Index, sample
from embcmp.measures.projection import Projection, pca, tsne
from embcmp.measures.separation import split_pairs

BINS = 32
Json = dict[str, Any]
_THOUSAND = 1000  # cosines go into a page as whole thousandths


def view(cosines: Floats, senses: Sequence[str | None], *, with_tsne: bool, seed: int) -> Json:
    """Figures' data as JSON.

    Args:
        cosines: [n, n] in the order of the uses, NaN where undefined.
        senses: [n].
        with_tsne: a t-SNE beside the PCA.
        seed: of the t-SNE.

    Returns:
        cosines: the rows of the lower triangle in thousandths, null where undefined.
        bins: see `distribution`.
        maps: by name, the points [x, y] or null, and the axes' shares of the variance.
    """
    maps = {"pca": _points(pca(cosines))}
    if with_tsne and (made := tsne(cosines, seed=seed)):
        maps["tsne"] = _points(made)
    return {"cosines": triangle(cosines), "bins": distribution(cosines, senses), "maps": maps}


def matrix(rows: Sequence[Sequence[float | None]], order: Sequence[int]) -> Floats:
    """A similarity matrix of the JSON in the order of the uses, NaN for null."""
    cosines = np.array(rows, dtype=np.float64)
    return cosines[np.ix_(order, order)]


def triangle(cosines: Floats) -> list[list[int | None]]:
    """Row i has the cosines to the uses before it."""
    return [
        [None if np.isnan(c) else round(c * _THOUSAND) for c in row[:i].tolist()]
        for i, row in enumerate(cosines)
    ]


def distribution(cosines: Floats, senses: Sequence[str | None]) -> Json | None:
    """How the cosines of pairs spread, in 32 bins from the lowest to the highest.

    Returns:
        `low`, `high`, and by the kind of pair (`same` and `other` sense; `all` where there are no
        two senses to compare) the percentage of its pairs in each bin. None without a pair.
    """
    same, other = split_pairs(sample(cosines, senses))
    kinds = {"same": same, "other": other} if len(same) and len(other) else {"all": _pairs(cosines)}
    every = np.concatenate(list(kinds.values()))
    if not len(every):
        return None
    low, high = float(every.min()), float(every.max())
    high = max(high, low + 1e-3)
    found: Json = {"low": low, "high": high}
    for kind, values in kinds.items():
        counts, _ = np.histogram(values, BINS, (low, high))
        found[kind] = (100 * counts / len(values)).round(2).tolist()
    return found


def _pairs(cosines: Floats) -> Floats:
    values: Floats = cosines[np.triu_indices(len(cosines), 1)]
    return values[~np.isnan(values)]


def _points(made: Projection) -> Json:
    points = [None if np.isnan(p).any() else p.round(4).tolist() for p in made.points]
    share = None if made.explained is None else [round(s, 4) for s in made.explained]
    return {"points": points, "explained": share}


def extremes(
    cosines: Floats, senses: Sequence[str | None], most: int = 4
) -> Iterator[tuple[str, list[tuple[int, int, float]]]]:
    """Pairs worth reading: a title, and the pairs (i, j, cosine) of uses.

    Where all pairs are few they are one list. Where there are senses, the pairs that speak against
    them are there too: near ones of different senses, and far ones of one sense.
    """
    i, j = np.tril_indices(len(cosines), -1)
    values = cosines[i, j]
    there = ~np.isnan(values)
    order = np.lexsort((i, j, -values))
    order = order[there[order]]
    labels = np.array([str(s) for s in senses])
    labelled = np.array([s is not None for s in senses], dtype=bool)
    both, same = labelled[i] & labelled[j], labels[i] == labels[j]

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
