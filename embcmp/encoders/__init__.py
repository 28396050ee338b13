"""Word encoders: their families, the specs that name them, and loading what a spec names."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from importlib import import_module
from typing import TYPE_CHECKING, Any

from embcmp.encoders.families import FAMILIES as FAMILIES
from embcmp.encoders.families import Family as Family
from embcmp.encoders.spec import DEFAULT_ENCODERS as DEFAULT_ENCODERS
from embcmp.encoders.spec import GRAMMAR as GRAMMAR
from embcmp.encoders.spec import EncoderSpec as EncoderSpec
from embcmp.encoders.spec import nearby_words as nearby_words
from embcmp.encoders.spec import parse_spec as parse_spec

if TYPE_CHECKING:
    from embcmp.encoders.base import Encoder
    from embcmp.encoders.sources import Source
    from embcmp.types import TaskProgress


def load_encoder(spec: str | EncoderSpec, progress: TaskProgress | None = None) -> Encoder:
    """Load the encoder that a spec names.

    Args:
        spec: as text, or parsed.
        progress: called with what is being done while a file is read that takes long.

    Raises:
        SpecError: the spec does not parse, or asks for what the model lacks.
        UsageError: this machine lacks the device.
        ModelError: the model is missing, broken or refused.
    """
    parsed = parse_spec(spec) if isinstance(spec, str) else spec
    encoder: Encoder = _class(parsed.row.home).from_spec(parsed, progress)
    return encoder


@dataclass(frozen=True)
class LoadedEncoder:
    """An encoder that is ready to encode.

    Attributes:
        encoder: the encoder.
        spec: what it was loaded by; None for an encoder that was handed over.
        seconds: how long loading took.
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
        """Load what a spec names; an encoder is taken as it is.

        Args:
            encoder: a spec as text or parsed, or an encoder.
            device: where a transformer runs: auto, cpu, cuda or mps.
            progress: as of `load_encoder`.

        Raises:
            SpecError, UsageError, ModelError: as of `load_encoder`.
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
    """Load encoders one after another, when each is asked for; each name once.

    Args:
        encoders: specs, or encoders.
        device: where transformers run: auto, cpu, cuda or mps.
        progress: as of `load_encoder`.
        warnings: gets a sentence for each encoder that is there twice.

    Raises:
        SpecError, UsageError, ModelError: as of `load_encoder`.
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


def source_of(spec: EncoderSpec) -> Source:
    """Where the model of a spec comes from, and what it is."""
    source: Source = _class(spec.row.source)(spec)
    return source


def fetch_models(specs: Iterable[str]) -> None:
    """Fetch what encoders need from the network and do not have.

    Before anything is loaded, so that a model that cannot be had costs no waiting, and while
    nothing else draws on the terminal: the hub's client shows its progress there by itself.

    Raises:
        SpecError: a spec does not parse.
        UsageError: a revision of what is not on the hub.
        ModelError: a model is nowhere, is refused, or cannot be fetched.
    """
    for spec in map(parse_spec, specs):
        if spec.source is not None:  # the embedded models are here, or not to be had
            source_of(spec).fetch()


def _class(home: str) -> Any:  # noqa: ANN401  a class that is named by a string
    module, _, name = home.partition(":")
    return getattr(import_module(module), name)
