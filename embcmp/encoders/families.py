"""The families of encoders: for each its class, and the keys that its specs may have."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

_ANY = re.compile(r".+")


@dataclass(frozen=True, slots=True)
class Key:
    """A key of a spec.

    Attributes:
        default: the value of a spec without this key.
        pattern: a regular expression that the whole value must match.
        description: what a value must be, for error messages.
    """

    default: str | None
    pattern: re.Pattern[str] = _ANY
    description: str = "a value"


SOURCES = "embcmp.encoders.sources"


@dataclass(frozen=True, slots=True)
class Family:
    """A family of encoders: everything in which it differs from the others.

    Attributes:
        encoder_class: the class of its encoders, as `module:class`.
        layered: whether its encoders are transformers, which have layers and read word pieces.
        keys: the keys that a spec may have.
        source_class: the class of its models' sources, as `module:class`; see
            `embcmp.encoders.sources`.
        per_type: whether an encoder gives a word the same vector in every context.
        gated: whether an encoder has gates, as an LSTM does.
        precomputed: whether its vectors are a file of the user's, for certain uses alone, so that
            no other text can be encoded. A spec must name the file.
        prose_name: how sentences call the default encoder; None for its name.
    """

    encoder_class: str
    layered: bool = False
    keys: Mapping[str, Key] = field(default_factory=dict)
    source_class: str = f"{SOURCES}:Source"
    per_type: bool = False
    gated: bool = False
    precomputed: bool = False
    prose_name: str | None = None

    @property
    def static(self) -> bool:
        """Whether the models of the family are files of word vectors."""
        return self.source_class == f"{SOURCES}:Static"


def _choice(*values: str) -> Key:
    listed = f"{', '.join(values[:-1])} or {values[-1]}"
    return Key(values[0], re.compile("|".join(values)), listed)


_WEIGHTS_KEYS = {
    "weights": _choice("trained", "random"),
    "seed": Key("0", re.compile(r"\d{1,9}"), "the seed of random weights, a whole number"),
}
_FILE_KEYS = {
    "member": Key(None, description="a file in an archive"),
    "vocabulary": Key(None, description="a file that names the rows of a numpy matrix"),
}
_RECURRENT_KEYS = {
    "direction": _choice("both", "forward"),
    **_WEIGHTS_KEYS,
    "vectors": Key(None, description="a file of word vectors"),
    **_FILE_KEYS,
}
_REVISION = Key(
    None,
    # What git allows in the name of a branch or tag, and a path can hold.
    re.compile(r"(?!.*(\.\.|//|\.lock(/|$)))[A-Za-z0-9][\w./-]{0,199}(?<![./])"),
    "a branch, a tag or a commit",
)
_NAME = re.compile(r"[A-Za-z][\w-]{0,31}", re.ASCII)
FAMILIES: Mapping[str, Family] = {
    "word2vec": Family(
        "embcmp.encoders.word2vec:Word2Vec",
        keys=_FILE_KEYS,
        source_class=f"{SOURCES}:Static",
        per_type=True,
    ),
    "context": Family(
        "embcmp.encoders.context:Context",
        keys={
            "window": Key("all", re.compile(r"all|[1-9]\d{0,5}"), "all or a number of words"),
            "stopwords": _choice("drop", "keep"),
            "lang": Key("en", re.compile(r"[a-z]{2,3}"), "the code of a language, as en or de"),
            **_FILE_KEYS,
        },
        source_class=f"{SOURCES}:Static",
        prose_name="context alone",
    ),
    "lstm": Family(
        "embcmp.encoders.neural.recurrent:Recurrent",
        keys=_RECURRENT_KEYS,
        source_class=f"{SOURCES}:Recurrent",
        gated=True,
        prose_name="the LSTM",
    ),
    "rnn": Family(
        "embcmp.encoders.neural.recurrent:Recurrent",
        keys=_RECURRENT_KEYS,
        source_class=f"{SOURCES}:Recurrent",
        prose_name="the RNN",
    ),
    "bert": Family(
        "embcmp.encoders.bert:Bert",
        layered=True,
        keys={
            "pool": _choice("mean", "first", "last", "sentence"),
            "mark": Key(None, _NAME, "the name of a mark, as t for <t> and </t>"),
            "prompt": Key(None, description="the name of one of the checkpoint's prompts"),
            "read": _choice("once", "twice"),
            "dtype": _choice("float32", "bfloat16"),
            "revision": _REVISION,
            **_WEIGHTS_KEYS,
        },
        source_class=f"{SOURCES}:Checkpoint",
    ),
    "vectors": Family(
        "embcmp.encoders.precomputed_vectors:PrecomputedVectors",
        source_class=f"{SOURCES}:Precomputed",
        precomputed=True,
    ),
}
