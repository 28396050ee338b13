"""gensim's own files, which are pickles: read only where the user allows it.

Whoever made a pickle can make it run any code on the machine that reads it. What is read is kept
in the cache as a numpy matrix and a vocabulary, so that it is read once.
"""

from __future__ import annotations

import glob
import os
from pathlib import Path

import numpy as np

from embcmp.vectors.content import Content
from embcmp.vectors.index_cache import keep, place

RISK = (
    "is a pickle, which was read because you allowed it: it could have run any code on this machine"
)
ALLOWED = "EMBCMP_ALLOW_PICKLE"  # in the environment, as --allow-pickle sets it


def converted(pickled: Content) -> tuple[Content, Content]:
    """A matrix and a vocabulary made of gensim's KeyedVectors, or of a model that has them.

    Args:
        pickled: the pickle; what gensim saved apart from it lies beside it.

    Raises:
        ModelError: it may not be read, or holds no word vectors.
        OutputError: the cache cannot be written.
    """
    if os.environ.get(ALLOWED, "") in ("", "0"):
        raise pickled.error(
            "is a pickle, which could run any code and is not read",
            "export it with gensim's save_word2vec_format, or, if you trust its maker, allow it"
            " with --allow-pickle",
        )
    path = pickled.path
    parts = [path, *sorted(path.parent.glob(f"{glob.escape(path.name)}.*.npy"))]
    contents = [Content(part) for part in parts]
    vocabulary, matrix = (place(contents, f"pickled {what}") for what in ("words", "vectors"))
    if not (vocabulary.exists() and matrix.exists()):
        keep(vocabulary, lambda draft: _convert(pickled, draft, matrix))
    return Content(matrix, pickled.name), Content(vocabulary, pickled.name)


def _convert(pickled: Content, vocabulary: Path, matrix: Path) -> None:
    from gensim.models import KeyedVectors
    from gensim.utils import SaveLoad

    try:
        loaded = SaveLoad.load(str(pickled.path))
    except Exception as e:  # unpickling can raise anything
        raise pickled.error(
            f"cannot be read as a file of gensim: {type(e).__name__}: {' '.join(str(e).split())}",
            "save it again with the gensim that is installed here",
        ) from e
    vectors = getattr(loaded, "wv", loaded)
    if not isinstance(vectors, KeyedVectors):
        kind = f"{type(loaded).__module__}.{type(loaded).__qualname__}"
        raise pickled.error(
            f"contains no word vectors but a {kind}", "save gensim's KeyedVectors instead"
        )
    keys = [_key(pickled, str(word)) for word in vectors.index_to_key]
    keep(matrix, lambda draft: _save(draft, vectors.vectors))
    # A tab ends each word, so that nothing of it is taken for a count or a line end.
    vocabulary.write_bytes(b"".join(word + b"\t\n" for word in keys))


def _key(pickled: Content, word: str) -> bytes:
    """The bytes of a key, a lone surrogate standing for a byte that is not UTF-8."""
    if "\n" in word or "\t" in word:
        raise pickled.error(f"the key {word!r} contains a line end or a tab", "rename it")
    try:
        return word.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError as e:
        raise pickled.error(f"the key {word!r} is not valid text", "rename it") from e


def _save(path: Path, matrix: object) -> None:
    with path.open("wb") as f:
        np.save(f, np.asarray(matrix, dtype=np.float32))
