"""The JSON of senses made by hand, with sentences that would run in a page of more than text."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from embcmp.render.page import Json
from tests.hostile.texts import HOSTILE

NAMED = "<b>second</b>"
LABELS = ("verb", "</script><b>noun</b>")


def hostile_senses(n: int = 12) -> Json:
    """Uses by turns in two groups: an encoder without any, one with three, the main one with two.

    The first group of `lstm` has the uses of the second of `bert@1`. The last use is between the
    groups of `bert@1`, and in none of `lstm`.
    """
    odd, even = list(range(1, n, 2)), list(range(0, n, 2))
    third, last = even[:2], n - 1
    return {
        "schema": "embcmp.senses/1",
        "embcmp": "0",
        "word": "<i>man</i>",
        "correct": "none",
        "occurrences": [_use(i) for i in range(n)],
        "results": [
            result("word2vec", n, [], undefined="one vector per type"),
            result("lstm", n, [odd[:-1], even[2:], third], measured=False),
            result("bert@1", n, [even, odd], between={last}, names=("1", NAMED)),
        ],
        "evidence": {"p": 0.004},
        "agreement": [{"a": "lstm", "b": "bert@1", "ami": 0.62}],
        "verdict": ["More than one sense in <b>all</b> uses (p = .004)."],
        "warnings": ["a <i>copy</i> counts once"],
        "skipped": [{"source": "man.txt:3", "reason": "no <man>"}],
        "manifest": {"seed": 0},
    }


def _use(i: int) -> Json:
    sentence = f"{HOSTILE[i % len(HOSTILE)]} {i}"
    start = sentence.index("man")
    label = {"sense": LABELS[i % 2], "group": None, "unit": None, "source": None, "columns": {}}
    place = {"sentence": sentence, "start": start, "end": start + 3, "form": "man"}
    return {"id": f"<i>{i}</i>", **place, **label}


def result(
    name: str,
    n: int,
    groups: Sequence[Sequence[int]],
    *,
    undefined: str | None = None,
    measured: bool = True,
    between: Collection[int] = (),
    names: Sequence[str] = ("1", "2", "3"),
) -> dict[str, Any]:
    """What an encoder makes of n uses.

    Args:
        name: its name.
        n: the number of uses.
        groups: the numbers of the uses in each group.
        undefined: why there are no groups.
        measured: whether its null was measured.
        between: the numbers of the uses that are between groups.
        names: the names of the groups.
    """
    group = {i: k for k, members in enumerate(groups, start=1) for i in members}

    def ids(members: Sequence[int]) -> list[str]:
        return [f"<i>{i}</i>" for i in members]

    metric = {"value": 0.75, "chance": 0.125, "ci95": None, "approximate": False, "undefined": None}
    return {
        "name": name,
        "model": f"model of {name}",
        "missing": {},
        "map": [[float(i), group.get(i, 4) + 0.1 * i] if groups else [0.0, 0.0] for i in range(n)],
        "k": len(groups) or None,
        "undefined": undefined,
        "evidence": {"p": 0.011 if groups else None, "measured": measured},
        "groups": [
            {
                "group": k,
                "name": called,
                "size": len(members),
                "stability": 0.91,
                "keywords": ["<u>ship</u>", f"word{k}"],
                "features": [{"column": "form", "value": "<b>Man</b>", "inside": 4, "outside": 1}],
                "central": ids(members[:3]),
                "borderline": ids([i for i in members if i in between]),
            }
            for k, (members, called) in enumerate(zip(groups, names, strict=False), start=1)
        ],
        "assigned": {
            f"<i>{i}</i>": {
                "group": group.get(i),
                "confidence": (0.5 if i in between else 1.0) if i in group else None,
            }
            for i in range(n)
        },
        "known": None,
        "metrics": dict.fromkeys(("ari", "ami", "v_measure", "b_cubed"), metric) if groups else {},
        "metrics_true_k": {},
    }
