"""How many sentences of a data set a recurrent encoder was trained on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from embcmp.encoders.base import Encoder
from embcmp.gold.evaluation import Overlap
from embcmp.training.seen import digest, known_corpora

if TYPE_CHECKING:
    from embcmp.encoders.neural.recurrent_weights import Provenance


@runtime_checkable
class Trained(Protocol):
    """An encoder that embcmp trained, and that knows on what."""

    provenance: Provenance | None


def overlap(encoders: Iterable[Encoder], sentences: set[str]) -> Iterator[Overlap]:
    """Count the sentences that an encoder's training corpus has too, word by word.

    Args:
        encoders: those that are not trained by embcmp, or not at all, are passed over.
        sentences: the different ones of the rows to score.
    """
    for encoder in encoders:
        if not isinstance(encoder, Trained) or encoder.provenance is None:
            continue
        origin = encoder.provenance
        corpus = known_corpora().get(origin.corpus_digest)
        found = None
        if corpus is not None:
            found = sum(digest(sentence) in corpus for sentence in sentences)
        yield Overlap(encoder.info.name, origin.corpus, len(sentences), found)
