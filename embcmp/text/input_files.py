"""The files of text that a command reads: which ones are meant, and opening each of them."""

from __future__ import annotations

import bz2
import glob
import gzip
import io
import lzma
import os
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import AnyStr, BinaryIO, cast

from embcmp.errors import InputError
from embcmp.text.encodings import PERHAPS_UTF_16, encoding_of, has_many_nuls
from embcmp.text.file_patterns import matches

STANDARD_INPUT = "-"
LONGEST_LINE = 1 << 26  # bytes, or characters of UTF-16 and UTF-32; a book has 1 << 20
SAMPLE = 1 << 16  # bytes at the start of a file from which its format and line ends are recognized


def _open_zstd(file: BinaryIO) -> BinaryIO:
    import pyarrow as pa

    return cast("BinaryIO", pa.CompressedInputStream(file, "zstd"))


COMPRESSIONS: dict[str, tuple[bytes, Callable[[BinaryIO], BinaryIO]]] = {
    "gz": (b"\x1f\x8b", lambda file: cast("BinaryIO", gzip.GzipFile(fileobj=file))),
    "bz2": (b"BZh", lambda file: cast("BinaryIO", bz2.BZ2File(file))),
    "xz": (b"\xfd7zXZ\x00", lambda file: cast("BinaryIO", lzma.LZMAFile(file))),
    "zst": (b"\x28\xb5\x2f\xfd", _open_zstd),
}


@dataclass
class TextFile:
    """An open file of text.

    Attributes:
        name: what messages call it.
        binary: its bytes, unpacked; the byte-order mark is still there.
        sample: its first bytes, at most `SAMPLE`, which `binary` gives again.
        encoding: the encoding of its text; None for UTF-8, or what a byte-order mark says.
        otherwise: what to do about text that is in another encoding.
        notes: what is not taken as it stands in the file, each note once.
    """

    name: str
    binary: BinaryIO
    sample: bytes = b""
    encoding: str | None = None
    otherwise: str = "name its encoding with --encoding, for example --encoding cp1252"
    notes: dict[str, None] = field(default_factory=dict)

    def note(self, text: str) -> None:
        """Say something about the file to the user, once."""
        self.notes[f"{self.name}: {text}"] = None

    @property
    def head(self) -> str:
        """The text of the sample's whole lines, as far as it can be decoded."""
        encoding, marks = self._encoding()
        text = self.sample[marks:].decode(encoding, "replace")
        whole = len(self.sample) < SAMPLE
        return text if whole else text[: max(text.rfind("\n"), text.rfind("\r")) + 1] or text

    @property
    def head_lines(self) -> list[str]:
        """The lines of the head, ended as `lines_with_ends` ends them."""
        return lines_of(self.head)

    def lines(self) -> Iterator[tuple[int, str]]:
        """The lines with their numbers, without their ends.

        Raises:
            InputError: the file is not in its encoding.
        """
        for number, line in self.lines_with_ends():
            yield number, line.removesuffix("\n").removesuffix("\r")

    def lines_with_ends(self) -> Iterator[tuple[int, str]]:
        r"""The lines with their numbers and ends, one at a time.

        Only `\n` and `\r\n` end a line, since `str.splitlines` would split inside sentences; but
        in a file without `\n`, as old Macs wrote them, `\r` does.

        Raises:
            InputError: the file is not in its encoding.
        """
        encoding, marks = self._encoding()
        if encoding == "utf-8" and has_many_nuls(self.sample):
            raise InputError(f"{self.name}: is not UTF-8 (it holds NUL bytes)", PERHAPS_UTF_16)
        if encoding != "utf-8":
            self.note(f"read as {encoding.upper()}")
        self.binary.read(marks)
        if "\n".encode(encoding) == b"\n" and not self._has_old_line_ends(encoding):
            return self._decoded(enumerate(self._lines(self.binary.readline, b""), 1), encoding)
        return self._transcoded(encoding, "\r" if self._has_old_line_ends(encoding) else "\n")

    def _decoded(
        self, lines: Iterable[tuple[int, bytes]], encoding: str
    ) -> Iterator[tuple[int, str]]:
        for number, data in lines:
            try:
                yield number, data.decode(encoding)
            except UnicodeDecodeError as e:
                raise self._undecodable(e, f":{number}", encoding) from e

    def _transcoded(self, encoding: str, end: str) -> Iterator[tuple[int, str]]:
        """Lines of an encoding in which a line feed is not one byte, or of another line end."""
        text = io.TextIOWrapper(cast("io.BufferedReader", self.binary), encoding, newline=end)
        try:
            for number, line in enumerate(self._lines(text.readline, ""), 1):
                yield number, line.removesuffix("\r") + "\n" if end == "\r" else line
        except UnicodeDecodeError as e:
            raise self._undecodable(e, "", encoding) from e
        finally:
            text.detach()

    def _lines(self, read: Callable[[int], AnyStr], end: AnyStr) -> Iterator[AnyStr]:
        """Lines, of which none is read beyond its bound: a device may have no line end at all."""
        for number, line in enumerate(iter(partial(read, LONGEST_LINE + 1), end), 1):
            if len(line) > LONGEST_LINE:
                raise InputError(
                    f"{self.name}:{number}: has over {LONGEST_LINE:,} bytes without a line end",
                    "end each sentence or paragraph by a line end",
                )
            yield line

    def _undecodable(self, error: UnicodeDecodeError, place: str, encoding: str) -> InputError:
        byte = f"byte 0x{error.object[error.start]:02x}"
        hint = self.otherwise
        if b"\0" in self.sample:
            hint = PERHAPS_UTF_16
        return InputError(f"{self.name}{place}: is not {encoding.upper()} ({byte})", hint)

    def _encoding(self) -> tuple[str, int]:
        """The encoding, and how many bytes of marks come before the text."""
        return encoding_of(self.sample, self.encoding, whole=len(self.sample) < SAMPLE)

    def _has_old_line_ends(self, encoding: str) -> bool:
        text = self.sample.decode(encoding, "replace")
        return "\r" in text[:-1] and "\n" not in text


