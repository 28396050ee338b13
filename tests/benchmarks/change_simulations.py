"""Coverage of intervals of change on made-up uses, and power where another sense is mixed in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from unittest.mock import patch

import numpy as np
from numpy.typing import NDArray
from scipy.special import entr

from embcmp.measures import unlike_uses
from embcmp.measures.group_change import MEASURES, GroupChange, group_change
from embcmp.measures.sense_groups import suggested
from embcmp.measures.similarity import cosine_matrix
from embcmp.measures.use_groups import Grouping
from tests.benchmarks.sense_calibration import simulated
from tests.benchmarks.sense_data import ENCODERS, Word, short, table
from tests.benchmarks.sense_evidence import EQUAL

Floats = NDArray[np.float64]
Index = NDArray[np.intp]
DIM, ALIKE = 16, 0.3  # the share of the variance that uses of a unit have in common
SHIFTS = (0.0, 0.5, 1.0)
PER_UNIT = 1, 3
SIZES = ((5, 5), (10, 10), (30, 30), (10, 100))
SHARES = (0.1, 0.2, 0.3, 0.5)
REAL, LIKE = "real", "like real"
KINDS = ((REAL, 10), (REAL, 30), (LIKE, 30), (LIKE, 100))
TESTED = ("prt", "apd", "jsd")
OLD_USES, NEW_USES, NEAREST = 25, 10, (1, 5, 10)
LEVEL = 0.05
LEAST = 30, 10  # uses of the first sense and of the second, to make others like them


def p_of(change: GroupChange, name: str) -> float:
    """The p of a measure; NaN where it has none."""
    p = change.measures[name].p
    return np.nan if p is None else p


def value_of(change: GroupChange, name: str) -> float:
    """The value of a measure; NaN where it has none."""
    value = change.measures[name].metric.value
    return np.nan if value is None else value


def separate(n: int, units: Index | None = None) -> Grouping:
    """Uses in a sentence each."""
    numbers = np.arange(n)
    return Grouping((None,) * n, numbers, numbers if units is None else units, np.ones(n))


def shares_of_clusters(shift: float) -> Floats:
    """How the uses of a made-up group share out over three clusters."""
    return np.array([0.6 - shift / 2, 0.3, 0.1 + shift / 2])


def made(
    units: int, uses: int, shift: float, rng: np.random.Generator
) -> tuple[Floats, Index, Index]:
    """Unit vectors of a made-up group, with the unit and the cluster of each."""
    of = np.repeat(np.arange(units), uses)
    common, own = (rng.standard_normal((n, DIM)) for n in (units, len(of)))
    x = ALIKE**0.5 * common[of] + (1 - ALIKE) ** 0.5 * own
    x[:, :2] += 2.0, 2.0 * shift
    clusters = rng.choice(3, units, p=shares_of_clusters(shift))[of]
    return x / np.linalg.norm(x, axis=1)[:, None], of, clusters


def true_values(shift: float, rng: np.random.Generator) -> dict[str, float]:
    """The measures of two made-up groups without end."""
    one, two = (made(200_000, 1, s, rng)[0].mean(axis=0) for s in (0.0, shift))
    if not shift:
        two = one
    p, q = shares_of_clusters(0.0), shares_of_clusters(shift)
    nats = entr((p + q) / 2).sum() - (entr(p).sum() + entr(q).sum()) / 2
    return {
        "prt": float(1 - one @ two / np.sqrt(one @ one * (two @ two))),
        "apd": float(1 - one @ two),
        "excess": float((one @ one + two @ two) / 2 - one @ two),
        "jsd": float(nats / np.log(2)),
    }


def coverage_table(repeats: int) -> str:
    """The share of intervals that hold the true value, with one use a unit and with three."""
    rows = []
    for shift in SHIFTS:
        rng = np.random.default_rng(2)
        true = true_values(shift, rng)
        for sizes in SIZES:
            shares = []
            for per_unit in PER_UNIT:
                inside = [_held(sizes, per_unit, shift, true, rng) for _ in range(repeats)]
                shares.append(np.nanmean(np.array(inside, dtype=np.float64), axis=0))
            both = [" ".join(map(short, pair)) for pair in np.transpose(shares)]
            rows.append([short(true["prt"]), "{} and {}".format(*sizes), *both])
    return table(["true prt", "units", *MEASURES], rows)


def _held(
    sizes: tuple[int, int],
    per_unit: int,
    shift: float,
    true: dict[str, float],
    rng: np.random.Generator,
) -> list[float]:
    """Whether the interval of each measure of two made-up groups holds the true value."""
    (x, units, clusters), (y, more_units, more_clusters) = (
        made(n, per_unit, s, rng) for n, s in zip(sizes, (0.0, shift), strict=True)
    )
    uses = separate(len(x) + len(y), np.concatenate([units, more_units + sizes[0]]))
    change = group_change(
        cosine_matrix(np.concatenate([x, y])),
        np.repeat([0, 1], [len(x), len(y)]),
        uses,
        np.concatenate([clusters, more_clusters]),
    )
    ends = [change.measures[name].metric.ci95 for name in MEASURES]
    return [
        np.nan if pair is None else float(pair[0] <= true[name] <= pair[1])
        for name, pair in zip(MEASURES, ends, strict=True)
    ]


def power_table(words: Sequence[Word], most: int) -> str:
    """The share of p <= .05 of the TESTED where so many uses of the second group are new."""
    rows = []
    for spec in ENCODERS:
        for kind, n in KINDS:
            found = [list(mixtures(words, spec, kind, n, share, most)) for share in SHARES]
            p = np.array([[[p_of(c, name) for name in TESTED] for c in cell] for cell in found])
            rates = [" ".join(map(short, cell)) for cell in (p <= LEVEL).mean(axis=1)]
            rows.append([spec, f"{n}, {kind}", *rates])
    return table(["encoder", "uses a group", *map(short, SHARES)], rows)


def mixtures(
    words: Sequence[Word], spec: str, kind: str, n: int, share: float, most: int
) -> Iterator[GroupChange]:
    """Up to `most` changes of words with the uses for it, each word as often as another."""
    few = round(share * n)
    needs = (2 * n - few, few) if kind == REAL else LEAST
    able = [word for word in words if _has(word, needs)]
    groups = np.repeat([0, 1], n)
    for number in range(most if able else 0):
        word = able[number % len(able)]
        rng = np.random.default_rng([number, n, few])
        parts = list(zip(word.rows()[:2], (2 * n - few, few), strict=True))
        if kind == REAL:
            rows = [rng.permutation(sense)[:count] for sense, count in parts]
            x = word.vectors[spec][np.concatenate(rows)]
        else:
            x = simulated(word, parts, EQUAL, rng).vectors[spec]
        similarity = cosine_matrix(x)
        yield group_change(similarity, groups, separate(2 * n), suggested(similarity), seed=number)


def unlike_table(words: Sequence[Word]) -> str:
    """Whether uses of a sense that the first group lacks come first, and keep their p.

    Both groups have 25 uses of the most frequent sense, and the second has 10 of the next one.
    """
    rows = []
    for spec in ENCODERS:
        for nearest in NEAREST:
            with patch.object(unlike_uses, "NEAREST", nearest):
                found = [_new_uses(w, spec) for w in words if _has(w, (2 * OLD_USES, NEW_USES))]
            rows.append([spec, str(nearest), *map(short, np.mean(found, axis=0))])
    head = ["encoder", "nearest", "new before old", "new, p <= .05", "old, p <= .05",
            "new, adjusted", "old among adjusted"]  # fmt: skip
    return table(head, rows)


def _new_uses(word: Word, spec: str) -> list[float]:
    rng = np.random.default_rng(0)
    first, second = (rng.permutation(rows) for rows in word.rows()[:2])
    x = word.vectors[spec][np.concatenate([first[: 2 * OLD_USES], second[:NEW_USES]])]
    groups = np.repeat([0, 1], [OLD_USES, OLD_USES + NEW_USES])
    _, gained = unlike_uses.unlike_uses(cosine_matrix(x), groups, separate(len(x)))
    new = gained.rows >= 2 * OLD_USES
    p, adjusted = gained.p <= LEVEL, gained.p_adjusted <= LEVEL
    rest = OLD_USES * NEW_USES
    before = (np.flatnonzero(new)[:, None] < np.flatnonzero(~new)).sum() / rest
    wrong = float((~new[adjusted]).mean()) if adjusted.any() else 0.0
    return [float(v) for v in (before, p[new].mean(), p[~new].mean(), adjusted[new].mean(), wrong)]


def _has(word: Word, needs: tuple[int, int]) -> bool:
    """Whether the two most frequent senses have so many uses."""
    rows = word.rows()
    return len(rows) > 1 and len(rows[0]) >= needs[0] and len(rows[1]) >= needs[1]
