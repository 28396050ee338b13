"""Control words: other words of about the same frequency, which show how much texts differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from math import log

from embcmp.text.folding import lower_case, tidy
from embcmp.text.inflections import same_word
from embcmp.text.sentence_rows import Sentence
from embcmp.text.targets import occurrence
from embcmp.text.words import stop_words, word_spans
from embcmp.types import Occurrence

Span = tuple[int, int]


def control_uses(
    rows: Sequence[Sentence],
    targets: Sequence[Sequence[Occurrence]],
    groups: Sequence[str],
    *,
    most: int,
    fewest: int,
    lang: str = "en",
) -> list[list[Occurrence]]:
    """Choose control words from running text, and find their uses.

    They have uses in every group, about as many as one of the targets: words are ranked by the sum
    over groups of the absolute difference of logarithmic counts, for each target, and those with
    the best ranks are taken. Function words, numbers, and the targets in any form are not taken.

    Args:
        rows: the sentences. Rows about one word, and rows without a group, are not running text.
        targets: the uses of each target.
        groups: the names of the groups.
        most: how many words to choose at most.
        fewest: how many uses a word has in each group at least.
        lang: the code of the text's language.

    Returns:
        The uses of each control word, in the order of the alphabet.
    """
    text = [row for row in rows if row.group in groups and _is_running(row)]
    counts: dict[str, Counter[str]] = {name: Counter() for name in groups}
    for row in text:
        counts[str(row.group)].update(form for form, _ in _forms(row.text))
    dropped = stop_words(lang)
    words = {uses[0].word for uses in targets}
    known = [
        form
        for form in sorted(set.intersection(*({*of} for of in counts.values())))
        if min(of[form] for of in counts.values()) >= fewest
        and form not in dropped
        and not any(same_word(form, word, lang) for word in words)
    ]
    ranks = dict.fromkeys(known, len(known))
    for uses in targets:
        own = Counter(o.group for o in uses)
        distance = {
            form: sum(abs(log(of[form] / max(1, own[name]))) for name, of in counts.items())
            for form in known
        }
        for rank, form in enumerate(sorted(known, key=lambda form: distance[form])):
            ranks[form] = min(ranks[form], rank)
    chosen = sorted(sorted(known, key=lambda form: ranks[form])[:most])
    found: dict[str, list[Occurrence]] = {form: [] for form in chosen}
    for number, row in enumerate(text):
        for form, span in _forms(row.text):
            if form in found:
                found[form].append(occurrence(row, form, f"{number}.{span[0]}", span))
    return list(found.values())


def _is_running(row: Sentence) -> bool:
    return row.word is None and row.lemma is None and row.start is None and not row.problem


def _forms(text: str) -> Iterator[tuple[str, Span]]:
    """The words of a text in lower case, with their places."""
    for start, end in word_spans(text):
        form = lower_case(tidy(text[start:end]))
        if form.isalpha():
            yield form, (start, end)
