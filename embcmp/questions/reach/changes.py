"""How much the vector of a use changes when its context is changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from embcmp.encoders.base import Encoder, ReadsPieces
from embcmp.measures.labels import Floats
from embcmp.measures.similarity import decimals_for
from embcmp.questions.reach.curves import SPAN, Shares, distances, normalize
from embcmp.questions.reach.replacements import Edit, Position, edit, replace_all, space_before
from embcmp.types import Embeddings, Occurrence, Progress

NO_MASK = "\ufffd"  # one token that is in no vocabulary
_CHUNK = 4_000  # changed sentences encoded together


@dataclass(frozen=True, slots=True)
class UseContext:
    """A use and the words of its context.

    Attributes:
        use: the unchanged use.
        positions: all words of the context.
        distance: the largest distance at which a word is changed by itself.
    """

    use: Occurrence
    positions: Sequence[Position]
    distance: int

    @property
    def near(self) -> list[Position]:
        """The positions within the distance."""
        return [p for p in self.positions if abs(p.distance) <= self.distance]

    @property
    def long(self) -> bool:
        """Whether there are at least ten words on each side."""
        return {-SPAN, SPAN} <= {p.distance for p in self.positions}


class _Variant(NamedTuple):
    """A changed sentence of a use. A column is a distance, the last one all words together."""

    use: int
    column: int
    occurrence: Occurrence


def changes(
    encoder: Encoder,
    contexts: Sequence[UseContext],
    method: str,
    draws: int,
    progress: Progress | None = None,
) -> Shares:
    """Encode each use unchanged and after each change of its context.

    Args:
        encoder: the encoder.
        contexts: the uses, at least one; those without a vector are left unchanged.
        method: what is done to a single word: word, mask or delete. When all are replaced, they are
            replaced by words.
        draws: the maximal number of replacements for a position.
        progress: called with (uses done, all uses).

    Returns:
        The changes, 1 - cosine, averaged over draws, as shares of the change when all context words
        are replaced.
    """
    info, uses = encoder.info, [c.use for c in contexts]
    sums = np.zeros((len(info.layers), len(contexts), 2 * contexts[0].distance + 1))
    counts = np.zeros_like(sums)
    variants = lost = 0
    before = encoder.encode(uses)
    positions = _target_positions(encoder, uses, before)
    for chunk in _chunks(encoder, contexts, before.missing, method, draws):
        rows, columns, occurrences = zip(*chunk, strict=True)
        after = encoder.encode(occurrences)
        change = _distance(before, after, rows)  # [layers, variants]
        if method != "delete":
            now = _target_positions(encoder, occurrences, after)
            moved = [position != positions[row] for row, position in zip(rows, now, strict=True)]
            change[:, moved] = np.nan
        known = ~np.isnan(change)
        cells = np.array(rows), np.array(columns)
        for layer in range(len(info.layers)):
            np.add.at(sums[layer], cells, np.where(known[layer], change[layer], 0))
            np.add.at(counts[layer], cells, known[layer])
        variants += len(chunk)
        lost += int((~known[-1]).sum())
        if progress:
            progress(rows[-1] + 1, len(contexts))
    with np.errstate(invalid="ignore"):
        means = sums / counts
    of_one, of_all = means[..., :-1], means[..., -1]
    # One vector per type never changes: its shares are 0, although both changes are 0.
    shares = of_one if info.per_type else normalize(of_one, of_all)
    warnings = [
        f"{info.name}: {count} of {len(contexts)} uses have no vector ({reason})"
        for reason, count in Counter(before.missing.values()).items()
    ]
    if lost:
        warnings.append(
            f"{info.name}: {lost:,} of {variants:,} changed sentences were left out,"
            " because the target has no vector in them or its position changed"
        )
    return Shares(shares, of_all, warnings=tuple(warnings))


def _chunks(
    encoder: Encoder,
    contexts: Sequence[UseContext],
    missing: Container[str],
    method: str,
    draws: int,
) -> Iterator[list[_Variant]]:
    chunk: list[_Variant] = []
    for row, context in enumerate(contexts):
        if context.use.id in missing:
            continue
        for column, edits in _edits(encoder, context, method, draws):
            chunk.append(_Variant(row, column, edit(context.use, edits, str(len(chunk)))))
        if len(chunk) >= _CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _edits(
    encoder: Encoder, context: UseContext, method: str, draws: int
) -> Iterator[tuple[int, list[Edit]]]:
    columns = {d: column for column, d in enumerate(distances(context.distance))}
    for position in context.near:
        column = columns[position.distance]
        if not position.replacements:
            continue
        if method == "word":
            for word in position.replacements:
                yield column, [(position.start, position.end, word)]
        elif method == "mask":
            yield column, [(position.start, position.end, _mask(encoder, context.use, position))]
        else:
            yield column, [_deletion(context.use, position)]
    for edits in replace_all(context.positions, draws):
        yield -1, edits


def _mask(encoder: Encoder, use: Occurrence, position: Position) -> str:
    """The text that masks a word: as many masks as it has pieces, or one unknown token."""
    if not isinstance(encoder, ReadsPieces) or encoder.mask is None:
        return NO_MASK
    text = space_before(use.sentence, position.start) + use.sentence[position.start : position.end]
    return encoder.mask * encoder.count_pieces([text])[0]


def _deletion(use: Occurrence, position: Position) -> Edit:
    """The edit that deletes a word and the space between it and the next one towards the target."""
    a, b = position.start, position.end
    if position.distance < 0:
        return a, b + use.sentence[b : b + 1].isspace(), ""
    return a - use.sentence[a - 1 : a].isspace(), b, ""


def _target_positions(
    encoder: Encoder, uses: Sequence[Occurrence], embeddings: Embeddings
) -> list[tuple[object, ...]]:
    """What an encoder reports about the target's position, which no change may affect."""
    pieces_before: Sequence[int] = [0] * len(uses)
    if isinstance(encoder, ReadsPieces):
        pieces_before = encoder.count_pieces([use.sentence[: use.start] for use in uses])
    return [
        (count, r.text, r.truncated, r.tokens.index("[_]") if "[_]" in r.tokens else None)
        for count, r in zip(pieces_before, embeddings.receipts, strict=True)
    ]


def _distance(before: Embeddings, after: Embeddings, rows: Sequence[int]) -> Floats:
    """1 - cosine of each changed vector and the vector of its unchanged use: [layers, variants]."""
    a, b = before.vectors[:, rows].astype(np.float64), after.vectors.astype(np.float64)
    with np.errstate(invalid="ignore"):
        cosine = (a * b).sum(axis=2) / np.sqrt((a * a).sum(axis=2) * (b * b).sum(axis=2))
    return np.asarray(1 - cosine.round(decimals_for(before.info.dtype)).clip(-1, 1))
