"""How well tests tell samples of two senses from samples of one.

    python -m tests.benchmarks.sense_evidence FOLDER --cache FOLDER

A sample has 10, 20, 30 or 60 uses of one sense of a word, or of its two most frequent senses, in
equal numbers or 3:1. Every test is tried on the words A to M of three data sets (FOLDER holds them,
see `sense_data`).

A test has a nominal p. Its null is one Gaussian, for the dip a uniform distribution, and for the
shipped test the samples of one sense of these same words; `sense_calibration` tries it on others.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from embcmp.measures.sense_evidence import combined, nulls, p_of, separation, statistic
from embcmp.measures.similarity import cosine_matrix
from tests.benchmarks.sense_data import (
    CHOOSING,
    ENCODERS,
    Word,
    arguments,
    read_words,
    short,
    table,
)
from tests.benchmarks.sense_tests import (
    after_pca,
    agreement,
    centered_gram,
    dip,
    sigclust,
    two_groups,
)

Floats = NDArray[np.float64]
SIZES = (10, 20, 30, 60)
KINDS = ONE, EQUAL, UNEVEN = "one", "1:1", "3:1"
LEVEL = 0.05
SHIPPED = "shipped"
WITH_NULL = (SHIPPED, "SigClust", "PCA index", "PCA silhouette", "dip")
WITHOUT_NULL = ("share", "spread")
CAUCHY = "Cauchy"
Choice = tuple[str, str]  # a test, and of what
# The share is that of the sum of squares between two groups, the spread 1 - the mean cosine.
MIXES: dict[Choice, list[Choice]] = {  # the mean of these, each standardized
    **{(t, "mean"): [(t, spec) for spec in ENCODERS] for t in (*WITH_NULL, *WITHOUT_NULL)},
    ("share and spread", "mean"): [(t, spec) for t in WITHOUT_NULL for spec in ENCODERS],
}


@dataclass(frozen=True)
class Sample:
    """Uses of one or two senses of a word.

    Attributes:
        data: the name of the data set.
        word: the word.
        kind: ONE, EQUAL or UNEVEN.
        vectors: unit vectors [n, dim] by encoder.
    """

    data: str
    word: str
    kind: str
    vectors: dict[str, Floats]

    @property
    def n(self) -> int:
        """The number of uses."""
        return len(next(iter(self.vectors.values())))


def samples(words: Sequence[Word], sizes: Sequence[int], draws: int = 1) -> Iterator[Sample]:
    """Samples of each kind and size, of each sense or word that has the uses for it."""
    for word in words:
        rng = random.Random(f"{word.data} {word.word}")
        senses = word.rows()
        for n in sizes:
            few = max(3, round(n / 4))
            parts = [(ONE, [(s, n)]) for s in senses]
            if len(senses) > 1:
                first, second = senses[:2]
                parts += [(EQUAL, [(first, n - n // 2), (second, n // 2)])]
                parts += [(UNEVEN, [(first, n - few), (second, few)])]
            for kind, counts in parts * draws:
                if all(len(sense) >= count for sense, count in counts):
                    rows = [i for sense, count in counts for i in rng.sample(list(sense), count)]
                    vectors = {spec: v[rows] for spec, v in word.vectors.items()}
                    yield Sample(word.data, word.word, kind, vectors)


Results = dict[Choice, tuple[float, float]]  # score, nominal p or NaN


def tested(sample: Sample) -> Results:
    """Every test, by encoder and combined."""
    results: Results = {}
    for spec, x in sample.vectors.items():
        groups, null = separation(cosine_matrix(x)), nulls()[spec]
        results[SHIPPED, spec] = statistic(groups, null.weight), p_of(groups, len(x), null)
        results["SigClust", spec] = sigclust(x)
        results["PCA index", spec], results["PCA silhouette", spec] = after_pca(x)
        results["dip", spec] = dip(x)
        results["share", spec] = float(two_groups(centered_gram(x)[None])[1][0]), np.nan
        cosines = (x @ x.T)[np.triu_indices(len(x), 1)]
        results["spread", spec] = 1 - float(cosines.mean()), np.nan
    for test in WITH_NULL:
        p = combined([results[test, spec][1] for spec in ENCODERS])
        results[test, CAUCHY] = -p, p
    results["agreement", "groups"] = agreement(sample.vectors), np.nan
    return results


@dataclass(frozen=True)
class Scored:
    """What a test made of samples of one size and kind.

    Attributes:
        data: the data set of each sample.
        scores: the larger, the more evidence for two senses.
        p: nominal, NaN where there is none.
    """

    data: NDArray[np.str_]
    scores: Floats
    p: Floats


class Evidence:
    """The results of all samples, by test, size and kind."""

    def __init__(self, words: Sequence[Word]) -> None:
        drawn = list(samples(words, SIZES))
        results = [tested(sample) for sample in drawn]
        self.choices: list[Choice] = [*results[0], *MIXES]
        self._values: dict[tuple[Choice, int, str], Scored] = {}
        for n in SIZES:
            for kind in KINDS:
                rows = [i for i, s in enumerate(drawn) if (s.n, s.kind) == (n, kind)]
                data = np.array([drawn[i].data for i in rows])
                for choice in results[0]:
                    values = np.array([results[i][choice] for i in rows]).reshape(-1, 2)
                    self._values[choice, n, kind] = Scored(data, *values.T)
                for choice, parts in MIXES.items():
                    scores = [self._standardized(part, n, kind) for part in parts]
                    none = np.full(len(rows), np.nan)
                    self._values[choice, n, kind] = Scored(data, np.mean(scores, axis=0), none)

    def _standardized(self, choice: Choice, n: int, kind: str) -> Floats:
        one = self.of(choice, n, ONE).scores
        return (self.of(choice, n, kind).scores - one.mean()) / one.std()

    def of(self, choice: Choice, n: int, kind: str) -> Scored:
        """The samples of a size and kind."""
        return self._values[choice, n, kind]


def auc(one: Scored, two: Scored) -> float:
    """How often a sample of two senses scores above one of one sense of the same data set.

    Ties count one half. Between data sets the scores differ for other reasons.
    """
    pairs = two.data[:, None] == one.data
    above = (two.scores[:, None] > one.scores) + (two.scores[:, None] == one.scores) / 2
    return float(above[pairs].mean()) if pairs.any() and np.isfinite(one.scores).all() else np.nan


def rate(p: Floats) -> float:
    """The share of p below the level; NaN where there is no p."""
    return float((p < LEVEL).mean()) if len(p) and np.isfinite(p).all() else np.nan


def with_error(share: float, n: int) -> str:
    """A share with its standard error."""
    return "-" if np.isnan(share) else f"{short(share)} ({short((share * (1 - share) / n) ** 0.5)})"


def aucs(evidence: Evidence, choice: Choice) -> list[float]:
    """The AUC of two senses against one, by size, in equal numbers and 3:1."""
    return [
        auc(evidence.of(choice, n, ONE), evidence.of(choice, n, kind))
        for n in SIZES
        for kind in (EQUAL, UNEVEN)
    ]


def auc_table(evidence: Evidence) -> str:
    """A row for each test, the best first; the AUC is the mean of both kinds of two senses."""
    by_size = {c: np.reshape(aucs(evidence, c), (-1, 2)).mean(axis=1) for c in evidence.choices}
    order = sorted(by_size, key=lambda c: -float(np.nanmean(by_size[c])))
    rows = [[*c, *map(short, by_size[c]), short(float(np.nanmean(by_size[c])))] for c in order]
    return table(["test", "of", *(f"{n} uses" for n in SIZES), "mean"], rows)


def nominal_table(evidence: Evidence) -> str:
    """The nominal size of every test that has a p, by the number of uses."""
    rows = []
    for choice in evidence.choices:
        p = [evidence.of(choice, n, ONE).p for n in SIZES]
        if any(np.isfinite(values).all() for values in p):
            rows.append([*choice, *(with_error(rate(values), len(values)) for values in p)])
    return table(["test", "of", *(f"{n} uses" for n in SIZES)], rows)


def main() -> None:
    """Print the tables of all tests on words A to M."""
    options = arguments(__doc__)
    evidence = Evidence(read_words(options.data, options.cache, CHOOSING))
    out = sys.stdout
    out.write(f"AUC of two senses against one, words A to M:\n\n{auc_table(evidence)}\n")
    out.write(f"Nominal size (standard error) at .05, words A to M:\n\n{nominal_table(evidence)}")


if __name__ == "__main__":
    main()
