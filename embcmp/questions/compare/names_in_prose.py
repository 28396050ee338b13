"""Encoders and numbers as the sentences of the verdict name them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from embcmp.encoders import FAMILIES
from embcmp.measures.encoder_differences import LEVEL
from embcmp.render.numbers import plural, short
from embcmp.types import Result

_NAMED = 5  # the most words that a sentence lists


def plain_names(results: Iterable[Result]) -> dict[str, str]:
    """Return plain names by the names of results: "MiniLM-L6-v2 (layer 6)", "the LSTM".

    A result with options or with a source that is not the default keeps its name, and so do results
    that would otherwise share a plain name.
    """
    plain = {r.name: _plain(r) for r in results}
    counts = Counter(plain.values())
    return {name: text if counts[text] == 1 else name for name, text in plain.items()}


def _plain(r: Result) -> str:
    row = FAMILIES.get(r.info.family)
    if row is None or not r.name.startswith(r.info.family):
        return r.name
    if row.layered and "," not in r.name and isinstance(r.layer, int):
        return f"{r.info.model} (layer {r.layer})"
    return row.prose_name if row.prose_name and r.name in FAMILIES else r.name


def capitalized(sentence: str) -> str:
    """Capitalize a sentence that begins with a plain name, but not one that begins with a spec."""
    if sentence.startswith(tuple(row.prose_name for row in FAMILIES.values() if row.prose_name)):
        return sentence[0].upper() + sentence[1:]
    return sentence


def in_words(n: int) -> str:
    """Return a number up to ten as a word, a larger one in digits."""
    words = "zero one two three four five six seven eight nine ten".split()
    return words[n] if n < len(words) else str(n)


def listed(names: Iterable[str], word: str = "and") -> str:
    """Join names by commas and a last "and", or another word."""
    *others, last = [*names] or [""]
    return f"{', '.join(others)} {word} {last}" if others else last


def words_below_level(
    words: Iterable[tuple[str, float | None]],
    one: str,
    several: str,
    what: str = "p < {}, adjusted over the words",
) -> str | None:
    """Say how many words have an adjusted p below LEVEL, and which; None if none is tested.

    Args:
        words: words with their adjusted p, in the order in which they are named.
        one: what a word below the level does, such as "shows more than one sense".
        several: the same of several words.
        what: what is below the level, with a place for the level.
    """
    tested = [(word, p) for word, p in words if p is not None]
    if not tested:
        return None
    below = [word for word, p in tested if p < LEVEL]
    count = f"{len(below) or 'None'} of {plural(len(tested), 'tested word')}"
    rest = len(below) - _NAMED
    names = [*below[:_NAMED], *([f"{rest} more"] if rest > 0 else [])]
    return (
        f"{count} {one if len(below) < 2 else several} ({what.format(short(LEVEL))})"
        f"{': ' if names else ''}{listed(names)}."
    )


def words_found(
    words: Iterable[tuple[str, float | None, float | None]], one: str, several: str
) -> Iterator[str]:
    """Say of how many words something is found, and which; nothing if none is tested.

    Args:
        words: words with their adjusted p or false discovery rate, in the order to name them in.
        one: what one word does, such as "changed".
        several: what several words do.
    """
    words = list(words)
    if found := words_below_level(((word, p) for word, p, _ in words), one, several):
        yield found
    what = "estimated false discovery rate < {}"
    rates = ((word, rate) for word, _, rate in words)
    if found := words_below_level(rates, one, several, what):
        yield found
        yield (
            "Among so many words no single p can be small enough to bound the share of false"
            " claims, so that their share is estimated."
        )
