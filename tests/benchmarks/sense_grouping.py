"""Which method groups the uses of a word best, and which criterion finds the number of groups.

    python -m tests.benchmarks.sense_grouping FOLDER --cache FOLDER

Every method and criterion is tried on the words A to M of three data sets (FOLDER holds them, see
`sense_data`), and the best of them, by the mean ARI over data sets and encoders, on the words N to
Z. `shipped` is the package's own code. Senses of fewer than five uses are left out, and words with
one sense left. The groups are compared with the senses by the adjusted Rand index (Hubert and
Arabie 1985).
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tests.benchmarks.sense_clusters import (
    CRITERIA,
    KS,
    METHODS,
    OWN_K,
    RARE,
    SHIPPED,
    Floats,
    Groups,
    ari,
)
from tests.benchmarks.sense_data import (
    CHOOSING,
    ENCODERS,
    REPORTING,
    Word,
    arguments,
    read_words,
    short,
    table,
)

TRUE_K = "true k"
OWN = "its own"


@dataclass(frozen=True)
class Score:
    """How well the groups of a word match its senses: the ARI, and the numbers of both."""

    ari: float
    groups: int
    senses: int


Scores = dict[tuple[str, str], dict[tuple[str, str], list[Score]]]  # choice, (data, encoder)


def score(groups: Groups, senses: Groups) -> Score:
    """The groups against the senses."""
    return Score(ari(senses, groups), len(np.unique(groups)), len(np.unique(senses)))


def tried(unit: Floats, senses: Groups) -> dict[tuple[str, str], Score]:
    """Every method and criterion on the unit vectors of a word."""
    scores = {}
    for name, method in METHODS.items():
        x = method.view(unit)
        parts = method.groups(x, KS)
        for criterion, choose in CRITERIA.items():
            scores[name, criterion] = score(parts[choose(x, method, parts)], senses)
        [groups] = method.groups(x, [len(np.unique(senses))])
        scores[name, TRUE_K] = score(groups, senses)
    return scores | {(name, OWN): score(f(unit), senses) for name, f in OWN_K.items()}


def scored(words: Sequence[Word]) -> Scores:
    """Every choice on every word with two senses or more of five uses."""
    scores: Scores = {}
    for word in words:
        rows = [r for r in word.rows() if len(r) >= RARE]
        if len(rows) < 2:
            continue
        kept = np.concatenate(rows)
        for spec, vectors in word.vectors.items():
            for choice, value in tried(vectors[kept], word.senses[kept]).items():
                scores.setdefault(choice, {}).setdefault((word.data, spec), []).append(value)
    return scores


def mean_ari(cells: dict[tuple[str, str], list[Score]]) -> float:
    """The mean over data sets and encoders, each of the mean over words."""
    return float(np.mean([np.mean([s.ari for s in values]) for values in cells.values()]))


def best(scores: Scores) -> tuple[str, str]:
    """The choice with the highest mean ARI of those that do not know the number of senses."""
    free = [c for c in scores if c[0] != SHIPPED and c[1] not in (TRUE_K, "always 2")]
    return max(free, key=lambda choice: mean_ari(scores[choice]))


def shown(scores: Scores) -> str:
    """A row for each choice, the best first."""
    data = sorted({d for cells in scores.values() for d, _ in cells})
    rows = []
    for choice in sorted(scores, key=lambda c: -mean_ari(scores[c])):
        cells = scores[choice]
        aris = [
            " ".join(short(float(np.mean([s.ari for s in cells[d, e]]))) for e in ENCODERS)
            for d in data
        ]
        every = [s for values in cells.values() for s in values]
        error = np.mean([abs(s.groups - s.senses) for s in every])
        above = np.mean([s.groups > s.senses for s in every])
        last = [short(mean_ari(cells)), f"{error:.1f}", short(float(above))]
        rows.append([*choice, *aris, *last])
    counts = {d: len(next(iter(scores.values()))[d, ENCODERS[0]]) for d in data}
    names = [f"{d} ({n} words)" for d, n in counts.items()]
    return table(["method", "k by", *names, "mean", "error of k", "k too large"], rows)


def main() -> None:
    """Print a table of every choice on words A to M, and one of the best on words N to Z."""
    options = arguments(__doc__)
    scores = scored(read_words(options.data, options.cache, CHOOSING))
    method, criterion = best(scores)
    sys.stdout.write(f"Words A to M; ARI of {', '.join(ENCODERS)}:\n\n{shown(scores)}\n")
    sys.stdout.flush()
    later = scored(read_words(options.data, options.cache, REPORTING))
    kept = {(method, by) for by in (criterion, "always 2", TRUE_K)}
    kept |= {(SHIPPED, OWN), ("Ward", "silhouette")}
    title = f"Words N to Z, {method} with k by {criterion}, and others for comparison"
    sys.stdout.write(f"{title}:\n\n{shown({c: later[c] for c in later if c in kept})}")


if __name__ == "__main__":
    main()
