from __future__ import annotations

import errno
import gzip
import io
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest

from embcmp.errors import ModelError, OutputError
from embcmp.vectors import archives
from embcmp.vectors.file import FileVectors
from embcmp.vectors.store import open_vectors
from tests.vectors.forms import every_form, tarred, write, zipped
from tests.vectors.tables import as_dict, read_table

FORMS = every_form()
PACKED = ("gzip", "bz2", "xz", "zip", "stored zip", "tar", "tar.gz")
GLOVE = FORMS["glove"]


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cache"
    monkeypatch.setenv("EMBCMP_CACHE", str(folder))
    return folder / "vectors"


@pytest.mark.parametrize("name", PACKED)
def test_packed_files_give_the_same_vectors(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = "glove" if name in ("bz2", "stored zip", "tar.gz") else "word2vec binary"
    path = write(tmp_path, FORMS[name], "packed.bin")
    assert as_dict(read_table(path)) == as_dict(read_table(write(tmp_path, FORMS[plain])))
    vectors = FileVectors(path)
    assert (vectors.name, vectors.bytes) == ("packed.bin", len(FORMS[name]))
    monkeypatch.setattr(archives, "_unpack", lambda *_: pytest.fail("unpacked twice"))
    FileVectors(path)


def test_a_changed_archive_is_unpacked_again_and_the_old_content_is_deleted(
    tmp_path: Path, cache: Path
) -> None:
    path = tmp_path / "x.gz"
    for number in (1, 2):
        path.write_bytes(gzip.compress(b"man %d 2\n" % number))
        assert open_vectors(path).lookup(["man"])[0].tolist() == [[number, 2]]
    assert sum(file.read_bytes() == b"man 1 2\n" for file in cache.iterdir()) == 0
    assert sum(file.read_bytes() == b"man 2 2\n" for file in cache.iterdir()) == 1


@pytest.mark.parametrize("pack", [zipped, tarred])
def test_members(tmp_path: Path, pack: type[None]) -> None:
    members = {"b/x.txt": b"man 1 2\n", "a.txt": b"man 3 4\n", "__MACOSX/._a.txt": b"junk"}
    path = tmp_path / "x"
    path.write_bytes(pack(members))  # type: ignore[call-arg]  # a function
    for member, row in (("b/x.txt", [1, 2]), ("a.txt", [3, 4])):
        vectors = FileVectors(path, member)
        assert vectors.lookup(["man"])[0].tolist() == [row]
        assert vectors.name == f"x[{member}]"
    with pytest.raises(ModelError, match=r"x: is an archive of 2 files: a.txt, b/x.txt") as e:
        FileVectors(path)
    assert e.value.hint == "choose one with ,member=a.txt"
    with pytest.raises(
        ModelError, match=r"x: has no member 'c.txt'; its members are a.txt, b/x.txt"
    ):
        FileVectors(path, "c.txt")


def test_many_members_are_not_all_listed(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(zipped({f"{i:03}.txt": GLOVE for i in range(500)}))
    with pytest.raises(
        ModelError, match=r"archive of 500 files: 000.txt, .*009.txt, \.\.\.; choose"
    ):
        FileVectors(path)


@pytest.mark.parametrize("pack", [zipped, tarred])
@pytest.mark.parametrize("name", ["../x.txt", "/etc/x.txt", "a/../../x.txt", "..\\x.txt"])
def test_a_path_that_leaves_the_folder_is_refused(
    tmp_path: Path, pack: type[None], name: str
) -> None:
    path = tmp_path / "deep" / "x"
    path.parent.mkdir()
    path.write_bytes(pack({name: GLOVE}))  # type: ignore[call-arg]  # a function
    before = set(tmp_path.rglob("*"))
    for member in (None, name):
        with pytest.raises(ModelError, match="member whose path leaves the folder"):
            FileVectors(path, member)
    assert {p for p in tmp_path.rglob("*") if "cache" not in p.parts} == before


def test_links_in_a_tar_are_not_members(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        link = tarfile.TarInfo("x.txt")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    path = tmp_path / "x"
    path.write_bytes(buffer.getvalue())
    for member in (None, "x.txt"):
        with pytest.raises(ModelError, match="is an archive that contains no file"):
            FileVectors(path, member)


def encrypted() -> bytes:
    content = bytearray(zipped({"v.txt": GLOVE}, zipfile.ZIP_STORED))
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    return bytes(content)


def test_a_changed_byte_in_a_compressed_tar_is_an_error(tmp_path: Path) -> None:
    right = as_dict(read_table(write(tmp_path, FORMS["glove"])))
    content = FORMS["tar.gz"]
    for place in range(20, len(content) - 8):
        changed = content[:place] + bytes([content[place] ^ 4]) + content[place + 1 :]
        try:
            table = read_table(write(tmp_path, changed))
        except ModelError:
            continue
        assert as_dict(table) == right, place


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (FORMS["gzip"][:-20], "cannot be unpacked: Compressed file ended"),
        (FORMS["gzip"][:100] + b"\0\0" + FORMS["gzip"][102:], "cannot be unpacked"),
        (FORMS["xz"][:-20], "cannot be unpacked"),
        (FORMS["bz2"][:-20], "cannot be unpacked"),
        (FORMS["zip"][:-30], "cannot be unpacked: File is not a zip file"),
        (FORMS["tar.gz"][:-30], "cannot be unpacked"),
        (FORMS["tar"][:600], "cannot be unpacked"),
        (encrypted(), "cannot be unpacked: .*encrypted"),
        (zipped({}), "is an archive that contains no file"),
        (gzip.compress(b"", mtime=0), "is empty"),
        (
            gzip.compress(gzip.compress(GLOVE), mtime=0),
            "is a compressed file, where an uncompressed one is needed",
        ),
        (zipped({"x.txt": b"<!DOCTYPE html>"}), "is an HTML page"),
    ],
    ids="gzip cut,gzip damaged,xz cut,bz2 cut,zip cut,tar.gz cut,tar cut,encrypted,no file,empty,"
    "twice,html".split(","),  # not the content: gzip notes the time in it
)
def test_a_failure_to_unpack_is_explained_and_leaves_no_file(
    tmp_path: Path, cache: Path, content: bytes, says: str
) -> None:
    path = tmp_path / "x"
    path.write_bytes(content)
    with pytest.raises(ModelError, match=says) as e:
        FileVectors(path)
    assert e.value.message.startswith(str(path))
    assert e.value.hint
    assert "\n" not in str(e.value)
    if "unpacked" in says:
        assert not list(cache.glob("*"))


@pytest.mark.parametrize("name", ["glove", "gzip"])
def test_a_member_of_a_file_that_is_not_an_archive(tmp_path: Path, name: str) -> None:
    with pytest.raises(ModelError, match="leave out member=x"):
        FileVectors(write(tmp_path, FORMS[name]), "x")


def test_unpacking_needs_the_cache(tmp_path: Path, cache: Path) -> None:
    cache.parent.write_text("a file where the folder should be")
    with pytest.raises(OutputError, match="cannot be created") as e:
        FileVectors(write(tmp_path, FORMS["gzip"]))
    assert "EMBCMP_CACHE" in e.value.hint


def test_a_full_disk_is_explained_and_leaves_no_file(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(archives, "_unpack", full)
    with pytest.raises(OutputError, match="No space left on device") as e:
        FileVectors(write(tmp_path, FORMS["gzip"]))
    assert "EMBCMP_CACHE" in e.value.hint
    assert not list(cache.iterdir())


def test_unpacking_stops_if_the_content_is_not_word_vectors(tmp_path: Path, cache: Path) -> None:
    seen: list[int] = []
    path = tmp_path / "x.gz"
    noise = np.random.default_rng(0).bytes(1 << 20)
    path.write_bytes(gzip.compress(bytes(1 << 20) + noise * 5, mtime=0))
    with pytest.raises(ModelError, match=f"{path}: is not in a known format of word vectors"):
        archives.unpack(path, progress=lambda done, _: seen.append(done))
    assert max(seen) < path.stat().st_size / 2
    assert not list(cache.glob("*"))
