"""Whether the model of a spec is intact: its files read whole and held against their digests."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from embcmp import __version__
from embcmp.encoders import EncoderSpec, parse_spec
from embcmp.encoders.cards import describe
from embcmp.errors import ModelError
from embcmp.models import hub
from embcmp.models.catalogue import EMBEDDED, GLOVE, MINILM, SHIPPED, locate, shipped
from embcmp.models.fetch import is_on_hub
from embcmp.models.vector_files import VECTOR_FILES, verify_vectors

INTACT, READABLE, BROKEN = "intact", "readable", "broken"


@dataclass(frozen=True, slots=True)
class Inspection:
    """What became of reading a model whole.

    Attributes:
        spec: as it was given.
        status: intact; readable, where no digest of it is published; broken, or not there.
        found: in words.
        hint: what to do about it, or "".
    """

    spec: str
    status: str
    found: str
    hint: str = ""


def inspect(text: str) -> Inspection:
    """Read the model of a spec whole, without a network.

    Raises:
        SpecError: the spec does not parse.
    """
    spec = parse_spec(text)
    try:
        published = _held_against_published(spec)
        if published:
            return Inspection(text, INTACT, published)
        card = describe(spec)
    except ModelError as e:
        return Inspection(text, BROKEN, e.message, e.hint)
    if card.digest is None:
        return Inspection(text, READABLE, "its weights are drawn: there is nothing to verify")
    return Inspection(text, READABLE, f"no digest is published; its own is {card.digest}")


def _held_against_published(spec: EncoderSpec) -> str | None:
    """What a model's files are as, where that is known; None where it is not.

    Raises:
        ModelError: a file is missing or damaged.
    """
    if spec.family == "bert":
        return _checkpoint(spec)
    if spec.family in SHIPPED:
        return _shipped(spec)
    if spec.family not in ("word2vec", "context"):
        return None
    if spec.source is None or spec.source == GLOVE.name:
        return f"as {GLOVE.package} {GLOVE.version} has it: {locate(GLOVE, reread=True)}"
    file = VECTOR_FILES.get(spec.source)
    if file is None or Path(spec.source).exists():
        return None
    verify_vectors(file)
    return f"as gensim-data lists it, md5 {file.md5}: {file.path}"


def _shipped(spec: EncoderSpec) -> str | None:
    """The recurrent encoder that comes with embcmp, and the vectors that it reads through."""
    if spec.source is not None or {"weights", "vectors"} & spec.options.keys():
        return None
    path = shipped(spec.family, reread=True)
    locate(GLOVE, reread=True)
    return f"as embcmp {__version__} has it: {path}"


def _checkpoint(spec: EncoderSpec) -> str | None:
    if spec.source is not None and is_on_hub(spec.source):
        snapshot = hub.intact(spec.source, spec.option("revision"))
        return f"as the hub lists commit {snapshot.commit}: {snapshot.folder}"
    model = EMBEDDED.get(spec.source or MINILM.name)
    if model is None or (spec.source is not None and Path(spec.source).is_dir()):
        return None
    return f"as {model.package} {model.version} has it: {locate(model, reread=True)}"
