"""Means and tests of encoders over many words, where each word counts once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace

from embcmp.choices import DRAWS
from embcmp.errors import UsageError
from embcmp.measures.inference import holm, over_words, sign_flip
from embcmp.types import Comparison, Metric


@dataclass(frozen=True, slots=True)
class Standing:
    """The mean of an encoder's measure over words.

    Attributes:
        name: name of its results, such as `bert@6`, or of a control.
        metric: name of the measure.
        words: number of words with a value.
        summary: the mean over these words, with an interval for new words.
        undefined: why no word has a value: the most frequent reason.
    """

    name: str
    metric: str
    words: int
    summary: Metric
    undefined: str | None = None


@dataclass(frozen=True, slots=True)
class WordsTest:
    """A test of the difference of two encoders, on the words for which both have a value.

    Attributes:
        metric: name of the measure.
        a: name of results or of a control.
        b: name of others.
        words: number of words.
        difference: mean of a's value minus b's, with an interval for new words.
        p: two-sided p of the sign-flip test that the differences are symmetric about 0.
        p_adjusted: p adjusted by Holm over the pairs that are tested together.
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

    Names are in order of first appearance and words in alphabetical order, so that no random
    number depends on the order of the comparisons.

    Raises:
        UsageError: two comparisons are of the same word.
    """
    ordered = sorted(comparisons, key=lambda c: c.word)
    words = [c.word for c in ordered]
    if twice := [word for word, count in Counter(words).items() if count > 1]:
        raise UsageError(f"two comparisons of the word {twice[0]!r}", "give each word once")
    metrics: dict[str, dict[str, Metric]] = {}
    for comparison in ordered:
        for result in (*comparison.results, *(comparison.controls or ())):
            if metric in result.metrics:
                by_word = metrics.setdefault(result.name, {})
                by_word.setdefault(comparison.word, result.metrics[metric])
    return metrics


def standings(
    comparisons: Iterable[Comparison], metric: str, *, draws: int = DRAWS, seed: int = 0
) -> tuple[Standing, ...]:
    """A leaderboard: every encoder and control, the highest mean first.

    Means are over the words that have a value, so two rows may be of different words. `paired`
    compares two encoders on the same words.

    Args:
        comparisons: one for each word.
        metric: name of the measure.
        draws: number of bootstrap draws.
        seed: seed of the draws.

    Raises:
        UsageError: two comparisons are of the same word.
    """

    def standing(name: str, by_word: dict[str, Metric]) -> Standing:
        values = [m.value for m in by_word.values() if m.value is not None]
        reasons = Counter(m.undefined for m in by_word.values())
        undefined = None if values else reasons.most_common(1)[0][0]
        return Standing(
            name, metric, len(values), over_words(values, draws=draws, seed=seed), undefined
        )

    rows = [standing(*item) for item in metrics_by_word(comparisons, metric).items()]
    return tuple(sorted(rows, key=lambda s: (s.words == 0, -(s.summary.value or 0.0))))


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
        comparisons: one for each word.
        metric: name of the measure.
        pairs: names of results or controls; p is adjusted over all pairs (Holm 1979).
        draws: number of bootstrap draws.
        seed: seed of the draws and of the sign patterns.

    Raises:
        UsageError: two comparisons are of the same word, or there is no result of a name.
    """
    values = {
        name: {word: m.value for word, m in by_word.items() if m.value is not None}
        for name, by_word in metrics_by_word(comparisons, metric).items()
    }

    def test(a: str, b: str) -> WordsTest:
        if unknown := {a, b} - values.keys():
            known = ", ".join(values)
            raise UsageError(f"there is no result {min(unknown)!r}", f"there are {known}")
        first, second = values[a], values[b]
        d = [first[word] - second[word] for word in first if word in second]
        p = sign_flip(d, seed=seed)
        return WordsTest(metric, a, b, len(d), over_words(d, draws=draws, seed=seed), p)

    tests = [test(*pair) for pair in pairs]
    adjusted = holm([t.p for t in tests])
    return tuple(replace(t, p_adjusted=p) for t, p in zip(tests, adjusted, strict=True))
