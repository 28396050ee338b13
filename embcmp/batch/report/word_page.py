"""The page of a word in a report: its comparison, and what else the batch was asked about it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from embcmp.questions.compare.page.page import Neighbors, Word, render

Json = dict[str, Any]
_SHOWN = ("name", "size", "stability", "keywords")


def senses_part(senses: Json, outline: Json, word: Word) -> Json:
    """What the page shows of the groups.

    Args:
        senses: an `embcmp.senses/1` whose text is harmless.
        outline: the entry of the word in the summary of the batch.
        word: the comparison of the same uses.
    """
    uses = {use.id: use for use in word.uses.uses}
    [main] = (r for r in senses["results"] if r["name"] == outline["encoder"])
    return {
        "verdict": list(senses["verdict"]),
        "p_adjusted": outline["p_adjusted"],
        "encoder": main["name"],
        "groups": [
            ({key: group[key] for key in _SHOWN}, [uses[id] for id in group["central"]])
            for group in main["groups"]
        ],
    }


def changes_part(changes: Json, outline: Json, word: Word) -> Json:
    """What the page shows of how the word changed.

    Args:
        changes: an `embcmp.change/1` of this word, whose text is harmless.
        outline: the entry of the word in the summary of the batch.
        word: the comparison of the same uses.
    """
    uses = {use.id: use for use in word.uses.uses}
    [change] = changes["changes"]
    [main] = (r for r in change["results"] if r["name"] == outline["encoder"])
    return {
        "verdict": list(change["verdict"]),
        "p_adjusted": outline["p_adjusted"],
        "false_discovery_rate": outline["false_discovery_rate"],
        "percentile": outline["percentile"],
        "encoder": main["name"],
        "results": [(r["name"], r["metrics"]) for r in change["results"]],
        "groups": [
            (
                group,
                main["keywords"][group["name"]],
                [uses[id] for id in main["most_unlike"].get(group["name"], ())],
            )
            for group in change["groups"]
        ],
    }


def render_word_page(
    word: Word, parts: Mapping[str, Json | None], *, projection: str, around: Neighbors
) -> str:
    """Draw the page of a word.

    Args:
        word: the comparison.
        parts: what `senses_part` and `changes_part` returned, as `senses` and `changes`; None for
            what was not asked.
        projection: `pca`, or `tsne` for a t-SNE as well.
        around: the pages that it links to.
    """
    return render(
        word,
        projection=projection,
        around=around,
        template="batch/report/word_page.html",
        more=parts,
    )
