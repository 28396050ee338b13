"""What files of word vectors look like, told by their content and never by their name."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from embcmp.errors import ModelError
from embcmp.vectors.binary import Binary, header
from embcmp.vectors.content import Content, is_number, numbers_at_end
from embcmp.vectors.fasttext import FastText, is_fasttext
from embcmp.vectors.layout import Layout
from embcmp.vectors.text import Text

HEAD = 1 << 20  # bytes that are looked at

_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1f]")
_CONVERT = "give word2vec or GloVe vectors"
_UNPACK = "unpack it first"
_NUMPY = b"\x93NUMPY"
_PICKLE = re.compile(
    # Protocol 2 and up; 0 and 1 begin with a class, an object, a dict or list, or a tuple.
    rb"\x80[\x02-\x05](?!\0)|c[A-Za-z_][\w.]*\n\w+\n|\(i[\w.]+\n|\([dl]p\d+\n|[}\]]q\x00|\([FILSV]\S*\n"
)


@dataclass(frozen=True, slots=True)
class Foreign:
    """A kind of file that is no file of word vectors, though it lies where one should.

    Attributes:
        looks: matches its first bytes.
        says: what it is.
        hint: what to do.
    """

    looks: re.Pattern[bytes]
    says: str
    hint: str


def _foreign(pattern: bytes, says: str, hint: str = _CONVERT) -> Foreign:
    return Foreign(re.compile(pattern, re.DOTALL), says, hint)


FOREIGN = (
    _foreign(
        rb"(?i)(\xef\xbb\xbf)?\s*(<!--.*?-->\s*)*<(!doctype|html|head|body|\?xml)",
        "an HTML page, not word vectors",
        "download the file itself",
    ),
    _foreign(
        rb"version https://git-lfs",
        "a Git LFS pointer, not the vectors it stands for",
        "fetch them with git lfs pull",
    ),
    _foreign(
        rb"\x1f\x8b|BZh[1-9]1AY&SY|\xfd7zXZ\x00|PK\x03\x04|.{257}ustar",
        "a packed file where a plain one should be",
        _UNPACK,
    ),
    _foreign(rb"\x28\xb5\x2f\xfd", "compressed with zstandard", _UNPACK),
    _foreign(rb"\x89HDF", "an HDF5 file"),
    _foreign(rb"PAR1\x15", "a parquet file"),
    _foreign(rb".{5}\x00\x00\x00\{\"", "a safetensors file, which names no words"),
    _foreign(rb"\xff\xfe|\xfe\xff", "UTF-16 text", "save it as UTF-8"),
)


@dataclass(frozen=True, slots=True)
class Format:
    """A format of word vectors.

    Attributes:
        name: what the field calls it.
        looks: whether a file that begins so is of this format.
        layout: reads it.
    """

    name: str
    looks: Callable[[bytes], bool]
    layout: Callable[[Content], Layout]


def _is_word2vec_text(head: bytes) -> bool:
    """Whether the first row has the numbers declared, or is text with some number in it.

    The second is for a text file whose first row is wrong, so that this is what is said of it.
    """
    match = header(head)
    if not match:
        return False
    body = head[match.end() :]
    row = body.partition(b"\n")[0]
    return numbers_at_end(row) >= int(match[2]) or (
        _is_text(body) and any(map(is_number, row.split()[1:]))
    )


def _is_text(content: bytes) -> bool:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(content)
    except UnicodeDecodeError:
        return False
    return not _CONTROL.search(content)


def _is_glove(head: bytes) -> bool:
    # One number at the end of a line is what prose and a bare header have too.
    return numbers_at_end(head.removeprefix(codecs.BOM_UTF8).partition(b"\n")[0]) >= 2


FORMATS = (
    Format("fastText model", is_fasttext, FastText),
    Format("word2vec text", _is_word2vec_text, partial(Text, header=True)),
    Format("word2vec binary", lambda head: header(head) is not None, Binary),
    Format("GloVe text", _is_glove, partial(Text, header=False)),
)


def recognize(content: Content) -> Format:
    """Tell the format of a file of word vectors.

    Raises:
        ModelError: it is of no known format; the message says what it is.
    """
    check_native(content)
    head = content.read(0, HEAD)
    for form in FORMATS:
        if form.looks(head):
            return form
    known = ", ".join(form.name for form in FORMATS)
    raise ModelError(
        f"{content.name}: holds no word vectors in a known format", f"known are {known}"
    )


def check_known(content: Content) -> None:
    """Refuse what begins as nothing that is read.

    Raises:
        ModelError: the message says what it is.
    """
    if not (is_pickle(content) or is_matrix(content)):
        recognize(content)


def check_native(content: Content) -> None:
    """Refuse a file that is empty, or of a kind that only lies where another should.

    Raises:
        ModelError: the message says what it is.
    """
    head = content.read(0, HEAD)
    if not head.strip():
        raise ModelError(f"{content.name}: is empty", _CONVERT)
    for foreign in FOREIGN:
        if foreign.looks.match(head):
            raise ModelError(f"{content.name}: is {foreign.says}", foreign.hint)


def is_pickle(content: Content) -> bool:
    """Whether it is a pickle, of any protocol."""
    return _PICKLE.match(content.read(0, HEAD)) is not None


def is_matrix(content: Content) -> bool:
    """Whether it is an array as numpy saves it."""
    return content.read(0, len(_NUMPY)) == _NUMPY
