"""What the model of a spec is, whatever its family."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from embcmp.encoders import EncoderSpec, load_encoder
from embcmp.encoders.static import open_spec
from embcmp.models.card import File, ModelCard, describe_checkpoint, dtype, tensors_of
from embcmp.models.catalogue import GLOVE, locate, shipped
from embcmp.models.fetch import find_checkpoint
from embcmp.models.prediction_heads import Head
from embcmp.models.verify import file_digest
from embcmp.types import TaskProgress
from embcmp.vectors.embedded import EmbeddedVectors
from embcmp.vectors.store import WordVectors, open_vectors

_BETWEEN = "trained to predict a word from its two contexts: it can say which words would fit there"


def describe(spec: EncoderSpec, progress: TaskProgress | None = None) -> ModelCard:
    """Describe the model that a spec names, fetching it where it comes from the hub.

    Args:
        spec: of any family.
        progress: as of `load_encoder`.

    Raises:
        UsageError: a revision of what is not on the hub.
        ModelError: it is missing, broken or refused.
    """
    if spec.family == "bert":
        return describe_checkpoint(find_checkpoint(spec.source, spec.option("revision")))
    if spec.family in ("lstm", "rnn"):
        return _recurrent(spec, progress)
    return _static(spec, progress)


def _static(spec: EncoderSpec, progress: TaskProgress | None) -> ModelCard:
    vectors = open_spec(spec, progress)
    embedded = isinstance(vectors, EmbeddedVectors)
    place = locate(GLOVE) if embedded else vectors.files[0]
    return ModelCard(
        model=vectors.name,
        architecture=f"static vectors, {vectors.form}",
        dim=vectors.dim,
        parameters=vectors.count * vectors.dim,
        vocabulary=vectors.count,
        stored=vectors.stored,
        license=GLOVE.license if embedded else None,
        location=str(place),
        digest=vectors.digest,
        files=_files(vectors),
    )


def _files(vectors: WordVectors) -> tuple[File, ...]:
    if isinstance(vectors, EmbeddedVectors):  # their digests are known
        return tuple(File(name, d.size, d.sha256) for name, d in GLOVE.files.items())
    return tuple(map(File.of, vectors.files))


def _networks(spec: EncoderSpec, dim: int) -> str:
    if spec.option("direction") == "forward":
        return f"one {spec.family} network of {dim} units, from the left,"
    return f"two {spec.family} networks of {dim // 2} units, one from each side,"


def _recurrent(spec: EncoderSpec, progress: TaskProgress | None) -> ModelCard:
    from embcmp.encoders.neural.recurrent_weights import HEAD, read

    info = load_encoder(spec, progress).info
    drawn = spec.random_seed is not None and spec.source is None
    path = None if drawn else Path(spec.source) if spec.source else shipped(spec.family)
    origin = None if path is None else read(path).provenance
    source = spec.option("vectors") or (origin.vectors if origin else None)
    vectors = open_vectors(
        source, member=spec.option("member"), vocabulary=spec.option("vocabulary")
    )
    card = ModelCard(
        model=info.model,
        architecture=f"{_networks(spec, info.dim)} over {vectors.name}",
        dim=info.dim,
        parameters=info.parameters,
        vocabulary=vectors.count,
        location=None,
        digest=None,
        files=_files(vectors),
    )
    if path is None or origin is None:
        return card
    tensors = tensors_of(path)
    head = sum(t.size for name, t in tensors.items() if name.startswith(HEAD))
    return replace(
        card,
        location=str(path),
        digest=file_digest(path),
        files=(File.of(path), *card.files),
        stored=dtype(tensors.values()),
        heads=(Head("the word between", _BETWEEN, head),) if head else (),
        trained_on=f"{origin.corpus}: {origin.tokens:,} words, seed {origin.seed},"
        f" held-out loss {origin.held_out_loss:.3f} nats a word",
        license=None if spec.source else "MIT, with the notices of embcmp/data/NOTICE",
    )
