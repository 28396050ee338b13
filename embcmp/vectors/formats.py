"""What files of word vectors look like, told by their content and never by their name."""

from __future__ import annotations

import re

from embcmp.vectors.binary import Binary
from embcmp.vectors.content import Content
from embcmp.vectors.fasttext import FastText
from embcmp.vectors.layout import Layout
from embcmp.vectors.matrix import Matrix
from embcmp.vectors.text import GloveText, Word2VecText

HEAD = 1 << 20  # bytes that are looked at
FORMATS: tuple[type[Layout], ...] = (FastText, Word2VecText, Binary, GloveText, Matrix)

_CONVERT = "use word2vec or GloVe vectors"
_UNPACK = "unpack it first"
_PICKLE = re.compile(
    # Protocol 2 and up; 0 and 1 begin with a class, an object, a dict or list, or a tuple.
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
_FOREIGN = (  # how a file begins that is no file of word vectors, what it is, and what to do
    (
        rb"(?i)(\xef\xbb\xbf)?\s*(<!--.*?-->\s*)*<(!doctype|html|head|body|\?xml)",
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


def recognize(content: Content) -> type[Layout] | None:
    """Tell the format of a file of word vectors; None is a pickle, of any protocol.

    Raises:
        ModelError: it is of no known format; the message says what it is.
    """
    head = content.read(0, HEAD)
    if _PICKLE.match(head):
        return None
    check_native(content)
    for layout in FORMATS:
        if layout.looks(head):
            return layout
    known = ", ".join(layout.form for layout in FORMATS)
    raise content.error(
        "is not in a known format of word vectors", f"the known formats are {known}"
    )


def check_native(content: Content) -> None:
    """Refuse a file that is empty, or of a kind that only lies where another should.

    Raises:
        ModelError: the message says what it is.
    """
    head = content.read(0, HEAD)
    if not head.strip():
        raise content.error("is empty", _CONVERT)
    if packed_by(head):
        raise content.error("is a compressed file, where an uncompressed one is needed", _UNPACK)
    for looks, what, hint in _FOREIGN:
        if re.match(looks, head, re.DOTALL):
            raise content.error(f"is {what}", hint)


def packed_by(head: bytes) -> str | None:
    """What packed a file that begins so: a key of PACKED, or None where it is plain."""
    return next((kind for kind, looks in PACKED.items() if looks.match(head)), None)
