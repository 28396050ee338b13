"""Which fields of a row are numbers."""

from __future__ import annotations

from itertools import takewhile


def numbers_at_end(line: bytes) -> int:
    """How many fields at the end of a row are numbers; the first field is the word's."""
    return sum(1 for _ in takewhile(is_number, reversed(line.split()[1:])))


def is_number(field: bytes) -> bool:
    """Whether a field of a row reads as a number, NaN and infinity included."""
    try:
        float(field)
    except ValueError:
        return False
    return True
