"""Drawings in characters that the encoding of a terminal has."""

from __future__ import annotations

# Blocks become characters with more ink the higher or darker they are.
_ASCII = {
    "─": "-", "│": "|", "├": "[", "┤": "]", "●": "o", "…": "...", "–": "-", "−": "-", "·": ",",
    "▁": "_", "▂": ".", "▃": ":", "▄": "-", "▅": "=", "▆": "+", "▇": "*", "█": "#",
    "░": ".", "▒": ":", "▓": "*",
}  # fmt: skip


def drawn_for(encoding: str, text: str) -> str:
    """Replace the characters of drawings that an encoding lacks by ASCII, one for one.

    An ellipsis becomes three periods. Other characters stay as they are, so that the name of a
    sense or a sentence is never changed into another one.

    Args:
        encoding: the encoding of the output, as Python names it.
        text: text with drawings.

    Raises:
        LookupError: there is no such encoding.
    """
    lacking = {ord(c): plain for c, plain in _ASCII.items() if not _has(encoding, c)}
    return text.translate(lacking) if lacking else text


def _has(encoding: str, character: str) -> bool:
    try:
        character.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True
