"""bert: the vectors of the target's tokens in a transformer checkpoint, layer by layer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from tokenizers import Encoding

from embcmp.encoders.base import Row, assemble, fingerprint, pool, remarked
from embcmp.encoders.neural.batches import batches_by_length, run_batch
from embcmp.encoders.neural.checkpoint import Checkpoint, open_checkpoint
from embcmp.encoders.neural.devices import choose_placement
from embcmp.encoders.spec import EncoderSpec, resolve_layers
from embcmp.encoders.substitutes import UNTRAINED, SubstituteLists
from embcmp.encoders.token_span import TokenSpan, find_token_span, unknown_token
from embcmp.types import Embeddings, EncoderInfo, Occurrence, Progress, Receipt, TaskProgress

CHUNK = 2048  # occurrences that are tokenized and sorted by length together


class Bert:
    """A transformer checkpoint; the vector of a target is pooled over its tokens.

    Args:
        spec: the spec of the encoder, of family bert.
        checkpoint: the model, its tokenizer and what they declare.
    """

    def __init__(self, spec: EncoderSpec, checkpoint: Checkpoint) -> None:
        dtype = spec.option("dtype") or "float32"
        placement = choose_placement(spec.device, dtype)
        self._checkpoint = checkpoint
        self._model = checkpoint.model.to(placement.device, placement.dtype)
        self._device = placement.device
        self._trained = spec.random_seed is None
        self._pool = spec.option("pool") or "mean"
        self._layers = resolve_layers(spec, checkpoint.location.name, checkpoint.layers)
        self._needed = sorted({k for layer in self._layers for k in layer.summed})
        labels = tuple(layer.label for layer in self._layers)
        self.info = EncoderInfo(
            spec=spec.text,
            name=spec.name(labels[0] if len(labels) == 1 else spec.layers),
            family="bert",
            model=checkpoint.location.name,
            layers=labels,
            dim=checkpoint.dim,
            parameters=checkpoint.parameters,
            bytes=checkpoint.bytes,
            own_bytes=checkpoint.bytes,
            fingerprint=fingerprint(
                "bert", checkpoint.digest, labels, self._pool, dtype, placement.device.type
            ),
            dtype=dtype,
            revision=checkpoint.location.revision,
            remarks=(*checkpoint.remarks, *placement.remarks()),
        )
        self._model.prepare(top=self._needed[-1])

    @classmethod
    def from_spec(cls, spec: EncoderSpec, progress: TaskProgress | None = None) -> Bert:
        """Load the checkpoint that a spec names; this is quick, and `progress` is not called.

        Raises:
            SpecError: the spec names a layer that the model lacks.
            UsageError: this machine lacks the device.
            ModelError: the checkpoint is missing, broken or refused.
        """
        return cls(spec, open_checkpoint(spec.source, spec.random_seed, spec.option("revision")))

    def encode(
        self, occurrences: Sequence[Occurrence], progress: Progress | None = None
    ) -> Embeddings:
        """Encode the targets; a receipt names the tokens that were pooled.

        The memory that this takes beside its result does not grow with the number of occurrences.
        """
        embeddings = assemble(self.info, occurrences, self._rows(occurrences, progress))
        return remarked(embeddings, self._strange(embeddings.receipts))

    def _strange(self, receipts: Sequence[Receipt]) -> str | None:
        """What to say where targets are unknown to the tokenizer: they all get one vector."""
        unknown = unknown_token(self._checkpoint.tokenizer)
        count = sum(unknown in receipt.tokens for receipt in receipts)
        if not count:
            # One more, because some tokenizers write the blank before a word as its own piece.
            spelled = sum(len(r.tokens) > len(r.text) + 1 for r in receipts)
            if not spelled:
                return None
            return (
                f"{spelled} of {len(receipts)} targets have more pieces than letters: its"
                " tokenizer does not know the words of this script"
            )
        return (
            f"{count} of {len(receipts)} targets are unknown to its tokenizer, wholly or in part:"
            f" their tokens hold {unknown}, which stands for whatever it does not know"
        )

    def _rows(self, occurrences: Sequence[Occurrence], progress: Progress | None) -> Iterator[Row]:
        """The rows of all occurrences, in their order."""
        for start in range(0, len(occurrences), CHUNK):
            done = start
            rows: list[Row] = [""] * min(CHUNK, len(occurrences) - start)
            for batch in self._chunk(occurrences[start : start + CHUNK]):
                for i, row in batch:
                    rows[i] = row
                done += len(batch)
                if progress:
                    progress(done, len(occurrences))
            yield from rows

    def _chunk(self, occurrences: Sequence[Occurrence]) -> Iterator[list[tuple[int, Row]]]:
        """Rows with the indices of their occurrences, batch by batch."""
        targets: dict[tuple[int, ...], list[tuple[int, TokenSpan]]] = {}  # of each sequence
        without: list[tuple[int, Row]] = []
        for i, span in enumerate(self._spans(occurrences)):
            if isinstance(span, TokenSpan):
                targets.setdefault(span.ids, []).append((i, span))
            else:
                without.append((i, span))
        if without:
            yield without
        sequences = list(targets)
        for batch in batches_by_length([len(ids) for ids in sequences]):
            chosen = [sequences[k] for k in batch]
            positions = [
                [p for _, span in targets[ids] for p in range(span.first, span.last)]
                for ids in chosen
            ]
            states = run_batch(self._model, chosen, positions, self._needed, self._device)
            yield [
                (i, (vector, span.receipt))
                for ids, states_of_targets in zip(chosen, states, strict=True)
                for (i, span), vector in zip(
                    targets[ids], self._pooled(states_of_targets, targets[ids]), strict=True
                )
            ]

    @property
    def mask(self) -> str | None:
        """The text that hides a token; None where the tokenizer has no mask."""
        return self._checkpoint.mask

    def count_pieces(self, texts: Sequence[str]) -> list[int]:
        """How many tokens each text [n] has, without the special ones at its ends."""
        encodings = self._checkpoint.tokenizer.encode_batch(list(texts), add_special_tokens=False)
        return [len(encoding) for encoding in encodings]

    def substitutes(self, occurrences: Sequence[Occurrence], count: int) -> SubstituteLists | str:
        """What the masked-language-model head predicts where a mask replaces the target's tokens.

        The layers that the spec names play no part, since the head stands on the last one.

        Raises:
            ModelError: the head is broken.
        """
        if not self._trained:
            return UNTRAINED
        from embcmp.encoders.neural.masked_lm import open_masked_lm

        head = open_masked_lm(self._checkpoint)
        if isinstance(head, str):
            return head
        spans = self._spans(occurrences)
        return [s if isinstance(s, str) else head.substitutes(s, count) for s in spans]

    def _pooled(
        self, states: NDArray[np.float32], targets: Sequence[tuple[int, TokenSpan]]
    ) -> Iterator[NDArray[np.float32]]:
        """The vectors [layers, dim] of targets whose tokens follow one another in the states.

        Args:
            states: [needed layers, tokens, dim].
            targets: the targets of one sequence, with their indices.
        """
        start = 0
        for _, span in targets:
            tokens = states[:, start : start + span.last - span.first]  # [needed layers, t, dim]
            start += span.last - span.first
            summed = [
                sum(tokens[self._needed.index(k)] for k in layer.summed) for layer in self._layers
            ]  # layers x [t, dim]
            yield np.stack([pool(np.asarray(s), self._pool) for s in summed])

    def _spans(self, occurrences: Sequence[Occurrence]) -> list[TokenSpan | str]:
        sentences = list(dict.fromkeys(o.sentence for o in occurrences))
        encodings = self._checkpoint.tokenizer.encode_batch(sentences)
        by_sentence = dict(zip(sentences, encodings, strict=True))
        return [self._span(o, by_sentence[o.sentence]) for o in occurrences]

    def _span(self, occurrence: Occurrence, encoding: Encoding) -> TokenSpan | str:
        causal = self._model.causal
        span = find_token_span(occurrence, encoding, self._checkpoint.limit, causal=causal)
        if isinstance(span, TokenSpan) and max(span.ids) >= self._model.vocabulary:
            unknown = self._checkpoint.tokenizer.id_to_token(max(span.ids))
            return f"the tokenizer makes {unknown!r} of the sentence, which the model does not know"
        return span
