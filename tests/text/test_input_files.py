"""Which files are meant, and opening them: folders, patterns, packing, encodings, line ends."""

import bz2
import gzip
import io
import lzma
import sys
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from embcmp.errors import InputError
from embcmp.text.input_files import SAMPLE, extension_of, files_meant, opened

TEXT = "The bank lent me money.\nWe sat on the bank.\n"


def zstd(data: bytes) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as stream:
        stream.write(data)
    return bytes(sink.getvalue())


PACKERS = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress, "zst": zstd}


def lines_of(path: Path, encoding: str | None = None) -> list[tuple[int, str]]:
    with opened(path, encoding) as file:
        return list(file.lines())


@pytest.mark.parametrize("packing", PACKERS)
@pytest.mark.parametrize("size", [2, 20_000])
def test_packed_files_are_unpacked_by_what_they_hold(
    packing: str, size: int, tmp_path: Path
) -> None:
    path = tmp_path / "sentences.txt"  # the name does not say that it is packed
    text = TEXT * size
    path.write_bytes(PACKERS[packing](text.encode()))
    assert [line for _, line in lines_of(path)] == text.splitlines()


@pytest.mark.parametrize("packing", ["gz", "bz2", "xz", "zst"])
def test_a_damaged_compressed_file_is_an_input_error(packing: str, tmp_path: Path) -> None:
    path = tmp_path / f"sentences.txt.{packing}"
    packed = PACKERS[packing]("".join(f"Line {i} of the bank.\n" for i in range(50_000)).encode())
    path.write_bytes(packed[: len(packed) // 2])
    with pytest.raises(InputError, match=r"sentences\.txt.*cannot be (unpacked|read)"):
        lines_of(path)


@pytest.mark.parametrize(
    ("encoding", "said"),
    [
        ("utf-8-sig", None),
        ("utf-16", "read as UTF-16"),
        ("utf-16-le", "read as UTF-16"),
        ("utf-16-be", "read as UTF-16"),
        ("utf-32", "read as UTF-32"),
    ],
)
def test_a_byte_order_mark_tells_the_encoding(
    encoding: str, said: str | None, tmp_path: Path
) -> None:
    path = tmp_path / "a.txt"
    text = "Die Männer saßen.\r\n\r\nEin Satz — noch einer.\n"
    mark = "\ufeff" if encoding.endswith(("le", "be")) else ""
    path.write_bytes((mark + text).encode(encoding))
    with opened(path) as file:
        assert list(file.lines()) == [
            (1, "Die Männer saßen."),
            (2, ""),
            (3, "Ein Satz — noch einer."),
        ]
        assert [note.rpartition(": ")[2] for note in file.notes] == ([said] if said else [])


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize(
    "text",
    [
        "The bank.\nThe river.\n",
        "The bank.\r\nThe café — closed.\r\n",
        "Ключ от двери.\nНовый ключ.\n",
        "银行在河边。\n我去银行。\n",
        "One bank in a line without an end",
    ],
)
def test_utf_16_without_its_mark_is_told_by_its_zeros(
    text: str, encoding: str, tmp_path: Path
) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(text.encode(encoding))
    with opened(path) as file:
        assert [line for _, line in file.lines()] == text.splitlines()
        assert list(file.notes) == [f"{path}: read as {encoding.upper()}"]


def test_a_stray_zero_is_no_utf_16(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    for data in (
        b"The ba\0nk.\nThe river.\n",
        b"The ban\0k.\nThe river.\n",
        b"a\0b is c",
        b"ab\n\0b is c",
    ):
        path.write_bytes(data)
        assert [line for _, line in lines_of(path)] == data.decode().splitlines()


def test_text_of_zeros_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes("The bank.\n".encode("utf-32-le"))
    with pytest.raises(InputError, match=r"a\.txt: is not UTF-8 \(it holds NUL bytes\)"):
        lines_of(path)


def test_utf_16_that_begins_with_a_zero_is_no_utf_32(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes("\0 bank\n".encode("utf-16"))
    assert lines_of(path) == [(1, "\0 bank")]


@pytest.mark.parametrize("encoding", ["cp1252", "latin-1", "shift_jis", "gb18030"])
def test_another_encoding_is_named(encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    text = "銀行へ行く。\n川の銀行。\n" if encoding in ("shift_jis", "gb18030") else "Café.\nBlé.\n"
    path.write_bytes(text.encode(encoding))
    assert [line for _, line in lines_of(path, encoding)] == text.splitlines()
    with pytest.raises(InputError) as e:
        lines_of(path)
    assert "is not UTF-8" in str(e.value)
    assert "--encoding" in (e.value.hint or "")


def test_the_line_that_is_not_in_the_encoding_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"The bank.\nThe caf\xe9.\n")
    with pytest.raises(InputError, match=r"a\.txt:2: is not UTF-8 \(byte 0xe9\)"):
        lines_of(path)


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_line_ends_of_unix_windows_and_old_macs(end: str, encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(end.join(["One bank.", "Two banks.", "Three.", ""]).encode(encoding))
    assert lines_of(path) == [(1, "One bank."), (2, "Two banks."), (3, "Three.")]


def test_a_carriage_return_within_a_line_does_not_end_it(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"One\rbank.\nTwo\x85banks.\x0bStill two.\n".replace(b"\x85", b"\xc2\x85"))
    assert [line for _, line in lines_of(path)] == ["One\rbank.", "Two\x85banks.\x0bStill two."]


@given(
    # A text with NULs may be UTF-16 without its mark.
    st.lists(st.text(st.characters(exclude_characters="\r\n\0", codec="utf-8")), min_size=1),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32"]),
    st.sampled_from(["", *PACKERS]),
)
def test_any_lines_in_any_encoding_and_packing_come_back(
    lines: list[str], encoding: str, packing: str
) -> None:
    if lines[0].startswith("\ufeff"):
        lines[0] = "x" + lines[0]
    data = "".join(f"{line}\n" for line in lines).encode(encoding)
    binary = io.BytesIO(PACKERS[packing](data) if packing else data)
    from embcmp.text.input_files import _text_file

    file = _text_file(binary, "memory", None)
    assert [line for _, line in file.lines()] == lines


class Trickle(io.RawIOBase):
    """A pipe that gives a byte at a time, and cannot be rewound."""

    def __init__(self, data: bytes) -> None:
        self._data = io.BytesIO(data)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self._data.read(1)
        buffer[: len(data)] = data
        return len(data)


@pytest.mark.parametrize("packing", ["", "gz"])
def test_standard_input_may_be_packed_and_slow(
    packing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = PACKERS[packing](TEXT.encode()) if packing else TEXT.encode()
    stream = io.TextIOWrapper(io.BufferedReader(Trickle(data)))
    monkeypatch.setattr(sys, "stdin", stream)
    with opened("-") as file:
        assert file.name == "<stdin>"
        assert [line for _, line in file.lines()] == TEXT.splitlines()


def test_the_sample_is_not_lost_to_the_reader(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    text = "x" * 100 + "\n"
    path.write_text(text * (SAMPLE // 50), encoding="utf-8")
    with opened(path) as file:
        assert len(file.sample) == SAMPLE
        assert file.head.endswith("\n")
        assert sum(1 for _ in file.lines()) == SAMPLE // 50


def test_a_folder_stands_for_its_files_and_those_below(tmp_path: Path) -> None:
    for name in ("b.txt", "a.tsv", "deep/c.txt.gz", "notes.md", ".hidden/d.txt", ".e.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x", encoding="utf-8")
    files, notes = files_meant([tmp_path], lambda path: extension_of(path) in ("txt", "tsv"))
    assert [Path(f).relative_to(tmp_path).as_posix() for f in files] == [
        "a.tsv",
        "b.txt",
        "deep/c.txt.gz",
    ]
    assert notes == [f"{tmp_path}: 1 of 4 files are of no known format"]


def test_a_pattern_stands_for_what_it_matches(tmp_path: Path) -> None:
    for name in ("b.txt", "a.txt", "c.tsv", "d/e.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x", encoding="utf-8")
    for pattern, names in (("*.txt", ["a.txt", "b.txt"]), ("**/*.txt", None)):
        files, _ = files_meant([tmp_path / pattern], lambda _: True)
        found = [Path(f).relative_to(tmp_path).as_posix() for f in files]
        assert found == (names or ["a.txt", "b.txt", "d/e.txt"])
    with pytest.raises(InputError, match="no file matches"):
        files_meant([tmp_path / "*.csv"], lambda _: True)


def test_a_file_whose_name_is_a_pattern_is_itself(tmp_path: Path) -> None:
    path = tmp_path / "what[1].txt"
    path.write_text("x", encoding="utf-8")
    assert files_meant([path, path, "-"], lambda _: True) == ([path, "-"], [])


def test_an_empty_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no file of a format that embcmp reads"):
        files_meant([tmp_path], lambda _: True)


@pytest.mark.parametrize(
    ("name", "extension"),
    [("a.txt", "txt"), ("a.TSV.GZ", "tsv"), ("a.b.csv.zst", "csv"), ("a.gz", ""), ("a", "")],
)
def test_the_extension_is_that_below_the_packing(name: str, extension: str) -> None:
    assert extension_of(name) == extension
