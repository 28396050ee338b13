"""What follows from the groups and the evidence, in plain sentences."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from embcmp.measures.sense_evidence import nulls
from embcmp.measures.transfer import FALSE_ALARMS
from embcmp.questions.compare.layer_view import ALL_ALIKE
from embcmp.questions.compare.names_in_prose import capitalized, in_words, listed, plain_names
from embcmp.questions.senses.senses import Senses
from embcmp.render.numbers import p_number, p_value, plural, short
from embcmp.render.text import by_reason
from embcmp.types import PER_TYPE

LEVEL = 0.05
ALIKE, DIFFERENT = 0.5, 0.2  # adjusted mutual information of two encoders' groups
_CAUTION = "That does not show that there is only one: the test {}."
_TOGETHER = {"context", "lstm", "bert@6"}  # docs/notes/senses.md measured the power of their test
_POWER = "finds about one in four words with two equally frequent senses"
_UNKNOWN_POWER = "often misses a second sense"
_REASONS = {
    PER_TYPE: "every use the same vector, so it cannot separate senses",
    ALL_ALIKE: "all uses the same vector",
}


def conclusion(s: Senses) -> tuple[str, ...]:
    """The sentences, the most important first. None claims more than one sense without its p."""
    names = plain_names([r.result for r in s.results])
    if s.circular:
        return (f"No verdict: {s.circular}.", *_ungrouped(s, names))
    shown = [_known, _evidence, _agreement, _encoders_with_evidence, _ungrouped]
    return tuple(sentence for part in shown for sentence in part(s, names))


def _known(s: Senses, names: dict[str, str]) -> Iterator[str]:
    if (known := s.main.known) is None:
        return
    unlike, percent = len(s.main.unlike), f"{100 * known.false_alarm_rate:.0f} %"
    rate = f"up to {percent} of the uses of a known sense are flagged by mistake"
    if known.false_alarm_rate > FALSE_ALARMS:
        rate += "; 19 labeled sentences of each sense bring that to 5 %"
    yield f"{unlike} of {_uses(s)} {'is' if unlike == 1 else 'are'} like no known sense ({rate})."
    accuracy = f"a balanced accuracy of {short(known.accuracy)} (chance is {short(known.chance)})"
    yield capitalized(f"{names[s.main.name]} has {accuracy} on labeled uses that are held out.")


def _evidence(s: Senses, names: dict[str, str]) -> Iterator[str]:
    if s.p is None:
        return
    measured = {r.name for r in s.results if r.measured}
    k, between = in_words(len(s.main.groups)), sum(len(g.borderline) for g in s.main.groups)
    if s.p < LEVEL:
        unsure = f"; {plural(between, 'use')} {'is' if between == 1 else 'are'} between groups"
        makes = capitalized(f"{names[s.main.name]} makes {k} groups{unsure if between else ''}")
        yield f"More than one sense in {_uses(s, p_value(s.p))}. {makes}."
    else:
        best = f"the best {k} groups would be these"
        yield f"No sign of more than one sense in {_uses(s, p_value(s.p))}; {best}."
        yield _CAUTION.format(_POWER if measured == _TOGETHER else _UNKNOWN_POWER)
    if not measured:
        tested = [r.name for r in s.results if r.p is not None]
        how = " in this language" if s.correct == "none" else " with a correction"
        encoders = listed(names[name] for name in tested) + how * ({*tested} <= {*nulls()})
        yield f"This p is a hint only: no null was measured for {encoders}."


def _uses(s: Senses, *remarks: str) -> str:
    """The number of uses that were grouped or assigned; of copies one counts."""
    n = sum(len(group.uses) for group in s.main.groups) + len(s.main.unlike)
    every = sum(confidence is not None for confidence in s.main.confidence)
    copies, noun = ([f"{every} with copies"], "different use") if every > n else ([], "use")
    notes = ", ".join([*copies, *remarks])
    return f"{plural(n, noun)}{f' ({notes})' if notes else ''}"


def _agreement(s: Senses, names: dict[str, str]) -> Iterator[str]:
    """Say which encoders group or assign the uses as the main one does, and which do not."""
    name, main = s.main.name, names[s.main.name]
    pairs = [(a.b if a.a == name else a.a, a.ami) for a in s.agreement if name in (a.a, a.b)]
    assign = "assign" if s.main.known else "group"
    bands = {"alike": (ALIKE, 2), "partly alike": (DIFFERENT, ALIKE)}
    for how, (low, high) in bands.items():
        if alike := {names[other]: ami for other, ami in pairs if low <= ami < high}:
            group = f"{listed([main, *alike])} {assign} the uses {how}"
            yield capitalized(f"{group} (AMI {_ends(alike, short)}).")
    if different := {names[other]: ami for other, ami in pairs if ami < DIFFERENT}:
        differs = f"{listed(different)} {assign}{'s' if len(different) == 1 else ''} the uses"
        yield capitalized(f"{differs} differently from {main} (AMI {_ends(different, short)}).")


def _encoders_with_evidence(s: Senses, names: dict[str, str]) -> Iterator[str]:
    """Say which encoders have evidence, where others do not."""
    by_name = {names[r.name]: r.p for r in s.results if r.p is not None}
    strong = {name: p for name, p in by_name.items() if p < LEVEL}
    weak = {name: p for name, p in by_name.items() if p >= LEVEL}
    if strong and weak and s.p is not None:
        shares = [f"{listed(x)} (p = {_ends(x, p_number)})" for x in (strong, weak)]
        start = "The evidence is" if s.p < LEVEL else "Taken alone, there is evidence, but only"
        yield f"{start} that of {', not of '.join(shares)}.".replace("= <", "< ")


def _ends(values: Mapping[str, float], number: Callable[[float], str]) -> str:
    """The smallest and the largest of some values; once if they look the same."""
    return " to ".join(dict.fromkeys(map(number, (min(values.values()), max(values.values())))))


def _ungrouped(s: Senses, names: dict[str, str]) -> Iterator[str]:
    """Say why encoders have no groups."""
    for reason, without in by_reason((names[r.name], r.undefined) for r in s.results).items():
        if reason in _REASONS:
            gives = "give" if len(without) > 1 else "gives"
            yield capitalized(f"{listed(without)} {gives} {_REASONS[reason]}.")
        else:
            by = "" if len(without) == len(s.results) else f" by {listed(without)}"
            yield f"No groups{by}: {reason}."
