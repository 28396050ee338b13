"""Comparisons of many words: what an encoder reaches over words, each counting once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from embcmp.choices import DRAWS
from embcmp.errors import UsageError
from embcmp.measures.inference import holm, over_words, sign_flip
from embcmp.types import Comparison, Metric


@dataclass(frozen=True, slots=True)
class Standing:
    """One encoder's measure over words.

    Attributes:
        name: of its results, as `bert@6`, or of a control.
        metric: the measure.
        words: how many words have a value.
        summary: the mean over them, with an interval for new words.
        undefined: why, where no word has a value: the reason that most of them give.
    """

    name: str
    metric: str
    words: int
    summary: Metric
    undefined: str | None = None


@dataclass(frozen=True, slots=True)
class WordsTest:
    """Whether two encoders differ over the words that both have a value for.

    Attributes:
        metric: the measure.
        a: name of results or of a control.
        b: the other one's.
        words: how many.
        difference: mean of a's value minus b's, with an interval for new words.
        p: two-sided, by sign flips, for differences that are symmetric about 0.
        p_adjusted: by Holm, over the pairs tested with it.
    """

    metric: str
    a: str
    b: str
    words: int
    difference: Metric
    p: float | None
    p_adjusted: float | None = None


def metrics_by_word(comparisons: Iterable[Comparison], metric: str) -> dict[str, dict[str, Metric]]:
    """A measure of every result and control: name -> word -> metric.

    Names are in the order in which they first come, words in alphabetical order, so that no
    number drawn over words depends on the order of the comparisons.

    Raises:
        UsageError: a word is there twice.
    """
    ordered = sorted(comparisons, key=lambda c: c.word)
    words = [c.word for c in ordered]
    if twice := [word for word, count in Counter(words).items() if count > 1]:
        raise UsageError(f"two comparisons of the word {twice[0]!r}", "give each word once")
    found: dict[str, dict[str, Metric]] = {}
    for comparison in ordered:
        for result in (*comparison.results, *(comparison.controls or ())):
            if metric in result.metrics:
                of_name = found.setdefault(result.name, {})
                of_name.setdefault(comparison.word, result.metrics[metric])
    return found


def standings(
    comparisons: Iterable[Comparison], metric: str, *, draws: int = DRAWS, seed: int = 0
) -> tuple[Standing, ...]:
    """A leaderboard: every encoder and control, the highest mean first.

    Means are over the words that have a value: where their number differs between two rows, so
    do the words. `paired` compares two encoders on the same ones.

    Args:
        comparisons: one a word.
        metric: the measure.
        draws: of the bootstrap.
        seed: of the draws.

    Raises:
        UsageError: a word is there twice.
    """

    def standing(name: str, of_name: dict[str, Metric]) -> Standing:
        values = [m.value for m in of_name.values() if m.value is not None]
        reasons = Counter(m.undefined for m in of_name.values())
        undefined = None if values else reasons.most_common(1)[0][0]
        return Standing(
            name, metric, len(values), over_words(values, draws=draws, seed=seed), undefined
        )

    found = [standing(*item) for item in metrics_by_word(comparisons, metric).items()]
    return tuple(sorted(found, key=lambda s: (s.words == 0, -(s.summary.value or 0.0))))


def paired(
    comparisons: Iterable[Comparison],
    metric: str,
    pairs: Iterable[tuple[str, str]],
    *,
    draws: int = DRAWS,
    seed: int = 0,
) -> tuple[WordsTest, ...]:
    """Test pairs of encoders, or of encoders and controls, on the words that both have.

    Args:
        comparisons: one a word.
        metric: the measure.
        pairs: names of results or controls; p is adjusted over all of them (Holm 1979).
        draws: of the bootstrap.
        seed: of the draws and of the sign patterns.

    Raises:
        UsageError: a word is there twice, or a name is that of no result.
    """
    by_word = metrics_by_word(comparisons, metric)

    def test(a: str, b: str) -> WordsTest:
        if unknown := {a, b} - by_word.keys():
            known = ", ".join(by_word)
            raise UsageError(f"there is no result {min(unknown)!r}", f"there are {known}")
        d = list(_differences(by_word[a], by_word[b]))
        p = sign_flip(d, seed=seed)
        return WordsTest(metric, a, b, len(d), over_words(d, draws=draws, seed=seed), p)

    found = [test(*pair) for pair in pairs]
    adjusted = holm([t.p for t in found])
    return tuple(replace(t, p_adjusted=p) for t, p in zip(found, adjusted, strict=True))


def _differences(a: dict[str, Metric], b: dict[str, Metric]) -> Iterator[float]:
    """Word by word, where both have a value."""
    for word, metric in a.items():
        other = b.get(word)
        if other is not None and metric.value is not None and other.value is not None:
            yield metric.value - other.value
