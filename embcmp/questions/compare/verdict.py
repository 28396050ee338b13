"""A few plain sentences made from the numbers, by the rules of docs/reference/measures.md.

Better is claimed only where the interval of the difference lies above 0, as good as only where it
lies within .05 of 0; else the two are not distinguishable, and the smallest difference that these
sentences could have shown is named.
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
_SAME = 1e-9


def verdict(
    comparison: Comparison, named: Sequence[Result], lacking: Mapping[str, str]
) -> tuple[str, ...]:
    """Say which encoder separates the senses better, by how much, and whether it is sense.

    Args:
        comparison: the results, their tests and their controls.
        named: its results at the layers that were named beforehand, with an AUC.
        lacking: why nothing can be inferred from an encoder, by name.
    """
    return (
        *map(opening, _of_senses(comparison, named, lacking)),
        *_of_types(comparison.results),
    )


def _of_types(results: Sequence[Result]) -> Iterator[str]:
    for r in results:
        if any(m.undefined == PER_TYPE for m in r.metrics.values()):
            yield f"{r.name}: {PER_TYPE}: says nothing about the sense"


def _of_senses(
    comparison: Comparison, named: Sequence[Result], lacking: Mapping[str, str]
) -> Iterator[str]:
    senses = {o.sense for o in comparison.occurrences} - {None}
    if len(senses) == 1:
        yield "No verdict: one sense has no separation; label at least two."
    if len(senses) < 2:
        return
    ranked = sorted((r for r in named if r.name not in lacking), key=_auc, reverse=True)
    if not ranked and lacking:
        yield f"No verdict: {'; '.join(dict.fromkeys(lacking.values()))}."
    if ranked:
        called = spoken(comparison.results)
        for name, reason in lacking.items():
            yield f"{called.get(name, name)} takes no part: {reason}."
        yield from _of_encoders(ranked, comparison, called)


def _of_encoders(
    ranked: Sequence[Result], comparison: Comparison, called: Mapping[str, str]
) -> Iterator[str]:
    best, *others = ranked
    ci95 = best.metrics["auc"].ci95
    if not others or (ci95 and ci95[0] <= CHANCE):
        yield _alone(best, called[best.name])
    for other in others:
        test = _test(comparison.tests, best.name, other.name)
        yield _pair((best, other), (called[best.name], called[other.name]), test)
    if comparison.controls is not None:
        yield _against_controls(best, called[best.name], comparison.controls, comparison.tests)


def _alone(r: Result, name: str) -> str:
    m = r.metrics["auc"]
    above = "above chance" if m.ci95 and m.ci95[0] > CHANCE else "not distinguishable from chance"
    ends = interval(m.ci95, approximate=m.approximate)
    return f"{name}: AUC {short(_auc(r))} {ends}, {above} (.50)."


def _pair(pair: tuple[Result, Result], names: tuple[str, str], test: PairTest | None) -> str:
    (best, other), (its_name, other_name) = pair, names
    numbers = f"AUC {short(_auc(best))} against {short(_auc(other))}"
    if test is None or test.difference is None or test.ci95 is None:
        why = f" ({test.undefined})" if test is not None and test.undefined else ""
        return f"{its_name} and {other_name}: {numbers}; no test of the difference{why}."
    low, high = test.ci95
    if high < 0:  # the ranking was by all uses, the test by those that both have a vector for
        return _pair((other, best), (other_name, its_name), _turned(test))
    difference = f"difference {short(test.difference)} {interval(test.ci95)}"
    if abs(_auc(best) - _auc(other) - test.difference) < _SAME:
        numbers += f", {difference}"
    else:
        numbers = f"{difference} on the uses that both have a vector for"
    if low > 0:
        return (
            f"{its_name} separates the {count(test.senses)} senses better than {other_name}:"
            f" {numbers}, {p_value(test.p_adjusted)}."
        )
    if -AS_GOOD <= low and high <= AS_GOOD:
        return f"{its_name} is as good as {other_name}, within {short(AS_GOOD)}: {numbers}."
    return (
        f"{its_name} and {other_name} are not distinguishable with these {test.sentences}"
        f" sentences: {numbers}; they could have shown a difference of {short((high - low) / 2)}."
    )


def _against_controls(
    best: Result, name: str, controls: Sequence[Result], tests: Sequence[PairTest]
) -> str:
    """Whether the best encoder beats every control; the best control is named."""
    held = [c for c in controls if c.metrics["auc"].value is not None]
    held = [c for c in held if not c.name.startswith(LABELS)]
    if any(c.metrics["auc"].undefined == SENSE_IS_FORM for c in controls):
        return f"Sense and form coincide: what {name} shows may be the form, and not sense."
    if not held:
        return "No control has an AUC."
    beaten = [c for c in held if _beats(_test(tests, best.name, c.name))]
    top = max(held, key=_auc)
    kind = "control" if FAMILIES.get(top.info.family) else top.info.model
    if len(beaten) == len(held):
        return (
            f"{name} is better than each of the {len(held)} controls;"
            f" the best of them, {top.name} ({kind}), reaches {short(_auc(top))}."
        )
    left = ", ".join(f"{c.name} ({short(_auc(c))})" for c in held if c not in beaten)
    return f"{name} is not shown to be better than {left}: it may be that, and not sense."


def _beats(test: PairTest | None) -> bool:
    return test is not None and test.ci95 is not None and test.ci95[0] > 0


def _test(tests: Sequence[PairTest], a: str, b: str) -> PairTest | None:
    """The test of two names as a minus b, whichever way it was made."""
    for t in tests:
        if (t.a, t.b) == (a, b):
            return t
        if (t.a, t.b) == (b, a):
            return _turned(t)
    return None


def _turned(t: PairTest) -> PairTest:
    difference = None if t.difference is None else -t.difference
    ci95 = None if t.ci95 is None else (-t.ci95[1], -t.ci95[0])
    return replace(t, a=t.b, b=t.a, difference=difference, ci95=ci95)


def _auc(r: Result) -> float:
    value = r.metrics["auc"].value
    return value if value is not None else float("-inf")


def spoken(results: Iterable[Result]) -> dict[str, str]:
    """Plain names by the names of results: "MiniLM-L6-v2 (layer 6)", "the LSTM".

    An encoder with options or a source of its own keeps its name, and so do encoders that would
    share one.
    """
    plain = {r.name: _plain(r) for r in results}
    taken = Counter(plain.values())
    return {name: spoken if taken[spoken] == 1 else name for name, spoken in plain.items()}


def _plain(r: Result) -> str:
    row = FAMILIES.get(r.info.family)
    if row is None or not r.name.startswith(r.info.family):
        return r.name
    if row.layered and "," not in r.name and isinstance(r.layer, int):
        return f"{r.info.model} (layer {r.layer})"
    return row.spoken if row.spoken and r.name in FAMILIES else r.name


def opening(sentence: str) -> str:
    """A sentence that begins with a plain name gets its capital; a spec stays as it is."""
    if sentence.startswith(tuple(row.spoken for row in FAMILIES.values() if row.spoken)):
        return sentence[0].upper() + sentence[1:]
    return sentence


def count(n: int) -> str:
    """A small number as a word."""
    words = "zero one two three four five six seven eight nine ten".split()
    return words[n] if n < len(words) else str(n)
