"""The senses of a batch's words: what the summary needs of each, and the words by evidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from embcmp.batch.over_words import by_word
from embcmp.measures.inference import benjamini_yekutieli
from embcmp.questions.compare.names_in_prose import words_below_level
from embcmp.questions.senses.conclusion import conclusion
from embcmp.questions.senses.encoder_senses import EncoderSenses
from embcmp.questions.senses.senses import Senses
from embcmp.types import Metric

NOT_AVERAGED = ("senses_k", "senses_p")  # measures whose mean over words says nothing
SCORES: Mapping[str, str] = {
    "senses_ari": (
        "The adjusted Rand index of the labels and of groups that were made without them. 1 is the"
        " same groups, 0 is chance."
    ),
    "senses_ami": (
        "The adjusted mutual information of the labels and of groups that were made without them."
        " 1 is the same groups, 0 is chance."
    ),
    "senses_v_measure": "The V-measure of groups that were made without the labels.",
    "senses_b_cubed": "The B-cubed F of groups that were made without the labels.",
}

Json = dict[str, Any]


def measures(r: EncoderSenses) -> dict[str, Metric]:
    """What an encoder makes of the uses, as measures for the tables of a batch."""
    k = float(len(r.groups)) if r.groups else None
    values = (Metric(k, undefined=r.undefined), Metric(r.p, undefined=r.undefined))
    scores = {f"senses_{name}": m for name, m in r.metrics.items()}
    return {**dict(zip(NOT_AVERAGED, values, strict=True)), **scores}


def outline(s: Senses) -> Json:
    """What the summary says of a word: the evidence, and the groups of the main encoder."""
    return {
        "uses": len(s.occurrences),
        "p": s.p,
        "encoder": s.main.name,
        "k": len(s.main.groups) or None,
        "groups": [
            {"group": group.number, "size": len(group.uses), "keywords": list(group.keywords)}
            for group in s.main.groups
        ],
        "verdict": list(conclusion(s)),
    }


def by_evidence(outlines: Mapping[str, Json]) -> list[Json]:
    """The words with the strongest evidence for more than one sense first, untested ones last.

    Args:
        outlines: the `outline` of each word.

    Returns:
        Each outline with its `word`, its `file`, and `p_adjusted`: p adjusted over the words by
        Benjamini and Yekutieli (2001).
    """
    rows = by_word(outlines)
    for row, p in zip(rows, benjamini_yekutieli([row["p"] for row in rows]), strict=True):
        row["p_adjusted"] = p
    return sorted(rows, key=lambda row: (row["p"] is None, row["p"] or 0, row["word"]))


def finding(rows: Sequence[Json]) -> str:
    """Say how many words show more than one sense, and which.

    Args:
        rows: what `by_evidence` returned.
    """
    words = [(row["word"], row["p_adjusted"]) for row in rows]
    found = words_below_level(words, "shows more than one sense", "show more than one sense")
    return found or "No word could be tested for more than one sense."