def lines_of(head: str) -> list[str]:
    """The lines of the start of a file, ended as `TextFile.lines_with_ends` ends them."""
    return [line.removesuffix("\r") for line in head.split("\n" if "\n" in head else "\r")]


@contextmanager
def opened(path: str | Path, encoding: str | None = None) -> Iterator[TextFile]:
    """Open a file or standard input; a compressed file is unpacked while it is read.

    Args:
        path: the file, or `-`.
        encoding: the encoding of its text if it is not UTF-8 and has no byte-order mark.

    Raises:
        InputError: there is no such file, it cannot be read, or its compressed data are damaged.
    """
    name = name_of(path)
    try:
        with _binary(path) as binary:
            yield _text_file(binary, name, encoding)
    except FileNotFoundError as e:
        raise InputError(f"{path}: there is no such file", "check the path") from e
    except IsADirectoryError as e:
        raise InputError(f"{path}: is a folder", "name a file in it") from e
    except (gzip.BadGzipFile, lzma.LZMAError, EOFError, zlib.error) as e:
        raise InputError(
            f"{name}: cannot be unpacked: {e}",
            "get a complete copy, or compress the original again",
        ) from e
    except OSError as e:
        raise InputError(
            f"{path}: cannot be read: {e.strerror or e}", "check the path and its permissions"
        ) from e


@contextmanager
def _binary(path: str | Path) -> Iterator[BinaryIO]:
    if str(path) != STANDARD_INPUT:
        with Path(path).open("rb") as file:
            yield file
        return
    if sys.stdin is None:
        raise InputError("standard input is closed", "name a file")
    yield sys.stdin.buffer


def _text_file(binary: BinaryIO, name: str, encoding: str | None) -> TextFile:
    file = _sampled(binary, rewind=binary.seekable())
    for magic, unpack in COMPRESSIONS.values():
        if file.sample.startswith(magic):
            # Not rewound: that would unpack it again, and fail where it comes through a pipe.
            file = _sampled(unpack(file.binary), rewind=False)
            break
    file.name, file.encoding = name, encoding
    return file


def _sampled(binary: BinaryIO, *, rewind: bool) -> TextFile:
    """Read the first bytes of a file, and make its reader give them again."""
    sample = b""
    while len(sample) < SAMPLE and (data := binary.read(SAMPLE - len(sample))):
        sample += data
    if rewind:
        binary.seek(0)
        return TextFile("", binary, sample)
    again = io.BufferedReader(cast("io.RawIOBase", _Again(sample, binary)), SAMPLE)
    return TextFile("", cast("BinaryIO", again), sample)


class _Again(io.RawIOBase):
    """A stream that gives its first bytes a second time."""

    def __init__(self, first: bytes, rest: BinaryIO) -> None:
        self._first, self._rest = io.BytesIO(first), rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # io always gives a view
        data = self._first.read(len(buffer)) or self._rest.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


def name_of(path: str | Path) -> str:
    """What messages call a file."""
    return "<stdin>" if str(path) == STANDARD_INPUT else str(path)


def extension_of(path: str | Path) -> str:
    """The extension that tells the format, in lower case, that of the compression aside."""
    file = Path(path)
    if file.suffix.lower().removeprefix(".") in COMPRESSIONS:
        file = file.with_suffix("")
    return file.suffix.lower().removeprefix(".")


def is_folder(path: str | Path) -> bool:
    """Whether a path leads to a folder; a name that no file can have does not."""
    return str(path) != STANDARD_INPUT and os.path.isdir(path)  # noqa: PTH112  Path.is_dir raises


def files_meant(
    paths: Sequence[str | Path], known: Callable[[Path], bool]
) -> tuple[list[str | Path], list[str]]:
    """The files that paths, folders and patterns stand for, each once, in the order given.

    A folder stands for the files in it and below it whose format is known, sorted by path; a
    pattern such as `old/*.txt` for what it matches.

    Args:
        paths: files, folders, patterns, or `-` for standard input.
        known: whether a file of a folder has a format that can be read.

    Returns:
        The files, and notes on what a folder holds besides.

    Raises:
        InputError: a folder holds no such file, or nothing matches a pattern.
    """
    files: dict[str | Path, None] = {}
    notes: list[str] = []
    for path in paths:
        if is_folder(path):
            inside = _files_below(Path(path))
            wanted = [file for file in inside if known(file)]
            if not wanted:
                raise InputError(
                    f"{path}: holds no file of a format that embcmp reads",
                    "name the files, with --input-format",
                )
            if others := len(inside) - len(wanted):
                notes.append(f"{path}: {others} of {len(inside)} files are of no known format")
            files |= dict.fromkeys(wanted)
        elif glob.has_magic(str(path)) and not os.path.exists(path):  # noqa: PTH110  as above
            matched = sorted(map(Path, matches(str(path))))
            if not matched:
                raise InputError(f"{path}: no file matches", "check the pattern and the folder")
            files |= dict.fromkeys(matched)
        else:
            files[path] = None
    return list(files), notes


def _files_below(folder: Path) -> list[Path]:
    """The files in a folder and below it, without those whose path has a name with a dot first."""
    return sorted(folder / file for file in matches("**", folder))
