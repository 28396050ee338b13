"""A batch's words with their p adjusted over the words, and a sentence that counts them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from embcmp.batch.folder import file_name
from embcmp.measures.encoder_differences import LEVEL
from embcmp.measures.inference import benjamini_yekutieli
from embcmp.questions.compare.names_in_prose import listed
from embcmp.render.numbers import plural, short

_NAMED = 5  # the most words that a sentence lists

Json = dict[str, Any]


def adjusted(outlines: Mapping[str, Json]) -> list[Json]:
    """The outline of each word, with its p adjusted over the words.

    Args:
        outlines: what the summary says of each word; it has a `p`.

    Returns:
        Each outline with its `word`, its `file`, and `p_adjusted`: p adjusted over the words by
        Benjamini and Yekutieli (2001).
    """
    p_adjusted = benjamini_yekutieli([o["p"] for o in outlines.values()])
    return [
        {"word": word, "file": f"{file_name(word)}.json", **o, "p_adjusted": p}
        for (word, o), p in zip(outlines.items(), p_adjusted, strict=True)
    ]


def words_below_level(rows: Sequence[Json], one: str, several: str) -> str | None:
    """Say how many words have an adjusted p below LEVEL, and which; None if none is tested.

    Args:
        rows: what `adjusted` returned, in the order in which words are named.
        one: what a word below the level does, such as "shows more than one sense".
        several: the same of several words.
    """
    tested = [row for row in rows if row["p_adjusted"] is not None]
    if not tested:
        return None
    below = [row["word"] for row in tested if row["p_adjusted"] < LEVEL]
    count = f"{len(below) or 'None'} of {plural(len(tested), 'tested word')}"
    rest = len(below) - _NAMED
    names = [*below[:_NAMED], *([f"{rest} more"] if rest > 0 else [])]
    return (
        f"{count} {one if len(below) < 2 else several} (p < {short(LEVEL)}, adjusted over the"
        f" words){': ' if names else ''}{listed(names)}."
    )
