"""Encoder specs, such as `bert:org/model@last4,pool=first`: their grammar, parsed and written.

    FAMILY[:SOURCE][@LAYERS][,key=value...]

The text after the last `@` must be legal LAYERS. A comma separates only before `key=`. If the
whole text after `FAMILY:` is an existing path, all of it is the SOURCE; so it is for `vectors`,
which has neither layers nor keys.
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
*_OTHERS, _LAST = FAMILIES
SPEC_FORM = (
    f"SPEC is {GRAMMAR}; FAMILY is {', '.join(_OTHERS)} or {_LAST}. docs/reference/encoders.md"
    " lists the keys."
)
DEFAULT_ENCODERS = ("word2vec", "context", "lstm", "bert")
CONTEXTUAL_ENCODERS = ("context", "lstm", "bert")  # for questions about the uses of one form

_LAYERS = re.compile(r"\d{1,9}|-[1-9]\d{0,8}|last[1-9]\d{0,8}|all")
_KEY = re.compile(r",(?=[a-z_]+=)")
_ENCODER = re.compile(rf",(?=(?:{'|'.join(FAMILIES)})(?![a-z0-9_=-]))")  # where another one begins


@dataclass(frozen=True, slots=True)
class EncoderSpec:
    """A parsed spec.

    Attributes:
        text: the spec as the user wrote it.
        family: a key of FAMILIES.
        source: a path, the name of a model or a hub id; None for the embedded default.
        layers: LAYERS as written; None for the default.
        options: the values of the keys that the spec has.
        device: the device for a transformer: auto, cpu, cuda or mps.
    """

    text: str
    family: str
    source: str | None
    layers: str | None
    options: Mapping[str, str]
    device: str = "auto"

    def option(self, key: str) -> str | None:
        """The value of a key: the one in the spec, else the default."""
        return self.options.get(key, self.row.keys[key].default)

    @property
    def random_seed(self) -> int | None:
        """The seed of random weights; None if the spec asks for trained ones."""
        return int(self.option("seed") or 0) if self.option("weights") == "random" else None

    @property
    def row(self) -> Family:
        """The row of FAMILIES for the spec's family."""
        return FAMILIES[self.family]

    def untrained(self, seed: int | None = None) -> EncoderSpec | None:
        """The spec of the same network with random weights.

        None if this spec asks for random weights already, or its family has no such key.
        """
        if "weights" not in self.row.keys or self.random_seed is not None:
            return None
        random = {"weights": "random"} | ({} if seed is None else {"seed": str(seed)})
        return self.with_options(self.layers, random | {**self.options, **random})

    def with_options(self, layers: str | None, options: Mapping[str, str]) -> EncoderSpec:
        """The spec of the same model at other layers, with other options."""
        text = self._written(layers, options)
        return replace(self, text=text, layers=layers, options=options)

    def name(self, layer: Layer = None) -> str:
        """The name of a result: the spec without values that are defaults, at a resolved layer."""
        keys = self.row.keys
        values = {key: self.options[key] for key in keys if key in self.options}
        unusual = {key: value for key, value in values.items() if value != keys[key].default}
        return self._written(layer, unusual)

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
        SpecError: the text does not parse, or has an unknown family, key or value.
    """
    match = re.match(r"([a-z0-9_-]+)(?:$|(?=[:@,]))", text)
    if not match:
        raise SpecError(f"encoder spec {text!r} does not parse", f"the form is {GRAMMAR}")
    name, rest = match.group(1), text[match.end() :]
    if name not in FAMILIES:
        known = did_you_mean(name, FAMILIES)
        raise SpecError(f"encoder spec {text!r}: there is no family {name!r}", known)
    path = rest[1:] if rest.startswith(":") else ""
    if FAMILIES[name].precomputed and not path:
        raise SpecError(f"encoder spec {text!r} names no file", f"write {name}:FILE")
    if path and (_exists(path) or FAMILIES[name].precomputed):
        return EncoderSpec(text, name, path, None, {})
    if len(several := _ENCODER.split(text)) > 1 and not rest.startswith(":"):
        each = " ".join(f"-e {spec}" for spec in several)
        raise SpecError(f"encoder spec {text!r} names several encoders", f"write {each}")
    head, *pairs = _KEY.split(rest)
    source, layers = _source_and_layers(text, name, head)
    return EncoderSpec(text, name, source, layers, _options(text, name, pairs))


@dataclass(frozen=True, slots=True)
class LayerPlan:
    """One layer of a result.

    Attributes:
        label: how the layer is called in the result: its number, or last4 and the like.
        summed: the numbers of the model's layers whose states are added up.
    """

    label: Layer
    summed: tuple[int, ...]


def resolve_layers(spec: EncoderSpec, model: str, top: int) -> tuple[LayerPlan, ...]:
    """Turn LAYERS into layers of this model; layer 0 is the embedding layer's output.

    `last4` is the sum of the last four (Loureiro et al. 2021).

    Args:
        spec: the spec; without LAYERS it means the last layer.
        model: the name of the model, for the error message.
        top: the number of the model's highest layer.

    Raises:
        SpecError: the spec names a layer that the model lacks.
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
    """The spec of the control `context` with the three words on each side, stop words included.

    Args:
        specs: the encoders to be controlled. The first of family context among them gives the
            word vectors; without one they are the default ones.
    """
    bag = next((s for s in specs if "window" in s.row.keys), parse_spec("context"))
    return bag.with_options(None, {"window": "3", "stopwords": "keep"})


def _exists(path: str) -> bool:
    return os.path.exists(path)  # noqa: PTH110  Path.exists raises for a name that is too long


def _source_and_layers(text: str, name: str, head: str) -> tuple[str | None, str | None]:
    """Split `:SOURCE@LAYERS`, of which either part may be absent."""
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
                f"encoder spec {text!r}: {key} cannot be {value!r}",
                f"it must be {keys[key].description}",
            )
        options[key] = value
    if "seed" in options and options.get("weights") != "random":
        raise SpecError(
            f"encoder spec {text!r}: trained weights have no seed", "add weights=random"
        )
    return options
