"""WordNet's data files: its glosses as running text, which stand after the bar, and its words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import click

from embcmp.cli.options import F
from embcmp.errors import InputError

wordnet_folder = click.option(
    "--wordnet",
    required=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder with WordNet 3.0's data files.",
)

_FILES = ("data.noun", "data.verb", "data.adj", "data.adv")


def shipped_file(default: str) -> Callable[[F], F]:
    """The option `--out`, with the file that the package has."""
    return click.option(
        "--out",
        default=Path(default),
        show_default=True,
        type=click.Path(dir_okay=False, path_type=Path),
        help="The file to ship.",
    )


def glosses(folder: Path) -> Iterator[str]:
    """Yield the definition of every synset, up to its first quotation mark.

    Example sentences stand in quotation marks after the definition. They are left out because
    WiC (Pilehvar & Camacho-Collados 2019) is built from them: an encoder that was trained on them
    could not be tested there. The cut is at the first mark, so that no example gets through where
    the marks do not pair; the few definitions that quote a word lose their end.

    The format is wndb(5WN): license lines start with a space, in the others the gloss follows
    the first ` | `.

    Raises:
        InputError: a data file is missing, or a line has no gloss.
    """
    for _, gloss in _entries(folder):
        if definition := gloss.partition('"')[0].strip().rstrip(" ;:,("):
            yield definition


def common_words(folder: Path) -> frozenset[str]:
    """The words that WordNet writes in lower case: names are not among them.

    Raises:
        InputError: a data file is missing, or a line has no gloss.
    """
    found: set[str] = set()
    for entry, _ in _entries(folder):
        fields = entry.split(" ")
        count = int(fields[3], 16)
        found |= {word for word in fields[4 : 4 + 2 * count : 2] if word.islower()}
    return frozenset(found)


def _entries(folder: Path) -> Iterator[tuple[str, str]]:
    """What stands before and after the bar in every line but those of the license."""
    for path in (folder / name for name in _FILES):
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except OSError as e:
            raise InputError(
                f"{path}: cannot be read: {e.strerror}",
                "name the folder with WordNet's data files, as data.noun",
            ) from e
        for number, line in enumerate(lines, 1):
            if line.startswith(" "):
                continue
            entry, bar, gloss = line.partition(" | ")
            if not bar:
                raise InputError(f"{path}:{number}: no gloss", "it is not a data file of WordNet")
            yield entry, gloss
