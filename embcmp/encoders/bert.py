"""bert: the vectors of the target's pieces in a BERT-like checkpoint, layer by layer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from tokenizers import Encoding

from embcmp.encoders.base import Row, assemble, fingerprint, pool
from embcmp.encoders.neural.batches import by_length
from embcmp.encoders.neural.checkpoint import Checkpoint, open_checkpoint
from embcmp.encoders.neural.runtime import choose, run
from embcmp.encoders.pieces import Target, locate
from embcmp.encoders.slots import UNTRAINED, Slots
from embcmp.encoders.spec import EncoderSpec, resolve_layers
from embcmp.types import Embeddings, EncoderInfo, Occurrence, Progress, TaskProgress

CHUNK = 2048  # occurrences that are tokenized and sorted by length together


class Bert:
    """A BERT-like checkpoint; the vector of a target is pooled over its pieces."""

    def __init__(self, spec: EncoderSpec, checkpoint: Checkpoint) -> None:
        dtype = spec.option("dtype") or "float32"
        where = choose(spec.device, dtype)
        self._checkpoint = checkpoint
        self._model = checkpoint.model.to(where.device, where.dtype)
        self._device = where.device
        self._trained = spec.random_seed is None
        self._pool = spec.option("pool") or "mean"
        self._layers = resolve_layers(spec, checkpoint.found.name, checkpoint.layers)
        self._needed = sorted({k for layer in self._layers for k in layer.summed})
        labels = tuple(layer.label for layer in self._layers)
        self.info = EncoderInfo(
            spec=spec.text,
            name=spec.name(labels[0] if len(labels) == 1 else spec.layers),
            family="bert",
            model=checkpoint.found.name,
            layers=labels,
            dim=checkpoint.dim,
            parameters=checkpoint.parameters,
            bytes=checkpoint.bytes,
            own_bytes=checkpoint.bytes,
            fingerprint=fingerprint(
                "bert", checkpoint.digest, labels, self._pool, dtype, where.device.type
            ),
            dtype=dtype,
            revision=checkpoint.found.revision,
            remarks=(*checkpoint.model.remarks, *where.remarks()),
        )
        self._model.keep(self._needed[-1])

    @classmethod
    def from_spec(cls, spec: EncoderSpec, progress: TaskProgress | None = None) -> Bert:
        """Load the checkpoint that a spec names; it is read at once, and `progress` not called.

        Raises:
            SpecError: a layer that the model lacks.
            UsageError: this machine lacks the device.
            ModelError: missing, broken or refused.
        """
        return cls(spec, open_checkpoint(spec.source, spec.random_seed, spec.option("revision")))

    def encode(
        self, occurrences: Sequence[Occurrence], progress: Progress | None = None
    ) -> Embeddings:
        """Encode the targets; the pieces that were pooled are in the receipts.

        What is held beside the result does not grow with the number of occurrences.
        """
        return assemble(self.info, occurrences, self._rows(occurrences, progress))

    def _rows(self, occurrences: Sequence[Occurrence], progress: Progress | None) -> Iterator[Row]:
        for start in range(0, len(occurrences), CHUNK):
            done = start
            rows: list[Row] = [""] * min(CHUNK, len(occurrences) - start)
            for found in self._chunk(occurrences[start : start + CHUNK]):
                for i, row in found:
                    rows[i] = row
                done += len(found)
                if progress:
                    progress(done, len(occurrences))
            yield from rows

    def _chunk(self, occurrences: Sequence[Occurrence]) -> Iterator[list[tuple[int, Row]]]:
        """Rows with their places among the occurrences, batch by batch."""
        asking: dict[tuple[int, ...], list[tuple[int, Target]]] = {}
        without: list[tuple[int, Row]] = []
        for i, target in enumerate(self._targets(occurrences)):
            if isinstance(target, Target):
                asking.setdefault(target.ids, []).append((i, target))
            else:
                without.append((i, target))
        if without:
            yield without
        sequences = list(asking)
        for batch in by_length([len(s) for s in sequences]):
            chosen = [sequences[k] for k in batch]
            places = [[p for _, t in asking[ids] for p in range(t.first, t.last)] for ids in chosen]
            states = run(self._model, chosen, places, self._needed, self._device)
            yield [
                (i, (vector, target.receipt))
                for ids, found in zip(chosen, states, strict=True)
                for (i, target), vector in zip(
                    asking[ids], self._pooled(found, asking[ids]), strict=True
                )
            ]

    @property
    def mask(self) -> str | None:
        """What hides a piece; None where the tokenizer has no such thing."""
        from embcmp.encoders.neural.heads import mask_token

        return mask_token(self._checkpoint)

    def pieces(self, texts: Sequence[str]) -> list[int]:
        """How many pieces each text [n] has, without what the tokenizer adds at its ends."""
        encodings = self._checkpoint.tokenizer.encode_batch(list(texts), add_special_tokens=False)
        return [len(encoding) for encoding in encodings]

    def fill(self, occurrences: Sequence[Occurrence], count: int) -> Slots | str:
        """What the masked-word head says where a mask stands for the target's pieces.

        The layers that the spec names play no part: the head stands on the last one.

        Raises:
            ModelError: the head is broken.
        """
        if not self._trained:
            return UNTRAINED
        from embcmp.encoders.neural.heads import open_head

        head = open_head(self._checkpoint)
        if isinstance(head, str):
            return head
        targets = self._targets(occurrences)
        return [
            t if isinstance(t, str) else head.fill(t.ids, t.first, t.last, count) for t in targets
        ]

    def _pooled(
        self, states: NDArray[np.float32], targets: Sequence[tuple[int, Target]]
    ) -> Iterator[NDArray[np.float32]]:
        """The vectors [layers, dim] of targets whose pieces follow in states [needed, s, dim]."""
        at = 0
        for _, target in targets:
            pieces = states[:, at : at + target.last - target.first]
            at += target.last - target.first
            summed = [
                sum(pieces[self._needed.index(k)] for k in layer.summed) for layer in self._layers
            ]
            yield np.stack([pool(np.asarray(s), self._pool) for s in summed])

    def _targets(self, occurrences: Sequence[Occurrence]) -> list[Target | str]:
        sentences = list(dict.fromkeys(o.sentence for o in occurrences))
        encoded = dict(
            zip(sentences, self._checkpoint.tokenizer.encode_batch(sentences), strict=True)
        )
        return [self._target(o, encoded[o.sentence]) for o in occurrences]

    def _target(self, occurrence: Occurrence, encoding: Encoding) -> Target | str:
        causal = self._model.causal
        target = locate(occurrence, encoding, self._checkpoint.limit, causal=causal)
        if isinstance(target, Target) and max(target.ids) >= self._model.vocabulary:
            strange = self._checkpoint.tokenizer.id_to_token(max(target.ids))
            return f"the model knows nothing of {strange!r}, which its tokenizer makes"
        return target
