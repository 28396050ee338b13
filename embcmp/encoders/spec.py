"""The grammar of encoder specs.

    FAMILY[:SOURCE][@LAYERS][,key=value...]

What follows the last `@` must be legal LAYERS, a comma counts only before `key=`, and a SOURCE
that exists as a path is taken whole.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from embcmp.choices import did_you_mean
from embcmp.encoders.families import FAMILIES, Family
from embcmp.errors import SpecError

if TYPE_CHECKING:
    from embcmp.types import Layer

GRAMMAR = "FAMILY[:SOURCE][@LAYERS][,key=value...]"
DEFAULT_ENCODERS = ("word2vec", "context", "lstm", "bert")

_LAYERS = re.compile(r"\d+|-[1-9]\d*|last[1-9]\d*|all")
_KEY = re.compile(r",(?=[a-z_]+=)")


@dataclass(frozen=True, slots=True)
class EncoderSpec:
    """A parsed spec.

    Attributes:
        text: as the user wrote it.
        family: a key of FAMILIES.
        source: a path, a model's name or a hub id; None for the embedded default.
        layers: LAYERS as written; None for the default.
        options: the keys given, and their values.
        device: where a transformer runs: auto, cpu, cuda or mps.
    """

    text: str
    family: str
    source: str | None
    layers: str | None
    options: Mapping[str, str]
    device: str = "auto"

    def option(self, key: str) -> str | None:
        """The value given for a key, else its default."""
        return self.options.get(key, self.row.keys[key].default)

    @property
    def random_seed(self) -> int | None:
        """The seed of the untrained weights that are asked for; None for trained ones."""
        return int(self.option("seed") or 0) if self.option("weights") == "random" else None

    @property
    def row(self) -> Family:
        """The family's row of the table."""
        return FAMILIES[self.family]

    def untrained(self, seed: int | None = None) -> EncoderSpec | None:
        """The same network with random weights; None where it is one, or can have none."""
        if "weights" not in self.row.keys or self.random_seed is not None:
            return None
        drawn = {"weights": "random"} | ({} if seed is None else {"seed": str(seed)})
        return self.changed(self.layers, drawn | {**self.options, **drawn})

    def changed(self, layers: str | None, options: Mapping[str, str]) -> EncoderSpec:
        """The same model at other layers, with other options."""
        text = self._written(layers, options)
        return replace(self, text=text, layers=layers, options=options)

    def name(self, layer: Layer = None) -> str:
        """The spec without what was left to the default, with its layer resolved."""
        keys = self.row.keys
        given = {key: self.options[key] for key in keys if key in self.options}
        named = {key: value for key, value in given.items() if value != keys[key].default}
        return self._written(layer, named)

    def _written(self, layers: Layer, options: Mapping[str, str]) -> str:
        return (
            self.family
            + (f":{self.source}" if self.source is not None else "")
            + (f"@{layers}" if layers is not None else "")
            + "".join(f",{key}={value}" for key, value in options.items())
        )


def parse_spec(text: str) -> EncoderSpec:
    """Read an encoder spec.

    Raises:
        SpecError: it does not parse, or names an unknown family, key or value.
    """
    match = re.match(r"([a-z0-9_-]+)(?:$|(?=[:@,]))", text)
    if not match:
        raise SpecError(f"encoder spec {text!r} does not parse", f"the form is {GRAMMAR}")
    name, rest = match.group(1), text[match.end() :]
    if name not in FAMILIES:
        known = did_you_mean(name, FAMILIES)
        raise SpecError(f"encoder spec {text!r}: there is no family {name!r}", known)
    if rest.startswith(":") and _exists(rest[1:]):
        return EncoderSpec(text, name, rest[1:], None, {})
    head, *pairs = _KEY.split(rest)
    source, layers = _source_and_layers(text, name, head)
    return EncoderSpec(text, name, source, layers, _options(text, name, pairs))


@dataclass(frozen=True, slots=True)
class LayerPlan:
    """A row of the result: its label, and the layers whose states are added up for it."""

    label: Layer
    summed: tuple[int, ...]


def resolve_layers(spec: EncoderSpec, model: str, top: int) -> tuple[LayerPlan, ...]:
    """Turn LAYERS into layers of this model; layer 0 is the embedding layer's output.

    `last4` is the sum of the last four (Loureiro et al. 2021).

    Args:
        spec: what is asked for; the last layer by default.
        model: its name, for the message.
        top: its highest layer.

    Raises:
        SpecError: a layer that the model lacks.
    """
    wanted = spec.layers or "-1"
    if wanted == "all":
        return tuple(LayerPlan(k, (k,)) for k in range(top + 1))
    if wanted.startswith("last"):
        count = int(wanted.removeprefix("last"))
        if count <= top:
            return (LayerPlan(wanted, tuple(range(top - count + 1, top + 1))),)
    else:
        layer = int(wanted) + (top + 1 if wanted.startswith("-") else 0)
        if 0 <= layer <= top:
            return (LayerPlan(layer, (layer,)),)
    raise SpecError(
        f"encoder spec {spec.text!r}: {model} has no layer {wanted}",
        f"it has layers 0 (its embedding layer) to {top}",
    )


def nearby_words(specs: Iterable[EncoderSpec]) -> EncoderSpec:
    """The control of every encoder: a bag of the three words on each side, stop words and all.

    Args:
        specs: the encoders; of the first bag of words among them the vectors are taken.
    """
    bag = next((s for s in specs if "window" in s.row.keys), parse_spec("context"))
    return bag.changed(None, {"window": "3", "stopwords": "keep"})


def _exists(path: str) -> bool:
    return os.path.exists(path)  # noqa: PTH110  Path.exists raises where a name is too long, say


def _source_and_layers(text: str, name: str, head: str) -> tuple[str | None, str | None]:
    """Split `:SOURCE@LAYERS`, either part of which may be absent."""
    head, at, layers = head.rpartition("@")
    if not at or _exists((head + at + layers)[1:]):
        head, at, layers = head + at + layers, "", ""
    if at and not FAMILIES[name].layered:
        raise SpecError(f"encoder spec {text!r}: {name} has no layers", f"leave out @{layers}")
    if at and not _LAYERS.fullmatch(layers):
        raise SpecError(
            f"encoder spec {text!r}: {layers!r} is no layer",
            f"the form is {GRAMMAR}, LAYERS being a number, -1, last4 or all",
        )
    if (head and not head.startswith(":")) or head == ":":
        raise SpecError(f"encoder spec {text!r} does not parse", f"the form is {GRAMMAR}")
    return head[1:] or None, layers or None


def _options(text: str, name: str, pairs: list[str]) -> dict[str, str]:
    keys = FAMILIES[name].keys
    options: dict[str, str] = {}
    for pair in pairs:
        key, _, value = pair.partition("=")
        if key not in keys:
            known = did_you_mean(key, keys, f"{name} knows {', '.join(keys) or 'none'}")
            raise SpecError(f"encoder spec {text!r}: {name} has no key {key!r}", known)
        if key in options:
            raise SpecError(f"encoder spec {text!r}: {key} is given twice", "give it once")
        if not keys[key].pattern.fullmatch(value):
            raise SpecError(
                f"encoder spec {text!r}: {key} cannot be {value!r}", f"it is {keys[key].says}"
            )
        options[key] = value
    if "seed" in options and options.get("weights") != "random":
        raise SpecError(
            f"encoder spec {text!r}: trained weights have no seed", "add weights=random"
        )
    return options
