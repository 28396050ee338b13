"""The position of the word in its sentence, in the notations of the data sets."""

from __future__ import annotations

import re

Span = tuple[int | None, int | None, str | None]  # start and end, or what is wrong with them


def whole_number(value: object) -> int | None:
    """The whole number that a field holds as a number or as text; None for anything else."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10:
        return int(value)
    return None


def given_span(start: object, end: object) -> Span:
    """Offsets in characters, given as numbers or as text."""
    first, last = whole_number(start), whole_number(end)
    if first is None or last is None:
        return first, last, f"offsets {start!r} and {end!r} are not whole numbers"
    return first, last, None


def byte_span(sentence: str, start: str, end: str) -> Span:
    """Offsets in characters, computed from offsets in bytes of UTF-8."""
    text = sentence.encode()
    offsets = []
    for text_offset in (start, end):
        offset = whole_number(text_offset)
        if offset is None:
            return None, None, f"offset {text_offset!r} is not a whole number"
        if offset > len(text):
            return None, None, f"byte {offset} lies outside the sentence of {len(text)} bytes"
        try:
            offsets.append(len(text[:offset].decode()))
        except UnicodeDecodeError:
            return None, None, f"byte {offset} cuts a character"
    return offsets[0], offsets[1], None


def token_span(sentence: str, index: object) -> Span:
    """The offsets of a token, by its number from 0; tokens are separated by single spaces."""
    tokens = sentence.split(" ")
    number = whole_number(index)
    if number is None:
        return None, None, f"index {index!r} is not a whole number"
    if number >= len(tokens):
        return (
            None, None, f"index {number} lies outside the sentence of {len(tokens)} tokens"
        )  # fmt: skip
    start = sum(len(token) + 1 for token in tokens[:number])
    return start, start + len(tokens[number]), None


def word_span(sentence: str, word: str) -> Span:
    """The offsets of the first occurrence of a word, in upper or lower case."""
    place = re.search(rf"(?<!\w){re.escape(word)}(?!\w)", sentence, re.IGNORECASE)
    return (*place.span(), None) if place else (None, None, f"{word!r} does not occur")
