"""The vectors of a comparison as files that `-e vectors:FILE` and other programs read."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from embcmp.cache import whole_file
from embcmp.encoders.use_vector_formats import ABOUT
from embcmp.encoders.use_vectors import use_digest
from embcmp.encoders.vector_store import parquet_writer
from embcmp.errors import OutputError
from embcmp.questions.compare.compared_uses import Uses
from embcmp.questions.compare.layer_view import LayerView
from embcmp.text.search import is_unicode
from embcmp.types import Occurrence

_UNSAFE = re.compile(r"[^\w@,=.+-]+")  # in the names of files on any system
_LONGEST = 100  # bytes of a name; a system takes 255


def check_folder(folder: Path) -> None:
    """Make sure, before any work, that a folder is there or can be made, and can be written.

    Raises:
        OutputError: it cannot, or is a file.
    """
    if not is_unicode(str(folder.absolute())):
        raise OutputError(
            f"{folder}: its name is not UTF-8, which Parquet's files need", "name another folder"
        )
    try:
        if folder.exists() and not folder.is_dir():
            raise OutputError(f"{folder}: is no folder", "name a folder for the vectors")
        above = folder
        while not above.exists() and above != above.parent:
            above = above.parent
    except OSError as e:  # a name that is too long
        raise OutputError(f"{folder}: cannot be made: {e.strerror}", "name another folder") from e
    if not above.is_dir() or not os.access(above, os.W_OK | os.X_OK):
        raise OutputError(f"{folder}: cannot be written", "name a folder elsewhere")


def save_vectors(folder: Path, views: Sequence[LayerView], uses: Uses, correct: str) -> None:
    """Write a Parquet file for each encoder and layer; a use without a vector has no row.

    The vectors are those whose cosines the comparison has: corrected, if it corrects them. Other
    files in the folder stay.

    Raises:
        OutputError: the folder cannot be written, or the disk is full.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as e:
        raise OutputError(f"{folder}: cannot be made: {e.strerror}") from e
    for view in views:
        rows = np.flatnonzero(np.isfinite(view.vectors).all(axis=1))
        info = view.result.info
        about = {
            "word": uses.occurrences[0].word,
            "encoder": view.name,
            "model": info.model,
            "layer": view.result.layer,
            "fingerprint": info.fingerprint,
            "correct": "none" if info.precomputed else correct,
        }
        path = folder / f"{file_name(view.name)}.parquet"
        write_use_vectors(path, [uses.occurrences[row] for row in rows], view.vectors[rows], about)


def write_use_vectors(
    path: Path,
    occurrences: Sequence[Occurrence],
    vectors: NDArray[np.floating],
    about: Mapping[str, Any],
) -> None:
    """Write vectors of uses as Parquet, whole or not at all.

    The metadata have a digest of each use, so that its vector is not taken for that of another use
    with the same id.

    Args:
        path: the file.
        occurrences: the n uses.
        vectors: [n, dim], which are written in float32.
        about: what the vectors are, as JSON for the file's metadata; its `word` is the word of all
            uses when the file is read.

    Raises:
        OutputError: the folder cannot be written, or the disk is full.
    """
    import pyarrow as pa

    width = vectors.shape[1]
    schema = pa.schema([("id", pa.string()), ("vector", pa.list_(pa.float32(), width))])
    described = {**about, "uses": {o.id: use_digest(o) for o in occurrences}}
    schema = schema.with_metadata({ABOUT: json.dumps(described, ensure_ascii=False)})
    rows = pa.FixedSizeListArray.from_arrays(vectors.astype(np.float32).ravel(), width)
    with whole_file(path) as draft, parquet_writer(draft, schema) as writer:
        writer.write_table(pa.table([[o.id for o in occurrences], rows], schema))


def file_name(name: str) -> str:
    """The name of a result's file, without its extension.

    What is not allowed in the name of a file becomes `_`, and eight digits of the name's digest
    keep it apart from others.
    """
    safe = _UNSAFE.sub("_", name)
    encoded = safe.encode()
    if safe == name and len(encoded) <= _LONGEST:
        return name
    end = encoded[-_LONGEST:].decode(errors="ignore")  # whole characters
    return f"{end}-{sha256(name.encode()).hexdigest()[:8]}"
