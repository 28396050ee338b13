"""What the two static families share."""

from __future__ import annotations

from embcmp.encoders import EncoderSpec
from embcmp.encoders.base import fingerprint
from embcmp.types import EncoderInfo, TaskProgress
from embcmp.vectors.store import WordVectors, open_vectors


def open_spec(spec: EncoderSpec, progress: TaskProgress | None = None) -> WordVectors:
    """Open the vectors that a spec names; `progress` as of `open_vectors`.

    Raises:
        ModelError: they are missing, broken or refused.
    """
    return open_vectors(
        spec.source,
        member=spec.option("member"),
        vocabulary=spec.option("vocabulary"),
        progress=progress,
    )


def static_info(
    spec: EncoderSpec, vectors: WordVectors, *settings: object, per_type: bool = False
) -> EncoderInfo:
    """Describe an encoder that has nothing but word vectors.

    Args:
        spec: the encoder's.
        vectors: what it reads.
        settings: whatever else changes what it gives.
        per_type: one vector per type.
    """
    return EncoderInfo(
        spec=spec.text,
        name=spec.name(),
        family=spec.family,
        model=vectors.name,
        layers=(None,),
        dim=vectors.dim,
        parameters=vectors.count * vectors.dim,
        bytes=vectors.bytes,
        own_bytes=vectors.bytes,
        fingerprint=fingerprint(spec.family, vectors.digest, *settings),
        per_type=per_type,
        remarks=vectors.remarks,
    )


def vocabulary(vectors: WordVectors) -> str:
    """For messages: `the 400,000 words of GloVe 6B 50d`."""
    return f"the {vectors.count:,} words of {vectors.name}"
