"""What a sentence calls an encoder."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from embcmp.types import Result

_PLAIN = {"context": "context alone", "lstm": "the LSTM", "rnn": "the RNN"}


def spoken(results: Iterable[Result]) -> dict[str, str]:
    """Plain names by the names of results: "MiniLM-L6-v2 (layer 6)", "the LSTM".

    An encoder with options or a source of its own keeps its name, and so do encoders that would
    share one.
    """
    plain = {r.name: _plain(r) for r in results}
    taken = Counter(plain.values())
    return {name: spoken if taken[spoken] == 1 else name for name, spoken in plain.items()}


def _plain(r: Result) -> str:
    if r.name.startswith("bert") and "," not in r.name and isinstance(r.layer, int):
        return f"{r.info.model} (layer {r.layer})"
    return _PLAIN.get(r.name, r.name)


def opening(sentence: str) -> str:
    """A sentence that begins with a plain name gets its capital; a spec stays as it is."""
    if sentence.startswith(tuple(_PLAIN.values())):
        return sentence[0].upper() + sentence[1:]
    return sentence


def count(n: int) -> str:
    """A small number as a word."""
    words = "zero one two three four five six seven eight nine ten".split()
    return words[n] if n < len(words) else str(n)
