"""The test of one sense: its null, its size and its power.

    python -m tests.benchmarks.sense_calibration FOLDER --cache FOLDER

Chooses the weight of the spread, and writes what the statistic is in samples of one sense to
`embcmp/data/one_sense.json`: both from the words A to M of three data sets (FOLDER holds them, see
`sense_data`). Then prints how the test does on these words, and on the words N to Z.

Samples of a word overlap, so that standard errors are over words.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import NormalDist

import numpy as np

from embcmp.measures.labels import Flags, Floats, Index, sample
from embcmp.measures.macro_auc import auc_macro
from embcmp.measures.sense_evidence import (
    ANY,
    Null,
    Separation,
    combined,
    p_of,
    separation,
    statistic,
)
from embcmp.measures.similarity import cosine_matrix, unit
from tests.benchmarks.sense_data import (
    CHOOSING,
    REPORTING,
    Word,
    arguments,
    read_words,
    short,
    table,
)
from tests.benchmarks.sense_evidence import EQUAL, KINDS, LEVEL, ONE, Sample, Scored, samples
from tests.benchmarks.sense_evidence import auc as pairs_auc

FILE = Path(__file__).parents[2] / "embcmp" / "data" / "one_sense.json"
KIND_OF = {
    "context": "context",
    **dict.fromkeys(("lstm", "rnn"), "recurrent"),
    **{f"bert@{layer}": "bert" for layer in range(7)},
}
SIZES = (10, 15, 20, 30, 45, 60)
DRAWS = 4  # samples of a size and kind, of each sense or word
WEIGHTS = (0, 0.5, 1, 2, 3, 4)
NEARLY = 0.02  # an AUC this much below the best is nearly as good
ALL = "all three"
TESTS = {
    "bert": ("bert@6",),
    "lstm": ("lstm",),
    "context": ("context",),
    "bert and context": ("bert@6", "context"),
    ALL: ("bert@6", "lstm", "context"),
}
SIMULATED = (10, 30, 100)  # uses a sense
FEWEST = 20  # uses of a sense that is simulated
# Bandwidths by name: infinite, the likeliest of uses left out (see `likelihoods`), and none.
BANDWIDTHS = {"Gaussian": np.inf, "kernel": 1.0, "resampled": 0.0}
TRIED = (0.5, 0.7, 0.8, 1.0, 1.25, 1.5, 2.0, 5.0)
COMPONENTS = 5
AUCS = (0.0, 0.6, 0.7, 0.8, 1.0)  # of two senses

Tests = dict[str, tuple[Sequence[str], Mapping[str, Null]]]
Parts = Sequence[tuple[Index, int]]


@dataclass(frozen=True)
class MeasuredSample:
    """A sample, and its two best groups by encoder."""

    data: str
    word: str
    kind: str
    n: int
    separations: dict[str, Separation]

    @classmethod
    def of(cls, drawn: Sample) -> MeasuredSample:
        """Group the uses of a sample."""
        groups = {spec: separation(cosine_matrix(x)) for spec, x in drawn.vectors.items()}
        return cls(drawn.data, drawn.word, drawn.kind, drawn.n, groups)


def auc(
    measured: Sequence[MeasuredSample], scores: Floats, kinds: Sequence[str] = KINDS[1:]
) -> float:
    """How often a sample of two senses scores above one of one sense of the same data set.

    The mean over numbers of uses and kinds of two senses.
    """
    data = np.array([m.data for m in measured])

    def of(kind: str, n: int) -> Scored:
        at = [(m.kind, m.n) == (kind, n) for m in measured]
        return Scored(data[at], scores[at], scores[at])

    return float(np.mean([pairs_auc(of(ONE, n), of(k, n)) for n in SIZES for k in kinds]))


def scores(measured: Sequence[MeasuredSample], spec: str, weight: float | None) -> Floats:
    """The statistic of each sample."""
    return np.array([statistic(m.separations[spec], weight) for m in measured])


def weight_aucs(measured: Sequence[MeasuredSample]) -> dict[str, list[float]]:
    """The AUC by kind of encoder and weight, each the mean over its encoders and layers."""
    return {
        kind: [
            float(np.mean([auc(measured, scores(measured, s, w)) for s in specs])) for w in WEIGHTS
        ]
        for kind, specs in of_kind().items()
    }


def of_kind() -> dict[str, list[str]]:
    """The measured encoders and layers of each kind."""
    return {k: [s for s in KIND_OF if KIND_OF[s] == k] for k in dict.fromkeys(KIND_OF.values())}


def chosen(aucs: Sequence[float]) -> float:
    """The smallest weight that is nearly as good as the best: other text may vary more."""
    return next(w for w, value in zip(WEIGHTS, aucs, strict=True) if value >= max(aucs) - NEARLY)


def null_of(measured: Sequence[MeasuredSample], spec: str, weight: float | None) -> Null:
    """What the statistic is in the samples of one sense, with three decimals."""
    one = [m for m in measured if m.kind == ONE]
    sizes, values = np.array([m.n for m in one]), scores(one, spec, weight)
    means, deviations = [], []
    for n in SIZES:
        of_size = values[sizes == n]
        above = np.quantile(of_size, 1 - LEVEL) - of_size.mean()
        deviation = above / NormalDist().inv_cdf(1 - LEVEL)
        means.append(round(float(of_size.mean()), 3))
        deviations.append(round(float(deviation), 3))
    return Null(weight, SIZES, means, deviations)


def envelope(measured: Sequence[MeasuredSample], specs: Sequence[str]) -> Null:
    """What holds for all of these encoders: the largest mean and deviation."""
    nulls = [null_of(measured, spec, None) for spec in specs]
    means, deviations = ([getattr(n, part) for n in nulls] for part in ("mean", "deviation"))
    return Null(None, SIZES, np.max(means, axis=0).tolist(), np.max(deviations, axis=0).tolist())


def unmeasured(measured: Sequence[MeasuredSample]) -> dict[str, Null]:
    """For each encoder the row of ANY, made without the encoders and layers of its kind."""
    kinds = of_kind().items()
    without = {k: [s for other, its in kinds if other != k for s in its] for k, _ in kinds}
    return {s: envelope(measured, without[kind]) for s, kind in KIND_OF.items()}


class Results:
    """The p of one sense of samples, by test.

    Args:
        measured: the samples.
        tests: the encoders of each test, and their nulls.
    """

    def __init__(self, measured: Sequence[MeasuredSample], tests: Tests) -> None:
        self.measured = measured
        self.kinds = np.array([m.kind for m in measured])
        self.sizes = np.array([m.n for m in measured])
        self.data = np.array([m.data for m in measured])
        self.words = np.array([f"{m.data} {m.word}" for m in measured])
        self.p = {
            name: np.array([combined_p(m, specs, nulls) for m in measured])
            for name, (specs, nulls) in tests.items()
        }

    def rate(self, test: str, at: Flags, level: float = LEVEL) -> str:
        """The share of some samples with a p below the level, and its standard error."""
        below = self.p[test][at] < level
        if not len(below):
            return "-"
        sums = np.bincount(np.unique(self.words[at], return_inverse=True)[1], below - below.mean())
        error = float(np.linalg.norm(sums)) / len(below)
        return f"{short(float(below.mean()))} ({short(error)})"

    def sizes_table(self, sizes: Sequence[int]) -> str:
        """The size of each test by number of uses and by data set, of all, and of all at .01."""
        one, sets = self.kinds == ONE, sorted({*self.data[self.kinds == ONE]})
        columns = [one & (self.sizes == n) for n in sizes] + [one & (self.data == d) for d in sets]
        rows = [
            [t, *(self.rate(t, at) for at in [*columns, one]), self.rate(t, one, 0.01)]
            for t in self.p
        ]
        return table(["test", *map(str, sizes), *sets, "all", "all at .01"], rows)

    def powers_table(self) -> str:
        """The power of each test, and its AUC."""
        kinds = KINDS[1:]
        rows = [
            [t, *(self.rate(t, self.kinds == k) for k in kinds)]
            + [short(auc(self.measured, -p, [k])) for k in kinds]
            for t, p in self.p.items()
        ]
        heads = [f"{what} {kind}" for what in ("power", "AUC") for kind in kinds]
        return table(["test", *heads], rows)


def combined_p(measured: MeasuredSample, specs: Sequence[str], nulls: Mapping[str, Null]) -> float:
    """The p of one sense by some encoders."""
    return combined([p_of(measured.separations[s], measured.n, nulls[s]) for s in specs])


def simulated(
    word: Word, parts: Parts, kind: str, rng: np.random.Generator, bandwidth: float = np.inf
) -> Sample:
    """Uses drawn by a smoothed bootstrap from each sense (Silverman and Young 1987).

    They have the mean and covariance of the sense's uses, also the covariance between encoders:
    each is a use with a Gaussian around it, whose share of the variance grows with the bandwidth.
    """
    drawn: dict[str, list[Floats]] = {}
    smooth = 1 / np.hypot(1, 1 / bandwidth) if bandwidth else 0.0
    for rows, n in parts:
        normal = rng.standard_normal((n, len(rows))) / np.sqrt(len(rows) - 1)
        chosen_uses = 0 if smooth == 1 else rng.choice(len(rows), n, replace=n > len(rows))
        for spec in TESTS[ALL]:
            x = word.vectors[spec]
            mean = x[rows].mean(axis=0)
            centered = x[rows] - mean
            noise = smooth * (normal @ centered)
            kernel = np.sqrt(1 - smooth**2) * centered[chosen_uses]
            drawn.setdefault(spec, []).append(mean + noise + kernel)
    vectors = {spec: unit(np.concatenate(clouds)) for spec, clouds in drawn.items()}
    return Sample(word.data, word.word, kind, vectors)


def likelihoods(words: Sequence[Word]) -> str:
    """The mean log likelihood of a use under a kernel density of the sense's other uses.

    In its first principal components, scaled to variance 1, by encoder and bandwidth.
    """
    rows = []
    for spec in TESTS[ALL]:
        of_bandwidths: list[list[float]] = [[] for _ in TRIED]
        for word in words:
            for uses in word.rows():
                if len(uses) < 2 * FEWEST:
                    continue
                x = word.vectors[spec][uses]
                components = np.linalg.svd(x - x.mean(axis=0), full_matrices=False)[0]
                z = components[:, :COMPONENTS] * np.sqrt(len(uses) - 1)
                for values, bandwidth in zip(of_bandwidths, TRIED, strict=True):
                    values.append(left_out(z, bandwidth))
        rows.append([spec, *(f"{np.mean(v):.2f}" if v else "-" for v in of_bandwidths)])
    return table(["encoder", *(f"{b:g}" for b in TRIED)], rows)


def left_out(z: Floats, bandwidth: float) -> float:
    """The mean log density of a row of z [n, dim] by the others."""
    shrunk = 1 / np.hypot(1, bandwidth)
    width = bandwidth * shrunk
    squares = ((z[:, None] - shrunk * z[None]) ** 2).sum(axis=-1) / width**2
    np.fill_diagonal(squares, np.inf)
    densities = np.exp(-squares / 2).sum(axis=1) / (len(z) - 1)
    constant = z.shape[1] * np.log(width * np.sqrt(2 * np.pi))
    return float(np.log(np.maximum(densities, 1e-300)).mean() - constant)


def simulations(words: Sequence[Word], bandwidth: float = np.inf) -> Iterator[Sample]:
    """Samples of one sense, and of two in equal numbers, of senses with enough uses."""
    rng = np.random.default_rng(0)
    for word in words:
        senses = [rows for rows in word.rows() if len(rows) >= FEWEST]
        for a_sense in SIMULATED:
            for _ in range(DRAWS):
                for rows in senses:
                    yield simulated(word, [(rows, 2 * a_sense)], ONE, rng, bandwidth)
                if len(senses) > 1:
                    two = [(r, a_sense) for r in senses[:2]]
                    yield simulated(word, two, EQUAL, rng, bandwidth)


def senses_apart(words: Sequence[Word]) -> dict[str, float]:
    """The `auc_macro` of the two most frequent senses under BERT, of each word with ten uses."""
    aucs = {}
    for word in words:
        first, second, *_ = [*word.rows(), [], []]
        if len(second) >= min(SIMULATED):
            cosines = cosine_matrix(word.vectors["bert@6"][[*first, *second]])
            labels = ["a"] * len(first) + ["b"] * len(second)
            aucs[f"{word.data} {word.word}"] = auc_macro(sample(cosines, labels)).value
    return aucs


def power_table(words: Sequence[Word], real: Results, drawn: Results) -> str:
    """The power of all three by the AUC of the senses and the number of uses a sense."""
    aucs, rows = senses_apart(words), []
    for low, high in pairwise(AUCS):
        inside = [name for name, value in aucs.items() if low < value <= high]
        at = [
            (r, np.isin(r.words, inside) & (r.kinds == EQUAL) & (r.sizes == 2 * a_sense))
            for r in (real, drawn)
            for a_sense in SIMULATED
        ]
        rates = [results.rate(ALL, where) for results, where in at]
        rows.append([f"{short(low)} to {short(high)}", str(len(inside)), *rates])
    heads = [f"{n}{of}" for of in (" a sense", ", simulated") for n in SIMULATED]
    return table(["auc", "words", *heads], rows)


def written(measured: Sequence[MeasuredSample], file: Path) -> tuple[dict[str, Null], str]:
    """Choose the weights, and write the nulls; both from these samples.

    Returns:
        The nulls, and the table of the weights.
    """
    aucs = weight_aucs(measured)
    rows = [[kind, *map(short, values), f"{chosen(values):g}"] for kind, values in aucs.items()]
    nulls = {s: null_of(measured, s, chosen(aucs[kind])) for s, kind in KIND_OF.items()}
    nulls[ANY] = envelope(measured, list(KIND_OF))
    file.write_text(json.dumps({s: n._asdict() for s, n in nulls.items()}, indent=1) + "\n")
    return nulls, table(["encoders", *(f"{w:g}" for w in WEIGHTS), "chosen"], rows)


def main() -> None:
    """Write the nulls, and print the tables."""
    options = arguments(__doc__)
    words = {
        x: read_words(options.data, options.cache, x, list(KIND_OF)) for x in (CHOOSING, REPORTING)
    }
    measured = {x: [MeasuredSample.of(s) for s in samples(words[x], SIZES, DRAWS)] for x in words}
    nulls, weights = written(measured[CHOOSING], FILE)
    out = sys.stdout
    out.write(f"AUC by the weight of the spread, words A-M:\n\n{weights}\n")
    shipped: Tests = {name: (specs, nulls) for name, specs in TESTS.items()}
    as_any = unmeasured(measured[CHOOSING])
    tests = shipped | {f"{s}, as {ANY}": ((s,), as_any) for s in KIND_OF}
    for letters in words:
        results = Results(measured[letters], tests)
        counts = ", ".join(f"{int((results.kinds == k).sum())} {k}" for k in KINDS)
        out.write(f"Words {letters}, samples of {counts}; size:\n\n{results.sizes_table(SIZES)}\n")
        out.write(f"Power and AUC:\n\n{results.powers_table()}\n")
        out.flush()
    every = [w for its_words in words.values() for w in its_words]
    out.write(f"Bandwidths, words A-M:\n\n{likelihoods(words[CHOOSING])}\n")
    drawn = {
        name: Results([MeasuredSample.of(s) for s in simulations(every, bandwidth)], shipped)
        for name, bandwidth in BANDWIDTHS.items()
    }
    for name, results in drawn.items():
        sizes = results.sizes_table([2 * n for n in SIMULATED])
        out.write(f"Simulated size ({name}), all words:\n\n{sizes}\n")
    real = Results([m for its in measured.values() for m in its], shipped)
    out.write(f"Power of all three, all words:\n\n{power_table(every, real, drawn['Gaussian'])}")


if __name__ == "__main__":
    main()
