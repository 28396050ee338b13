"""The columns of a table: which of them is the sentence, its sense, and so on."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from embcmp.errors import InputError

SENSE_SOURCE = "sense_source"  # names what made the label out of vectors: `senses:bert`
# `span` holds both offsets in one cell, as annotation tools write them.
KNOWN = (
    "sentence", "id", "sense", SENSE_SOURCE, "group", "unit", "word", "lemma", "start", "end",
    "span",
)  # fmt: skip
_PLACES = ("sentence", "start", "end", "span")
_MOST_SHOWN = 10  # names of columns in a message, and three times as many characters of each
_LIKELY = ("text", "context", "sent", "satz", "phrase", "frase", "example")  # in place of it
_PLURALS = {f"{name}s": name for name in KNOWN}


@dataclass(frozen=True, slots=True)
class Columns:
    """What the columns of a table are.

    Attributes:
        known: embcmp's own name of a column -> its name in the table.
        others: the names of the columns that embcmp does not use itself.
        notes: which columns are read under another name than their own.
    """

    known: Mapping[str, str]
    others: tuple[str, ...]
    notes: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        names: Sequence[str],
        source: str,
        given: Mapping[str, str] | None = None,
        side: str = "",
    ) -> Columns:
        """Find the columns that are known among the names of a table.

        A name matches whatever its case, the blanks, quotes and marks around it, and a final s.

        Args:
            names: the names of the columns, as they stand in the table.
            source: the file, and the line of the names, for messages.
            given: what the user says: embcmp's name -> the name in the table.
            side: what ends the names of the columns that a row has twice, as in `Reading`.

        Raises:
            InputError: there is no `sentence`, two columns could have the same role, or the table
                lacks a column that was given.
        """
        given = given or {}
        labels = plain(given.get("sense", "sense"))
        marked = ("sense", f"sense{side}")
        if _PLURALS.get(labels, labels) not in marked and any(plain(n) in marked for n in names):
            # The mark is that of the column `sense`, not of another one with labels beside it.
            names = [n for n in names if plain(n) != SENSE_SOURCE or n in given.values()]
        known = {name: _given(theirs, names, source) for name, theirs in given.items()}
        for name in KNOWN:
            if name in known:
                continue
            free = [n for n in names if n not in known.values()]
            theirs = _theirs(name + side, free, source)
            if theirs is None and side and name not in _PLACES:
                theirs = _theirs(name, free, source)
            known |= {} if theirs is None else {name: theirs}
        if "sentence" not in known:
            raise _without_sentence(names, source)
        renamed = [
            f"the column {_shown(theirs)} is read as `{name}`"
            for name, theirs in known.items()
            if theirs not in (name, name + side) and name not in given
        ]
        used = set(known.values())
        others = tuple(dict.fromkeys(name for name in names if name not in used and name.strip()))
        return cls(known, others, tuple(renamed))


def plain(name: str) -> str:
    """The name of a column without what spreadsheets and data frames add to it."""
    text = unicodedata.normalize("NFC", name).strip().strip("\ufeff\"'").strip()
    return text.casefold().replace(" ", "_").replace("-", "_")


def _theirs(name: str, names: Sequence[str], source: str) -> str | None:
    """The column that can be a known one: the one of that name, else one that is alike."""
    exact = [theirs for theirs in names if theirs == name]
    alike = exact or [n for n in names if _PLURALS.get(plain(n), plain(n)) == name]
    if len(alike) > 1 and len(set(alike)) == 1:
        raise InputError(f"{source}: has the column `{name}` twice", "rename one of them")
    if len(alike) > 1:
        raise InputError(
            f"{source}: {listed(alike)} could each be `{name}`",
            f"say which: --columns {name}=...",
        )
    return alike[0] if alike else None


def _given(theirs: str, names: Sequence[str], source: str) -> str:
    for same in (theirs, *(n for n in names if plain(n) == plain(theirs))):
        if same in names:
            return same
    raise InputError(
        f"{source}: has no column {_shown(theirs)}",
        f"its columns: {listed(names)}; name the right one with --columns",
    )


def _without_sentence(names: Sequence[str], source: str) -> InputError:
    shown = listed(names)
    if not any(name.strip() for name in names):
        return InputError(
            f"{source}: has no column `sentence`", "call the column of sentences `sentence`"
        )
    by_name = {plain(name): name for name in names if plain(name) not in KNOWN}
    near = difflib.get_close_matches("sentence", by_name, n=1, cutoff=0.75)
    likely = next((by_name[name] for name in (*near, *_LIKELY) if name in by_name), names[0])
    return InputError(
        f"{source}: has no column `sentence`; its columns: {shown}",
        f"say which holds the sentences, for example --columns sentence={_shown(likely)}",
    )


def listed(names: Sequence[str]) -> str:
    """Names from a file in a message, shortened, and not more than ten."""
    shown = ", ".join(_shown(name) for name in names[:_MOST_SHOWN])
    return shown + (", ..." if len(names) > _MOST_SHOWN else "")


def _shown(name: str) -> str:
    short = name if len(name) <= 3 * _MOST_SHOWN else name[: 3 * _MOST_SHOWN] + "..."
    return short if short.isprintable() and short == short.strip() else repr(short)
