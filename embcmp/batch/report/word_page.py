"""The page of a word in a report: its comparison, and the groups of its uses if there are any."""

from __future__ import annotations

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


def render_word_page(word: Word, senses: Json | None, *, projection: str, around: Neighbors) -> str:
    """Draw the page of a word.

    Args:
        word: the comparison.
        senses: what `senses_part` returned, if the uses were grouped.
        projection: `pca`, or `tsne` for a t-SNE as well.
        around: the pages that it links to.
    """
    return render(
        word,
        projection=projection,
        around=around,
        template="batch/report/word_page.html",
        more={"senses": senses},
    )
