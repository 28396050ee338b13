"""The verdict: a few plain sentences about the numbers, by the rules of docs/reference/measures.md.

What is said of two encoders is what `claims` says: better, better by less than the margin, equally
good, or that the sentences cannot tell the two apart, with the difference that would be found.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil

from embcmp.encoders import FAMILIES
from embcmp.measures.encoder_differences import LEVEL, PRIMARY
from embcmp.questions.compare.controls import LABELS, SENSE_IS_FORM
from embcmp.questions.compare.names_in_prose import capitalized, in_words, listed, plain_names
from embcmp.questions.compare.pairs import BETTER, EQUAL, SLIGHTLY_BETTER
from embcmp.render.numbers import interval, p_value, short
from embcmp.types import PER_TYPE, Comparison, PairTest, Result

CHANCE = 0.5
FEWEST_LAYERS = 2  # that can be compared
SIMULATED_AUC, SIMULATED_UNITS = (0.65, 0.8), 10  # docs/notes/simulated-tests.md


def verdict(
    comparison: Comparison, candidates: Sequence[Result], excluded: Mapping[str, str]
) -> tuple[str, ...]:
    """Say which encoder separates the senses better, by how much, and whether controls do as well.

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
    ranked = sorted((r for r in candidates if r.name not in excluded), key=_value, reverse=True)
    if not ranked and excluded:
        yield f"No verdict: {'; '.join(dict.fromkeys(excluded.values()))}."
    if ranked:
        names = plain_names(comparison.results)
        for name, reason in excluded.items():
            yield f"The verdict leaves out {names.get(name, name)}: {reason}."
        if rare := _rare_senses(ranked[0], senses):
            yield f"Senses that occur too rarely are left out of the verdict: {rare}."
        pairs = _Pairs(comparison, names)
        yield from pairs.sentences(ranked)
        yield from pairs.about_layers()
        if comparison.controls is not None:
            best = pairs.best(ranked)
            yield _against_controls(best, names[best.name], comparison)


def _rare_senses(best: Result, senses: Iterable[str | None]) -> str:
    inference = best.metrics[PRIMARY].inference
    rare = [] if inference is None else sorted(set(map(str, senses)) - set(inference.senses))
    return listed(map(repr, rare))


