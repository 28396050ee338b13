"""What the model of a spec is, whatever its family."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from embcmp.encoders import EncoderSpec, load_encoder
from embcmp.models.card import File, ModelCard, describe_checkpoint, dtype, tensors_of
from embcmp.models.catalogue import GLOVE, locate
from embcmp.models.fetch import find_checkpoint
from embcmp.models.prediction_heads import Head
from embcmp.models.verify import file_digest
from embcmp.vectors.store import open_vectors

_BETWEEN = "trained to predict a word from its two contexts: it can say which words would fit there"


def describe(spec: EncoderSpec) -> ModelCard:
    """Describe the model that a spec names, fetching it where it comes from the hub.

    Raises:
        UsageError: a revision of what is not on the hub.
        ModelError: it is missing, broken or refused.
    """
    if spec.family == "bert":
        return describe_checkpoint(find_checkpoint(spec.source, spec.option("revision")))
    if spec.family in ("lstm", "rnn"):
        return _recurrent(spec)
    return _vectors(spec.source)


def _vectors(source: str | None) -> ModelCard:
    vectors = open_vectors(source)
    embedded = source is None or source == GLOVE.name
    place = locate(GLOVE) if embedded else Path(str(source))
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
        files=_files(source),
    )


def _files(source: str | None) -> tuple[File, ...]:
    """The files of word vectors."""
    if source is not None and source != GLOVE.name:
        return (File.of(Path(source)),)
    return tuple(File(name, d.size, d.sha256) for name, d in GLOVE.files.items())


def _recurrent(spec: EncoderSpec) -> ModelCard:
    from embcmp.encoders.neural.recurrent import shipped
    from embcmp.encoders.neural.recurrent_weights import HEAD, read

    info = load_encoder(spec).info
    drawn = spec.random_seed is not None and spec.source is None
    path = None if drawn else Path(spec.source) if spec.source else shipped(spec.family)
    origin = None if path is None else read(path).provenance
    source = spec.option("vectors") or (origin.vectors if origin else None)
    vectors = open_vectors(source)
    card = ModelCard(
        model=info.model,
        architecture=f"two {spec.family} networks of {info.dim // 2} units, one from each side,"
        f" over {vectors.name}",
        dim=info.dim,
        parameters=info.parameters,
        vocabulary=vectors.count,
        location=None,
        digest=None,
        files=_files(source),
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
