from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from embcmp.cache import cache_dir, whole_file, write_whole
from embcmp.errors import OutputError


def test_cache_folder_follows_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMBCMP_CACHE", "/somewhere/else")
    assert cache_dir() == Path("/somewhere/else")
    monkeypatch.delenv("EMBCMP_CACHE")
    assert cache_dir().name == "embcmp"


def test_file_is_written_with_ordinary_permissions(tmp_path: Path) -> None:
    umask = os.umask(0o022)
    try:
        write_whole(tmp_path / "a.txt", "naïve\n")
    finally:
        os.umask(umask)
    assert (tmp_path / "a.txt").read_bytes() == "naïve\n".encode()
    assert stat.S_IMODE((tmp_path / "a.txt").stat().st_mode) == 0o644


def test_replaced_file_keeps_its_permissions_and_its_link(tmp_path: Path) -> None:
    real = tmp_path / "real.txt"
    real.write_text("old")
    real.chmod(0o600)
    link = tmp_path / "link.txt"
    link.symlink_to(real)
    write_whole(link, b"new")
    assert link.is_symlink()
    assert real.read_text() == "new"
    assert stat.S_IMODE(real.stat().st_mode) == 0o600


def test_an_error_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    target.write_text("old")

    def fail_half_way() -> None:
        with whole_file(target) as draft:
            draft.write_text("ne")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail_half_way()
    assert target.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]


def test_a_file_is_replaced_and_never_written_over(tmp_path: Path) -> None:
    target, reader = tmp_path / "a.txt", tmp_path / "as-a-reader-has-it.txt"
    target.write_text("old")
    os.link(target, reader)
    write_whole(target, "new")
    assert (target.read_text(), reader.read_text()) == ("new", "old")


def test_an_interrupt_while_the_draft_is_created_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    create = os.open

    def interrupted(*args: object, **kwargs: object) -> int:
        os.close(create(*args, **kwargs))  # type: ignore[arg-type]  # as they were given
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(os, "open", interrupted)
        with pytest.raises(KeyboardInterrupt):
            write_whole(tmp_path / "a.txt", "x")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_an_output_error(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"absent/a\.txt: cannot be written: No such file"):
        write_whole(tmp_path / "absent" / "a.txt", "x")


def test_a_device_is_written_in_place() -> None:
    write_whole(Path("/dev/null"), "x")
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)
