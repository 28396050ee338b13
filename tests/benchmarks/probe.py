"""The probe's fits side by side, and by scikit-learn one after the other, in turn in one process.

    python -m tests.benchmarks.probe

For random vectors as wide as MiniLM's in two and three senses: scikit-learn's processor time over
embcmp's, the median of the rounds, and how many of the predictions differ.
"""

from __future__ import annotations

import statistics
import sys
import time

import numpy as np
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from embcmp.measures import probe
from embcmp.measures.labels import Floats, Index, labels

ROUNDS = 3


def one_by_one(x: Floats, labelings: Index, held_out: Index) -> Index:
    """As `probe._predicted`, with scikit-learn's solver that is fastest on these."""
    predicted = np.empty_like(labelings)
    for repeat, folds in enumerate(held_out):
        for test in folds:
            spread = probe.standardize(x, ~test)
            for row, y in enumerate(labelings[repeat]):
                model = LogisticRegression(C=1.0, max_iter=1000, solver="newton-cg")
                model.fit(spread[~test], y[~test])
                predicted[repeat, row, test] = model.predict(spread[test])
    return predicted


def main() -> None:
    """Print Markdown."""
    sys.stdout.write("| uses | senses | ratio | predictions | different |\n")
    sys.stdout.write("| ---: | ---: | ---: | ---: | ---: |\n")
    for uses in (30, 100, 300, 1000):
        for senses in (2, 3):
            rng = np.random.default_rng(0)
            codes = np.arange(uses) % senses
            x = rng.standard_normal((uses, 384))
            x += 0.1 * rng.standard_normal((senses, 384))[codes]
            labeled = labels([str(c) for c in codes], np.ones(uses, dtype=bool))
            both = [[labeled.codes, rng.permutation(labeled.codes)] for _ in range(probe.REPEATS)]
            folds = [probe.unit_folds(labeled, rng) for _ in range(probe.REPEATS)]
            divided = np.stack(both), np.stack(folds)
            ratios = []
            for _ in range(ROUNDS):
                started = time.process_time()
                theirs = one_by_one(x, *divided)
                between = time.process_time()
                ours = probe._predicted(x, *divided)
                ratios.append((between - started) / (time.process_time() - between))
            off = np.count_nonzero(ours != theirs)
            ratio = statistics.median(ratios)
            sys.stdout.write(f"| {uses:,} | {senses} | {ratio:.1f} | {ours.size:,} | {off} |\n")
            sys.stdout.flush()


if __name__ == "__main__":
    with threadpool_limits(1, user_api="blas"):
        main()
