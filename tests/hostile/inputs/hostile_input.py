"""A hostile input: files, a command that reads them, and the exit codes that are right for it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

SUCCESS = frozenset({0})
REFUSED = frozenset({2, 3, 4, 6})
NO_EXPECTATION = frozenset({1})  # what `check` and `verify` say of a number that differs
UNFINISHED = frozenset({5})  # what `batch` says of words without a result
JUDGES = ("check", "verify")


@dataclass(frozen=True, slots=True)
class Sparse:
    """A file with a beginning, and zeros up to a size, which take no room on the disk."""

    start: bytes
    size: int


@dataclass(frozen=True, slots=True)
class Answer:
    """What a hub sends to requests whose path has `part` in it, before it ends the connection.

    Attributes:
        part: what must be in the first line of the request.
        content: what is sent at first, head and all.
        forever: what is then sent again and again; empty for nothing.
        pause: seconds between two times.
    """

    part: str
    content: bytes
    forever: bytes = b""
    pause: float = 0.0


Content = bytes | Path | Sparse  # a path is a file that is the same for many inputs


@dataclass(frozen=True, slots=True)
class Input:
    """One hostile input.

    Attributes:
        kind: what is attacked.
        name: a name, which is unique among its kind.
        args: what stands behind `embcmp`; the working folder is that of the files.
        files: the files in the folder, by their paths in it.
        stdin: standard input.
        statuses: the exit codes that are right; None for all that the documentation gives for
            the command.
        answers: what the hub and the mirror answer; the first that fits counts.
        env: variables of the environment.
        code: Python that is run in place of a command, to see that its misdeed is seen.
    """

    kind: str
    name: str
    args: tuple[str, ...]
    files: Mapping[str, Content] = field(default_factory=dict)
    stdin: bytes = b""
    statuses: frozenset[int] | None = None
    answers: tuple[Answer, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    code: str = ""

    @property
    def id(self) -> str:
        """The name by which the input can be made again."""
        return f"{self.kind}/{self.name}"

    @property
    def allowed(self) -> frozenset[int]:
        """The exit codes that count as survived."""
        if self.statuses is not None:
            return self.statuses
        command = next((arg for arg in self.args if not arg.startswith("-")), "")
        judged = NO_EXPECTATION if command in JUDGES else frozenset()
        batch = UNFINISHED if command == "batch" else frozenset()
        return SUCCESS | REFUSED | judged | batch

    def write(self, folder: Path) -> int:
        """Write the files into a folder, and give how many bytes of the disk they take."""
        for name, content in self.files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(content, Path):
                path.write_bytes(content.read_bytes())
            elif isinstance(content, Sparse):
                path.write_bytes(content.start)
                os.truncate(path, content.size)
            else:
                path.write_bytes(content)
        return bytes_on_disk(folder)


def bytes_on_disk(folder: Path) -> int:
    """How many bytes of the disk the files below a folder take."""
    return sum(p.lstat().st_blocks * 512 for p in folder.rglob("*") if not p.is_dir())
