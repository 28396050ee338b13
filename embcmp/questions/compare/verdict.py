"""The verdict: a few plain sentences about the numbers, by the rules of docs/reference/measures.md.

One encoder is called better than another only if the interval of their difference lies above 0, and
as good only if it lies within .05 of 0. Otherwise the sentences cannot tell the two apart, and the
verdict names the smallest difference that they could have shown.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from embcmp.encoders import FAMILIES
from embcmp.questions.compare.controls import LABELS, SENSE_IS_FORM
from embcmp.render.numbers import interval, p_value, short
from embcmp.types import PER_TYPE, Comparison, PairTest, Result

AS_GOOD, CHANCE = 0.05, 0.5
_ROUNDING = 1e-9


def verdict(
    comparison: Comparison, candidates: Sequence[Result], excluded: Mapping[str, str]
) -> tuple[str, ...]:
    """Say which encoder separates the senses better, by how much, and whether it is sense.

    Args:
        comparison: the results, the tests of their differences, and the controls.
        candidates: the results that have an AUC, each at the layer that was fixed beforehand.
        excluded: the reason why nothing can be inferred from a result, by the result's name.
    """
    return (
        *map(capitalized, _about_senses(comparison, candidates, excluded)),
        *_about_static(comparison.results),
    )


def _about_static(results: Sequence[Result]) -> Iterator[str]:
    for r in results:
        if any(m.undefined == PER_TYPE for m in r.metrics.values()):
            yield static_reason(r.name)


def static_reason(name: str) -> str:
    """Say why an encoder with one vector per type cannot separate senses."""
    return f"{name} gives every use of a form the same vector, so it cannot separate senses."


def _about_senses(
    comparison: Comparison, candidates: Sequence[Result], excluded: Mapping[str, str]
) -> Iterator[str]:
    senses = {o.sense for o in comparison.occurrences} - {None}
    if len(senses) == 1:
        yield "No verdict: all labeled uses have one sense; label uses of at least two senses."
    if len(senses) < 2:
        return
    ranked = sorted((r for r in candidates if r.name not in excluded), key=_auc, reverse=True)
    if not ranked and excluded:
        yield f"No verdict: {'; '.join(dict.fromkeys(excluded.values()))}."
    if ranked:
        names = plain_names(comparison.results)
        for name, reason in excluded.items():
            yield f"The verdict leaves out {names.get(name, name)}: {reason}."
        yield from _about_encoders(ranked, comparison, names)


def _about_encoders(
    ranked: Sequence[Result], comparison: Comparison, names: Mapping[str, str]
) -> Iterator[str]:
    best, *others = ranked
    ci95 = best.metrics["auc"].ci95
    if not others or (ci95 and ci95[0] <= CHANCE):
        yield _alone(best, names[best.name])
    for other in others:
        test = _test(comparison.tests, best.name, other.name)
        yield _pair((best, other), (names[best.name], names[other.name]), test)
    if comparison.controls is not None:
        yield _against_controls(best, names[best.name], comparison.controls, comparison.tests)


def _alone(r: Result, name: str) -> str:
    m = r.metrics["auc"]
    auc = f"AUC {short(_auc(r))} {interval(m.ci95, approximate=m.approximate)}"
    if m.ci95 and m.ci95[0] > CHANCE:
        return f"{name} separates the senses better than chance (.50): {auc}."
    return f"{name} is not distinguishable from chance (.50): {auc}."


def _pair(pair: tuple[Result, Result], names: tuple[str, str], test: PairTest | None) -> str:
    (best, other), (best_name, other_name) = pair, names
    numbers = f"AUC {short(_auc(best))} against {short(_auc(other))}"
    if test is None or test.difference is None or test.ci95 is None:
        why = f" ({test.undefined})" if test is not None and test.undefined else ""
        return f"No test compares {best_name} with {other_name}{why}: {numbers}."
    low, high = test.ci95
    if high < 0:  # the ranking used all uses, the test only those for which both have a vector
        return _pair((other, best), (other_name, best_name), _reversed(test))
    difference = f"difference {short(test.difference)} {interval(test.ci95)}"
    if abs(_auc(best) - _auc(other) - test.difference) < _ROUNDING:
        numbers += f", {difference}"
    else:
        numbers = f"{difference} on the uses for which both have a vector"
    if low > 0:
        return (
            f"{best_name} separates the {in_words(test.senses)} senses better than {other_name}:"
            f" {numbers}, {p_value(test.p_adjusted)}."
        )
    if -AS_GOOD <= low and high <= AS_GOOD:
        within = f"within {short(AS_GOOD)}"
        return f"{best_name} separates the senses as well as {other_name}, {within}: {numbers}."
    return (
        f"These {test.sentences} sentences cannot tell {best_name} and {other_name} apart:"
        f" {numbers}; the smallest difference that they could have shown is"
        f" {short((high - low) / 2)}."
    )


def _against_controls(
    best: Result, name: str, controls: Sequence[Result], tests: Sequence[PairTest]
) -> str:
    """Say whether the best encoder beats every control, and name the best control."""
    compared = [
        c for c in controls if c.metrics["auc"].value is not None and not c.name.startswith(LABELS)
    ]
    if any(c.metrics["auc"].undefined == SENSE_IS_FORM for c in controls):
        return f"Each sense has its own form: {name} may separate forms rather than senses."
    if not compared:
        return "No control has an AUC."
    beaten = [c for c in compared if _beats(_test(tests, best.name, c.name))]
    top = max(compared, key=_auc)
    kind = "control" if FAMILIES.get(top.info.family) else top.info.model
    if len(beaten) == len(compared):
        return (
            f"{name} is better than each of the {len(compared)} controls;"
            f" the best of them, {top.name} ({kind}), has AUC {short(_auc(top))}."
        )
    others = [c for c in compared if c not in beaten]
    listed = " or ".join(f"{c.name} (AUC {short(_auc(c))})" for c in others)
    return (
        f"{name} is not shown to be better than {listed}: it may owe its AUC to that and not to"
        " sense."
    )


def _beats(test: PairTest | None) -> bool:
    return test is not None and test.ci95 is not None and test.ci95[0] > 0


def _test(tests: Sequence[PairTest], a: str, b: str) -> PairTest | None:
    """Return the test of a minus b, even if the tests have b minus a."""
    for t in tests:
        if (t.a, t.b) == (a, b):
            return t
        if (t.a, t.b) == (b, a):
            return _reversed(t)
    return None


def _reversed(t: PairTest) -> PairTest:
    difference = None if t.difference is None else -t.difference
    ci95 = None if t.ci95 is None else (-t.ci95[1], -t.ci95[0])
    return replace(t, a=t.b, b=t.a, difference=difference, ci95=ci95)


def _auc(r: Result) -> float:
    value = r.metrics["auc"].value
    return value if value is not None else float("-inf")


def plain_names(results: Iterable[Result]) -> dict[str, str]:
    """Return plain names by the names of results: "MiniLM-L6-v2 (layer 6)", "the LSTM".

    A result with options or with a source that is not the default keeps its name, and so do results
    that would otherwise share a plain name.
    """
    plain = {r.name: _plain(r) for r in results}
    counts = Counter(plain.values())
    return {name: text if counts[text] == 1 else name for name, text in plain.items()}


def _plain(r: Result) -> str:
    row = FAMILIES.get(r.info.family)
    if row is None or not r.name.startswith(r.info.family):
        return r.name
    if row.layered and "," not in r.name and isinstance(r.layer, int):
        return f"{r.info.model} (layer {r.layer})"
    return row.prose_name if row.prose_name and r.name in FAMILIES else r.name


def capitalized(sentence: str) -> str:
    """Capitalize a sentence that begins with a plain name, but not one that begins with a spec."""
    if sentence.startswith(tuple(row.prose_name for row in FAMILIES.values() if row.prose_name)):
        return sentence[0].upper() + sentence[1:]
    return sentence


def in_words(n: int) -> str:
    """Return a number up to ten as a word, a larger one in digits."""
    words = "zero one two three four five six seven eight nine ten".split()
    return words[n] if n < len(words) else str(n)
