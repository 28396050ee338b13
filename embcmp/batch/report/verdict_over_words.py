"""What the tests over words say, in a few sentences: the first lines of a report."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from embcmp.measures.encoder_differences import LEVEL, PRIMARY
from embcmp.questions.compare.names_in_prose import listed
from embcmp.render.numbers import p_value, short

Json = dict[str, Any]


def verdict(summary: Json) -> list[str]:
    """Say which encoder is better over words, and which the words cannot tell apart.

    Words whose labels were made from vectors say nothing; the last sentence counts them.

    Args:
        summary: an `embcmp.batch/2`.
    """
    return [*_of_tests(summary), *circular_notes(summary.get("words", ()))]


def circular_notes(words: Sequence[Json]) -> Iterator[str]:
    """Say which words have no part in tests, because their labels were made from vectors."""
    reasons = [word["circular"] for word in words if word.get("circular")]
    if len(reasons) == len(words):
        yield from (f"No verdict: {reason}." for reason in reasons[:1])
    elif reasons:
        verb = "word is" if len(reasons) == 1 else "words are"
        yield f"{len(reasons)} {verb} left out of the tests over words: {reasons[0]}."


def _of_tests(summary: Json) -> list[str]:
    tests = [t for t in summary["tests"] if t["metric"] == PRIMARY]
    tested = {name for t in tests for name in (t["a"], t["b"])}
    means = {
        s["name"]: s["mean"]
        for s in summary["standings"]
        if s["metric"] == PRIMARY and s["mean"] is not None and s["name"] in tested
    }
    if len(means) < 2:
        return []
    best = max(means, key=lambda name: float(means[name]))
    against_best = (_from(best, t) for t in tests)
    return list(_sentences(best, [t for t in against_best if t], summary["margin"]))


def _from(best: str, t: Json) -> Json | None:
    """Return a test as the best encoder against another; None if it is of two others."""
    if t["difference"] is None or best not in (t["a"], t["b"]):
        return None
    return t if t["a"] == best else _turned(t)


def _turned(t: Json) -> Json:
    """Return a test with its two sides exchanged."""
    share, ends = t["share_won"], t["ci90"]
    return {
        **t,
        "a": t["b"],
        "b": t["a"],
        "difference": -t["difference"],
        "ci90": None if ends is None else [-ends[1], -ends[0]],
        "share_won": None if share is None else 1 - share,
    }


def _sentences(best: str, tests: Iterable[Json], margin: float) -> Iterator[str]:
    unclear, equal = [], []
    for t in tests:
        p = t["p_adjusted"]
        inside = t["ci90"] is not None and all(abs(end) < margin for end in t["ci90"])
        if p is not None and p < LEVEL:
            if t["difference"] < 0:  # their means are over different words
                t = _turned(t)
            slight = f", but by less than {short(margin)}" if inside else ""
            yield (
                f"Over {t['words']} words, {t['a']} separates senses better than {t['b']}{slight}"
                f" (+{short(t['difference'])} in AUC, {p_value(p)}{_won(t)})."
            )
        elif p is not None and inside:
            equal.append(t)
        else:
            unclear.append(t)
    if equal:
        yield (
            f"Over {equal[0]['words']} words, {listed([best, *(t['b'] for t in equal)])} separate"
            f" senses equally well, within {short(margin)}."
        )
    if unclear:
        names = listed([best, *(t["b"] for t in unclear)])
        testable = [t for t in unclear if t["detectable"] is not None]
        found = ""
        if testable:
            least_certain = max(testable, key=lambda t: float(t["detectable"]))
            found = (
                f": a true difference of {short(least_certain['detectable'])} would be found four"
                f" times in five; for one of {short(margin)}, about"
                f" {least_certain['words_needed']:,} words are needed"
            )
        yield f"{unclear[0]['words']} words cannot tell {names} apart{found}."


def _won(t: Json) -> str:
    """Say on how many words the better encoder is ahead; a tie counts half."""
    if t["share_won"] is None:
        return ""
    return f"; ahead on {round(t['share_won'] * t['words'], 1):,g} of {t['words']:,} words"
