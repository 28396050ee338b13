"""The files that a pattern such as `old/**/*.txt` matches.

Links to folders are not followed by `**`: one that leads to a folder above it has no end. What is
looked through is counted, so that a pattern over a whole disk ends soon, and says so.
"""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path, PurePath

from embcmp.errors import InputError

MOST_FILES = 200_000  # files and folders that one pattern looks through
_BELOW = "**"  # any number of folders


def matches(pattern: str, folder: Path | None = None) -> list[str]:
    """The files that a pattern matches, in alphabetical order.

    `*`, `?` and `[...]` stand for names that do not begin with a dot, and `**` for any number of
    folders; at the end it stands for all files below.

    Args:
        pattern: The pattern, which may be absolute.
        folder: The folder that it is relative to; None for the working folder.

    Returns:
        Paths, which are relative to the folder unless the pattern is absolute.

    Raises:
        InputError: More than MOST_FILES files and folders would be looked through.
    """
    path = PurePath(pattern)
    parts = path.parts[1:] if path.anchor else path.parts
    if parts and parts[-1] == _BELOW:
        parts = (*parts, "*")
    search = _Search(pattern, str(folder or "."))
    found = search.matches(path.anchor, parts)
    return sorted({file for file in found if os.path.isfile(search.place(file))})  # noqa: PTH113  Path.is_file raises


class _Search:
    """A search for one pattern, which counts what it looks through."""

    def __init__(self, pattern: str, root: str) -> None:
        self._pattern, self._root = pattern, root
        self._count = 0

    def place(self, path: str) -> str:
        """A path as it is seen from the working folder."""
        return os.path.join(self._root, path)  # noqa: PTH118  an absolute path stays as it is

    def matches(self, folder: str, parts: tuple[str, ...]) -> Iterator[str]:
        """What a folder has for the parts of a pattern that are left."""
        if not parts:
            yield folder
            return
        part, rest = parts[0], parts[1:]
        if part == _BELOW:
            yield from self.matches(folder, rest)
            for entry in self._entries(folder):
                if entry.is_dir(follow_symlinks=False) and not entry.name.startswith("."):
                    yield from self.matches(_joined(folder, entry.name), parts)
        elif not glob.has_magic(part):
            yield from self.matches(_joined(folder, part), rest)
        else:
            for entry in self._entries(folder):
                hidden = entry.name.startswith(".") and not part.startswith(".")
                if fnmatch(entry.name, part) and not hidden:
                    yield from self.matches(_joined(folder, entry.name), rest)

    def _entries(self, folder: str) -> list[os.DirEntry[str]]:
        try:
            with os.scandir(self.place(folder)) as entries:
                inside = []
                for entry in entries:
                    self._count += 1
                    if self._count > MOST_FILES:
                        raise InputError(
                            f"{self._pattern}: stands for more than {MOST_FILES:,} files and"
                            " folders, which are not all looked through",
                            "name a folder below, or the files",
                        )
                    inside.append(entry)
                return inside
        except (OSError, ValueError):  # it is no folder, may not be read, or cannot be a name
            return []


def _joined(folder: str, name: str) -> str:
    return os.path.join(folder, name)  # noqa: PTH118  Path takes as long as the search
