"""Names that are too long for a column, shortened so that they can still be told apart."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import count

from rich.cells import cell_len

from embcmp.render.line_breaks import CUT, shortened
from embcmp.render.text import visible

# "bert:", "bert-", "base-", "uncased", "@12": a part ends at a mark, and @ begins one.
_PART = re.compile(r"@?[^:/,=@\-]*[:/,=\-]|@?[^:/,=@\-]+|@")
_MOST_PARTS = 24  # of a name with more parts only characters are left out


def short_names(names: Iterable[str], width: int) -> dict[str, str]:
    """Return the names with at most `width` cells each, different names in different forms.

    A name that is too long loses parts between two marks, such as the model's publisher, but none
    that would make it look like another. Where that is impossible, it loses characters, and equal
    forms are numbered.

    Args:
        names: the names.
        width: the most cells of a name.
    """
    given = {name: visible(name) for name in names}
    long = {name: text for name, text in given.items() if cell_len(text) > width}
    taken = {text for name, text in given.items() if name not in long}
    forms = {name: list(_forms(text, width)) for name, text in long.items()}
    short = {name: text for name, text in given.items() if name not in long}
    for name, text in long.items():
        others = {form for other in forms if other != name for form in forms[other]}
        distinct = (form for form in forms[name] if form not in others | taken)
        short[name] = next(distinct, None) or _numbered(text, width, taken)
        taken.add(short[name])
    return {name: short[name] for name in given}


def _forms(name: str, width: int) -> Iterator[str]:
    """Yield the name without one or two runs of parts, the longest first; the first part stays."""
    first, *parts = _PART.findall(name) or [name]
    if len(parts) > _MOST_PARTS:
        return
    runs = [(i, j) for i in range(len(parts)) for j in range(i + 1, len(parts) + 1)]
    one = {"".join([first, *parts[:i], CUT, *parts[j:]]) for i, j in runs}
    two = {"".join([first, CUT, *parts[i:j], CUT]) for i, j in runs if 0 < i and j < len(parts)}
    for forms in (one, two):
        yield from sorted((f for f in forms if cell_len(f) <= width), key=_longest_first)


def _longest_first(form: str) -> tuple[int, str]:
    return -cell_len(form), form


def _numbered(name: str, width: int, taken: Iterable[str]) -> str:
    """Return the name without characters of its middle, with a number if that is taken."""
    form = shortened(name, width)
    used = set(taken)
    for number in count(2):
        if form not in used:
            return form
        mark = f"({number})"
        if len(mark) > width:
            break
        form = shortened(name, width - len(mark)) + mark
    return form
