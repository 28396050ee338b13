"""What follows about a change, in plain sentences."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from embcmp.measures.encoder_differences import LEVEL
from embcmp.questions.change.word_change import Changes, WordChange
from embcmp.questions.compare.names_in_prose import (
    capitalized,
    listed,
    plain_names,
    words_found,
)
from embcmp.render.numbers import p_value, plural, short
from embcmp.render.text import by_reason, visible

HIGH = 95  # percent of the control words that change less
ENOUGH = 20  # control words, to say that a word stands out


def conclusion(c: Changes) -> tuple[str, ...]:
    """The sentences, the most important first. No sentence claims a change without its p."""
    return tuple(of_word(c.changes[0]) if len(c.changes) == 1 else _of_words(c.changes))


def spoken(group: str) -> str:
    """The name of a group in a sentence: a short number, such as 1, is "group 1"."""
    return f"group {group}" if re.fullmatch(r"\d{1,2}", group) else visible(group)


def _between(names: Sequence[str]) -> str:
    return f"in {spoken(names[0])} and in {spoken(names[-1])}"


def of_word(change: WordChange) -> Iterator[str]:
    """The sentences about one word."""
    main, names = change.main, plain_names([r.result for r in change.results])
    word, between = visible(change.word), _between(change.groups.names)
    primary = main.primary
    if primary.p is not None and primary.metric.value is not None:
        how = f"prt {short(primary.metric.value)}, {p_value(primary.p)}"
        if primary.p < LEVEL:
            yield f"{word} is used differently {between}, by {names[main.name]} ({how})."
            yield from _beyond_other_words(change)
            yield from _beyond_controls(change, names)
        else:
            yield f"No sign that {word} is used differently {between} ({how})."
            yield (
                "That does not show that nothing changed: with few uses only large changes are"
                " found."
            )
        if not change.groups.documents:
            some = any(o.unit is not None for o in change.groups.uses.occurrences)
            yield (
                f"{'Not all' if some else 'No'} documents are known, so that p takes sentences of"
                " one document as independent and may be too small."
            )
    yield from _others(change, names)
    for reason, without in by_reason(
        (names[r.name], r.change.no_test) for r in change.results
    ).items():
        yield capitalized(f"No p from {listed(without)}: {reason}.")


def _beyond_other_words(change: WordChange) -> Iterator[str]:
    """Say whether the word changes more than other words of the same texts."""
    value = change.main.primary.metric.value
    if change.controls is None or value is None:
        return
    others = [v for v in change.controls.values[change.main.name] if v is not None]
    below, of_like = sum(v < value for v in others), "of like frequency"
    if len(others) < ENOUGH:
        yield (
            f"Only {plural(len(others), 'control word')} {of_like} can be measured: too few to say"
            " whether other words change as much."
        )
    elif _stands_out(change):
        most = f"{below} of {len(others)}" if below < len(others) else f"all {len(others)}"
        yield f"It changes more than {most} control words {of_like}."
    else:
        yield (
            "That may be a difference of the texts, not of the word: only"
            f" {below} of {len(others)} control words {of_like} change less."
        )


def _stands_out(change: WordChange) -> bool:
    """Whether the word changes more than nearly all of enough control words."""
    percentile = change.percentile(change.main)
    others = change.controls.values[change.main.name] if change.controls else ()
    return (
        percentile is not None
        and percentile >= HIGH
        and sum(v is not None for v in others) >= ENOUGH
    )


def _beyond_controls(change: WordChange, names: dict[str, str]) -> Iterator[str]:
    """Say what tells the groups apart as well as the encoder, though it knows no meaning."""
    if not (change.separation and change.separation.tests):
        return
    spoken = {**names, "form": "the form alone", "position": "the position alone"}
    encoder = names[change.main.name]
    below: list[str] = []
    alike: list[str] = []
    for test in change.separation.tests:
        worse = (test.p_adjusted is not None and test.p_adjusted < LEVEL and test.difference) or 0
        (below if worse > 0 else alike).append(spoken[test.b])
    parts = [f"tells the groups apart better than {listed(below)}"] if below else []
    if alike:
        less = "be better than" if below else "tell the groups apart better than"
        parts.append(f"is not shown to {less} {listed(alike, 'or')}")
    yield f"{capitalized(encoder)} {', but '.join(parts)}."


def _others(change: WordChange, names: dict[str, str]) -> Iterator[str]:
    """Say which other encoders see the change, and which do not."""
    p = {names[r.name]: r.primary.p for r in change.results[:-1] if r.primary.p is not None}
    seen = [f"{name} ({p_value(value)})" for name, value in p.items() if value < LEVEL]
    unseen = [f"{name} ({p_value(value)})" for name, value in p.items() if value >= LEVEL]
    if seen:
        see = f"{'sees' if len(seen) == 1 else 'see'} a change"
        by_main = change.main.primary.p is not None and change.main.primary.p < LEVEL
        yield capitalized(
            f"{listed(seen)} {see}, too." if by_main else f"But {listed(seen)} {see}."
        )
    if unseen:
        verb = "sees" if len(unseen) == 1 else "see"
        yield capitalized(f"{listed(unseen)} {verb} none.")


def _of_words(changes: Sequence[WordChange]) -> Iterator[str]:
    """Say how many words changed, with p adjusted over them."""
    prose = plain_names([changes[0].main.result])[changes[0].main.name]
    differently = f"shown to be used differently {_between(changes[0].groups.names)}, by {prose}"
    ranked = sorted(
        changes,
        key=lambda c: (c.main.primary.among_words or 0, -(c.main.primary.metric.value or 0)),
    )
    p = [(visible(c.word), c.main.primary) for c in ranked]
    yield from words_found(
        ((word, primary.p_adjusted, primary.false_discovery_rate) for word, primary in p),
        f"is {differently}",
        f"are {differently}",
    )
    found = [c for c in ranked if (c.main.primary.among_words or LEVEL) < LEVEL]
    if found and all(c.controls is None for c in found):
        yield "Without control words, that may be a difference of the texts, not of the words."
    elif found:
        beyond = [visible(c.word) for c in found if _stands_out(c)]
        yield (
            f"{len(beyond) or 'None'} of these {'changes' if len(beyond) < 2 else 'change'} more"
            f" than {HIGH} % of {ENOUGH} or more control words of like frequency"
            f"{': ' if beyond else ''}{listed(beyond)}."
        )
    tested = (c for c in changes if c.main.primary.p is not None)
    if uncertain := sum(not c.groups.documents for c in tested):
        yield (
            f"Documents are not all known for {plural(uncertain, 'word')}: p takes sentences of one"
            " document as independent and may be too small."
        )
    for reason, words in by_reason(
        (visible(c.word), c.main.change.no_test) for c in ranked
    ).items():
        yield f"No p for {listed(words)}: {reason}."
