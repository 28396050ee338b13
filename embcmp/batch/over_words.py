"""Means and tests of encoders over many words, where each word counts once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil
from typing import Any

import numpy as np

from embcmp.batch.folder import file_name
from embcmp.errors import UsageError
from embcmp.measures.encoder_differences import POWER, simultaneous
from embcmp.measures.inference import (
    over_words,
    sign_flip,
    t_quantile,
    two_sided_p,
)
from embcmp.measures.labels import Floats
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
        b: name of the results, or of the control, that they are compared with.
        words: number of words.
        difference: mean of a's value minus b's, with a 95 % interval for new words that is
            simultaneous for the pairs tested together.
        ci90: 90 % interval of this difference alone.
        p: two-sided p of Student's t test that the mean difference is 0.
        p_adjusted: p adjusted by max-t over the pairs that are tested together.
        p_sign_flip: two-sided p of the sign-flip test, which assumes no normal distribution.
        detectable: a true difference that is found four times in five.
        effect_size: d_z, the mean difference divided by its standard deviation over words.
        share_won: share of the words where a has the higher value, ties one half.
    """

    metric: str
    a: str
    b: str
    words: int
    difference: Metric
    ci90: tuple[float, float] | None = None
    p: float | None = None
    p_adjusted: float | None = None
    p_sign_flip: float | None = None
    detectable: float | None = None
    effect_size: float | None = None
    share_won: float | None = None

    def words_needed(self, margin: float) -> int | None:
        """About how many words would show a true difference of the margin, four times in five.

        m (detectable / margin)^2 for m words, since the error falls with the root of m.
        """
        if self.detectable is None:
            return None
        return ceil(self.words * (self.detectable / margin) ** 2)


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


def standings(comparisons: Iterable[Comparison], metric: str) -> tuple[Standing, ...]:
    """A leaderboard: every encoder and control, the highest mean first.

    Means are over the words that have a value, so two rows may be of different words. `paired`
    compares two encoders on the same words. Words whose labels were made from vectors count only
    if there are no others, and then there is no interval.

    Args:
        comparisons: one for each word.
        metric: name of the measure.

    Raises:
        UsageError: two comparisons are of the same word.
    """
    every = list(comparisons)
    circular = {c.word: c.circular for c in every if c.circular}

    def standing(name: str, by_word: dict[str, Metric]) -> Standing:
        values = {word: m.inferred.value for word, m in by_word.items() if m.inferred}
        reasons = Counter(m.undefined for m in by_word.values())
        undefined = None if values else reasons.most_common(1)[0][0]
        if counted := [value for word, value in values.items() if word not in circular]:
            return Standing(name, metric, len(counted), over_words(counted), undefined)
        mean = over_words([*values.values()])
        mean = mean.without_inference(circular[min(values)]) if values else mean
        return Standing(name, metric, len(values), mean, undefined)

    rows = [standing(*item) for item in metrics_by_word(every, metric).items()]
    return tuple(sorted(rows, key=lambda s: (s.words == 0, -(s.summary.value or 0.0))))


def paired(
    comparisons: Iterable[Comparison],
    metric: str,
    pairs: Iterable[tuple[str, str]],
    *,
    seed: int = 0,
) -> tuple[WordsTest, ...]:
    """Test pairs of encoders, or of encoders and controls, on the words that both have.

    Student's t over words, for all pairs together by single-step max-t (`simultaneous`), where
    each pair has six words or more. Words whose labels were made from vectors are left out.

    Args:
        comparisons: one for each word.
        metric: name of the measure.
        pairs: names of results or controls.
        seed: seed of the draws of max-t and of the sign patterns.

    Raises:
        UsageError: two comparisons are of the same word, or no result has one of the names.
    """
    every = list(comparisons)
    circular = {c.word: c.circular for c in every if c.circular}
    undefined = next(iter(circular.values()), "no word has a value")
    values = {
        name: {w: m.inferred.value for w, m in by_word.items() if m.inferred and w not in circular}
        for name, by_word in metrics_by_word(every, metric).items()
    }
    words = {word: i for i, word in enumerate(sorted({w for v in values.values() for w in v}))}

    def test(a: str, b: str) -> tuple[WordsTest, Floats]:
        if unknown := {a, b} - values.keys():
            known = ", ".join(values)
            raise UsageError(f"there is no result {min(unknown)!r}", f"choose from {known}")
        first, second = values[a], values[b]
        both = sorted(first.keys() & second.keys())
        d = np.array([first[word] - second[word] for word in both])
        parts = np.zeros(len(words))
        mean = over_words(d.tolist(), undefined=undefined)
        untested = WordsTest(
            metric, a, b, len(d), mean, p_sign_flip=sign_flip(d.tolist(), seed=seed)
        )
        if mean.ci95 is None or not np.ptp(d) > 0:
            return untested, parts
        parts[[words[word] for word in both]] = (d - d.mean()) / (len(d) * (len(d) - 1)) ** 0.5
        effect = float(d.mean() / d.std(ddof=1))
        won = float(np.heaviside(d, 0.5).mean())
        return replace(untested, effect_size=effect, share_won=won), parts

    return _tested_together([test(*pair) for pair in pairs], seed)


def _tested_together(tests: Sequence[tuple[WordsTest, Floats]], seed: int) -> tuple[WordsTest, ...]:
    """Add intervals and p-values that hold for all pairs together."""
    testable = [(t, parts) for t, parts in tests if t.effect_size is not None]
    if not testable:
        return tuple(t for t, _ in tests)
    parts = np.stack([parts for _, parts in testable], axis=1)
    errors = np.sqrt((parts**2).sum(axis=0))
    means = np.array([t.difference.value for t, _ in testable], dtype=np.float64)
    df = min(t.words for t, _ in testable) - 1
    critical, adjusted = simultaneous(parts, np.abs(means) / errors, df, seed=seed)
    numbers = iter(zip(means.tolist(), errors.tolist(), adjusted, strict=True))
    results = []
    for t, _ in tests:
        if t.effect_size is None:
            results.append(t)
            continue
        mean, error, p_adjusted = next(numbers)
        half, own = critical * error, t_quantile(0.95, t.words - 1) * error
        results.append(
            replace(
                t,
                difference=replace(t.difference, ci95=(mean - half, mean + half)),
                ci90=(mean - own, mean + own),
                p=two_sided_p(mean / error, t.words - 1),
                p_adjusted=p_adjusted,
                detectable=(critical + t_quantile(POWER, t.words - 1)) * error,
            )
        )
    return tuple(results)


def by_word(outlines: Mapping[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """What the summary says of each word besides the comparison.

    Args:
        outlines: what it says, by word.

    Returns:
        Each outline with its `word` and its `file`.
    """
    return [{"word": word, "file": f"{file_name(word)}.json", **o} for word, o in outlines.items()]
