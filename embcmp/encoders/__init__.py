"""Word encoders: their families, the specs that name them, and loading what a spec names."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from importlib import import_module
from typing import TYPE_CHECKING, Any

from embcmp.encoders.families import FAMILIES as FAMILIES
from embcmp.encoders.families import Family as Family
from embcmp.encoders.spec import CONTEXTUAL_ENCODERS as CONTEXTUAL_ENCODERS
from embcmp.encoders.spec import DEFAULT_ENCODERS as DEFAULT_ENCODERS
from embcmp.encoders.spec import GRAMMAR as GRAMMAR
from embcmp.encoders.spec import SPEC_FORM as SPEC_FORM
from embcmp.encoders.spec import EncoderSpec as EncoderSpec
from embcmp.encoders.spec import nearby_words as nearby_words
from embcmp.encoders.spec import parse_spec as parse_spec
from embcmp.errors import UsageError

if TYPE_CHECKING:
    from embcmp.encoders.base import Encoder
    from embcmp.encoders.sources import Source
    from embcmp.types import TaskProgress


def load_encoder(spec: str | EncoderSpec, progress: TaskProgress | None = None) -> Encoder:
    """Load the encoder that a spec names.

    Args:
        spec: the spec, as text or parsed.
        progress: called while a large file is read, with what is being done, how much of it is
            done, and how much there is.

    Raises:
        SpecError: the spec does not parse, or names a layer that the model lacks.
        UsageError: this machine lacks the device.
        ModelError: the model is missing, broken or refused.
    """
    parsed = parse_spec(spec) if isinstance(spec, str) else spec
    encoder: Encoder = _class(parsed.row.encoder_class).from_spec(parsed, progress)
    return encoder


@dataclass(frozen=True)
class LoadedEncoder:
    """An encoder that is ready to encode.

    Attributes:
        encoder: the encoder.
        spec: the spec that named it; None if it was an encoder already.
        seconds: the time that loading took.
    """

    encoder: Encoder
    spec: EncoderSpec | None = None
    seconds: float = 0.0

    @classmethod
    def load(
        cls,
        encoder: str | EncoderSpec | Encoder,
        device: str = "auto",
        progress: TaskProgress | None = None,
    ) -> LoadedEncoder:
        """Load the encoder that a spec names; what is an encoder already is taken as it is.

        Args:
            encoder: a spec, as text or parsed, or an encoder.
            device: the device for a transformer: auto, cpu, cuda or mps.
            progress: see `load_encoder`.

        Raises:
            SpecError, UsageError, ModelError: see `load_encoder`.
        """
        parsed = parse_spec(encoder) if isinstance(encoder, str) else encoder
        if not isinstance(parsed, EncoderSpec):
            return cls(parsed)
        spec = replace(parsed, device=device)
        started = time.perf_counter()
        return cls(load_encoder(spec, progress), spec, time.perf_counter() - started)


def load_encoders(
    encoders: Iterable[str | Encoder],
    device: str = "auto",
    progress: TaskProgress | None = None,
    warnings: list[str] | None = None,
) -> Iterator[LoadedEncoder]:
    """Load several encoders, each at the moment it is asked for, and each name only once.

    Args:
        encoders: specs, or encoders that are loaded already.
        device: the device for transformers: auto, cpu, cuda or mps.
        progress: see `load_encoder`.
        warnings: a list that a sentence is appended to for each repeated encoder.

    Raises:
        SpecError, UsageError, ModelError: see `load_encoder`.
    """
    names: set[str] = set()
    for encoder in encoders:
        loaded = LoadedEncoder.load(encoder, device, progress)
        name = loaded.encoder.info.name
        if name not in names:
            names.add(name)
            yield loaded
        elif warnings is not None:
            warnings.append(f"{name} was asked for twice and is shown once")


def refuse_precomputed(encoders: Iterable[str | Encoder], command: str) -> None:
    """Refuse encoders with vectors of certain uses alone, for a command that changes the text.

    Raises:
        SpecError: a spec does not parse.
        UsageError: one of the encoders was computed elsewhere.
    """
    for encoder in encoders:
        name = encoder if isinstance(encoder, str) else encoder.info.name
        given = parse_spec(name).row if isinstance(encoder, str) else encoder.info
        if given.precomputed:
            raise UsageError(
                f"-e {name}: has vectors of the uses in its file alone, and {command} encodes other"
                " text, too",
                "leave it out",
            )


def source_of(spec: EncoderSpec) -> Source:
    """The source of a spec's model, which knows its files and describes it."""
    source: Source = _class(spec.row.source_class)(spec)
    return source


def fetch_models(specs: Iterable[str]) -> None:
    """Fetch the models that are not on this machine yet.

    Commands call this before they load anything, so that a missing model is reported at once, and
    before they draw on the terminal, where the hub's client shows its own progress.

    Raises:
        SpecError: a spec does not parse.
        UsageError: a spec names a revision of a model that is not on the hub.
        ModelError: a model does not exist, is refused, or cannot be fetched.
    """
    for spec in map(parse_spec, specs):
        if spec.source is not None:  # the embedded models are installed, or cannot be fetched
            source_of(spec).fetch()


def _class(path: str) -> Any:  # noqa: ANN401  the class is named by a string
    module, _, name = path.partition(":")
    return getattr(import_module(module), name)
