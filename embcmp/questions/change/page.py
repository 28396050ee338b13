"""The page of a change, made from its JSON: words, maps of their uses, and what was gained."""

from __future__ import annotations

from typing import Any, cast

from embcmp.render.page import Json, in_parts, page, seen_map, strip
from embcmp.render.text import harmless

MOST_DRAWN = 20  # words with figures, so that the page stays small


def to_html(changes: Json) -> str:
    """Return a page in one file; with plotly's script if there are words whose uses are drawn.

    Args:
        changes: the object that `change --format json` writes.
    """
    c = cast("dict[str, Any]", harmless(changes))
    drawn = len(c["changes"]) <= MOST_DRAWN
    words = sorted(map(_word, c["changes"]), key=_rank)
    uses = [use for word in words for use in word["uses"].values()] if drawn else []
    data = {
        "uses": [{"parts": use["parts"], "note": _note(use)} for use in uses],
        "words": _figures(words) if drawn else [],
    }
    context = {
        "c": c,
        "words": words,
        "drawn": drawn,
        "one": len(words) == 1,
        "rates": any(
            w["main"]["metrics"]["prt"]["false_discovery_rate"] is not None for w in words
        ),
    }
    scripts = ["questions/change/page.js"]
    inline = True if drawn else None
    return page("questions/change/page.html", context, data, scripts, inline_plotly=inline)


def _word(change: Json) -> dict[str, Any]:
    """A word as the page shows it.

    Returns:
        uses: its uses by id, each with the number of its group as `code`.
        maps: for each result the points of its uses; None if there is nothing to see.
        strips: for each result where the control words and the word lie on a strip, from 0 to 100,
            by prt; empty without control words.
        lists: for each result two lists: the uses of the first group that are unlike the last, and
            the reverse, each with the number of its group and that of the other.
    """
    names = [group["name"] for group in change["groups"]]
    occurrences = [{**o, "code": names.index(o["group"])} for o in change["occurrences"]]
    return {
        **change,
        "uses": {o["id"]: in_parts(o) for o in occurrences},
        "main": change["results"][-1],
        "maps": [seen_map(r["map"]) for r in change["results"]],
        "strips": [strip(r["metrics"]["prt"]["value"], change["controls"]["values"][r["name"]])
                   for r in change["results"] if change["controls"]],
        "lists": [[_unlike(r, 0, names), _unlike(r, len(names) - 1, names)]
                  for r in change["results"]],
    }  # fmt: skip


def _unlike(r: Json, code: int, names: list[str]) -> dict[str, Any]:
    """The uses of a group that are unlike the other: those beyond chance, else the most unlike."""
    other, sure = (0, r["gained"]) if code else (len(names) - 1, r["lost"])
    ids = sure or r["most_unlike"][names[code]]
    return {"code": code, "other": other, "sure": bool(sure), "ids": ids}


def _figures(words: list[dict[str, Any]]) -> list[Json]:
    """For each word its groups, the numbers of their uses, and its maps and curves."""
    figures: list[Json] = []
    first = 0
    for word in words:
        numbers = range(first, first := first + len(word["uses"]))
        coded = [(i, use["code"]) for i, use in zip(numbers, word["uses"].values(), strict=True)]
        figures.append({
            "groups": [{"name": group["name"], "uses": [i for i, c in coded if c == k]}
                       for k, group in enumerate(word["groups"])],
            "maps": [points and dict(zip(numbers, points, strict=True)) for points in word["maps"]],
            "curves": [{"name": r["name"], "values": [_ends(m) for m in r["curve"]]}
                       for r in word["results"] if r["curve"]],
        })  # fmt: skip
    return figures


def _ends(metric: Json) -> list[float | None]:
    return [metric["value"], *(metric["ci95"] or (None, None))]


def _note(use: Json) -> str:
    return f"{use['group']}, {use['unit']}" if use["unit"] else str(use["group"])


def _rank(word: Json) -> tuple[bool, float]:
    value = word["main"]["metrics"]["prt"]["value"]
    return value is None, -(value or 0)
