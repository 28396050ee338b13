"""What follows about a change, in plain sentences."""

from __future__ import annotations

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


def conclusion(c: Changes) -> tuple[str, ...]:
    """The sentences, the most important first. No sentence claims a change without its p."""
    return of_word(c.changes[0]) if len(c.changes) == 1 else tuple(_of_words(c.changes))


def of_word(change: WordChange) -> tuple[str, ...]:
    """The sentences about one word."""
    return tuple(_of_word(change))


def _of_word(change: WordChange) -> Iterator[str]:
    main, names = change.main, plain_names([r.result for r in change.results])
    first, last = change.groups.names[0], change.groups.names[-1]
    word, between = visible(change.word), f"in {visible(first)} and in {visible(last)}"
    primary = main.primary
    if primary.p is not None and primary.metric.value is not None:
        how = f"prt {short(primary.metric.value)}, {p_value(primary.p)}"
        if primary.p < LEVEL:
            yield f"{word} is used differently {between}, by {names[main.name]} ({how})."
            yield from _beyond_other_words(change)
            yield from _beyond_controls(change, names)
        else:
            yield f"No sign that {word} is used differently {between} ({how})."
            yield "That does not show that it is used alike: few uses find large changes only."
        if not change.groups.documents:
            yield (
                "No documents are known, so that p takes sentences of one document as independent"
                " and may be too small."
            )
    yield from _others(change, names)
    for reason, without in by_reason(
        (names[r.name], r.undefined or r.no_test) for r in change.results
    ).items():
        yield capitalized(f"No p from {listed(without)}: {reason}.")


def _beyond_other_words(change: WordChange) -> Iterator[str]:
    """Say whether the word changes more than other words of the same texts."""
    percentile = change.percentile(change.main)
    if change.controls is None or percentile is None:
        return
    value = change.main.primary.metric.value or 0.0
    others = [v for v in change.controls.values[change.main.name] if v is not None]
    below = sum(v < value for v in others)
    if percentile >= HIGH:
        most = f"{below} of {len(others)}" if below < len(others) else f"all {len(others)}"
        yield f"It changes more than {most} control words of like frequency."
    else:
        yield (
            "That may be a difference of the texts, not of the word: only"
            f" {below} of {len(others)} control words of like frequency change less."
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
        yield capitalized(f"{listed(seen)} {'sees' if len(seen) == 1 else 'see'} a change, too.")
    if unseen:
        verb = "sees" if len(unseen) == 1 else "see"
        yield capitalized(f"{listed(unseen)} {verb} none.")


def _of_words(changes: Sequence[WordChange]) -> Iterator[str]:
    """Say how many words changed, with p adjusted over them."""
    name = changes[0].main.name
    prose = plain_names([changes[0].main.result])[name]
    ranked = sorted(
        changes,
        key=lambda c: (c.main.primary.among_words or 0, -(c.main.primary.metric.value or 0)),
    )
    found = tuple(
        words_found(
            [
                (visible(c.word), c.main.primary.p_adjusted, c.main.primary.false_discovery_rate)
                for c in ranked
            ],
            f"is used differently by {prose}",
            f"are used differently by {prose}",
        )
    )
    if not found:
        yield f"None of {plural(len(changes), 'word')} could be tested."
        return
    yield from found
    tested = (c for c in changes if c.main.primary.p is not None)
    uncertain = sum(not c.groups.documents for c in tested)
    if uncertain:
        yield (
            f"No documents are known for {plural(uncertain, 'word')}: their p take sentences of one"
            " document as independent and may be too small."
        )
