"""Recognizing the format of a file of word vectors by its content, never by its name."""

from __future__ import annotations

import re

from embcmp.vectors.binary import Binary
from embcmp.vectors.content import Content
from embcmp.vectors.fasttext import FastText
from embcmp.vectors.layout import Layout
from embcmp.vectors.matrix import Matrix
from embcmp.vectors.text_format import GloveText, Word2VecText

HEAD = 1 << 20  # bytes of a file that are inspected
FORMATS: tuple[type[Layout], ...] = (FastText, Word2VecText, Binary, GloveText, Matrix)

_CONVERT = "use word2vec or GloVe vectors"
_UNPACK = "unpack it first"
_PICKLE = re.compile(
    # Protocol 2 or later; 0 and 1 begin with a class, an object, a dict or list, or a tuple.
    rb"\x80[\x02-\x05](?!\0)|c[A-Za-z_][\w.]*\n\w+\n|\(i[\w.]+\n|\([dl]p\d+\n|[}\]]q\x00|\([FILSV]\S*\n"
)
TAR = re.compile(rb".{257}ustar", re.DOTALL)
PACKED = {
    "gzip": re.compile(rb"\x1f\x8b"),
    "bz2": re.compile(rb"BZh[1-9](1AY&SY|\x17rE8P\x90)"),
    "lzma": re.compile(rb"\xfd7zXZ\x00"),
    "zip": re.compile(rb"PK\x03\x04|PK\x05\x06"),
    "tar": TAR,
}
# Beginnings of files that are not word vectors, what they are, and what to do.
_FOREIGN = tuple(
    (re.compile(beginning, re.DOTALL), what, hint)
    for beginning, what, hint in (
        (
            rb"(?i)(?:\xef\xbb\xbf)?\s*+(?:<!--(?:[^-]|-(?!->))*+-->\s*+)*+<(?:!doctype|html|head|body|\?xml)",
            "an HTML page, not word vectors",
            "download the file itself",
        ),
        (
            rb"version https://git-lfs",
            "a Git LFS pointer, not the vectors it stands for",
            "fetch them with git lfs pull",
        ),
        (rb"\x28\xb5\x2f\xfd", "compressed with zstandard", _UNPACK),
        (rb"\x89HDF", "an HDF5 file", _CONVERT),
        (rb"PAR1\x15", "a parquet file", _CONVERT),
        (rb".{5}\x00\x00\x00\{\"", "a safetensors file, which does not name words", _CONVERT),
        (rb"\xff\xfe|\xfe\xff", "UTF-16 text", "save it as UTF-8"),
    )
)


def recognize(content: Content) -> type[Layout] | None:
    """Recognize the format of a file of word vectors; None for a pickle of any protocol.

    Raises:
        ModelError: The format is unknown; the message says what the file is.
    """
    head = content.read(0, HEAD)
    if _PICKLE.match(head):
        return None
    check_native(content)
    for layout in FORMATS:
        if layout.recognizes(head):
            return layout
    known = ", ".join(layout.format_name for layout in FORMATS)
    raise content.error(
        "is not in a known format of word vectors", f"the known formats are {known}"
    )


def check_native(content: Content) -> None:
    """Refuse a file that is empty or obviously something other than word vectors.

    Raises:
        ModelError: The message says what the file is.
    """
    head = content.read(0, HEAD)
    if not head.strip():
        raise content.error("is empty", _CONVERT)
    if packed_by(head):
        raise content.error("is a compressed file, where an uncompressed one is needed", _UNPACK)
    for pattern, what, hint in _FOREIGN:
        if pattern.match(head):
            raise content.error(f"is {what}", hint)


def packed_by(head: bytes) -> str | None:
    """The key of PACKED for a file that begins with these bytes; None if it is not packed."""
    return next((kind for kind, pattern in PACKED.items() if pattern.match(head)), None)
