"""The files of gensim, which are pickles and are only read if the user allows it.

A pickle can run any code on the machine that reads it. It is read once, and converted to a numpy
matrix and a vocabulary in the cache.
"""

from __future__ import annotations

import glob
import os
from pathlib import Path

import numpy as np

from embcmp.vectors.content import Content
from embcmp.vectors.index_cache import cache_path, is_as_written, write_cached

RISK = (
    "is a pickle, which was read because you allowed it: it could have run any code on this machine"
)
ALLOWED = "EMBCMP_ALLOW_PICKLE"  # environment variable, set by --allow-pickle


def convert(pickled: Content) -> tuple[Content, Content]:
    """Convert gensim's KeyedVectors, or a model that has them, to a matrix and a vocabulary.

    Args:
        pickled: Pickle; the arrays that gensim saved separately are in the same folder.

    Raises:
        ModelError: The pickle may not be read, or contains no word vectors.
        OutputError: The cache cannot be written.
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
    vocabulary, matrix = (cache_path(contents, f"pickled {what}") for what in ("words", "vectors"))
    if not (is_as_written(vocabulary) and is_as_written(matrix)):
        write_cached(vocabulary, lambda draft: _convert(pickled, draft, matrix))
    return Content(matrix, pickled.name), Content(vocabulary, pickled.name)


def _convert(pickled: Content, vocabulary: Path, matrix: Path) -> None:
    from gensim.models import KeyedVectors
    from gensim.utils import SaveLoad

    try:
        loaded = SaveLoad.load(str(pickled.path))
    except Exception as e:  # unpickling can raise any error
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
    write_cached(matrix, lambda draft: _save(draft, vectors.vectors))
    # Each word ends with a tab, so that no part of it is read as a count or a line end.
    vocabulary.write_bytes(b"".join(word + b"\t\n" for word in keys))


def _key(pickled: Content, word: str) -> bytes:
    """The bytes of a key, in which a lone surrogate stands for a byte that is not UTF-8."""
    if "\n" in word or "\t" in word:
        raise pickled.error(f"the key {word!r} contains a line end or a tab", "rename it")
    try:
        return word.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError as e:
        raise pickled.error(f"the key {word!r} is not valid text", "rename it") from e


def _save(path: Path, matrix: object) -> None:
    with path.open("wb") as f:
        np.save(f, np.asarray(matrix, dtype=np.float32))
