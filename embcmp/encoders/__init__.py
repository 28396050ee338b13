"""The spec grammar, and which class encodes for which family.

    FAMILY[:SOURCE][@LAYERS][,key=value...]

What follows the last `@` must be legal LAYERS, a comma counts only before `key=`, and a SOURCE
that exists as a path is taken whole.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from embcmp.choices import did_you_mean
from embcmp.errors import SpecError

if TYPE_CHECKING:
    from embcmp.encoders.base import Encoder
    from embcmp.encoders.sources import Source
    from embcmp.types import Layer, TaskProgress

GRAMMAR = "FAMILY[:SOURCE][@LAYERS][,key=value...]"
DEFAULT_ENCODERS = ("word2vec", "context", "lstm", "bert")

_LAYERS = re.compile(r"\d+|-[1-9]\d*|last[1-9]\d*|all")
_KEY = re.compile(r",(?=[a-z_]+=)")
_ANY = re.compile(r".+")


@dataclass(frozen=True, slots=True)
class Key:
    """A key of a spec: its default, and what a value must look like."""

    default: str | None
    pattern: re.Pattern[str] = _ANY
    says: str = "a value"


SOURCES = "embcmp.encoders.sources"


@dataclass(frozen=True, slots=True)
class Family:
    """A row of the table: all that anybody has to know of a family.

    Attributes:
        home: the encoder's class, as `module:class`.
        layered: whether it is a transformer: with layers, and reading pieces of words.
        keys: what a spec may say.
        source: the class that says where its models come from and what they are.
        per_type: whether the context plays no part.
        gated: whether its encoders have gates to show.
        spoken: what a sentence calls its default encoder; its name where it is None.
    """

    home: str
    layered: bool = False
    keys: Mapping[str, Key] = field(default_factory=dict)
    source: str = f"{SOURCES}:Source"
    per_type: bool = False
    gated: bool = False
    spoken: str | None = None

    @property
    def static(self) -> bool:
        """Whether its models are files of word vectors."""
        return self.source == f"{SOURCES}:Static"


def _choice(*values: str) -> Key:
    return Key(values[0], re.compile("|".join(values)), " or ".join(values))


_WEIGHTS_KEYS = {
    "weights": _choice("trained", "random"),
    "seed": Key("0", re.compile(r"\d{1,9}"), "the seed of random weights, a whole number"),
}
_FILE_KEYS = {
    "member": Key(None, says="a file in an archive"),
    "vocabulary": Key(None, says="a file that names the rows of a numpy matrix"),
}
_RECURRENT_KEYS = {
    "direction": _choice("both", "forward"),
    **_WEIGHTS_KEYS,
    "vectors": Key(None, says="a file of word vectors"),
    **_FILE_KEYS,
}
_REVISION = Key(
    None,
    # What git allows in a name and a path can bear.
    re.compile(r"(?!.*(\.\.|//|\.lock(/|$)))[A-Za-z0-9][\w./-]{0,199}(?<![./])"),
    "a branch, a tag or a commit",
)
FAMILIES: Mapping[str, Family] = {
    "word2vec": Family(
        "embcmp.encoders.word2vec:Word2Vec",
        keys=_FILE_KEYS,
        source=f"{SOURCES}:Static",
        per_type=True,
    ),
    "context": Family(
        "embcmp.encoders.context:Context",
        keys={
            "window": Key("all", re.compile(r"all|[1-9]\d{0,5}"), "all or a number of words"),
            "stopwords": _choice("drop", "keep"),
            **_FILE_KEYS,
        },
        source=f"{SOURCES}:Static",
        spoken="context alone",
    ),
    "lstm": Family(
        "embcmp.encoders.neural.recurrent:Recurrent",
        keys=_RECURRENT_KEYS,
        source=f"{SOURCES}:Recurrent",
        gated=True,
        spoken="the LSTM",
    ),
    "rnn": Family(
        "embcmp.encoders.neural.recurrent:Recurrent",
        keys=_RECURRENT_KEYS,
        source=f"{SOURCES}:Recurrent",
        spoken="the RNN",
    ),
    "bert": Family(
        "embcmp.encoders.bert:Bert",
        layered=True,
        keys={
            "pool": _choice("mean", "first", "last"),
            "dtype": _choice("float32", "bfloat16"),
            "revision": _REVISION,
            **_WEIGHTS_KEYS,
        },
        source=f"{SOURCES}:Checkpoint",
    ),
}


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
        return self.options.get(key, FAMILIES[self.family].keys[key].default)

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
        text = (
            self.family
            + (f":{self.source}" if self.source is not None else "")
            + (f"@{layers}" if layers is not None else "")
            + "".join(f",{key}={value}" for key, value in options.items())
        )
        return replace(self, text=text, layers=layers, options=options)

    def name(self, layer: Layer = None) -> str:
        """The spec without what was left to the default, with its layer resolved."""
        keys = FAMILIES[self.family].keys
        return (
            self.family
            + (f":{self.source}" if self.source is not None else "")
            + (f"@{layer}" if layer is not None else "")
            + "".join(
                f",{key}={self.options[key]}"
                for key in keys
                if key in self.options and self.options[key] != keys[key].default
            )
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


def nearby_words(specs: Iterable[EncoderSpec]) -> EncoderSpec:
    """The control of every encoder: a bag of the three words on each side, stop words and all.

    Args:
        specs: the encoders; of the first bag of words among them the vectors are taken.
    """
    bag = next((s for s in specs if "window" in s.row.keys), parse_spec("context"))
    return bag.changed(None, {"window": "3", "stopwords": "keep"})


def _exists(path: str) -> bool:
    try:
        return path != "" and Path(path).exists()
    except OSError:  # too long a name, say
        return False


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
            warnings.append(f"{name} was asked for twice: it is shown once")


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
