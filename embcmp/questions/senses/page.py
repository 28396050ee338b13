"""The page of a word's senses, made from their JSON: maps, groups and uses, by encoder."""

from __future__ import annotations

from collections import Counter
from itertools import count, permutations
from typing import Any, cast

from embcmp.render.page import Json, in_parts, page, seen_map
from embcmp.render.text import harmless

NO_GROUP, UNLIKE = "no group", "like no known sense"


def to_html(senses: Json) -> str:
    """Return a page in one file, with plotly's script.

    Args:
        senses: the object that `senses --format json` writes.
    """
    s = cast("dict[str, Any]", harmless(senses))
    uses = {o["id"]: in_parts(o) for o in s["occurrences"]}
    main = next((r for r in reversed(s["results"]) if r["groups"]), s["results"][-1])
    encoders = [_encoder(r, main) for r in s["results"]]
    alike = {pair: a["ami"] for a in s["agreement"] for pair in permutations((a["a"], a["b"]))}
    data = {
        "uses": [{"parts": use["parts"], "label": use["sense"]} for use in uses.values()],
        "encoders": [
            {
                "points": e["points"],
                "groups": [{"name": g["title"], "mark": g["mark"]} for g in e["legend"]],
                "places": [e["places"][id_] for id_ in uses],
            }
            for e in encoders
        ],
    }  # fmt: skip
    context = {"s": s, "uses": uses, "main": main, "encoders": encoders, "alike": alike}
    scripts = ["questions/senses/page.js"]
    return page("questions/senses/page.html", context, data, scripts, inline_plotly=True)


def _encoder(r: Json, main: Json) -> dict[str, Any]:
    """What an encoder makes of the uses.

    Returns:
        r: its result.
        groups: its groups, each with its title and mark.
        legend: the groups, and what is in none of them.
        unlike: the number of uses that are like no known sense.
        places: for each use its group in the legend, its confidence, and whether it is between
            groups.
        points: its map; None if there is nothing to see.
    """
    marks = _marks(r, main)
    groups = [{**g, "title": _title(g), "mark": marks[g["group"]]} for g in r["groups"]]
    entries = {
        id_: use["group"] or (NO_GROUP if use["confidence"] is None else UNLIKE)
        for id_, use in r["assigned"].items()
    }
    counts = Counter(entries.values())
    none = {"group": None, "mark": None}
    outside = [none | {"title": t, "size": counts[t]} for t in (UNLIKE, NO_GROUP) if counts[t]]
    legend = [*groups, *outside]
    place = {g["group"] or g["title"]: k for k, g in enumerate(legend)}
    between = {id_ for g in groups for id_ in g["borderline"]}
    places = {id_: (place[entries[id_]], use["confidence"], id_ in between)
              for id_, use in r["assigned"].items()}  # fmt: skip
    return {
        "r": r, "groups": groups, "legend": legend, "places": places, "unlike": counts[UNLIKE],
        "points": seen_map(r["map"]),
    }  # fmt: skip


def _marks(r: Json, main: Json) -> dict[int, int]:
    """The mark of each group: that of the main encoder's group that it shares most uses with."""
    both = zip(r["assigned"].values(), main["assigned"].values(), strict=True)
    shared = Counter((use["group"], in_main["group"]) for use, in_main in both)
    marks: dict[int, int] = {}
    for (number, main_number), _ in shared.most_common():
        if None in (number, main_number) or number in marks or main_number - 1 in marks.values():
            continue
        marks[number] = main_number - 1
    free = (mark for mark in count() if mark not in marks.values())
    numbers = {g["group"] for g in r["groups"]} - {*marks}
    return marks | {number: next(free) for number in sorted(numbers)}


def _title(group: Json) -> str:
    name = str(group["name"])
    return f"group {name}" if name == str(group["group"]) else name
