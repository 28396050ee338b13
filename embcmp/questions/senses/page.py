"""The page of a word's senses, made from their JSON: maps, groups and uses, by encoder."""

from __future__ import annotations

from collections import Counter
from itertools import count, permutations
from typing import Any, cast

from embcmp.render.page import Json, page
from embcmp.render.text import excerpt, harmless

WIDTH = 110  # characters of a use in the lists of a group
NO_GROUP = "no group"


def to_html(senses: Json) -> str:
    """Return a page in one file, with plotly's script.

    Args:
        senses: the object that `senses --format json` writes.
    """
    s = cast("dict[str, Any]", harmless(senses))
    uses = {o["id"]: _use(o) for o in s["occurrences"]}
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


def _use(o: Json) -> dict[str, Any]:
    """A use with its sentence in three parts: whole, and cut for a list."""
    sentence, start, end = o["sentence"], o["start"], o["end"]
    parts = (sentence[:start], sentence[start:end], sentence[end:])
    return {**o, "parts": parts, "short": excerpt(sentence, start, end, WIDTH)}


def _encoder(r: Json, main: Json) -> dict[str, Any]:
    """What an encoder makes of the uses.

    Returns:
        r: its result.
        groups: its groups, each with its title and mark.
        legend: the groups, and what is in none of them.
        places: for each use its group in the legend, its confidence, and whether it is between
            groups.
        points: its map; None if there is nothing to see.
    """
    marks = _marks(r, main)
    groups = [{**g, "title": _title(g), "mark": marks.get(g["group"])} for g in r["groups"]]
    numbers = [use["group"] for use in r["assigned"].values()]
    without = {"group": None, "title": NO_GROUP, "mark": None, "size": numbers.count(None)}
    legend = [*groups, *([without] if None in {*numbers} - {g["group"] for g in groups} else [])]
    place = {g["group"]: k for k, g in enumerate(legend)}
    between = {id_ for g in groups for id_ in g["borderline"]}
    places = {id_: (place[use["group"]], use["confidence"], id_ in between)
              for id_, use in r["assigned"].items()}  # fmt: skip
    different = len({tuple(point) for point in r["map"] if point})
    points = r["map"] if different > 2 else None
    return {"r": r, "groups": groups, "legend": legend, "places": places, "points": points}


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
    numbers = {g["group"] for g in r["groups"]} - {*marks, None}
    return marks | {number: next(free) for number in sorted(numbers)}


def _title(group: Json) -> str:
    named = str(group["name"] or NO_GROUP)
    return f"group {named}" if named == str(group["group"]) else named
