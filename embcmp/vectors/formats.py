"""What files of word vectors look like, told by their content and never by their name."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

from embcmp.errors import ModelError

HEAD = 1 << 20  # bytes that are looked at
HEADER = re.compile(rb"[ \t]*(\d{1,12})[ \t]+(\d{1,12})[ \t]*\r?\n")
BYTE_ORDER_MARK = codecs.BOM_UTF8

_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1f]")
_CONVERT = "give word2vec or GloVe vectors"
_UNPACK = "unpack it first"


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
        # Protocol 2 and up; 0 and 1 begin with a class, an object, a dict or list, or a tuple.
        rb"\x80[\x02-\x05]|c[A-Za-z_][\w.]*\n\w+\n|\(i[\w.]+\n|\([dl]p\d+\n|[}\]]q\x00|\([FILSV]\S*\n",
        "a pickle, which could run any code and is not read",
        "export it with gensim's save_word2vec_format",
    ),
    _foreign(rb"\x1f\x8b", "compressed with gzip", _UNPACK),
    _foreign(rb"BZh[1-9]1AY&SY", "compressed with bzip2", _UNPACK),
    _foreign(rb"\xfd7zXZ\x00", "compressed with xz", _UNPACK),
    _foreign(rb"\x28\xb5\x2f\xfd", "compressed with zstandard", _UNPACK),
    _foreign(rb"PK\x03\x04|PK\x05\x06", "a zip archive", _UNPACK),
    _foreign(rb".{257}ustar", "a tar archive", _UNPACK),
    _foreign(rb"\xba\x16\x4f\x2f", "a fastText model, which is not read yet", "give its .vec file"),
    _foreign(rb"\x93NUMPY", "a numpy array, which names no words"),
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
        header: it begins with a line `count dim`.
        binary: vectors are little-endian float32, not decimal numbers.
        looks: whether a file that begins so is of this format.
    """

    name: str
    header: bool
    binary: bool
    looks: Callable[[bytes], bool]


def numbers_at_end(line: bytes) -> int:
    """How many fields at the end of a row are numbers; the first field is the word's."""
    return sum(1 for _ in takewhile(is_number, reversed(line.split()[1:])))


def is_number(field: bytes) -> bool:
    """Whether a field of a row reads as a number, NaN and infinity included."""
    try:
        float(field)
    except ValueError:
        return False
    return True


def _is_word2vec_text(head: bytes) -> bool:
    """Whether the first row has the numbers declared, or is text with some number in it.

    The second is for a text file whose first row is wrong, so that this is what is said of it.
    """
    header = HEADER.match(head)
    if not header:
        return False
    body = head[header.end() :]
    row = body.partition(b"\n")[0]
    return numbers_at_end(row) >= int(header[2]) or (
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
    return numbers_at_end(head.partition(b"\n")[0]) >= 2


FORMATS = (
    Format("word2vec text", True, False, _is_word2vec_text),
    Format("word2vec binary", True, True, lambda head: HEADER.match(head) is not None),
    Format("GloVe text", False, False, _is_glove),
)


def recognize(path: Path) -> Format:
    """Tell the format of a file of word vectors.

    Raises:
        ModelError: it cannot be read, or is of no known format; the message says what it is.
    """
    head = _head(path)
    if not head.strip():
        raise ModelError(f"{path}: is empty", _CONVERT)
    for foreign in FOREIGN:
        if foreign.looks.match(head):
            raise ModelError(f"{path}: is {foreign.says}", foreign.hint)
    head = head.removeprefix(BYTE_ORDER_MARK)
    for form in FORMATS:
        if form.looks(head):
            return form
    known = ", ".join(form.name for form in FORMATS)
    raise ModelError(f"{path}: holds no word vectors in a known format", f"known are {known}")


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as f:
            return f.read(HEAD)
    except FileNotFoundError as e:
        raise ModelError(
            f"{path}: there is no such file of word vectors",
            "check the path, or leave it out for the embedded vectors",
        ) from e
    except IsADirectoryError as e:
        raise ModelError(f"{path}: is a folder, not word vectors", "name the file in it") from e
    except OSError as e:
        raise ModelError(f"{path}: cannot be read: {e.strerror}") from e