@dataclass(frozen=True)
class _Pairs:
    """What the tests say of each two encoders, in sentences."""

    comparison: Comparison
    names: Mapping[str, str]

    def sentences(self, ranked: Sequence[Result]) -> Iterator[str]:
        """Say who is shown worse than the best, and whether the others can be told apart."""
        best = self.best(ranked)
        others = [r for r in ranked if r is not best]
        at_chance = [r for r in ranked if _at_chance(r)]
        if not others:
            yield self._alone(best)
        elif best in at_chance:
            verb = "is" if len(at_chance) == 1 else "are"
            yield f"{self._listed(at_chance)} {verb} not distinguishable from chance (.50)."
        leaders = [r for r in ranked if not self._beats(best, r)]
        by_winners: dict[tuple[str, ...], list[Result]] = {}
        for r in others:
            if winners := tuple(x.name for x in leaders if self._beats(x, r)):
                by_winners.setdefault(winners, []).append(r)
        for winners, losers in by_winners.items():
            yield self._better([r for r in leaders if r.name in winners], losers)
        beside = [r for r in leaders if r is not best]
        if equal := [r for r in beside if self._claim(best, r) == EQUAL]:
            margin = short(self.comparison.margin)
            names = self._listed([best, *equal])
            yield f"{names} separate the senses equally well, within {margin}."
        if unclear := [r for r in beside if r not in equal]:
            yield self._unclear(best, unclear)

    def about_layers(self) -> Iterator[str]:
        """Say of each encoder with several layers which are not shown worse than the best."""
        for info in dict.fromkeys(
            r.info for r in self.comparison.results if len(r.info.layers) > 1
        ):
            layers = [
                r for r in self.comparison.results
                if r.info == info and r.metrics[PRIMARY].inferred is not None
            ]  # fmt: skip
            tested = [r for r in layers if any(self._test(r, x) for x in layers if x is not r)]
            if len(tested) < len(layers) or len(layers) < FEWEST_LAYERS:
                continue
            best = self.best(sorted(layers, key=_value, reverse=True))
            worse = [r for r in layers if self._beats(best, r)]
            tied = [r for r in layers if r not in worse]
            if not worse:
                yield f"No layer of {info.model} is shown worse than the best of them."
                continue
            verb = "is" if len(worse) == 1 else "are"
            yield (
                f"Of the layers of {info.model}, {_layer_ranges(worse)} {verb} shown worse than the"
                f" best; {_layer_ranges(tied)} {'is' if len(tied) == 1 else 'are'} not."
            )

    def _alone(self, r: Result) -> str:
        inferred = r.metrics[PRIMARY].inferred
        ci95 = None if inferred is None else inferred.ci95
        approximate = r.metrics[PRIMARY].approximate
        auc = f"AUC {short(_value(r))} {interval(ci95, approximate=approximate)}".rstrip()
        if ci95 is None and _value(r) > CHANCE:
            return f"{self.names[r.name]} separates the senses: {auc}, without an interval."
        if ci95 and ci95[0] > CHANCE:
            return f"{self.names[r.name]} separates the senses better than chance (.50): {auc}."
        return f"{self.names[r.name]} is not distinguishable from chance (.50): {auc}."

    def _better(self, winners: Sequence[Result], losers: Sequence[Result]) -> str:
        tests = [test for w in winners for loser in losers if (test := self._test(w, loser))]
        differences = [abs(t.difference or 0.0) for t in tests]
        if len(winners) == 1 or len(losers) == 1:
            amount = listed(f"+{short(d)}" for d in differences)
        else:
            amount = f"+{short(min(differences))} to +{short(max(differences))}"
        p = _largest_p([t.p_adjusted or 0.0 for t in tests])
        slight = all(self._claim(w, loser) == SLIGHTLY_BETTER for w in winners for loser in losers)
        by = f", but by less than {short(self.comparison.margin)}" if slight else ""
        verb = "separates" if len(winners) == 1 else "separate"
        senses = in_words(tests[0].senses)
        return (
            f"{self._listed(winners)} {verb} the {senses} senses better than"
            f" {self._listed(losers)}{by} ({amount}, {p})."
        )

    def _unclear(self, best: Result, others: Sequence[Result]) -> str:
        """Say that the best cannot be told from others, and what it would take."""
        tests = [test for r in others if (test := self._test(best, r)) and test.detectable]
        if not tests:
            reasons = [test.undefined for r in others if (test := self._test(best, r))]
            why = f": {reasons[0]}" if reasons and reasons[0] else ""
            return f"No test compares {self._listed([best, *others])}{why}."
        least_certain = max(tests, key=lambda t: t.detectable or 0.0)
        needed = units_needed(least_certain, self.comparison.margin)
        found = found_in_four_of_five(least_certain, self.comparison)
        apart = (
            f"{self._listed([best, *others])} apart"
            if len(others) == 1
            else f"{self.names[best.name]} from {self._listed(others)}"
        )
        return (
            f"These {least_certain.units} {self._units()} cannot tell {apart}: a true difference of"
            f" {found.replace('~', 'about ')} would be found four times in five; for one"
            f" of {short(self.comparison.margin)}, about {needed:,} {self._units()} a sense are"
            " needed."
        )

    def _units(self) -> str:
        own_units = any(o.unit is not None for o in self.comparison.occurrences)
        return "units" if own_units else "sentences"

    def _listed(self, results: Iterable[Result]) -> str:
        return listed(self.names[r.name] for r in results)

    def best(self, ranked: Sequence[Result]) -> Result:
        """Return the highest that no test shows worse; a test is about the uses that both have."""
        unbeaten = (r for r in ranked if not any(self._beats(o, r) for o in ranked))
        return next(unbeaten, ranked[0])

    def _beats(self, a: Result, b: Result) -> bool:
        return self._claim(a, b) in (BETTER, SLIGHTLY_BETTER)

    def _claim(self, a: Result, b: Result) -> str | None:
        """What is claimed of a against b; None if b is claimed to be better, or nothing is."""
        for c in self.comparison.claims:
            if (c.a, c.b) == (a.name, b.name):
                return c.claim
            if (c.b, c.a) == (a.name, b.name) and c.claim not in (BETTER, SLIGHTLY_BETTER):
                return c.claim
        return None

    def _test(self, a: Result, b: Result) -> PairTest | None:
        return find_test(self.comparison.tests, a.name, b.name)


