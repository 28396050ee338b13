"""What changes of its context do to the vector of a use."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from embcmp.encoders.base import Encoder, ReadsPieces
from embcmp.measures.labels import Floats
from embcmp.measures.similarity import decimals_for
from embcmp.questions.reach.curves import SPAN, distances
from embcmp.questions.reach.replacements import Edit, Position, draws_of_all, edited, spaced
from embcmp.types import Embeddings, EncoderInfo, Occurrence, Progress, Receipt

NO_MASK = "\ufffd"  # one token that no vocabulary knows
_CHUNK = 4_000  # changed sentences that are encoded together


@dataclass(frozen=True, slots=True)
class Plan:
    """A use, and the positions of its context that are changed.

    Attributes:
        use: as it stands.
        every: all positions.
        near: those within the distance asked for.
    """

    use: Occurrence
    every: tuple[Position, ...]
    near: tuple[Position, ...]

    @property
    def long(self) -> bool:
        """Whether there are ten words on both sides."""
        there = {p.distance for p in self.every}
        return {-SPAN, SPAN} <= there


@dataclass(frozen=True)
class Changes:
    """The changes of one encoder's vectors, 1 - cosine.

    Attributes:
        info: the encoder.
        single: float64 [layers, uses, 2 k], when the word at a distance is changed, the mean over
            draws; NaN where there is none. Columns are those of `distances(k)`.
        whole: float64 [layers, uses], when all words are replaced, the mean over draws.
        variants: changed sentences.
        lost: of these, without a vector or with the target moved.
        missing: by id, why a use has no vector as it stands; such a use is not changed.
    """

    info: EncoderInfo
    single: Floats
    whole: Floats
    variants: int
    lost: int
    missing: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Variant:
    """A changed sentence: of which use, and in which column; None when all words are replaced."""

    use: int
    column: int | None
    occurrence: Occurrence


def plan(use: Occurrence, found: Sequence[Position], distance: int) -> Plan:
    """Choose the positions within a distance."""
    return Plan(use, tuple(found), tuple(p for p in found if abs(p.distance) <= distance))


def changes(
    encoder: Encoder,
    plans: Sequence[Plan],
    method: str,
    distance: int,
    draws: int,
    progress: Progress | None = None,
) -> Changes:
    """Encode each use as it stands and after each change.

    Args:
        encoder: whose vectors.
        plans: the uses.
        method: word, mask or delete; the whole is replaced by words in any case.
        distance: the farthest position, k.
        draws: replacements a position at most.
        progress: called with (uses done, all uses).
    """
    shape = len(encoder.info.layers), len(plans)
    columns = {d: i for i, d in enumerate(distances(distance))}
    sums = np.zeros((*shape, 2 * distance + 1))  # the last column is for all words at once
    counts = np.zeros((*shape, 2 * distance + 1))
    variants = lost = 0
    before = encoder.encode([p.use for p in plans])
    places = _places(encoder, [p.use for p in plans], before)
    for chunk in _chunks(encoder, plans, before.missing, method, columns, draws):
        occurrences = [v.occurrence for v in chunk]
        after = encoder.encode(occurrences)
        moved = [
            method != "delete" and place != places[v.use]
            for v, place in zip(chunk, _places(encoder, occurrences, after), strict=True)
        ]
        of = np.array([v.use for v in chunk])
        change = _distance(before, after, of)  # [layers, variants]
        change[:, moved] = np.nan
        column = np.array([-1 if v.column is None else v.column for v in chunk])
        known = ~np.isnan(change)
        for layer in range(shape[0]):
            at = known[layer]
            np.add.at(sums[layer], (of[at], column[at]), change[layer, at])
            np.add.at(counts[layer], (of[at], column[at]), 1)
        variants += len(chunk)
        lost += int((~known[-1]).sum())
        if progress:
            progress(int(of[-1]) + 1, len(plans))
    with np.errstate(invalid="ignore"):
        means = sums / counts
    single, whole = means[..., :-1], means[..., -1]
    return Changes(encoder.info, single, whole, variants, lost, before.missing)


def _chunks(
    encoder: Encoder,
    plans: Sequence[Plan],
    missing: Mapping[str, str],
    method: str,
    columns: dict[int, int],
    draws: int,
) -> Iterator[list[_Variant]]:
    chunk: list[_Variant] = []
    for k, p in enumerate(plans):
        if p.use.id in missing:
            continue
        for column, edits in _edits(encoder, p, method, columns, draws):
            chunk.append(_Variant(k, column, edited(p.use, edits, str(len(chunk)))))
        if len(chunk) >= _CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _edits(
    encoder: Encoder, p: Plan, method: str, columns: dict[int, int], draws: int
) -> Iterator[tuple[int | None, list[Edit]]]:
    for position in p.near:
        column = columns[position.distance]
        if not position.replacements:
            continue
        if method == "word":
            for word in position.replacements:
                yield column, [(position.start, position.end, word)]
        elif method == "mask":
            yield column, [(position.start, position.end, _mask(encoder, p.use, position))]
        else:
            yield column, [_deletion(p.use, position)]
    for edits in draws_of_all(p.every, draws):
        yield None, edits


def _mask(encoder: Encoder, use: Occurrence, position: Position) -> str:
    """What hides a word: as many masks as it has pieces, or a token that no vocabulary knows."""
    if not isinstance(encoder, ReadsPieces) or encoder.mask is None:
        return NO_MASK
    text = spaced(use.sentence, position.start) + use.sentence[position.start : position.end]
    return encoder.mask * encoder.pieces([text])[0]


def _deletion(use: Occurrence, position: Position) -> Edit:
    """The word and the space between it and the next word towards the target."""
    a, b = position.start, position.end
    if position.distance < 0:
        return a, b + use.sentence[b : b + 1].isspace(), ""
    return a - use.sentence[a - 1 : a].isspace(), b, ""


def _places(
    encoder: Encoder, uses: Sequence[Occurrence], found: Embeddings
) -> list[tuple[object, ...]]:
    """Where the target is for an encoder, as far as it tells: what must not change."""
    before: Sequence[int] = [0] * len(uses)
    if isinstance(encoder, ReadsPieces):
        before = encoder.pieces([use.sentence[: use.start] for use in uses])
    return [(n, *_seen(receipt)) for n, receipt in zip(before, found.receipts, strict=True)]


def _seen(receipt: Receipt) -> tuple[object, ...]:
    slot = receipt.tokens.index("[_]") if "[_]" in receipt.tokens else None
    return receipt.text, receipt.truncated, slot


def _distance(before: Embeddings, after: Embeddings, of: np.ndarray) -> Floats:
    """1 - cosine of each changed vector and its use's own: [layers, variants]."""
    decimals = decimals_for(before.info.dtype)
    a, b = before.vectors[:, of].astype(np.float64), after.vectors.astype(np.float64)
    with np.errstate(invalid="ignore"):
        cosine = (a * b).sum(axis=2) / np.sqrt((a * a).sum(axis=2) * (b * b).sum(axis=2))
    return np.asarray(1 - cosine.round(decimals).clip(-1, 1))
