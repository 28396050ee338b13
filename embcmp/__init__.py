"""How differently word encoders see a homograph in context.

    >>> from embcmp import compare, find_occurrences
    >>> uses = find_occurrences(["Man, is it cold today?", "Go man the post!"], "man")
    >>> [(o.form, o.start, o.end) for o in uses]
    [('Man', 0, 3), ('man', 3, 6)]
    >>> comparison = compare(uses, ["word2vec", "bert"])
    >>> [(r.name, round(float(r.similarity[0, 1]), 2)) for r in comparison.results]
    [('word2vec', 1.0), ('bert@6', 0.68)]

The public names are loaded on first use, so that importing the package, and with it the command
line, is fast.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_HOME = {
    "Comparison": "embcmp.types",
    "Embeddings": "embcmp.types",
    "Occurrence": "embcmp.types",
    "compare": "embcmp.questions.compare.compare",
    "find_occurrences": "embcmp.text.targets",
    "load_encoder": "embcmp.encoders",
    "read_sentences": "embcmp.text.sentences",
    "senses": "embcmp.questions.senses.senses",
}

__all__ = [
    "Comparison",
    "Embeddings",
    "Occurrence",
    "__version__",
    "compare",
    "find_occurrences",
    "load_encoder",
    "read_sentences",
    "senses",
]

if TYPE_CHECKING:
    from embcmp.encoders import load_encoder
    from embcmp.questions.compare.compare import compare
    from embcmp.questions.senses.senses import senses
    from embcmp.text.sentences import read_sentences
    from embcmp.text.targets import find_occurrences
    from embcmp.types import Comparison, Embeddings, Occurrence


def __getattr__(name: str) -> Any:  # noqa: ANN401  the public names are of various types
    if name not in _HOME:
        raise AttributeError(f"module 'embcmp' has no attribute {name!r}")
    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
