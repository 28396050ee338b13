"""The families of encoders: of each, its class and what its specs may say."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

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
            "lang": Key("en", re.compile(r"[a-z]{2,3}"), "the code of a language, as en or de"),
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
