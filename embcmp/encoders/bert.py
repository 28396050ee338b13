"""bert: the vectors of the target's pieces in a BERT-like checkpoint, layer by layer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from tokenizers import Encoding

from embcmp.encoders import EncoderSpec
from embcmp.encoders.base import Row, assemble, fingerprint, pool
from embcmp.encoders.neural.batches import by_length
from embcmp.encoders.neural.checkpoint import Checkpoint, open_checkpoint
from embcmp.encoders.neural.runtime import hidden_states
from embcmp.errors import SpecError
from embcmp.text.alignment import align, window
from embcmp.types import Embeddings, EncoderInfo, Layer, Occurrence, Progress, Receipt

States = list[NDArray[np.float32]]  # of one sequence: a [pieces, dim] for every layer


@dataclass(frozen=True, slots=True)
class Target:
    """An occurrence as the model sees it: its sequence, and the target's pieces in it."""

    ids: tuple[int, ...]
    first: int
    last: int
    receipt: Receipt


class Bert:
    """A BERT-like checkpoint; the vector of a target is pooled over its pieces."""

    def __init__(self, spec: EncoderSpec, checkpoint: Checkpoint) -> None:
        self._checkpoint = checkpoint
        self._pool = spec.option("pool") or "mean"
        self._layers = resolve_layers(spec, checkpoint)
        labels = tuple(layer.label for layer in self._layers)
        self.info = EncoderInfo(
            spec=spec.text,
            name=spec.name(labels[0] if len(labels) == 1 else spec.layers),
            family="bert",
            model=checkpoint.name,
            layers=labels,
            dim=checkpoint.dim,
            parameters=checkpoint.parameters,
            bytes=checkpoint.bytes,
            own_bytes=checkpoint.bytes,
            fingerprint=fingerprint("bert", checkpoint.digest, labels, self._pool, "float32"),
        )

    @classmethod
    def from_spec(cls, spec: EncoderSpec) -> Bert:
        """Load the checkpoint that a spec names.

        Raises:
            SpecError: a layer that the model lacks.
            ModelError: missing, broken or refused.
        """
        return cls(spec, open_checkpoint(spec.source, spec.random_seed))

    def encode(
        self, occurrences: Sequence[Occurrence], progress: Progress | None = None
    ) -> Embeddings:
        """Encode the targets; the pieces that were pooled are in the receipts."""
        targets = self._targets(occurrences)
        sequences = list(dict.fromkeys(t.ids for t in targets if isinstance(t, Target)))
        asking: dict[tuple[int, ...], list[int]] = {ids: [] for ids in sequences}
        rows: list[Row] = [t if isinstance(t, str) else "" for t in targets]
        for i, target in enumerate(targets):
            if isinstance(target, Target):
                asking[target.ids].append(i)
        done = 0
        for batch in by_length([len(s) for s in sequences]):
            chosen = [sequences[k] for k in batch]
            states = hidden_states(
                self._checkpoint.model, chosen, self._checkpoint.pad, self._top()
            )
            for b, ids in enumerate(chosen):
                for i in asking[ids]:
                    rows[i] = self._row(targets[i], [layer[b] for layer in states])
            done += len(batch)
            if progress:
                progress(done, len(sequences))
        return assemble(self.info, occurrences, rows)

    def _top(self) -> int:
        return max(max(layer.summed) for layer in self._layers)

    def _row(self, target: Target | str, states: States) -> Row:
        assert isinstance(target, Target)
        pieces = slice(target.first, target.last)
        summed = [sum(states[k][pieces] for k in layer.summed) for layer in self._layers]
        return np.stack([pool(np.asarray(s), self._pool) for s in summed]), target.receipt

    def _targets(self, occurrences: Sequence[Occurrence]) -> list[Target | str]:
        sentences = list(dict.fromkeys(o.sentence for o in occurrences))
        encoded = dict(
            zip(sentences, self._checkpoint.tokenizer.encode_batch(sentences), strict=True)
        )
        return [locate(o, encoded[o.sentence], self._checkpoint.limit) for o in occurrences]


def locate(occurrence: Occurrence, encoding: Encoding, limit: int) -> Target | str:
    """Find the target in its encoded sentence, windowed around it where that is too long.

    Returns:
        The target, or the reason why it cannot be found.
    """
    added = encoding.special_tokens_mask
    head = next((i for i, special in enumerate(added) if not special), len(added))
    tail = next((i for i, special in enumerate(reversed(added)) if not special), 0)
    body = slice(head, len(added) - tail)
    found = align(occurrence.sentence, encoding.offsets[body], occurrence.start, occurrence.end)
    if isinstance(found, str):
        return found
    pieces = encoding.ids[body]
    room = limit - head - tail
    if found.last - found.first > room:
        return f"its {found.last - found.first} pieces are more than the model takes ({room})"
    a, b = window(len(pieces), found.first, found.last, room)
    return Target(
        ids=(*encoding.ids[:head], *pieces[a:b], *encoding.ids[len(added) - tail :]),
        first=head + found.first - a,
        last=head + found.last - a,
        receipt=Receipt(
            occurrence.id,
            tuple(encoding.tokens[body][found.first : found.last]),
            found.text,
            truncated=(a, b) != (0, len(pieces)),
        ),
    )


@dataclass(frozen=True, slots=True)
class LayerPlan:
    """A row of the result: its label, and the layers whose states are added up for it."""

    label: Layer
    summed: tuple[int, ...]


def resolve_layers(spec: EncoderSpec, checkpoint: Checkpoint) -> tuple[LayerPlan, ...]:
    """Turn LAYERS into layers of this model; layer 0 is the embedding layer's output.

    `last4` is the sum of the last four (Loureiro et al. 2021).

    Raises:
        SpecError: a layer that the model lacks.
    """
    wanted, top = spec.layers or "-1", checkpoint.layers
    if wanted == "all":
        return tuple(LayerPlan(k, (k,)) for k in range(top + 1))
    if wanted.startswith("last"):
        count = int(wanted.removeprefix("last"))
        if count <= top:
            return (LayerPlan(wanted, tuple(range(top - count + 1, top + 1))),)
    else:
        layer = int(wanted) + (top + 1 if wanted.startswith("-") else 0)
        if 0 <= layer <= top:
            return (LayerPlan(layer, (layer,)),)
    raise SpecError(
        f"encoder spec {spec.text!r}: {checkpoint.name} has no layer {wanted}",
        f"it has layers 0 (its embedding layer) to {top}",
    )
