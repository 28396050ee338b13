"""What changes of its context do to the vector of a use."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from embcmp.encoders.base import Encoder, ReadsPieces
from embcmp.measures.labels import Floats
from embcmp.measures.similarity import decimals_for
from embcmp.questions.reach.curves import SPAN, Shares, distances, normalized
from embcmp.questions.reach.replacements import Edit, Position, draws_of_all, edited, spaced
from embcmp.types import Embeddings, Occurrence, Progress

NO_MASK = "\ufffd"  # one token that no vocabulary knows
_CHUNK = 4_000  # changed sentences that are encoded together


@dataclass(frozen=True, slots=True)
class Plan:
    """A use, and the positions of its context that are changed.

    Attributes:
        use: the use as it stands.
        every: all positions.
        distance: the farthest position that is changed alone.
    """

    use: Occurrence
    every: Sequence[Position]
    distance: int

    @property
    def near(self) -> list[Position]:
        """The positions within the distance."""
        return [p for p in self.every if abs(p.distance) <= self.distance]

    @property
    def long(self) -> bool:
        """Whether there are ten words on both sides."""
        return {-SPAN, SPAN} <= {p.distance for p in self.every}


class _Variant(NamedTuple):
    """A changed sentence: of which use, in which column; the last column is for all words."""

    use: int
    column: int
    occurrence: Occurrence


def changes(
    encoder: Encoder,
    plans: Sequence[Plan],
    method: str,
    draws: int,
    progress: Progress | None = None,
) -> Shares:
    """Encode each use as it stands and after each change; one without a vector is not changed.

    Args:
        encoder: whose vectors.
        plans: the uses, one at least.
        method: word, mask or delete; the whole is replaced by words in any case.
        draws: replacements a position at most.
        progress: called with (uses done, all uses).

    Returns:
        The changes, 1 - cosine, in the mean over draws, as shares of the change of the whole.
    """
    info, uses = encoder.info, [p.use for p in plans]
    sums = np.zeros((len(info.layers), len(plans), 2 * plans[0].distance + 1))
    counts = np.zeros_like(sums)
    variants = lost = 0
    before = encoder.encode(uses)
    places = _places(encoder, uses, before)
    for chunk in _chunks(encoder, plans, before.missing, method, draws):
        rows, columns, occurrences = zip(*chunk, strict=True)
        after = encoder.encode(occurrences)
        change = _distance(before, after, rows)  # [layers, variants]
        if method != "delete":
            now = _places(encoder, occurrences, after)
            moved = [place != places[row] for row, place in zip(rows, now, strict=True)]
            change[:, moved] = np.nan
        known = ~np.isnan(change)
        cells = np.array(rows), np.array(columns)
        for layer in range(len(info.layers)):
            np.add.at(sums[layer], cells, np.where(known[layer], change[layer], 0))
            np.add.at(counts[layer], cells, known[layer])
        variants += len(chunk)
        lost += int((~known[-1]).sum())
        if progress:
            progress(rows[-1] + 1, len(plans))
    with np.errstate(invalid="ignore"):
        means = sums / counts
    single, whole = means[..., :-1], means[..., -1]
    # One vector per type never changes: its shares are 0 though the whole is, too.
    shares = single if info.per_type else normalized(single, whole)
    warnings = [
        f"{info.name}: {count} of {len(plans)} occurrences have no vector ({reason})"
        for reason, count in Counter(before.missing.values()).items()
    ]
    if lost:
        warnings.append(
            f"{info.name}: {lost:,} of {variants:,} changed sentences were left out:"
            " the target has no vector in them, or is not where it was"
        )
    return Shares(shares, whole, warnings=tuple(warnings))


def _chunks(
    encoder: Encoder, plans: Sequence[Plan], missing: Container[str], method: str, draws: int
) -> Iterator[list[_Variant]]:
    chunk: list[_Variant] = []
    for row, plan in enumerate(plans):
        if plan.use.id in missing:
            continue
        for column, edits in _edits(encoder, plan, method, draws):
            chunk.append(_Variant(row, column, edited(plan.use, edits, str(len(chunk)))))
        if len(chunk) >= _CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _edits(
    encoder: Encoder, plan: Plan, method: str, draws: int
) -> Iterator[tuple[int, list[Edit]]]:
    columns = {d: column for column, d in enumerate(distances(plan.distance))}
    for position in plan.near:
        column = columns[position.distance]
        if not position.replacements:
            continue
        if method == "word":
            for word in position.replacements:
                yield column, [(position.start, position.end, word)]
        elif method == "mask":
            yield column, [(position.start, position.end, _mask(encoder, plan.use, position))]
        else:
            yield column, [_deletion(plan.use, position)]
    for edits in draws_of_all(plan.every, draws):
        yield -1, edits


def _mask(encoder: Encoder, use: Occurrence, position: Position) -> str:
    """What hides a word: as many masks as it has pieces, or a token that no vocabulary knows."""
    if not isinstance(encoder, ReadsPieces) or encoder.mask is None:
        return NO_MASK
    text = spaced(use.sentence, position.start) + use.sentence[position.start : position.end]
    return encoder.mask * encoder.count_pieces([text])[0]


def _deletion(use: Occurrence, position: Position) -> Edit:
    """The word and the space between it and the next word towards the target."""
    a, b = position.start, position.end
    if position.distance < 0:
        return a, b + use.sentence[b : b + 1].isspace(), ""
    return a - use.sentence[a - 1 : a].isspace(), b, ""


def _places(
    encoder: Encoder, uses: Sequence[Occurrence], embeddings: Embeddings
) -> list[tuple[object, ...]]:
    """Where the target is for an encoder, as far as it tells: what must not change."""
    before: Sequence[int] = [0] * len(uses)
    if isinstance(encoder, ReadsPieces):
        before = encoder.count_pieces([use.sentence[: use.start] for use in uses])
    return [
        (count, r.text, r.truncated, r.tokens.index("[_]") if "[_]" in r.tokens else None)
        for count, r in zip(before, embeddings.receipts, strict=True)
    ]


def _distance(before: Embeddings, after: Embeddings, rows: Sequence[int]) -> Floats:
    """1 - cosine of each changed vector and its use's own: [layers, variants]."""
    a, b = before.vectors[:, rows].astype(np.float64), after.vectors.astype(np.float64)
    with np.errstate(invalid="ignore"):
        cosine = (a * b).sum(axis=2) / np.sqrt((a * a).sum(axis=2) * (b * b).sum(axis=2))
    return np.asarray(1 - cosine.round(decimals_for(before.info.dtype)).clip(-1, 1))