def _largest_p(ps: Sequence[float]) -> str:
    """Return the largest of several adjusted p-values; one below the level never reads as it."""
    largest = max(ps)
    text = p_value(largest)
    if largest < LEVEL and text == p_value(LEVEL):
        text = f"p < {short(LEVEL)}"
    return text.replace("p = ", "each p \u2264 ") if len(ps) > 1 else text


def _layer_ranges(results: Sequence[Result]) -> str:
    """Return the layers with runs of three or more shortened: "0, 1 and 3 to 6"."""
    layers = [r.layer for r in results]
    if not all(isinstance(layer, int) for layer in layers):
        return listed(map(str, layers))
    runs: list[list[int]] = []
    for layer in sorted(int(layer) for layer in layers if layer is not None):
        if runs and layer == runs[-1][-1] + 1:
            runs[-1].append(layer)
        else:
            runs.append([layer])
    parts = [
        part
        for run in runs
        for part in ([f"{run[0]} to {run[-1]}"] if len(run) > FEWEST_LAYERS else map(str, run))
    ]
    return listed(parts)


def find_test(tests: Iterable[PairTest], a: str, b: str) -> PairTest | None:
    """Return the test of two results, in either order."""
    return next((t for t in tests if {t.a, t.b} == {a, b}), None)


def found_in_four_of_five(test: PairTest, comparison: Comparison) -> str:
    """Return the difference that a test detects, with `~` where simulations do not support it.

    They support it with ten units a sense or more, and AUCs of .65 to .8.
    """
    values = [_value(r) for r in comparison.results if r.name in (test.a, test.b)]
    low, high = SIMULATED_AUC
    held = test.units_a_sense >= SIMULATED_UNITS and all(low <= v <= high for v in values)
    return f"{'' if held else '~'}{short(test.detectable or 0.0)}"


def units_needed(test: PairTest, margin: float) -> int:
    """About how many units a sense would show a true difference of the margin, four times in five.

    n (detectable / margin)^2 for n units a sense, since the error is proportional to 1 / sqrt(n);
    rounded up to two digits.
    """
    needed = test.units_a_sense * ((test.detectable or 0.0) / margin) ** 2
    step = int(10 ** max(0, len(str(ceil(needed))) - 2))
    return ceil(needed / step) * step


def _against_controls(best: Result, name: str, c: Comparison) -> str:
    """Say whether the best encoder beats every control, and name the best control."""
    controls = c.controls or ()
    compared = [
        r for r in controls
        if r.metrics[PRIMARY].value is not None and not r.name.startswith(LABELS)
    ]  # fmt: skip
    if any(r.metrics[PRIMARY].undefined == SENSE_IS_FORM for r in controls):
        return f"Each sense has its own form: {name} may separate forms rather than senses."
    if not compared:
        return "No control has an AUC."
    beaten = [r for r in compared if _beats(find_test(c.tests, best.name, r.name))]
    top = max(compared, key=_value)
    kind = "control" if FAMILIES.get(top.info.family) else top.info.model
    if len(beaten) == len(compared):
        return (
            f"{name} is better than each of the {len(compared)} controls;"
            f" the best of them, {top.name} ({kind}), has AUC {short(_value(top))}."
        )
    others = [r for r in compared if r not in beaten]
    names = listed((f"{r.name} (AUC {short(_value(r))})" for r in others), "or")
    return (
        f"{name} is not shown to be better than {names}: it may owe its AUC to what"
        f" {'this' if len(others) == 1 else 'these'} can see, and not to sense."
    )


def _beats(test: PairTest | None) -> bool:
    return (
        test is not None
        and test.p_adjusted is not None
        and test.p_adjusted < LEVEL
        and (test.difference or 0.0) > 0
    )


def _value(r: Result) -> float:
    inferred = r.metrics[PRIMARY].inferred
    return inferred.value if inferred is not None else float("-inf")


def _at_chance(r: Result) -> bool:
    """Whether the interval of its AUC reaches down to chance."""
    inferred = r.metrics[PRIMARY].inferred
    return inferred is not None and inferred.ci95 is not None and inferred.ci95[0] <= CHANCE
