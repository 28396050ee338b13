"""The files that the patterns of a job match, and the groups of these files."""

from __future__ import annotations

import glob
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from embcmp import toml_file
from embcmp.errors import InputError
from embcmp.text.file_patterns import matches
from embcmp.text.input_files import is_folder
from embcmp.text.readers import READERS, is_known

PATTERNS = toml_file.texts("a list of files or patterns, each in quotes")

Matches = Callable[[Sequence[str], str], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class FileGroup:
    """Files of a corpus, such as those of a period, whose uses are compared with other groups'."""

    name: str
    files: tuple[str, ...]


def as_listed(value: str | list[str]) -> tuple[str, ...]:
    """One text or several, as a job may write them."""
    return (value,) if isinstance(value, str) else tuple(value)


def file_groups(
    table: Mapping[str, Any], where: str, folder: Path, matches: Matches
) -> tuple[FileGroup, ...]:
    """The groups of a table [groups].

    Args:
        table: name -> a pattern, or a list of patterns.
        where: the place of the table, for messages.
        folder: the folder that patterns are relative to.
        matches: `matching_files` of this job.

    Raises:
        InputError: the table has fewer than two groups or a bad value, a pattern matches no file,
            or a file is in two groups.
    """
    toml_file.check(table, dict.fromkeys(table, PATTERNS), where)
    if len(table) < 2:
        raise InputError(f"{where}: names {len(table) or 'no'} group", "give two or more")
    if not all(map(str.strip, table)):
        raise InputError(f"{where}: a group has no name", "name each group")
    groups = tuple(
        FileGroup(name, matches(as_listed(patterns), where)) for name, patterns in table.items()
    )
    group_of: dict[Path, str] = {}
    for group in groups:
        for file in group.files:
            other = group_of.setdefault((folder / file).resolve(), group.name)
            if other != group.name:
                raise InputError(
                    f"{where}: the file {file!r} is in the groups {other!r} and {group.name!r}",
                    "a file belongs to one group",
                )
    return groups


def matching_files(
    patterns: Sequence[str], where: str, *, folder: Path, out: Path | None, any_format: bool
) -> tuple[str, ...]:
    """The files that patterns match, in alphabetical order.

    A file of an unknown format is refused now, so that it cannot end a search of hours.

    Args:
        patterns: globs, files and folders.
        where: the place of the patterns in the job, for messages.
        folder: the folder that patterns are relative to.
        out: the folder of the batch, whose files are not input.
        any_format: whether the job says the format, so that extensions do not matter.

    Raises:
        InputError: a pattern matches no file, or one of an unknown format.
    """
    files: set[str] = set()
    for pattern in patterns:
        matched = matches(pattern, folder)
        if is_folder(folder / pattern):
            below = matches(f"{glob.escape(pattern)}/**", folder)
            matched = [file for file in below if any_format or is_known(Path(file))]
        inputs = [file for file in matched if _is_input(folder / file, out)]
        if not inputs:
            raise InputError(f"{where}: no file matches {pattern!r}", "check the path")
        for file in inputs:
            if not any_format and not is_known(Path(file)):
                raise InputError(
                    f"{where}: {pattern!r} matches {file!r}, which is not a file of sentences",
                    f"known formats: {', '.join(f'*.{name}' for name in READERS)}",
                )
        files.update(inputs)
    return tuple(sorted(files))


def _is_input(path: Path, out: Path | None) -> bool:
    """Whether a file is none that the batch itself writes."""
    return not (out and path.resolve().is_relative_to(out.resolve()))
