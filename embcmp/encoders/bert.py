"""bert: the vectors of the target's tokens in a transformer checkpoint, layer by layer.

A spec may ask for another text than the sentence (`embcmp.encoders.input_text`), and for the vector
of the whole sentence (`embcmp.encoders.neural.sentence_vector`).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from tokenizers import Encoding, normalizers

from embcmp.encoders.base import Row, assemble, fingerprint, pool, remarked
from embcmp.encoders.input_text import InputForm, InputText
from embcmp.encoders.neural.batches import ONE_WAY, batches_by_length, run_batch
from embcmp.encoders.neural.checkpoint import Checkpoint, open_checkpoint
from embcmp.encoders.neural.devices import choose_placement
from embcmp.encoders.neural.sentence_vector import SentenceVector
from embcmp.encoders.spec import EncoderSpec, resolve_layers
from embcmp.encoders.substitutes import UNTRAINED, SubstituteLists
from embcmp.encoders.token_span import TokenSpan, find_token_span, foreign_marks, unknown_token
from embcmp.errors import SpecError
from embcmp.models.sentence_modules import SentenceModules
from embcmp.types import Embeddings, EncoderInfo, Occurrence, Progress, Receipt, TaskProgress

CHUNK = 2048  # occurrences that are tokenized and sorted by length together


class Bert:
    """A transformer checkpoint; the vector of a target is pooled over its tokens, or all tokens.

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
        modules = SentenceModules.of(checkpoint.location.folder)
        self._sentence: SentenceVector | None = None
        self._limit = checkpoint.limit
        if self._pool == "sentence":
            self._sentence = SentenceVector(modules, checkpoint.dim, spec.random_seed)
            self._limit = min(self._limit, modules.longest or self._limit)
            if modules.lower_case:
                self._lower()
            if self._sentence.parameters and self._needed != [checkpoint.layers]:
                raise SpecError(
                    f"encoder spec {spec.text!r}: the dense layer of {checkpoint.location.name}"
                    " takes the states of the last layer alone",
                    "leave out the layers",
                )
        self._form = _input_form(spec, modules)
        labels = tuple(layer.label for layer in self._layers)
        size = checkpoint.bytes + (self._sentence.bytes if self._sentence else 0)
        self.info = EncoderInfo(
            spec=spec.text,
            name=spec.name(labels[0] if len(labels) == 1 else spec.layers),
            family="bert",
            model=checkpoint.location.name,
            layers=labels,
            dim=self._sentence.dim if self._sentence else checkpoint.dim,
            parameters=checkpoint.parameters + (self._sentence.parameters if self._sentence else 0),
            bytes=size,
            own_bytes=size,
            fingerprint=fingerprint(
                "bert",
                checkpoint.digest,
                labels,
                self._pool,
                dtype,
                placement.device.type,
                *self._own_input(),
            ),
            dtype=dtype,
            revision=checkpoint.location.revision,
            remarks=(*self._remarks(), *placement.remarks()),
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

    @cached_property
    def _left_out(self) -> int:
        """How many tokens at the start are not pooled, where the checkpoint leaves out the prompt.

        As in sentence-transformers these are the tokens of the prompt alone, whatever they become
        before a sentence: a blank at its end may be a token, or begin the sentence's first one. The
        token that ends it is not one of them if the checkpoint declares it as special.
        """
        if self._sentence is None or self._sentence.pooling.with_prompt or not self._form.prompt:
            return 0
        encoding = self._checkpoint.tokenizer.encode(self._form.prompt)
        special = self._checkpoint.special_ids
        ends = encoding.special_tokens_mask[-1] if special is None else encoding.ids[-1] in special
        return len(encoding) - ends

    def _lower(self) -> None:
        """Have the tokenizer put texts into lower case first, as sentence-transformers does."""
        tokenizer = self._checkpoint.tokenizer
        usual = [] if tokenizer.normalizer is None else [tokenizer.normalizer]
        tokenizer.normalizer = normalizers.Sequence([normalizers.Lowercase(), *usual])

    def _own_input(self) -> tuple[object, ...]:
        """What a vector depends on if the model is not just given a sentence, for a word of it."""
        if self._sentence:
            return self._form, self._sentence.digest, self._limit
        return (self._form,) if self._form != InputForm() else ()

    def _remarks(self) -> Iterator[str]:
        """What to say of the checkpoint, and of what the spec has it read."""
        sees_all = self._form.twice or self._sentence is not None
        for remark in self._checkpoint.remarks:
            if not (sees_all and remark.endswith(ONE_WAY)):
                yield remark
        name = self._checkpoint.location.name
        if self._form.twice and not self._model.causal:
            yield f"{name} sees what follows a word in any case: read=twice only makes texts longer"
        marks = self._form.marks
        if tokens := foreign_marks(self._checkpoint.tokenizer, marks):
            yield (
                f"{name} has no tokens for the marks {' and '.join(marks)}: it reads"
                f" {'a'.join(marks)} as {' '.join(tokens)}, and was hardly trained with them"
            )

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
                sorted({p for _, span in targets[ids] for p in self._pooled_tokens(span)})
                for ids in chosen
            ]
            states = run_batch(self._model, chosen, positions, self._needed, self._device)
            yield [
                (i, (self._vectors(of_sequence, known, span), span.receipt))
                for ids, known, of_sequence in zip(chosen, positions, states, strict=True)
                for i, span in targets[ids]
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

    def _pooled_tokens(self, span: TokenSpan) -> range:
        """The positions of the tokens whose states are pooled to the vector of a target."""
        if self._sentence is None:
            return range(span.first, span.last)
        first = span.sentence if self._form.twice else self._left_out
        return range(min(first, len(span.ids) - 1), len(span.ids))

    def _vectors(
        self, states: NDArray[np.float32], known: Sequence[int], span: TokenSpan
    ) -> NDArray[np.float32]:
        """The vectors [layers, dim] of a target.

        Args:
            states: the states [needed layers, positions, dim] of its sequence.
            known: the positions whose states these are, in order.
            span: the target.
        """
        wanted = self._pooled_tokens(span)
        start = bisect_left(known, wanted.start)
        tokens = states[:, start : start + len(wanted)]  # [needed layers, t, dim]
        summed = (
            np.asarray(sum(tokens[self._needed.index(k)] for k in layer.summed))
            for layer in self._layers
        )  # layers x [t, dim]
        if self._sentence is None:
            return np.stack([pool(s, self._pool) for s in summed])
        return np.stack([self._sentence.of(s, wanted.start) for s in summed])

    def _spans(self, occurrences: Sequence[Occurrence]) -> list[TokenSpan | str]:
        given = [self._form.of(o) for o in occurrences]
        texts = list(dict.fromkeys(g.text for g in given))
        encodings = dict(zip(texts, self._checkpoint.tokenizer.encode_batch(texts), strict=True))
        return [
            self._span(o, g, encodings[g.text]) for o, g in zip(occurrences, given, strict=True)
        ]

    def _span(
        self, occurrence: Occurrence, given: InputText, encoding: Encoding
    ) -> TokenSpan | str:
        unusual = bool(self._own_input())
        causal = self._model.causal and not self._form.twice and self._sentence is None
        span = find_token_span(
            occurrence, encoding, self._limit, given=given if unusual else None, causal=causal
        )
        if isinstance(span, TokenSpan) and max(span.ids) >= self._model.vocabulary:
            unknown = self._checkpoint.tokenizer.id_to_token(max(span.ids))
            return f"the tokenizer makes {unknown!r} of the sentence, which the model does not know"
        return span


def _input_form(spec: EncoderSpec, modules: SentenceModules) -> InputForm:
    """How a spec has texts made; the sentence's vector has the prompt that the model declares.

    Raises:
        ModelError: the checkpoint has no prompt of that name.
    """
    name, pool = spec.option("prompt"), spec.option("pool")
    default = modules.default_prompt if pool == "sentence" else ""
    return InputForm(
        prompt=default if name is None else modules.prompt(name),
        mark=spec.option("mark"),
        twice=spec.option("read") == "twice",
    )
