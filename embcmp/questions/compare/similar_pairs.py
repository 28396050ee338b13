"""The nearest and the farthest pairs of uses, for uses that no measure of senses applies to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from rich.text import Text

from embcmp.measures.use_groups import sentence_ids
from embcmp.render.line_breaks import cut_at_word, in_context
from embcmp.render.numbers import megabytes, plural, seconds, short
from embcmp.render.text import visible
from embcmp.types import Comparison, Occurrence, Result

MOST = 3  # pairs of each kind that are shown
_LABEL = 17  # "  farthest  -.12 "
_BETWEEN = " | "
_SIDE_BY_SIDE = 70  # the narrowest terminal on which the two uses of a pair share a line

Pair = tuple[float, int, int]


def pair_lines(c: Comparison, width: int, most: int) -> list[Text]:
    """Return the nearest and the farthest pairs of uses by each encoder, at its last layer.

    Encoders with one vector for all uses have no such pairs.

    Args:
        c: uses with or without labels.
        width: the width of the terminal in cells.
        most: the largest number of lines.
    """
    shown = [
        r
        for r in c.results
        if not r.info.per_type and (r.layer == r.info.layers[-1] or len(r.info.layers) == 1)
    ]
    each = 1 if width >= _SIDE_BY_SIDE else 2  # lines of a pair

    def needed(count: int) -> int:
        return 2 + 2 * count * each

    fewest_pairs = (k for k in range(MOST, 1, -1) if len(shown) * needed(k) <= most)
    count = next(fewest_pairs, 1)
    fitting = len(shown)
    if fitting * needed(count) > most:
        fitting = max(1, (most - 1) // needed(count))
    lines = [line for r in shown[:fitting] for line in _encoder(r, c, width, count)]
    if fitting < len(shown):
        lines.append(Text(f"… and {plural(len(shown) - fitting, 'more encoder')} (--all)"))
    return lines[:most]


def _encoder(r: Result, c: Comparison, width: int, count: int) -> Iterator[Text]:
    cost = f"{visible(r.info.model)}, {megabytes(r.info.bytes)}, {seconds(r.encode_seconds)}"
    similar = r.metrics.get("self_similarity")
    if similar is not None and similar.value is not None:
        cost += f"; mean cosine {short(similar.value)}"
    yield Text(cut_at_word(f"{visible(r.name)}: {cost}", width), "bold")
    nearest, farthest = pairs(c.occurrences, r.similarity, count)
    if not nearest:
        yield Text("  no two sentences have a vector", "dim")
    for kind, found in (("nearest", nearest), ("farthest", farthest)):
        for k, (cosine, i, j) in enumerate(found):
            label = f"  {kind if k == 0 else '':9}{short(cosine):>5}  "
            yield from _pair(label, c.occurrences[i], c.occurrences[j], width)
    yield Text()


def _pair(label: str, a: Occurrence, b: Occurrence, width: int) -> Iterator[Text]:
    if width >= _SIDE_BY_SIDE:
        room = (width - len(label) - len(_BETWEEN)) // 2
        left = _use(a, room)
        left.append(" " * (room - left.cell_len))
        yield Text(label).append_text(left).append(_BETWEEN, "dim").append_text(_use(b, room))
        return
    room = max(1, width - len(label))
    yield Text(label).append_text(_use(a, room))
    yield Text(" " * len(label)).append_text(_use(b, room))


def _use(o: Occurrence, width: int) -> Text:
    before, form, after = in_context(o.sentence, o.start, o.end, max(1, width - 2))
    return Text(before).append(f"[{form}]", "bold").append(after)


def pairs(
    occurrences: Sequence[Occurrence], similarity: np.ndarray, count: int
) -> tuple[list[Pair], list[Pair]]:
    """Return the nearest and the farthest pairs of uses in different sentences.

    No use is in two pairs of a kind, so that one odd use does not fill the list. The nearest are
    of the upper half of all pairs and the farthest of the lower half: of few uses fewer are shown.

    Args:
        occurrences: the n uses.
        similarity: [n, n], their cosines, NaN where undefined.
        count: how many pairs of each kind.
    """
    sentences = sentence_ids(occurrences)
    i, j = np.triu_indices(len(similarity), 1)
    cosines = similarity[i, j]
    kept = np.flatnonzero(~np.isnan(cosines) & (sentences[i] != sentences[j]))
    order = kept[np.argsort(cosines[kept], kind="stable")]

    def first(candidates: np.ndarray) -> list[Pair]:
        chosen: list[Pair] = []
        used: set[int] = set()
        for k in candidates.tolist():
            if len(chosen) == count:
                break
            if not used & {int(i[k]), int(j[k])}:
                used |= {int(i[k]), int(j[k])}
                chosen.append((float(cosines[k]), int(i[k]), int(j[k])))
        return chosen

    half = len(order) // 2
    return first(order[half:][::-1]), first(order[:half])
